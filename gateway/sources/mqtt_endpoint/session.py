"""One connection as a state machine: bytes and events in, actions out, no I/O.

The listener carries the actions out. The machine never promises what it does not know:
PUBACK, PUBREC and PUBCOMP are written only by `stored`, which the service calls after the
commit, and CONNACK only when what must be kept of the session is on disk.
"""

from __future__ import annotations

from datetime import datetime

from gateway.identity import Identity
from gateway.sources.mqtt_endpoint import replies, welcome
from gateway.sources.mqtt_endpoint.actions import (
    Action,
    CheckCredentials,
    Close,
    Keep,
    Refused,
    Send,
)
from gateway.sources.mqtt_endpoint.addresses import Stranger, Wish
from gateway.sources.mqtt_endpoint.codec import PACKET_LIMIT, PacketReader
from gateway.sources.mqtt_endpoint.downward import Message
from gateway.sources.mqtt_endpoint.packets import (
    V311,
    Broken,
    Connect,
    Disconnect,
    Malformed,
    Packet,
    Publish,
    Reason,
)
from gateway.sources.mqtt_endpoint.talk import OPENING, Parting, Talk
from gateway.sources.mqtt_endpoint.welcome import Visit
from telecare.telling.places import Places

IN_FLIGHT_PAUSE = 1024
"""3.1.1 knows no such limit: from here on we stop reading from that client."""
LAST_WORDS_SECONDS = 30.0
"""How long a device whose access was withdrawn may stay: a press that waits is sent at once."""
CONNECT_SECONDS = 10.0
"""How long a stranger may take to say CONNECT: who says it byte by byte keeps nobody's place."""


