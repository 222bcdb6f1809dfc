"""Everything kept about one resident, in a file they can take with them.

A zip of JSON, one file for each kind of thing, with a page of plain words that says what is
what. What other people gave us in confidence (their telephone numbers, addresses) and the
keysafe's code stay out of it.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from responder.kept.record import Act
from responder.life.alert import Alert
from responder.seeing import showing
from responder.store import Reads, Works
from telecare.clock import Clock
from telecare.errors import NotFound
from telecare.register import Register
from telecare.register.homes import Home
from telecare.register.residents import Resident
from telecare.retention import DataClass, days_of
from telecare.store.lane import LaneReader
from telecare.tenancy import Actor
from telecare.vocabulary import Role

HOLDERS = (Role.SUPERVISOR, Role.MANAGER)
LIVES = 5000
"""Entries of one alert's timeline at most."""

_ARRANGED = {
    "windows": "suppression",
    "expectations": "expectation",
    "packages": "package",
    "dispatches": "dispatch",
    "equipment": "equipment",
}
"""What it is called in the archive, and its table."""

_WORDS = """\
What is kept about {person} on {day}, and where it stands in this archive.

person.json         who you are to us, your home, your contacts (without their numbers), devices
plans.json          what is done when help is called for
alerts.json         each call for help: what happened, who did what, what was written down
messages.json       which messages left for whom, and whether they arrived
signals.json        reasons for concern, with the sentence why
readings.ndjson     what devices in your home said, one line each
arrangements.json   times away, what is expected to happen, care for a time, responders who were
                    sent, how your devices are
record.json         entries of our audit record about you: who did and who looked at what

Times are in UTC. Others who live in the same home are in the readings as well.
"""


class Portraits:
    """Writes what is kept about people. Every portrait goes on record before it is made."""

    def __init__(
        self,
        works: Works,
        reads: Reads,
        register: Register,
        lanes: Sequence[LaneReader],
        clock: Clock,
    ) -> None:
        self._works = works
        self._reads = reads
        self._register = register
        self._readings = lanes[0]
        self._clock = clock

    def write(self, actor: Actor, resident: str, to: Path) -> int:
        """Write the resident's archive to `to`, for its owner's eyes alone; how many bytes it
        has. Raises `NotFound`, `Forbidden`.
        """
        actor.require(*HOLDERS)
        org = actor.org
        home = self._register.homes.home(
            org, self._register.leaving.home_of_resident(org, resident)
        )
        person = _person(self._register.residents.residents(org, home.home), resident)
        with self._works.begin(self._clock.now()) as work:
            work.done_by(actor, Act.EXPORTED, home=home.home, person=resident)
        to.touch(mode=0o600)
        with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
            self._fill(archive, home, person)
        return to.stat().st_size

    def _fill(self, archive: zipfile.ZipFile, home: Home, person: Resident) -> None:
        org, place = home.org, home.home
        alerts = self._reads.home_alerts(org, place)
        day = f"{self._clock.now():%d %B %Y}"
        archive.writestr("README.txt", _WORDS.format(person=person.name, day=day))
        _put(archive, "person.json", self._on_file(home, person))
        plans = [each for each in self._register.plans.plans(org) if each.home in ("", place)]
        _put(archive, "plans.json", plans)
        _put(archive, "alerts.json", [self._life(each) for each in alerts])
        _put(archive, "messages.json", {each.id: self._messages(each) for each in alerts})
        _put(archive, "signals.json", self._reads.all_home_signals(org, place))
        arranged = {
            name: self._reads.home_rows(org, place, table) for name, table in _ARRANGED.items()
        }
        _put(archive, "arrangements.json", arranged)
        _put(archive, "record.json", self._entries(org, place, {each.id for each in alerts}))
        with archive.open("readings.ndjson", "w") as lines:
            for reading in self._all_readings(home):
                lines.write(msgspec.json.encode(reading) + b"\n")

    def _on_file(self, home: Home, person: Resident) -> dict[str, Any]:
        org = home.org
        consents = {each.contact: each.may_know for each in self._register.plans.consents(org)}
        return {
            "resident": person,
            "home": home,
            "contacts": [
                {
                    "id": each.contact, "name": each.name, "relation": each.relation,
                    "keyholder": each.keyholder, "may_know_who": each.may_know_who,
                    "may_know": consents.get(each.contact),
                }
                for each in self._register.contacts.contacts(org, home.home)
            ],
            "devices": self._register.devices.devices(org, home.home),
        }  # fmt: skip

    def _life(self, alert: Alert) -> dict[str, Any]:
        """The alert with its timeline in words."""
        signals = self._reads.signals(alert.org, alert.id)
        timeline = showing.timeline(
            self._reads.entries(alert.org, alert=alert.id, limit=LIVES),
            staff=self._reads.staff(alert.org),
            contacts={
                each.contact: each.name
                for each in self._register.contacts.contacts(alert.org, alert.home)
            },
            wordings=self._reads.wordings(alert.org, alert.id),
            signals={each.id: each.why for each in signals},
        )
        return {"alert": alert, "timeline": timeline}

    def _messages(self, alert: Alert) -> list[dict[str, Any]]:
        return [
            {"key": key, "state": state.value, "failure": failure}
            for key, state, failure in self._reads.messages(alert.org, alert.id)
        ]

    def _entries(self, org: str, home: str, alerts: set[str]) -> list[Any]:
        return [
            each
            for each in self._reads.all_entries(org)
            if each.alert in alerts or each.detail.get("home") == home
        ]

    def _all_readings(self, home: Home) -> Iterable[Any]:
        now = self._clock.now()
        settings = self._register.organisations.organisation(home.org).settings
        kept = timedelta(days=days_of(settings)[DataClass.READINGS] + 1)
        return self._readings.past(home.org, home.home, now - kept, now + timedelta(seconds=1))


def _person(residents: Sequence[Resident], resident: str) -> Resident:
    for each in residents:
        if each.resident == resident:
            return each
    raise NotFound(f"There is no resident {resident}.")


def _put(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    archive.writestr(name, msgspec.json.format(msgspec.json.encode(content)))
