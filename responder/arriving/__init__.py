"""A signal comes in and becomes an alert, joins one, or is held back for a named reason."""
