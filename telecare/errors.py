"""Every error we raise on purpose. Each explains itself: its docstring is its message."""

from __future__ import annotations

import inspect


class TelecareError(Exception):
    """Something is wrong and there is no more precise word for it."""

    retryable = False
    """Whether the same call may succeed later without anybody changing anything."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(self.__doc__ or "").split("\n\n")[0])


WRONG_SETTING = 78
"""What a command leaves with for a `SettingsError`: EX_CONFIG of sysexits.h."""


class SettingsError(TelecareError):
    """A setting is missing or wrong; the sentence names it and says what to write instead."""


class NotMigrated(TelecareError):
    """The database has not the tables this version needs; run `telecare migrate`."""


class StoreUnavailable(TelecareError):
    """The database does not answer; nothing was lost and nothing was acknowledged."""

    retryable = True


class LaneTaken(TelecareError):
    """Another process already writes this lane; a lane has exactly one writer."""


class LaneDamaged(TelecareError):
    """A lane's offsets have a gap; reading on would skip records, so we stop here."""


class NotFound(TelecareError):
    """There is no such thing in this organisation."""


class AlreadyExists(TelecareError):
    """There already is one by this name."""


class InvalidInput(TelecareError):
    """What was given cannot be accepted; the sentence says which part and why."""


class Conflict(TelecareError):
    """Somebody else was first; the sentence says who."""


class Forbidden(TelecareError):
    """This role may not do that."""


class ChannelRefused(TelecareError):
    """The channel will never deliver this message; trying again would not help."""


class ChannelUnavailable(TelecareError):
    """The channel does not answer now; the message waits and is tried again."""

    retryable = True


class ChannelBusy(ChannelUnavailable):
    """The channel asks us to slow down; its messages wait, and no other channel's do."""

    def __init__(self, message: str | None = None, *, seconds: float = 1.0) -> None:
        super().__init__(message)
        self.seconds = seconds
        """How long the provider wants to be left alone."""
