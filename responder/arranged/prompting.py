"""Residents are rung about what is expected of their day, by the outbox; what stands in the
way leaves it to people in the same transaction.

Decided by `prompts`. The call's answer comes back to `prompt_answers`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from responder.arranged import expectations, prompts
from responder.arranged.expectations import Expectation
from responder.arranged.prompts import Facts, Prompt, PromptState, Reason, Why
from responder.arriving import suppression
from responder.channels.base import Letter
from responder.clockwork.apart import Apart, Key
from responder.clockwork.in_hand import InHand
from responder.kept.record import Act
from responder.outgoing import numbers, spoken
from responder.outgoing.links import Links
from responder.outgoing.outbox import Kind, Message, MessageState, urgency
from responder.store import Work, Works, timed
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.errors import ChannelRefused, NotFound
from telecare.register import Register
from telecare.register.residents import Resident
from telecare.store.lane import LaneReader
from telecare.tenancy import PLATFORM
from telecare.vocabulary import SignalKind

BATCH = 50
CHANNEL = Channel.TWILIO_VOICE
READINGS = 2000
"""How many of a home's newest readings are looked through before somebody is rung."""


class Prompting:
    """Rings when it is time. Several processes may: what one works on the others skip."""

    def __init__(
        self,
        works: Works,
        register: Register,
        readings: LaneReader,
        links: Links,
        channels: Collection[Channel],
        clock: Clock,
        in_hand: InHand | None = None,
    ) -> None:
        self._works = works
        self._register = register
        self._readings = readings
        self._links = links
        self._channels = channels
        self._clock = clock
        self._apart = Apart("prompting", works, clock, in_hand=in_hand)

    def step(self) -> int:
        """Do at most one batch of what is due; how many expectations were seen to."""
        now = self._clock.now()
        due = timed.rings_due(self._works.database, now, BATCH)
        if not due:
            return 0
        return self._apart.take_all("prompt", due, partial(self._act, now), timed.ring_later)

    def _act(self, now: datetime, due: Sequence[Key]) -> int:
        with self._works.begin(now) as work:
            found = [row for key in due if (row := timed.to_ring(work, *key)) is not None]
            for each in found:
                self._see_to(work, each)
        return len(found)

    def unasked(self, message: Message) -> tuple[MessageState, str] | None:
        """None while the resident is still to be rung by this message, else what becomes of it."""
        try:
            found = timed.expectations.find(self._works.database, message.org, message.expectation)
        except NotFound:
            return MessageState.UNNEEDED, "It is expected no more."
        prompt = prompt_of(found, message)
        if prompt is None or prompt.state is not PromptState.RINGING:
            return MessageState.UNNEEDED, "Nobody needs to be rung about it any more."
        return None

    def letter(self, message: Message) -> Letter:
        """What is to be rung. Raises `ChannelRefused` when no number is on file any more."""
        expected = timed.expectations.find(self._works.database, message.org, message.expectation)
        resident = rung(self._register, expected)
        address = numbers.calling(resident.phone) if resident else None
        if resident is None or address is None:
            raise ChannelRefused("The resident has no telephone on file any more.")
        said = spoken.prompt(expected, resident.language)
        return Letter(
            key=message.key, org=message.org, address=address, subject="", body=said.question,
            language=resident.language, link=self._links.prompt_url_of(message),
        )  # fmt: skip

    def _see_to(self, work: Work, expected: Expectation) -> None:
        prompt, ends = expected.prompt, expected.next_due_at
        assert prompt is not None, "only what has a prompt has a time to ring"
        if ends is None or work.now >= ends:
            # Its stretch is over: it is judged, and the next one brings its own time.
            timed.expectations.put(work, _with(expected, replace(prompt, next_at=None)))
            return
        resident = rung(self._register, expected)
        facts = Facts(
            happened=self._happened(expected), away=_is_away(work, expected),
            telephone=resident is not None, provider=CHANNEL in self._channels,
        )  # fmt: skip
        decision = prompts.decide(prompt, ends, work.now, facts)
        timed.expectations.put(work, _with(expected, decision.prompt))
        if decision.reason is Reason.RING:
            assert resident is not None
            work.send(_message(expected, decision.prompt, resident, work.now))
        elif decision.reason is Reason.LEFT:
            tell_left(work, expected, decision.prompt)

    def _happened(self, expected: Expectation) -> bool:
        readings = self._readings.history(
            expected.org, expected.home, since=expected.opens_at, limit=READINGS
        )
        return expectations.judge(expected, readings) is None


