"""An MQTT server of our own, so that PUBACK can wait for the commit."""
