"""An alert from its first signal to its closing: what acts and time make of it."""
