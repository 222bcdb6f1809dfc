"""Measures an installation from outside, by the messages it takes and the alerts it shows."""
