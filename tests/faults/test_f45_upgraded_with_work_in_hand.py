"""F45: an installation is upgraded in the midst of an evening. What the old version had in hand
goes on: every open alert finds somebody by its time, and what was under way is told once.

The rows are as the versions of those revisions wrote them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from alembic import command
from sqlalchemy import text

from telecare.clock import HandClock
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import migration_config
from telecare.store.session import Database, make_engine
from telecare.vocabulary import AlertState
from tests.harness.duty import ORG, Mailbag, furnish, operator, responders
from tests.harness.world import World

BEGAN = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
STOPPED = BEGAN + timedelta(minutes=4, seconds=10)
"""The old version was killed with things in hand."""
STARTED = STOPPED + timedelta(seconds=40)


@contextmanager
def as_left_at(settings: Settings, revision: str) -> Iterator[Left]:
    """The duty's tables as that revision had them, to be filled; then migrated to today's."""
    database = Database("responder", make_engine(settings, "responder", pooled=False))
    config = migration_config("responder")
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
        yield Left(connection)
        command.upgrade(config, "head")
    database.close()


class Left:
    """Rows as an old version left them. Times are as its columns hold them: microseconds."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def row(self, table: str, body: Mapping[str, Any], **columns: Any) -> None:
        columns = {"org": ORG, "body": msgspec.json.encode(body)} | columns
        names = ", ".join(f'"{each}"' for each in columns)
        values = ", ".join(f":{each}" for each in columns)
        self._connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), columns)

    def alert(self, home: str, body: dict[str, Any], **columns: Any) -> None:
        """An open alert of a press, and its signal."""
        pressed: dict[str, Any] = {
            "id": f"alert-{home}", "org": ORG, "home": home, "track": "care", "state": "waiting",
            "priority": "emergency", "rank": 20, "reason": "the pendant was pressed",
            "sentence": "The pendant was pressed.", "kinds": ["alarm.pendant"], "signal_count": 1,
            "late": False, "opened_at": said(0), "answer_from": said(0),
            "priority_since": said(0), "overdue": False, "reminders": 0, "rungs": [],
            "ladder": {
                "started": False, "cycle": 0, "asked": [], "current": None, "exhausted": False,
            },
        }  # fmt: skip
        body = pressed | body
        due = datetime.fromisoformat(body["next_due_at"])
        self.row(
            "alert", body, id=body["id"], home=home, track="care", state=body["state"],
            priority="emergency", urgency=0, owner_id=body.get("owner_id"),
            owner_name=body.get("owner_name"), opened_at=kept(BEGAN), next_due_at=kept(due),
            changed=1, fence=1, **columns,
        )  # fmt: skip
        press = {
            "id": f"press-{home}", "org": ORG, "home": home, "kind": "alarm", "type": "pendant",
            "occurred_at": said(0), "raised_at": said(0), "why": "The pendant was pressed.",
            "source": "gateway", "explicit": True, "device": f"hub-{home}",
        }  # fmt: skip
        self.row(
            "signal", press, id=press["id"], alert=body["id"], number=1, home=home,
            taken_at=kept(BEGAN),
        )  # fmt: skip

    def letter_in_hand(self) -> None:
        """To the contact who was asked; its key is what that version made of it."""
        body = {
            "org": ORG, "alert": ASKED_ALERT, "step": "ladder-1", "recipient": "daughter-12",
            "channel": "email", "attempt": 1, "urgency": 0, "created_at": said(180),
            "expires_at": said(360),
        }  # fmt: skip
        self.row(
            "outbox", body, key="d931d2cc3957069e8f0fab463d7a0ac0", alert=ASKED_ALERT,
            state="ready", urgency=0, tries=0, next_try_at=kept(BEGAN), fence=3,
            expires_at=kept(BEGAN + timedelta(seconds=360)), **IN_HAND,
        )  # fmt: skip


def said(seconds: float) -> str:
    """So long after the evening began, as a body says it."""
    return (BEGAN + timedelta(seconds=seconds)).isoformat()


