"""The register: organisations, homes, residents, devices, credentials and the people who work.

Everyone reads it. Only the responder's process and the command line write it.
"""

from telecare.register.register import Register, open_register

__all__ = ["Register", "open_register"]
