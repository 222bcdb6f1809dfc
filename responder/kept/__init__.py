"""The record that proves what was done, and what is kept no longer than it should be."""
