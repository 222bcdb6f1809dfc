"""What befalls an installation in a bad hour, drawn at random and done for real."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from simulators.providers.moods import Mood
from telecare.clock import sleep_real
from tests.harness.installation import Installation
from tests.harness.mosquitto import Mosquitto
from tests.harness.postgres import Cluster
from tests.harness.providers import Providers

SERVICES = ("gateway", "detectors", "responder")
MOODS = (Mood.OUT, Mood.REFUSES, Mood.SILENT, Mood.LOSES, Mood.FAILS, Mood.TWICE)


class Misfortunes:
    """Strikes when told; a stretch of a few seconds each, and the world is whole after it."""

    def __init__(
        self,
        world: Installation,
        outside: Providers,
        broker: Mosquitto,
        chance: random.Random,
        database: Cluster | None = None,
    ) -> None:
        """`broker` is somebody else's; `database`: its server crashes too, where it is one."""
        self._world, self._outside, self._chance = world, outside, chance
        self._broker, self._database = broker, database
        self._kinds: list[Callable[[], str]] = [
            *[self._killed] * 3, *[self._dark] * 2, self._asleep, self._mute, self._without_broker,
        ]  # fmt: skip
        if database is not None:
            self._kinds += [self._without_database] * 3
        self.befell: Counter[str] = Counter()
        """How often each happened, by its name."""

    def strike(self) -> None:
        """One of them happens, from its beginning to its end; the first is that everything dies."""
        befalls = self._chance.choice(self._kinds) if self.befell else self._dark
        self.befell[befalls()] += 1

    def pass_by(self) -> None:
        """Whoever outside was ill is well again."""
        for each in (self._outside.notify, self._outside.twilio):
            each.behaviour.mood = Mood.WELL
        self._outside.mail.answer = "250 OK"

    def _killed(self) -> str:
        """A service dies at once, wherever it was; its supervisor starts it again."""
        service = self._chance.choice((*SERVICES, "gateway"))
        self._tell(service, signal.SIGKILL)
        return f"{service} killed"

    def _asleep(self) -> str:
        """A service stands still and goes on as if no time had passed."""
        service = self._chance.choice(SERVICES)
        self._tell(service, signal.SIGSTOP)
        sleep_real(self._chance.uniform(0.5, 6))
        self._tell(service, signal.SIGCONT)
        return f"{service} asleep"

    def _dark(self) -> str:
        """The power fails, for the broker and the database as well: everything dies in the same
        moment, and is started again in any order.
        """
        self._world.lose_power()
        self._broker.kill()
        starts = [self._world.start, self._broker.again]
        if self._database is not None:
            self._database.die()
            starts.append(self._database.start_again)
        self._chance.shuffle(starts)
        for start in starts:
            sleep_real(self._chance.uniform(0, 1))
            start()
        return "power lost"

    def _mute(self) -> str:
        """Those who carry messages change their mood."""
        for each in (self._outside.notify, self._outside.twilio):
            each.behaviour.mood = self._chance.choice(MOODS)
        self._outside.mail.answer = self._chance.choice(("250 OK", "451 Later", "550 Unknown"))
        return "providers ill"

    def _without_database(self) -> str:
        """The database server crashes, and is back in a moment."""
        assert self._database is not None
        self._database.crash()
        sleep_real(self._chance.uniform(0, 4))
        self._database.start()
        return "database crashed"

    def _without_broker(self) -> str:
        """Somebody else's broker is killed, and is back in a moment."""
        self._broker.kill()
        sleep_real(self._chance.uniform(0, 4))
        self._broker.again()
        return "broker killed"

    def _tell(self, service: str, what: signal.Signals) -> None:
        pid = self._world.pid(service)
        if pid is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, what)
