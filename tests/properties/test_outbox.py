"""Whatever providers, receipts, people and crashes do: the outbox keeps its word.

I3: nobody is sent the same message twice by us, unless we died between a provider's yes and
our note of it. Nothing ready is forgotten, nothing delivered is taken back, and somebody
who can be reached is reached.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from responder.channels.base import Letter, Sender
from responder.outgoing.outbox import LIVE, MessageState, Receipt
from responder.store.messages import Posted, of_alert
from responder.whom.people import Channel
from telecare.clock import HandClock
from telecare.errors import ChannelBusy, ChannelRefused, ChannelUnavailable
from telecare.settings import Settings
from telecare.store.migrate import migrate
from telecare.vocabulary import CallState, Outcome
from tests.harness.duty import Duty, Mailbag, furnish, operator
from tests.harness.examples import at_length

CHANNELS = (Channel.NOTIFY_SMS, Channel.TWILIO_SMS, Channel.TWILIO_VOICE, Channel.EMAIL)
moods = st.sampled_from(["well", "well", "refuses", "out", "busy", "answer lost", "we die"])


class PowerCut(BaseException):
    """The process dies here: nothing of ours may catch it."""


class Line:
    """A channel in memory. Remembers what its provider took, whatever we came to know of it."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.mood = "well"
        self.taken: list[Letter] = []
        self.excused: Counter[str] = Counter()
        """How often we may have sent a key again without knowing of the yes before."""

    def send(self, letter: Letter) -> None:
        if self.mood == "refuses":
            raise ChannelRefused("No such number.")
        if self.mood == "out":
            raise ChannelUnavailable("It does not answer.")
        if self.mood == "busy":
            raise ChannelBusy("Slow down.", seconds=1)
        self.taken.append(letter)
        if self.mood == "well":
            return
        self.excused[letter.key] += 1
        if self.mood == "answer lost":
            raise ChannelUnavailable("Its answer was lost.")
        raise PowerCut


