"""How a process ends in a story, without ending that of the tests."""

from __future__ import annotations


class Death(BaseException):
    """The process ends here: nothing of ours may catch it."""
