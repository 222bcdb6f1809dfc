"""A duty whose messages leave by real client libraries to providers that behave as documented,
and whose pages are served, so that receipts and telephone keys come back over the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from responder.api.app import build_app
from responder.channels import base
from responder.channels.configured import senders_of
from responder.outgoing.outbox import MessageState
from responder.store.messages import Posted, of_alert
from responder.whom.people import Channel
from simulators.providers.serving import serving
from telecare.clock import HandClock
from telecare.register import open_register
from telecare.settings import Settings
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator
from tests.harness.providers import Providers, providers

PATIENCE_SECONDS = 2.0
"""Real seconds we wait in a town that is not patient; its silent providers hang twice as long.
Long enough for a provider that is well to answer on a machine with much else to do.
"""


class Town(Duty):
    """As `Duty`, with telephones: `daughter-1` and `son-1` have mobiles."""

    def __init__(
        self, world: Providers, clock: HandClock, only: tuple[Channel, ...] | None = None
    ) -> None:
        self.world = world
        senders = senders_of(world.settings, clock, lambda _org, _endpoint: None)
        if only is not None:
            senders = {channel: senders[channel] for channel in only}
        super().__init__(world.settings, clock, HandClock(clock.now()), Mailbag(), senders)
        for provider in (world.notify, world.twilio, world.push, world.receiver):
            provider.behaviour.hang_seconds = 2 * PATIENCE_SECONDS

    def ask(self, home: str = "home-1") -> str:
        """Somebody presses, nobody claims, and the first contact is asked; the alert."""
        self.press(home)
        self.intake.step()
        self.machine.forward(minutes=3)
        self.clock.forward(minutes=3)
        self.steps.step()
        return next(line.id for line in self.desk.queue(operator(1)) if line.home == home)

    def send(self) -> None:
        """Everything that may leave now leaves."""
        while self.post.step():
            pass

    def wait(self, seconds: float) -> None:
        """Time passes, and what becomes due leaves."""
        self.clock.forward(seconds=seconds)
        self.machine.forward(seconds=seconds)
        self.send()

    def messages(self, alert: str) -> list[Posted]:
        """Every message about the alert, oldest first."""
        with self.works.begin(self.clock.now()) as work:
            return of_alert(work.connection, ORG, alert)

    def states(self, alert: str) -> dict[tuple[str, str], MessageState]:
        """Where each stands, by recipient and channel; the last of several."""
        return {
            (each.message.recipient, each.message.channel): each.state
            for each in self.messages(alert)
        }

    def tell(self, path: str, **more: object) -> int:
        """A request from outside to one of our public addresses; its status."""
        url = f"{self.settings.public_url}{path}"
        return httpx.post(url, trust_env=False, **more).status_code  # type: ignore[arg-type]


def with_mobiles(settings: Settings, clock: HandClock) -> None:
    """The homes of `furnish`, whose contacts have mobiles."""
    register = open_register(settings, clock)
    furnish(register)
    for home in (1, 2):
        for place, relation in enumerate(("daughter", "son"), 1):
            phone = f"07700 90{home}{place}23"
            register.contacts.change_contact(ORG, f"{relation}-{home}", phone=phone)
    register.close()


@contextmanager
def town(
    settings: Settings,
    clock: HandClock,
    only: tuple[Channel, ...] | None = None,
    *,
    furnished: bool = False,
    patient: bool = True,
) -> Iterator[Town]:
    """Furnished and served until the end of the block; `only` these channels, or all. Not
    `patient`, it gives up silent providers sooner than an installation does.
    """
    if not furnished:
        with_mobiles(settings, clock)
    usual = base.TIMEOUT_SECONDS
    base.TIMEOUT_SECONDS = usual if patient else PATIENCE_SECONDS
    try:
        with providers(clock, settings) as world:
            made = Town(world, clock, only)
            with serving(build_app(made.responder), port=settings.http_port):
                yield made
            made.responder.close()
    finally:
        base.TIMEOUT_SECONDS = usual