def rung(register: Register, expected: Expectation) -> Resident | None:
    """Who of the home is rung: whom the prompt names, else the first with a telephone."""
    wanted = expected.prompt.resident if expected.prompt else ""
    for each in register.residents.residents(expected.org, expected.home):
        if numbers.calling(each.phone) and wanted in ("", each.resident):
            return each
    return None


def prompt_of(expected: Expectation, message: Message) -> Prompt | None:
    """The prompt a message belongs to; None when its stretch is over."""
    return expected.prompt if message.step == _step(expected) else None


def settled(
    work: Work, message: Message, state: MessageState, reference: str | None = None
) -> None:
    """A try was taken by the provider, which calls it `reference`, or will never be."""
    expected, prompt = _standing(work, message)
    if expected is None or prompt is None:
        return
    if state is MessageState.SENT:
        after = prompts.taken(prompt, message.attempt, work.now)
        timed.expectations.put(work, _with(expected, after))
        _write(
            work, Act.PROMPT_RUNG, expected, attempt=message.attempt, call=reference,
            resident=message.recipient,
        )  # fmt: skip
    elif state in (MessageState.REFUSED, MessageState.GIVEN_UP, MessageState.EXPIRED):
        _leave(work, expected, prompts.left(prompt, Why.PROVIDER))


def faltered(work: Work, message: Message) -> None:
    """The provider does not take it now: people see to it at once."""
    expected, prompt = _standing(work, message)
    if expected is not None and prompt is not None:
        _leave(work, expected, prompts.left(prompt, Why.PROVIDER))


def unreached(work: Work, message: Message) -> None:
    """The provider says that nobody picked up."""
    expected, prompt = _standing(work, message)
    if expected is not None and prompt is not None:
        _write(work, Act.PROMPT_UNREACHED, expected, attempt=message.attempt)
        _leave(work, expected, prompts.unreached(prompt, message.attempt))


def tell_left(work: Work, expected: Expectation, prompt: Prompt) -> None:
    """On record: it is left to people, and why."""
    assert prompt.why is not None
    _write(work, Act.LEFT_TO_PEOPLE, expected, why=prompt.why.value)


def _write(work: Work, act: Act, expected: Expectation, **detail: str | int | None) -> None:
    work.write(
        act, org=expected.org, actor=PLATFORM, alert=None, home=expected.home,
        expectation=expected.id, what=expected.what.value, **detail,
    )  # fmt: skip


def _leave(work: Work, expected: Expectation, after: Prompt) -> None:
    before = expected.prompt
    if after == before:
        return
    timed.expectations.put(work, _with(expected, after))
    if after.state is PromptState.PEOPLE and before and before.state is not PromptState.PEOPLE:
        tell_left(work, expected, after)


def _standing(work: Work, message: Message) -> tuple[Expectation | None, Prompt | None]:
    """What the message is about, locked, and its prompt while its stretch lasts."""
    try:
        expected = timed.expectations.get(work, message.org, message.expectation)
    except NotFound:
        return None, None
    return expected, prompt_of(expected, message)


def _with(expected: Expectation, prompt: Prompt) -> Expectation:
    return replace(expected, prompt=prompt)


def _step(expected: Expectation) -> str:
    """Of a stretch: the same call is written down once, and one of another day is another."""
    begins = int(expected.opens_at.timestamp()) if expected.opens_at else 0
    return f"prompt-{expected.id}-{begins}"


def _message(expected: Expectation, prompt: Prompt, resident: Resident, now: datetime) -> Message:
    return Message(
        org=expected.org, alert="", step=_step(expected), recipient=resident.resident,
        channel=CHANNEL.value, attempt=prompt.tries, urgency=urgency(Kind.PROMPT, 0, 0),
        created_at=now, expires_at=now + prompts.TAKEN_WITHIN, kind=Kind.PROMPT,
        expectation=expected.id, home=expected.home,
    )  # fmt: skip


def _is_away(work: Work, expected: Expectation) -> bool:
    windows = timed.windows.of_homes(work, [(expected.org, expected.home)])
    missed = f"{SignalKind.EXPECTATION.value}.{expected.what.value}"
    return any(
        each.is_active(work.now) and suppression.explains(each.cause, missed) for each in windows
    )