class Outbox(RuleBasedStateMachine):
    """One organisation's night; the installation is shared."""

    world: Duty
    lines: dict[Channel, Line]
    numbers = iter(range(1, 10_000))

    @initialize()
    def furnish(self) -> None:
        self.org = f"org-{next(self.numbers)}"
        contacts = self.world.responder.register.contacts
        furnish(self.world.responder.register, self.org)
        for who in ("daughter-1", "son-1", "daughter-2", "son-2"):
            contacts.change_contact(self.org, who, phone="07700 900123")
        for line in self.lines.values():
            line.mood = "well"
        self.arrived: set[str] = set()
        self.pass_time(120)  # gates shut in another night open again

    def pass_time(self, seconds: float) -> None:
        self.world.clock.forward(seconds=seconds)
        self.world.machine.forward(seconds=seconds)

    def posted(self) -> list[Posted]:
        with self.world.works.begin(self.world.clock.now()) as work:
            return [
                each
                for line in self.world.desk.queue(operator(1, org=self.org))
                for each in of_alert(work.connection, self.org, line.id)
            ]

    @rule(home=st.sampled_from(["home-1", "home-2"]))
    def ask(self, home: str) -> None:
        self.world.press(home, org=self.org)
        self.world.intake.step()
        self.pass_time(181)
        self.world.steps.step()

    @rule(channel=st.sampled_from(CHANNELS), mood=moods)
    def provider(self, channel: Channel, mood: str) -> None:
        self.lines[channel].mood = mood

    @rule(seconds=st.sampled_from([1, 7, 30, 46, 100]))
    def night_goes_on(self, seconds: int) -> None:
        self.pass_time(seconds)
        self.settle()

    @rule()
    def settle(self) -> None:
        for _ in range(200):
            try:
                if not self.world.steps.step() + self.world.post.step():
                    return
            except PowerCut:
                self.world.leases.take_back(self.world.clock.now())
        raise AssertionError("it goes round and round")

    @rule(channel=st.sampled_from(CHANNELS))
    def one_loop_alone(self, channel: Channel) -> None:
        try:
            self.world.post.step(channel)
        except PowerCut:
            self.pass_time(21)  # nobody takes the lease back: it ends by itself

    @rule(which=st.integers(0, 50), said=st.sampled_from(Receipt), again=st.booleans())
    @precondition(lambda self: any(line.taken for line in self.lines.values()))
    def receipt(self, which: int, said: Receipt, *, again: bool) -> None:
        taken = [each for line in self.lines.values() for each in line.taken]
        ours = [each for each in taken if each.org == self.org]
        if not ours:
            return
        key = ours[which % len(ours)].key
        states = {self.world.desk.receipt(self.org, key, said) for _ in range(1 + again)}
        assert len(states) == 1, "a receipt twice is a receipt once"
        if said is Receipt.DELIVERED:
            self.arrived.add(key)

    @rule(contact=st.sampled_from(["daughter-1", "son-1", "daughter-2"]))
    def answers(self, contact: str) -> None:
        for line in self.world.desk.queue(operator(1, org=self.org)):
            if line.home[-1] == contact[-1]:
                who = operator(1, org=self.org)
                self.world.desk.contact_answer(who, line.id, contact, "cannot")

    @invariant()
    def nobody_is_sent_the_same_twice(self) -> None:
        for line in self.lines.values():
            for key, count in Counter(each.key for each in line.taken).items():
                assert count <= 1 + line.excused[key]

    @invariant()
    def what_has_arrived_stays_so(self) -> None:
        states = {each.message.key: each.state for each in self.posted()}
        for key in self.arrived & states.keys():
            assert states[key] is MessageState.DELIVERED

    @invariant()
    def only_an_answer_or_an_arrival_makes_a_message_unneeded(self) -> None:
        posted = {each.message.key: each for each in self.posted()}
        left = {MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED}
        for each in posted.values():
            first = posted.get(each.message.stands_in_for or "")
            instead = [p for p in posted.values() if p.message.stands_in_for == each.message.key]
            if each.state is MessageState.UNNEEDED and self.is_awaited(each):
                arrived = first is not None and first.state is MessageState.DELIVERED
                assert arrived or any(p.state in left for p in instead)

    @invariant()
    def whoever_is_awaited_may_still_answer_to_something(self) -> None:
        posted = self.posted()
        for each in posted:
            if self.is_awaited(each):
                asked = (each.message.alert, each.message.recipient, each.message.attempt)
                assert any(
                    other.state in LIVE
                    for other in posted
                    if (other.message.alert, other.message.recipient, other.message.attempt)
                    == asked
                )

    def is_awaited(self, posted: Posted) -> bool:
        """Its asking is the one whose answer is awaited now."""
        message = posted.message
        rung = self.world.reads.alert(self.org, message.alert).alert.rung(message.recipient)
        ringing = rung is not None and rung.state is CallState.RINGING
        return ringing and rung is not None and rung.attempts == message.attempt

    def teardown(self) -> None:
        """All is well again: whoever is asked now is reached, and the home is settled."""
        for line in self.lines.values():
            line.mood = "well"
        self.pass_time(60)
        self.settle()
        self.pass_time(46)
        self.settle()
        for each in self.posted():
            now = self.world.clock.now()
            due = each.message.leaves_at or each.message.created_at
            if each.state is MessageState.READY and each.message.expires_at > now:
                assert due > now, "ready, due, and forgotten"
        me = operator(1, org=self.org)
        for alert in [waiting.id for waiting in self.world.desk.queue(me)]:
            self.world.desk.claim(me, alert)
            self.world.desk.resolve(me, alert, Outcome.TEST_CALL, "The night ends.")
        self.settle()
        assert self.world.desk.verify_chain(self.org).whole


@pytest.mark.hypothesis
def test_the_outbox_keeps_its_word() -> None:
    folder = Path(tempfile.mkdtemp())
    made = Settings(data_dir=folder)
    migrate(made)
    clock = HandClock(datetime(2026, 3, 28, 21, tzinfo=UTC), is_real=True)
    Outbox.lines = {channel: Line(channel) for channel in CHANNELS}
    senders: dict[Channel, Sender] = dict(Outbox.lines)
    Outbox.world = Duty(made, clock, HandClock(clock.now()), Mailbag(), senders)
    try:
        run_state_machine_as_test(
            Outbox,
            settings=at_length(settings(
                max_examples=12, stateful_step_count=20, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck),
            )),
        )  # fmt: skip
    finally:
        Outbox.world.responder.close()
        shutil.rmtree(folder)
