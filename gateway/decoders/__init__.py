"""One file per dialect that devices speak."""
