"""What is remembered of a client's MQTT session while it is away, or while we are."""
