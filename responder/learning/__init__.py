"""What outcomes and listening teach, proposed to people and never applied in silence."""
