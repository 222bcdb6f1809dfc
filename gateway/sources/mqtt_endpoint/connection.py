"""One socket: carries out what its session decides, and holds it back when we are full."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

from gateway.admission import Admitted, Denied
from gateway.intake import Arrival
from gateway.service import Service, Settled
from gateway.sources.mqtt_endpoint.actions import (
    Action,
    CheckCredentials,
    Close,
    Refused,
    Send,
    Take,
)
from gateway.sources.mqtt_endpoint.packets import Connect, Reason
from gateway.sources.mqtt_endpoint.session import Session
from telecare.clock import Clock
from telecare.messages import encode

CLOSE_SECONDS = 5.0
"""How long a closing connection may take to read its last bytes."""


class Door(Protocol):
    """What a connection needs of the listener it belongs to."""

    service: Service
    clock: Clock
    log: Any

    def opened(self, connection: Connection) -> bool:
        """Whether there is room for one more connection."""

    def asked(self, connection: Connection, connect: Connect) -> None:
        """Check credentials; `Connection.answered` comes later."""

    def admitted(self, connection: Connection) -> None:
        """The connection speaks for a device now."""

    def is_welcome(self, admitted: Admitted) -> bool:
        """Whether the device's credential still holds."""

    def closed(self, connection: Connection) -> None:
        """The socket is gone."""


class Connection(asyncio.Protocol):
    """A client of the MQTT endpoint."""

    def __init__(self, door: Door, now: Callable[[], float]) -> None:
        """`now` tells the machine's monotonic seconds."""
        self._door = door
        self._now = now
        self._transport: asyncio.Transport | None = None
        self._pauses: set[str] = set()
        self._told: set[Reason] = set()
        self._closing_since: float | None = None
        self.session = Session()
        self.admitted: Admitted | None = None

    # What the event loop tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have this shape without being of this class.
        self._transport = cast("asyncio.Transport", transport)
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if not self._door.opened(self):
            self._door.log.warning("too_many_connections")
            self.abort()

    def data_received(self, data: bytes) -> None:
        self.carry_out(self.session.receive(data))

    def pause_writing(self) -> None:
        """The client does not read its acknowledgements: we do not read its messages."""
        self._pause("slow reader")

    def resume_writing(self) -> None:
        self._resume("slow reader")

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the end is the end
        will = self.session.lost()
        if will is not None:
            self._take(will)
        self._door.service.forget(self)
        self._door.closed(self)

    # What the service tells us

    def settled(self, settled: Sequence[Settled]) -> None:
        """The messages are on disk: say so, and send receipts for alarms."""
        session, written = self.session, []
        for each in settled:
            if each.token:
                written.append(session.stored(each.token))
            if each.receipt is not None and self.admitted is not None:
                identity = self.admitted.identity
                topic = f"telecare/v1/{identity.org}/{identity.device}/down/receipt"
                written.append(session.deliver(topic.encode(), encode(each.receipt)))
        self._write(b"".join(written))
        if not session.is_congested:
            self._resume("in flight")

    def go_on(self) -> None:
        """The service has room again."""
        self._resume("full")

    # What the listener tells us

    def answered(self, answer: Admitted | Denied | None, assigned_id: str) -> None:
        """Admission's answer; None if it could not be asked."""
        if isinstance(answer, Admitted):
            actions = self.session.admitted(
                answer.identity, assigned_id, withdrawn=answer.is_withdrawn
            )
            if self.session.identity is not None:
                self.admitted = answer
                self._door.admitted(self)
        elif isinstance(answer, Denied):
            actions = self.session.refused(Reason.BAD_CREDENTIALS, answer.why)
        else:
            why = "The register does not answer."
            actions = self.session.refused(Reason.SERVER_UNAVAILABLE, why)
        self.carry_out(actions)
        self._resume("admission")

    def watch(self) -> None:
        """Called about once a second: ends what has fallen silent."""
        now = self._now()
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
        took = False
        for action in actions:
            if type(action) is Take:
                self._take(action)
                took = True
            elif type(action) is Send:
                self._write(action.data)
            else:
                self._carry_out_rarer(action)
        if took:
            if self._door.service.is_full:
                self._pause("full")
                self._door.service.hold_back(self)
            if self.session.is_congested:
                self._pause("in flight")

    def _carry_out_rarer(self, action: Action) -> None:
        match action:
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

    def _take(self, take: Take) -> None:
        assert self.admitted is not None
        may_alarm = take.kind == "alarm" or take.dialect != ""
        withdrawn = self.admitted.is_withdrawn or (
            may_alarm and not self._door.is_welcome(self.admitted)
        )
        arrival = Arrival(
            self.admitted.identity,
            take.kind,
            take.payload,
            self._door.clock.now(),
            # A bridge asks a broker to keep a sensor's last state; to us it says it just now.
            take.retain and not take.dialect,
            take.missing,
            withdrawn,
            take.dialect,
        )
        self._door.service.offer(self, arrival, take.packet_id)

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
