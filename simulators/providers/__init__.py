"""The providers of the world: HTTP servers that behave as the real ones document."""
