"""Messages on their way to people, the words in them, and what became of them."""
