"""One socket: carries out what its session decides, and holds it back when we are full."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol, cast

from gateway.admission import Admitted
from gateway.downlink import Told
from gateway.intake import Arrival
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.sessions.notes import Found, Note
from gateway.sources.mqtt_endpoint.actions import (
    Action,
    CheckCredentials,
    Close,
    Keep,
    Refused,
    Send,
    Take,
)
from gateway.sources.mqtt_endpoint.addresses import Wish
from gateway.sources.mqtt_endpoint.allowance import Allowance, Queue, may_call
from gateway.sources.mqtt_endpoint.packets import Connect, Reason
from gateway.sources.mqtt_endpoint.session import Session
from gateway.sources.mqtt_endpoint.talk import OPENING
from gateway.sources.mqtt_endpoint.tls import shown_certificate
from gateway.sources.mqtt_endpoint.welcome import Visit
from telecare.clock import Clock
from telecare.messages import encode

RECEIPT_SECONDS = 24 * 3600
"""For how long a client that keeps its session is owed a receipt."""
CLOSE_SECONDS = 5.0
"""How long a closing connection may take to read its last bytes."""


class Door(Protocol):
    """What a connection needs of the listener it belongs to."""

    service: Service
    clock: Clock
    log: Any

    def opened(self, connection: Connection) -> None:
        """A socket is open. One that there is no room for is aborted."""

    def asked(self, connection: Connection, connect: Connect) -> None:
        """Check credentials; `Connection.answered` comes later."""

    def admitted(self, connection: Connection) -> None:
        """The connection speaks for a device now."""

    def is_welcome(self, admitted: Admitted) -> bool:
        """Whether the device's credential still holds."""

    def allowance(self, admitted: Admitted) -> Allowance:
        """What the device may publish, over all its connections."""

    def closed(self, connection: Connection) -> None:
        """The socket is gone."""

    def departed(self, connection: Connection, will: Wish) -> None:
        """The client vanished: `Connection.speak` its will when its delay is over."""


