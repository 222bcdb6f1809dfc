"""What the judgement of everyday life is worth: `telecare evaluate activity`."""

from __future__ import annotations

from detectors.evaluation import agitation, injected
from detectors.evaluation.report import Report, Request


def evaluate(request: Request) -> Report:
    """P1 and LOPO for agitation, `injected` for changes planted in real homes."""
    if request.protocol == "injected":
        return injected.evaluate(request)
    return agitation.evaluate(request)
