"""What other systems may read, as far as a resident agreed."""
