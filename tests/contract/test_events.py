"""What becomes of alerts reaches an organisation's own system: signed, in order, once by id."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from pydantic import SecretStr

from responder.channels.events import EventPost
from responder.kept.record import Entry
from responder.shared import streaming as streaming_module
from responder.shared.streaming import SETTING, Streaming
from simulators.providers.moods import Mood
from simulators.providers.receiver import Receiver
from simulators.providers.serving import serving
from telecare.settings import Settings
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG, furnish, operator
from tests.harness.world import World
from tests.harness.world import world as begin


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow this machine is, a step tells its whole batch."""
    monkeypatch.setattr(streaming_module, "SLOW_SECONDS", 60.0)


@pytest.fixture
def county(sqlite_settings: Settings) -> Iterator[World]:
    with begin(sqlite_settings) as made:
        made.home(7, "daughter")
        yield made


@pytest.fixture
def receiver(county: World) -> Iterator[tuple[Receiver, str]]:
    own = Receiver(county.clock)
    with serving(own.app) as url:
        yield own, url


def streaming(county: World, own: Receiver, url: str, hosts: str | None = None) -> Streaming:
    assert own.secret is not None
    settings = county.settings.model_copy(
        update={
            "webhook_secret": SecretStr(own.secret),
            "webhook_hosts": url.partition("://")[2] if hosts is None else hosts,
        }
    )
    county.register.organisations.change_settings(ORG, lambda _: {SETTING: f"{url}/alerts"})
    made = Streaming(
        county.works, county.reads, county.register, EventPost(settings, county.clock),
        county.clock,
    )  # fmt: skip
    made.step()  # from here on
    return made


def test_an_alert_from_press_to_outcome(county: World, receiver: tuple[Receiver, str]) -> None:
    county.press("pendant-7")
    county.operator().claims(7)
    county.operator().closes(7, Outcome.HELPED_BY_TALKING)
    stream = streaming(county, *receiver)
    county.press("smoke-7")
    county.operator().claims(7)
    county.operator().notes(7, "Toast.")
    county.operator().closes(7, Outcome.HELPED_BY_TALKING, "It was toast.")
    while stream.step():
        pass
    told = list(receiver[0].events.values())
    assert [each["type"].split(".")[3] for each in told] == ["opened", "claimed", "resolved"]
    assert told[0]["data"]["home"] == "home-7"
    assert told[0]["data"]["kind"] == "alarm.smoke"
    assert told[2]["data"]["outcome"] == "helped_by_talking"
    assert "oast" not in str(told)
    assert "Sample Lane" not in str(told)


def test_a_receiver_that_is_away_hears_all_of_it_later_and_in_order(
    county: World, receiver: tuple[Receiver, str]
) -> None:
    own, url = receiver
    stream = streaming(county, own, url)
    own.behaviour.mood = Mood.OUT
    county.press("pendant-7")
    county.operator().claims(7)
    assert stream.step() == 0
    own.behaviour.mood = Mood.WELL
    assert stream.step() == 0  # it is left alone for a while
    county.clock.forward(seconds=3)
    while stream.step():
        pass
    assert [each["type"].split(".")[3] for each in own.events.values()] == ["opened", "claimed"]
    again = Streaming(
        county.works, county.reads, county.register, stream._post, county.clock
    )  # a process begun anew
    assert again.step() == 0
    assert own.received == 2


def test_one_who_was_slow_does_not_take_another_responders_place_back(
    county: World, receiver: tuple[Receiver, str]
) -> None:
    """While one waits for the answer to its first event, another tells all of them."""
    own, url = receiver
    other = streaming(county, own, url)
    post = _SlowPost(other)
    bodies: list[bytes] = []
    own.hears = bodies.append
    slow = Streaming(county.works, county.reads, county.register, post, county.clock)
    county.press("pendant-7")
    county.operator().claims(7)
    county.operator().closes(7, Outcome.HELPED_BY_TALKING)
    reached = []
    for each in (slow, other, slow):
        each.step()
        reached.append(county.reads.position(f"events:{ORG}"))
    assert reached == [reached[0]] * 3
    assert own.received == 3 + 1, "only what was under way already is told a second time"
    assert len(own.events) == 3, "and its id says that it is the same"
    assert len(set(bodies)) == 3, "as does every word of it"


def test_what_nobody_is_told_of_costs_one_transaction_a_batch(
    county: World, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks, steps and messages are most of the record, and intake waits for who writes."""
    stream = streaming(county, *receiver)
    county.press("pendant-7")
    for _ in range(20):
        county.operator().sees(7)
    moves, move = list[int](), stream._move

    def counted(place: str, sequence: int) -> bool:
        moves.append(sequence)
        return move(place, sequence)

    monkeypatch.setattr(stream, "_move", counted)
    assert stream.step() == 1
    assert len(moves) == 2, "after the press, and at the end"
    assert stream.step() == 0
    assert moves[-1] == county.reads.sequence(ORG)


def test_a_receiver_that_is_slow_keeps_no_other_waiting_and_its_own_events_in_order(
    county: World, receiver: tuple[Receiver, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own, url = receiver
    furnish(county.register, "south")
    county.register.organisations.change_settings("south", lambda _: {SETTING: f"{url}/alerts"})
    stream = streaming(county, own, url)
    county.look_again()
    stream.step()
    county.press("pendant-7")
    county.operator().claims(7)
    county.press("home-1", org="south")
    heard, answers = list[str](), threading.Event()

    def send(_url: str, entry: Entry) -> None:
        if entry.org == ORG and entry.act == "opened":
            answers.wait(60)
        heard.append(f"{entry.org} {entry.act}")

    monkeypatch.setattr(stream._post, "send", send)
    monkeypatch.setattr(streaming_module, "SLOW_SECONDS", 2.0)
    stream.step()
    county.desk.claim(operator(1, org="south"), county.only(org="south").id)
    stream.step()
    assert heard == ["south opened", "south claimed"], "while the other has not answered yet"
    answers.set()
    while len(heard) < 4:
        stream.step()
    assert heard[2:] == [f"{ORG} opened", f"{ORG} claimed"]


def test_a_receiver_that_never_ends_its_answer_has_taken_the_event(county: World) -> None:
    app, over = FastAPI(title="talker"), threading.Event()

    async def words() -> AsyncIterator[bytes]:
        while not over.is_set():
            yield b"yes "
            await asyncio.sleep(0.05)

    @app.post("/alerts")
    async def take() -> StreamingResponse:
        return StreamingResponse(words())

    with serving(app) as url:
        stream = streaming(county, Receiver(county.clock), url)
        county.press("pendant-7")
        try:
            assert stream.step() == 1
        finally:
            over.set()


class _SlowPost(EventPost):
    """Before its first event is answered, somebody else tells theirs."""

    def __init__(self, other: Streaming) -> None:
        vars(self).update(vars(other._post))
        self._other: Streaming | None = other

    def send(self, url: str, entry: Entry) -> None:
        other, self._other = self._other, None
        while other is not None and other.step():
            pass
        super().send(url, entry)


def test_a_host_nobody_allowed_hears_nothing_and_the_desk_hears_of_it(
    county: World, receiver: tuple[Receiver, str]
) -> None:
    own, url = receiver
    stream = streaming(county, own, url, hosts="elsewhere.example")
    county.press("pendant-7")
    stream.step()
    county.settle()
    assert own.received == 0
    county.operator().expect("_office", says="Your own system was not told of an alert.")
