"""Somebody is sent to a home and watched over until they have left it."""
