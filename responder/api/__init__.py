"""The duty for machines: JSON with OpenAPI, the live line, health, and who may do what."""
