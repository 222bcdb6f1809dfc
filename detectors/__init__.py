"""The judgement: readings in, reasons for concern out, each with its evidence.

The detectors are pure: no clock, no network, no database. `runner` feeds them from the
gateway's lanes and commits what they say.
"""
