"""The world outside: homes, the people in them, and the devices they speak through.

Speaks to an installation only as the real world does, by MQTT and HTTP. Nothing imports
this package.
"""
