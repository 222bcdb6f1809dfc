"""Scenes: each makes one thing happen in one home, and says nothing of what should follow."""
