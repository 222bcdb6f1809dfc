"""What people are shown, and nothing they may not see."""