def kept(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


IN_HAND = {"leased_by": "responder-1", "leased_until": kept(STOPPED + timedelta(seconds=20))}
ASKED_ALERT = "alert-d4a2e7482f85d217fa98"


def rung(contact: str) -> dict[str, Any]:
    return {
        "contact": contact, "state": "ringing", "since": said(180), "deadline": said(360),
        "attempts": 1,
    }  # fmt: skip


@contextmanager
def started(settings: Settings) -> Iterator[World]:
    """Today's version, as a process begins."""
    clock, machine = HandClock(STARTED), HandClock(STARTED)
    world = World(settings, clock, machine, Mailbag())
    world.leases.take_back(clock.now())
    world.settle()
    try:
        yield world
    finally:
        world.responder.close()


def furnished(settings: Settings) -> None:
    register = open_register(settings, HandClock(BEGAN))
    furnish(register, homes=12)
    responders(register, ORG, "ann", "bob")
    register.close()


def asked(world: World) -> Counter[str]:
    return Counter(each.address.partition("@")[0] for each in world.mailbag.letters)


def test_from_the_first_version(settings: Settings) -> None:
    furnished(settings)
    with as_left_at(settings, "0001") as left:
        left.alert("home-1", {"next_due_at": said(60)}, **IN_HAND)
        left.alert(
            "home-12",
            {
                "id": ASKED_ALERT, "next_due_at": said(360), "overdue": True,
                "rungs": [rung("daughter-12")],
                "ladder": {
                    "started": True, "cycle": 1, "asked": ["daughter-12"],
                    "current": "daughter-12", "exhausted": False,
                },
            },
        )  # fmt: skip
        left.letter_in_hand()
        mine = {"state": "claimed", "owner_id": "person-2", "owner_name": "Operator 2",
                "claimed_at": said(0), "touched_at": said(0)}  # fmt: skip
        left.alert("home-3", mine | {"remind_at": said(600), "next_due_at": said(600)})
        watch = {"state": "watching", "watch_until": said(1800), "next_due_at": said(1800)}
        left.alert("home-4", mine | watch)
    with started(settings) as world:
        assert "contacts are being asked" in (world.alert("home-1").announcement or "")
        assert asked(world) == {"daughter1": 1, "daughter12": 1}
        world.forward(minutes=2)
        assert asked(world) == {"daughter1": 1, "daughter12": 1, "son12": 1}
        world.forward(minutes=5)
        assert asked(world)["daughter12"] == 2, "in the second round, as ever"
        assert "nothing done" in (world.alert("home-3").announcement or "")
        assert world.alert("home-4").state is AlertState.WATCHING
        world.forward(minutes=25)
        assert "watch_ended" in world.acts("alert-home-4")
        assert asked(world)["daughter4"] == 1, "and its clocks began then"
        assert world.auditor.look() == []


def test_from_a_version_that_sent_responders_and_rang(settings: Settings) -> None:
    """A job that nobody answered goes to the next; one on the road is watched over; a visit that
    does not take place is missed; who asked to be erased is."""
    furnished(settings)
    mine = {"state": "claimed", "owner_id": "person-1", "owner_name": "Operator 1",
            "claimed_at": said(0), "touched_at": said(0)}  # fmt: skip
    with as_left_at(settings, "0130") as left:
        left.alert(
            "home-1",
            mine | {"next_due_at": said(240), "remind_at": said(600), "rungs": [rung("team:ann")]},
        )
        job = {
            "org": ORG, "id": "dispatch-1", "alert": "alert-home-1", "home": "home-1",
            "state": "offered", "decided_at": said(0), "by": "person-1", "team": "",
            "answers": "PT120S", "sought_at": said(0), "holder": "team:ann", "marks": 0,
            "offers": [{
                "crew": {
                    "member": "team:ann", "team": "valley", "vehicle": "car-of-ann",
                    "minutes": None,
                },
                "at": said(120), "deadline": said(240),
            }],
            "accepted_at": None, "set_off_at": None, "arrived_at": None, "inside_at": None,
            "left_at": None, "proof": None, "pressed_at": None, "wrong_codes": 0,
            "terms": {"every": "PT1200S", "answers": "PT300S"}, "stay": None, "outcome": None,
            "next_due_at": said(240),
        }  # fmt: skip
        left.row(
            "dispatch", job, id="dispatch-1", alert="alert-home-1", home="home-1",
            holder="team:ann", next_due_at=kept(BEGAN + timedelta(seconds=240)),
        )  # fmt: skip
        visit = {
            "org": ORG, "id": "expected-1", "home": "home-2", "what": "visit", "begins": "14:05",
            "by": "14:30", "time_zone": "Europe/London", "days": [0, 1, 2, 3, 4, 5, 6],
            "noticed_by": [], "room": None, "last_day": None, "text": "", "by_call": False,
            "calls": [], "confirmed_at": None, "opens_at": said(300), "next_due_at": said(1800),
        }  # fmt: skip
        left.row(
            "expectation", visit, id="expected-1", home="home-2",
            next_due_at=kept(BEGAN + timedelta(minutes=30)),
        )  # fmt: skip
        wanted = {
            "org": ORG, "id": "erasure-1", "home": "home-3", "person": "resident-3",
            "is_contact": False, "whole_home": True, "asked_at": said(0), "asked_by": "person-9",
            "done_at": None, "next_due_at": said(0),
        }  # fmt: skip
        left.row("erasure", wanted, id="erasure-1", home="home-3", next_due_at=kept(BEGAN))
        night = {"org": ORG, "id": "plans", "next_due_at": said(13.5 * 3600)}
        left.row(
            "round", night, id="plans", next_due_at=kept(BEGAN + timedelta(hours=13, minutes=30))
        )
    with started(settings) as world:
        assert asked(world) == {"bob": 1}, "Ann had her time"
        while world.responder.keeping.step():
            pass
        assert "resident-3" not in {
            each.resident for each in world.register.residents.residents(ORG)
        }
        world.driver("bob", "valley").expect_offers(1)
        world.forward(minutes=30)
        assert world.alerts("home-2")[0].sentence.startswith(
            "The visit by video did not take place"
        )
        assert [line.home for line in world.desk.queue(operator(1))].count("home-1") == 1
        assert world.acts("alert-home-1").count("offered") == 1
        assert world.auditor.look() == []
