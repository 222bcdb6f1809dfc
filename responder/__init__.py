"""The duty: signals become alerts, and every alert finds a person."""
