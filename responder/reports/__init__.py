"""What a month was like, in figures that anybody can work out again from the record."""
