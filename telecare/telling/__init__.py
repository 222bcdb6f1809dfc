"""Commands in the words of other makers: one file a dialect, pure."""
