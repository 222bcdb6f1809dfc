"""The door: what devices say comes in here, and is safe on disk before it is acknowledged."""
