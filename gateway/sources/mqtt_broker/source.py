"""A broker that somebody else keeps: listened to for ever, acknowledged after the commit.

What was taken over and not yet committed is unacknowledged at the broker, which sends it
again over the next connection; what is refused, lost or out of reach there is said to people.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from gateway.broker_health import (
    SAY_AGAIN_SECONDS,
    Absence,
    Knocking,
    Rivals,
    Session,
)
from gateway.brokers import Broker
from gateway.intake import Intake
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.signals import broker_signal
from gateway.sources.mqtt_broker.connection import (
    Connection,
    FilesUnusable,
    NoConnection,
    Opener,
    Welcome,
)
from gateway.sources.mqtt_broker.conversation import Conversation
from gateway.sources.mqtt_broker.promise import Promise, Refused
from gateway.sources.mqtt_broker.sayings import Sayings
from gateway.speakers import Speakers, identity_of_broker
from gateway.store import BrokerSessions
from telecare.clock import Clock
from telecare.errors import LaneTaken, StoreUnavailable
from telecare.observe import log
from telecare.vocabulary import SignalKind

WATCH_SECONDS = 1.0
_NO_PRESS = "No press arrives from the homes behind it: ring those who depend on it most."


class Lease(Protocol):
    """That we alone listen, of all gateways; see `telecare.store.lease.LaneLease`."""

    def take(self) -> None: ...

    def still_held(self) -> bool: ...

    def release(self) -> None: ...


class BrokerSource:
    """One broker. Lives in one event loop."""

    def __init__(
        self,
        broker: Broker,
        service: Service,
        speakers: Speakers,
        sessions: BrokerSessions,
        lease: Lease,
        clock: Clock,
        sayings: Sayings,
        *,
        now: Callable[[], float],
        chance: Callable[[], float],
        is_all: bool = False,
        knocking: Knocking | None = None,
        watch_seconds: float = WATCH_SECONDS,
        opener: Opener = Connection,
    ) -> None:
        """`now`: monotonic real seconds. `chance`: from 0 to 1, spreads our attempts.

        `is_all`: nothing else is listened to, so a session that was not kept ends `run`; else
        people are told and the other doors stay open.
        """
        self._service = service
        self._speakers = speakers
        self._sessions = sessions
        self._lease = lease
        self._clock = clock
        self._sayings = sayings
        self._now, self._chance = now, chance
        self._is_all = is_all
        self._knocking = knocking or Knocking()
        self._opener = opener
        self._watch_seconds = watch_seconds
        self._absence, self._rivals = Absence(now()), Rivals()
        self._why = self._sentence = ""
        self._conversation: Conversation | None = None
        self._is_ours = False
        self._promise = Promise(broker, sessions, clock)
        self._log = log("gateway.broker").bind(broker=broker.name)
        self.broker = broker
        self._away("it was not reached yet")
        self.attempts = 0
        """Connections begun, since the start."""

    @property
    def is_listening(self) -> bool:
        """Whether we hear what the broker has for us now."""
        return self._conversation is not None

    @property
    def sentence(self) -> str:
        """Why we do not, as people are told it; what it last was while we do."""
        return self._sentence

    # As a sender of signals about itself, it needs to be told nothing

    def settled(self, settled: Sequence[Settled]) -> None:
        """A signal is on disk."""

    def go_on(self) -> None:
        """We are never held back."""

    async def run(self) -> None:
        """Listen until cancelled. Raises `SettingsError` as `is_all` says."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen_for_ever())
                tasks.create_task(self._look_for_ever())
                tasks.create_task(self._watch_for_ever())
        finally:
            if self._conversation is not None:
                self._conversation.connection.close()
            self._promise.save_at_the_end()
            self._lease.release()

    async def _listen_for_ever(self) -> None:
        while True:
            try:
                if await self._is_our_turn():
                    await self._listen()
            except FilesUnusable as error:
                self._away(str(error), f"{error} {_NO_PRESS}")
            except NoConnection as error:
                self._away(str(error))
            except Refused as error:
                if self._is_all:
                    raise
                self._away(str(error), str(error))
            except StoreUnavailable:
                self._log.warning("store_unavailable")
            await asyncio.sleep(self._knocking.wait(self._chance()))

    async def _is_our_turn(self) -> bool:
        try:
            is_new = await asyncio.to_thread(self._hold_lease)
        except LaneTaken:
            if self._is_ours:
                self._log.warning("listened_to_by_another_gateway")
            self._is_ours = False
            self._absence.began(self._now())
        else:
            if is_new:  # another may have had it until now
                self._sayings.take_over(self._clock.now())
            self._is_ours = True
        return self._is_ours

    def _hold_lease(self) -> bool:
        """Whether it had to be taken."""
        self._sessions.probe()
        if self._lease.still_held():
            return False
        self._lease.release()
        self._lease.take()
        return True

    async def _listen(self) -> None:
        broker = self.broker
        await self._promise.recall()
        self._conversation, begun = None, self._now()
        talk = await self._begin()
        try:
            lived_from = self._now()
            self._conversation = talk
            self._sayings.begin()
            self._why = ""
            self._log.info("listening", after=round(lived_from - begun, 3))
            if self._absence.was_told:
                self._tell(SignalKind.SERVICE_BACK, "broker", f"The broker {broker.name} is back.")
            farewell = await talk.connection.ended
        finally:
            self._conversation = None
            self._promise.talked()
            self._service.forget(talk)
            talk.connection.close()
        lived = self._now() - lived_from
        self._absence.began(self._now())
        self._knocking.ended(lived)
        self._away(farewell.why)
        if not talk.was_held_back and self._rivals.ended(
            self._now(), lived, taken_over=farewell.taken_over
        ):
            self._tell(
                SignalKind.EQUIPMENT,
                "broker_taken_over",
                f"Connections to the broker {broker.name} end again and again: most likely another "
                f"program uses the client id {broker.session} there. Stop it, or give it another.",
            )

    async def _begin(self) -> Conversation:
        talk, welcome = await self._open()
        session = self._promise.meaning(welcome)
        if session is Session.NEW:
            # It must show that it keeps one before anything rests on it.
            await self._subscribe(talk)
            talk.connection.close()
            talk, welcome = await self._open()
            session = self._promise.meaning(welcome, just_made=True)
        try:
            if self._promise.is_gap(session):
                self._tell_of_a_gap()
            await self._promise.accept(session)
            if self._promise.must_subscribe(session):
                await self._subscribe(talk)
            await self._ask_for_counters(talk)
        except BaseException:
            talk.connection.close()
            raise
        self._promise.talking()
        return talk

    async def _open(self) -> tuple[Conversation, Welcome]:
        self.attempts += 1
        talk = Conversation(
            self.broker,
            self._service,
            self._speakers,
            self._clock,
            self._counted,
            self._sayings.heard,
        )
        talk.connection = self._opener(self.broker, talk)
        try:
            return talk, await talk.connection.open()
        except BaseException:
            talk.connection.close()
            raise

    async def _subscribe(self, talk: Conversation) -> None:
        filters = self.broker.filters()
        granted = await talk.connection.subscribe(filters, 1)
        denied = [each for each, may in zip(filters, granted, strict=True) if not may]
        if denied:
            talk.connection.close()
            raise NoConnection(f"it does not let us hear {', '.join(denied)}")

    async def _ask_for_counters(self, talk: Conversation) -> None:
        if self.broker.dropped_topics:
            topics = list(self.broker.dropped_topics)
            if not all(await talk.connection.subscribe(topics, 0, always_retained=True)):
                self._log.warning("counters_denied")

    def _counted(self, topic: str, payload: bytes) -> None:
        """A counter of the broker's says how much it has thrown away since its start."""
        rise = self._promise.counted(topic, payload)
        if rise is not None:
            self._log.error("broker_dropped", count=rise.count, total=rise.total)
            why = (
                f"The broker {self.broker.name} threw away {rise.count} messages because a queue "
                "was full; what devices said may be missing. Look whether we kept up, and raise "
                "its limits as docs/brokers.md says."
            )
            self._tell(SignalKind.EQUIPMENT, "broker_dropped", why)

    def _tell_of_a_gap(self) -> None:
        why = (
            f"The broker {self.broker.name} lost the session it kept for us: what devices behind "
            "it said during the last interruption is gone. Ask those who depend on it, and let it "
            "keep its sessions on disk, as docs/brokers.md says."
        )
        self._tell(SignalKind.EQUIPMENT, "broker_session_lost", why)

    def _away(self, why: str, sentence: str = "") -> None:
        if why != self._why:
            self._log.warning("broker_away", because=why)
        self._why = why
        self._sentence = sentence or (
            f"The broker {self.broker.name} is out of reach: {why}. {_NO_PRESS}"
        )

    def _tell(self, kind: SignalKind, type_: str, why: str) -> None:
        now, broker = self._clock.now(), self.broker
        # At most one of a type in a quarter of an hour; what comes later joins its alert.
        period = f"{kind}:{int(now.timestamp() // SAY_AGAIN_SECONDS)}"
        signal = broker_signal(broker.org, broker.name, kind, type_, why, now, period)
        self._service.note(self, identity_of_broker(broker), Intake(signal=signal))

    async def _watch_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._watch_seconds)
            if self._conversation is not None:
                self._conversation.connection.watch()
            elif self._is_ours and self._absence.must_be_told(self._now()):
                self._tell(SignalKind.SERVICE_DOWN, "broker", self._sentence)

    async def _look_for_ever(self) -> None:
        """Keep our copies of the register fresh. It may hang: nothing else waits for it."""
        while True:
            await asyncio.sleep(self._watch_seconds)
            await self._say_what_waits()
            try:
                await asyncio.to_thread(self._speakers.refresh)
                await self._promise.save()
            except StoreUnavailable:
                self._log.warning("store_unavailable")

    async def _say_what_waits(self) -> None:
        if not self.is_listening:
            return
        await asyncio.to_thread(self._sayings.refresh)
        # The connection may have ended meanwhile: then the next one says it.
        if (talk := self._conversation) is not None:
            for each in self._sayings.due(self._now(), self._speakers.may_hear):
                talk.connection.publish(each.topic, each.payload, each.seconds, each.qos)
