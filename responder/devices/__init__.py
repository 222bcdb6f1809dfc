"""Devices from the box to the home to the bin, as the TEC team sees them."""
