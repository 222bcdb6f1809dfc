"""What goes round: the engine and its rounds, and those who watch that it does."""
