"""The words and the ground: vocabulary, messages, time, store and register.

Every service stands on this package; it imports none of them.
"""
