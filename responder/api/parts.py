"""What routes work with, built once by the wiring and carried in `app.state.parts`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from responder.acting.desk import Desk
from responder.api.live import LiveFeed
from responder.api.sign_in_limit import SignInLimit
from responder.arranged.arrangements import Arrangements
from responder.devices.onboarding import Onboarding
from responder.devices.upkeep import Upkeep
from responder.learning.listening import Listening
from responder.learning.tunings import Tunings
from responder.reports.report import Reports
from responder.shared.sharing import Sharing
from responder.store.repeats import Repeats
from responder.web.looks import Looks
from responder.web.sheets import Sheets
from telecare.clock import Clock, RealClock
from telecare.observe import Health
from telecare.register import Register
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.vocabulary import Role


@dataclass(frozen=True)
class Parts:
    """Everything a route may touch. Thread-safe throughout."""

    settings: Settings
    clock: Clock
    register: Register
    desk: Desk
    arrangements: Arrangements
    tunings: Tunings
    reports: Reports
    sharing: Sharing
    listening: Listening
    readings: LaneReader
    """The gateway's lanes, to read only."""
    verdicts: LaneReader
    """Our own lanes: what people found each signal to be."""
    repeats: Repeats
    """Requests that come with a key of their own."""
    feed: LiveFeed
    health: Callable[[str], Health]
    """Health of a service by its name."""
    onboarding: Onboarding
    upkeep: Upkeep
    second_factor_roles: frozenset[Role] = frozenset()
    """Who may do nothing before they have shown a second factor."""
    enrolments: SignInLimit = field(default_factory=lambda: SignInLimit(of="wrong codes"))
    machine: Clock = field(default_factory=RealClock)
    """Real time, whatever the installation's clock says: what other sites' proofs follow."""
    limit: SignInLimit = field(default_factory=SignInLimit)
    looks: Looks = field(default_factory=lambda: Looks(RealClock()))
    sheets: Sheets = field(default_factory=lambda: Sheets(RealClock()))

    @property
    def secure(self) -> bool:
        """Whether people reach the pages by https: then cookies are for https only."""
        return self.settings.public_url.startswith("https://")


def parts_of(request: Request) -> Parts:
    """The parts of the app that serves this request."""
    parts: Parts = request.app.state.parts
    return parts


WithParts = Annotated[Parts, Depends(parts_of)]