class Connection(asyncio.Protocol):
    """A client of the MQTT endpoint."""

    def __init__(self, door: Door, now: Callable[[], float]) -> None:
        """`now` tells the machine's monotonic seconds."""
        self._door = door
        self._now = now
        self._transport: asyncio.Transport | None = None
        self._pauses: set[str] = set()
        self._told: set[Reason] = set()
        self._heard: set[str] = set()
        self._closing_since: float | None = None
        self._allowance = Allowance(0.0, 0.0)
        self._queue = Queue()
        self.session = Session()
        self.admitted: Admitted | None = None
        self.certificate: bytes | None = None
        """What the client showed in the handshake (DER), vouched for by the devices' authority."""

    # What the event loop tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have this shape without being of this class.
        self._transport = cast("asyncio.Transport", transport)
        self.certificate = shown_certificate(transport)
        self.session.has_certificate = self.certificate is not None
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._door.opened(self)

    def data_received(self, data: bytes) -> None:
        self.carry_out(self.session.receive(data))

    def pause_writing(self) -> None:
        """The client does not read its acknowledgements: we do not read its messages."""
        self._pause("slow reader")

    def resume_writing(self) -> None:
        self._resume("slow reader")

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        keeps, will = self.session.lost(self._door.clock.now())
        for keep in keeps:
            self._keep(keep.note, keep.token)
        while self._queue:
            # What waited is ours to judge, and nobody is there to be told.
            self._take(self._queue.next())
        if will is not None:
            self._door.departed(self, will)
        self._door.service.forget(self)
        self._door.closed(self)

    # What the service tells us

    def settled(self, settled: Sequence[Settled]) -> None:
        """The messages are on disk: say so, and send receipts for alarms."""
        session, written, receipts, is_open = self.session, [], [], False
        for each in settled:
            if each.token == OPENING:
                is_open = True
            elif each.token:
                written.append(session.stored(each.token))
            if each.receipt is not None:
                receipts.append(encode(each.receipt))
        self._write(b"".join(written))
        if is_open:
            self._welcome(session.opened())
        for receipt in receipts:
            self.deliver("receipt", receipt)
        if not session.is_congested:
            self._resume("in flight")

    def go_on(self) -> None:
        """The service has room again."""
        self._resume("full")

    # What the listener tells us

    def answered(self, answer: Admitted, fresh: str, found: Found | None) -> None:
        """Admission knows it; see `Visit`."""
        self.admitted = answer
        self._allowance = self._door.allowance(answer)
        visit = Visit(self._door.clock.now(), fresh, found, answer.is_withdrawn)
        actions = self.session.admitted(answer.identity, visit)
        if self.session.identity is None and not self.session.is_closed:
            self.carry_out(actions)  # the welcome waits for what must be kept
        else:
            self._welcome(actions)

    def refused(self, reason: Reason, why: str) -> None:
        """It is not let in."""
        self.carry_out(self.session.refused(reason, why))
        self._resume("admission")

    def deliver(
        self, what: str, payload: bytes, seconds: int = RECEIPT_SECONDS, *, lasting: bool = True
    ) -> None:
        """Say it on the device's topic `down/WHAT`, if it listens there."""
        if self.admitted is not None:
            identity = self.admitted.identity
            topic = f"telecare/v1/{identity.org}/{identity.device}/down/{what}"
            now = self._door.clock.now()
            told = self.session.deliver(topic.encode(), payload, now, seconds, lasting=lasting)
            self.carry_out(told)

    def tell(self, waiting: Sequence[Told]) -> None:
        """Say what this connection has not heard yet, once it listens."""
        for each in waiting:
            if each.mark not in self._heard and self._listens(each.what):
                self._heard.add(each.mark)
                # The register owes it, and says it again on the next connection.
                self.deliver(each.what, each.payload, each.seconds, lasting=False)

    def _listens(self, what: str) -> bool:
        assert self.admitted is not None
        identity = self.admitted.identity
        topic = f"telecare/v1/{identity.org}/{identity.device}/down/{what}"
        return self.session.listens(topic.encode())

    def speak(self, will: Wish, at: datetime | None = None) -> None:
        """Take the will as a message, of this moment or of `at`."""
        self._take(Take(will.kind, will.payload, 0, dialect=will.dialect, will=True), at)

    def give_way(self, why: str, *, goes_on: bool, at: datetime | None = None) -> None:
        """The client has come anew, now or `at`, to go on with its session or begin another. What
        it wished to have said of its end here is said as of then: the line may take its time to
        close, and nobody who is back must be called gone.
        """
        will = self.session.given_up(goes_on=goes_on)
        if will is not None:
            self.speak(will, at)
        self.carry_out(self.session.leave(Reason.SESSION_TAKEN_OVER, why))

    def report(self, trouble: str, about: bytes = b"{}") -> None:
        """Tell the TEC team of something the device does."""
        assert self.admitted is not None
        now = self._door.clock.now()
        arrival = Arrival(self.admitted.identity, trouble, about, now, dialect="door")
        self._door.service.offer(self, arrival, 0)

    def watch(self) -> None:
        """Called about once a second: ends what has fallen silent, lets go on what waited."""
        now = self._now()
        while self._queue and self._allowance.passes([self._queue[0]], now):
            self._take(self._queue.next())
        if self._pauses:
            self.session.excuse_silence()
        self.carry_out(self.session.silence(now))
        if self._closing_since is not None and now - self._closing_since > CLOSE_SECONDS:
            self.abort()

    def abort(self) -> None:
        """Close at once, whatever was still to be written."""
        if self._transport is not None:
            self._transport.abort()

    def carry_out(self, actions: Sequence[Action]) -> None:
        """Do what the session decided, in order."""
        taken: list[Take] = []
        for action in actions:
            if type(action) is Take:
                taken.append(action)
            elif type(action) is Send:
                self._write(action.data)
            else:
                self._carry_out_rarer(action)
        if taken:
            if not self._queue and self._allowance.passes(taken, self._now()):
                for take in taken:
                    self._take(take)
            else:
                self._hold(taken)
            if self.session.is_congested:
                self._pause("in flight")
        if actions and self._door.service.is_full:
            self._pause("full")
            self._door.service.hold_back(self)

    def _carry_out_rarer(self, action: Action) -> None:
        match action:
            case Keep():
                self._keep(action.note, action.token)
            case CheckCredentials():
                self._pause("admission")
                self._door.asked(self, action.connect)
            case Refused():
                if action.reason not in self._told:
                    self._told.add(action.reason)
                    device = self.admitted.identity.device if self.admitted else None
                    self._door.log.info(
                        "refused", device=device, reason=action.reason.name, because=action.why
                    )
            case Close():
                self._closing_since = self._now()
                if self._transport is not None:
                    self._transport.close()
            case _:
                raise AssertionError(f"nobody carries out {action}")

    def _take(self, take: Take, at: datetime | None = None) -> None:
        assert self.admitted is not None
        may_alarm = take.kind == "alarm" or take.dialect != ""
        withdrawn = self.admitted.is_withdrawn or (
            may_alarm and not self._door.is_welcome(self.admitted)
        )
        arrival = Arrival(
            self.admitted.identity,
            take.kind,
            take.payload,
            at or self._door.clock.now(),
            missing=take.missing,
            withdrawn=withdrawn,
            dialect=take.dialect,
            note=take.note,
            will=take.will,
        )
        self._door.service.offer(self, arrival, take.token)

    def _hold(self, taken: Sequence[Take]) -> None:
        """The device says more than it may: its calls for help go first, the rest waits."""
        assert self.admitted is not None
        now = self._now()
        for take in taken:
            cries = may_call(take, self.admitted.identity)
            if cries or (not self._queue and self._allowance.passes([take], now)):
                self._take(take)
            elif (given_up := self._queue.add(take)) is not None:
                self.session.dropped(given_up.token)
        if self._allowance.is_news(now):
            self.report("babbling")

    def _keep(self, note: Note, token: int) -> None:
        assert self.admitted is not None
        now = self._door.clock.now()
        arrival = Arrival(self.admitted.identity, "", b"", now, note=note)
        self._door.service.offer(self, arrival, token)

    def _welcome(self, actions: Sequence[Action]) -> None:
        if self.session.identity is not None:
            self._door.admitted(self)
        self.carry_out(actions)
        self._resume("admission")

    def _write(self, data: bytes) -> None:
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _pause(self, why: str) -> None:
        if not self._pauses and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
        self._pauses.add(why)

    def _resume(self, why: str) -> None:
        if why not in self._pauses:
            return
        self._pauses.discard(why)
        if not self._pauses and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
