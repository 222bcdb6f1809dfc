"""What people arrange for a home: its plans, windows, and what is expected to happen.

Synchronous and thread-safe, like the desk. Every act is given its actor, works within the
actor's organisation and is one transaction with its entry in the record; what changes the
register follows on record at once (`responder.kept.following`). Raises `NotFound`,
`Forbidden`, `InvalidInput` (a plan that reaches nobody, a window without an end in sight).
"""

from __future__ import annotations

from responder.arranged.calls import Calls
from responder.arranged.expecting import Expecting
from responder.arranged.package_book import PackageBook
from responder.arranged.prompt_answers import PromptAnswers
from responder.arranged.windows import Windows
from responder.kept.following import Following
from responder.store import Works
from responder.whom.plan_book import PlanBook
from responder.whom.planning import Planning
from telecare.clock import Clock
from telecare.register import Register


class Arrangements:
    """Acts that outlive an alert, by subject."""

    def __init__(self, works: Works, register: Register, planning: Planning, clock: Clock) -> None:
        self.following = Following(works, register, clock)
        self.plans = PlanBook(register, planning, self.following, clock)
        self.windows = Windows(works, register, clock)
        self.expected = Expecting(works, register, self.following, clock)
        self.packages = PackageBook(works, register, clock)
        self.calls = Calls(works, clock)
        self.answers = PromptAnswers(works, register, clock)