class Session:
    """The server's side of one MQTT connection."""

    def __init__(self, packet_limit: int = PACKET_LIMIT) -> None:
        self._reader = PacketReader(packet_limit)
        self._packet_limit = packet_limit
        self._early: list[Packet] = []
        self._connect: Connect | None = None
        self._talk: Talk | None = None
        self._heard = True
        self._heard_at: float | None = None
        self._silence_allowed = CONNECT_SECONDS
        self._leaves_at: float | None = None
        self.identity: Identity | None = None
        """Who this is; None until it was welcomed."""
        self.has_certificate = False
        """Whether the handshake below has proved already who this is."""
        self.client_id = ""
        self.is_closed = False

    @property
    def version(self) -> int:
        """Protocol level; 3.1.1 is assumed of a client that has not said."""
        return self._reader.version or V311

    @property
    def in_flight(self) -> int:
        """Messages taken from this client and not yet on disk."""
        return self._talk.in_flight if self._talk is not None else 0

    @property
    def is_congested(self) -> bool:
        """Whether no more should be read from this client for now."""
        return self._talk is not None and self._talk.in_flight >= IN_FLIGHT_PAUSE

    @property
    def holder(self) -> str:
        """The fresh id of this connection, once its client was let in."""
        return self._talk.visit.fresh if self._talk is not None else ""

    @property
    def goes_on(self) -> bool:
        """Whether its client goes on with the session that was kept for it."""
        return self._talk is not None and self._talk.keeping.is_known

    @property
    def epoch(self) -> str:
        """Names the session that outlives its connection; empty if none does."""
        kept = self._talk.keeping.session if self._talk is not None else None
        return kept.epoch if kept is not None else ""

    @property
    def since(self) -> datetime:
        """When it was let in; only of a session that was."""
        assert self._talk is not None
        return self._talk.visit.at

    @property
    def places(self) -> Places:
        """Where it was heard to speak for others; only of a session that was let in."""
        assert self._talk is not None
        return self._talk.addresses.places

    @property
    def _is_withdrawn(self) -> bool:
        return self._talk is not None and self._talk.visit.withdrawn

    # What the listener tells us

    def receive(self, data: bytes) -> list[Action]:
        """Bytes came from the client."""
        self._heard = self._heard or self.identity is not None
        actions: list[Action] = []
        if not self.is_closed:
            self._handle(self._reader.feed(data), actions)
        return actions

    def admitted(self, identity: Identity, visit: Visit) -> list[Action]:
        """Admission knows these credentials: the client may speak as `identity`.

        It is welcomed at once, or, if something of its session must be on disk before, by
        `opened`. One whose access was withdrawn may call for help and nothing else, and only
        for a short time: what it carries may still be somebody's only pendant.
        """
        connect = self._connect
        if self.is_closed or connect is None:
            return []
        client_id = connect.client_id or visit.fresh
        try:
            self._talk = talk = Talk(identity, connect, client_id, visit)
        except (Stranger, Malformed):
            why = "Its will has a topic that is not its own."
            return self.refused(Reason.NOT_AUTHORIZED, why)
        self.client_id = client_id
        note = talk.keeping.begins()
        return self.opened() if note is None else [Keep(note, OPENING)]

    def opened(self) -> list[Action]:
        """What must be kept of the session is on disk: the welcome, and what waited for it."""
        connect, talk = self._connect, self._talk
        if self.is_closed or connect is None or talk is None:
            return []
        self.identity = talk.identity
        self._silence_allowed = welcome.keepalive(connect) * 1.5  # 3.1.1, section 3.1.2.10
        told = welcome.terms(connect, self._packet_limit, self.client_id)
        is_known = talk.keeping.is_known
        reply = replies.connack(self.version, Reason.SUCCESS, told, is_known=is_known)
        actions = [Send(reply), *talk.resumed()]
        early, self._early = self._early, []
        self._handle(early, actions)
        return actions

    def refused(self, reason: Reason, why: str) -> list[Action]:
        """Admission does not let this client in."""
        actions: list[Action] = []
        if not self.is_closed:
            self._refuse_connect(reason, why, actions)
        return actions

    def stored(self, token: int) -> bytes:
        """The message, or the note, is safe on disk: the bytes that say so."""
        return self._talk.stored(token) if self._talk is not None else b""

    def dropped(self, token: int) -> None:
        """The message was neither stored nor acknowledged: the client has it still."""
        if self._talk is not None:
            self._talk.dropped(token)

    def listens(self, topic: bytes) -> bool:
        """Whether the client is here and asked for `topic`."""
        return not self.is_closed and self._talk is not None and self._talk.listens(topic)

    def deliver(
        self, topic: bytes, payload: bytes, at: datetime, seconds: int, *, lasting: bool = True
    ) -> list[Action]:
        """Say it to the client, if it asked for `topic`, within `seconds`.

        If it is `lasting`, a kept session is owed it, on disk before it is said, until the
        client has it: also when the connection is gone.
        """
        if self._talk is None:
            return []
        message = Message(topic, payload, seconds)
        if not self.is_closed:
            return self._talk.deliver(message, at, lasting=lasting)
        return self._talk.owe(message, at) if lasting else []

    def silence(self, now: float) -> list[Action]:
        """Called about once a second with the machine's monotonic seconds."""
        if self._is_withdrawn and not self.is_closed:
            self._leaves_at = self._leaves_at or now + LAST_WORDS_SECONDS
            if now >= self._leaves_at:
                return self.leave(Reason.NOT_AUTHORIZED, "Its access was withdrawn.")
        if self._heard or self._heard_at is None:
            self._heard = False
            self._heard_at = now
        elif now - self._heard_at > self._silence_allowed and not self.is_closed:
            if self.identity is None:
                return self.leave(Reason.UNSPECIFIED, "It never finished connecting.")
            return self.leave(Reason.KEEP_ALIVE_TIMEOUT, "Its keepalive ran out.")
        return []

    def excuse_silence(self) -> None:
        """We are not reading from the client, so its silence is ours."""
        self._heard = True

    def leave(self, reason: Reason, why: str) -> list[Action]:
        """We end this connection: take-over, shutdown, revocation, silence."""
        actions: list[Action] = []
        if not self.is_closed:
            self._end(reason, why, actions)
        return actions

    def given_up(self, *, goes_on: bool) -> Wish | None:
        """Its client has come anew, and goes on with this session or begins another: the will, if
        that is to be said now (MQTT 5, sections 3.1.3.2.2 and 3.1.4).
        """
        will = self._talk.last_will() if self._talk is not None else None
        return None if will is None or (goes_on and will.delay) else will

    def lost(self, at: datetime) -> tuple[list[Keep], Wish | None]:
        """The connection is gone: what to keep, and the will if there was no goodbye."""
        self.is_closed = True
        if self._talk is None:
            return [], None
        return self._talk.keeping.left(at), self._talk.last_will()

    # What packets mean

    def _handle(self, packets: list[Packet], actions: list[Action]) -> None:
        try:
            self._read(packets, actions)
        except Parting as parting:
            self._end(parting.reason, parting.why, actions)

    def _read(self, packets: list[Packet], actions: list[Action]) -> None:
        talk = self._talk if self.identity is not None else None
        for position, packet in enumerate(packets):
            if type(packet) is Publish and talk is not None:
                talk.published(packet, actions)
            elif isinstance(packet, Broken):
                self._on_broken(packet, actions)
            elif isinstance(packet, Connect):
                self._on_connect(packet, actions)
                if not self.is_closed:
                    self._early = packets[position + 1 :]
                return
            elif talk is None:
                self._early.append(packet)
            elif isinstance(packet, Disconnect):
                talk.goodbye(packet)
                self.is_closed = True
                actions.append(Close("It said goodbye."))
            else:
                talk.said(packet, actions)
            if self.is_closed:
                return

    def _on_broken(self, packet: Broken, actions: list[Action]) -> None:
        if self.identity is not None:
            self._end(packet.reason, packet.why, actions)
        elif self._connect is None:
            self._refuse_connect(packet.reason, packet.why, actions)
        else:
            self._early.append(packet)

    def _on_connect(self, connect: Connect, actions: list[Action]) -> None:
        self._connect = connect
        self.client_id = connect.client_id
        objection = welcome.objection(connect)
        if objection is not None:
            self._refuse_connect(*objection, actions)
        elif not self.has_certificate and (connect.username is None or connect.password is None):
            why = "It gave no user name and password, and showed no certificate."
            self._refuse_connect(Reason.BAD_CREDENTIALS, why, actions)
        else:
            actions.append(CheckCredentials(connect))

    def _refuse_connect(self, reason: Reason, why: str, actions: list[Action]) -> None:
        self.is_closed = True
        reply = replies.connack(self.version, reason)
        if reply and (self._connect or reason is Reason.UNSUPPORTED_VERSION):
            actions.append(Send(reply))
        actions.append(Refused(reason, why))
        actions.append(Close(why))

    def _end(self, reason: Reason, why: str, actions: list[Action]) -> None:
        self.is_closed = True
        if self.identity is not None:
            actions.append(Send(replies.disconnect(self.version, reason)))
        actions.append(Refused(reason, why))
        actions.append(Close(why))
