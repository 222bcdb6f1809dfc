"""One connection as a state machine: bytes and events in, actions out, no I/O.

The listener carries the actions out. The machine never promises what it does not know:
PUBACK, PUBREC and PUBCOMP are written only by `stored`, which the service calls after the
commit, and CONNACK only when what must be kept of the session is on disk.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from gateway.identity import Identity
from gateway.intake import is_alarm
from gateway.sources.mqtt_endpoint import replies, welcome
from gateway.sources.mqtt_endpoint.actions import (
    Action,
    CheckCredentials,
    Close,
    Keep,
    Refused,
    Send,
    Take,
)
from gateway.sources.mqtt_endpoint.addresses import Addresses, Stranger, Wish
from gateway.sources.mqtt_endpoint.codec import PACKET_LIMIT, PacketReader
from gateway.sources.mqtt_endpoint.downward import Downward, Message
from gateway.sources.mqtt_endpoint.exchanges import EXACTLY_ONCE, RELEASE, Exchanges
from gateway.sources.mqtt_endpoint.keeping import Keeping
from gateway.sources.mqtt_endpoint.packets import (
    V5,
    V311,
    Acknowledged,
    Broken,
    Connect,
    Disconnect,
    Malformed,
    Packet,
    PingRequest,
    Publish,
    Reason,
    Release,
    Subscribe,
    Unsubscribe,
)
from gateway.sources.mqtt_endpoint.welcome import RECEIVE_MAXIMUM, Visit
from telecare.telling.places import Places

IN_FLIGHT_PAUSE = 1024
"""3.1.1 knows no such limit: from here on we stop reading from that client."""
LAST_WORDS_SECONDS = 30.0
"""How long a device whose access was withdrawn may stay: a press that waits is sent at once."""
CONNECT_SECONDS = 10.0
"""How long a stranger may take to say CONNECT: who says it byte by byte keeps nobody's place."""
OPENING = 0x40000
"""Token: the session is on disk. Larger ones are those of `Keeping`."""
_NORMAL = 0x00


class Session:
    """The server's side of one MQTT connection."""

    def __init__(self, packet_limit: int = PACKET_LIMIT) -> None:
        self._reader = PacketReader(packet_limit)
        self._packet_limit = packet_limit
        self._early: list[Packet] = []
        self._connect: Connect | None = None
        self._addresses: Addresses | None = None
        self._exchanges = Exchanges(None)
        self._keeping: Keeping | None = None
        self._visit: Visit | None = None
        self._opening: Identity | None = None
        self._will: Wish | None = None
        self._down: Downward | None = None
        self._heard = True
        self._heard_at: float | None = None
        self._silence_allowed = CONNECT_SECONDS
        self._leaves_at: float | None = None
        self.identity: Identity | None = None
        """Who this is; None until admitted."""
        self.has_certificate = False
        """Whether the handshake below has proved already who this is."""
        self.client_id = ""
        self.in_flight = 0
        """Messages taken from this client and not yet on disk."""
        self.is_closed = False

    @property
    def version(self) -> int:
        """Protocol level; 3.1.1 is assumed of a client that has not said."""
        return self._reader.version or V311

    @property
    def is_congested(self) -> bool:
        """Whether no more should be read from this client for now."""
        return self.in_flight >= IN_FLIGHT_PAUSE

    @property
    def holder(self) -> str:
        """The fresh id of this connection, once its client was let in."""
        return self._visit.fresh if self._visit is not None else ""

    @property
    def goes_on(self) -> bool:
        """Whether its client goes on with the session that was kept for it."""
        return self._keeping is not None and self._keeping.is_known

    @property
    def epoch(self) -> str:
        """Names the session that outlives its connection; empty if none does."""
        kept = self._keeping.session if self._keeping is not None else None
        return kept.epoch if kept is not None else ""

    @property
    def since(self) -> datetime:
        """When it was let in; only of a session that was."""
        assert self._visit is not None
        return self._visit.at

    @property
    def places(self) -> Places:
        """Where it was heard to speak for others; only of a session that was let in."""
        assert self._addresses is not None
        return self._addresses.places

    @property
    def _is_withdrawn(self) -> bool:
        return self._visit is not None and self._visit.withdrawn

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
        self._visit = visit
        self._addresses = addresses = Addresses(identity)
        root = b"" if visit.withdrawn else addresses.base + b"down/"
        self._down = Downward(root, connect, () if visit.withdrawn else addresses.commands)
        actions: list[Action] = []
        if not self._accept_will(connect, addresses, actions):
            return actions
        self.client_id = connect.client_id or visit.fresh
        self._keeping = keeping = Keeping(identity, connect, self.client_id, visit)
        self._exchanges = Exchanges(keeping.session, keeping.received)
        self._opening = identity
        note = keeping.begins()
        return self.opened() if note is None else [Keep(note, OPENING)]

    def opened(self) -> list[Action]:
        """What must be kept of the session is on disk: the welcome, and what waited for it."""
        connect, keeping, down = self._connect, self._keeping, self._down
        if self.is_closed or connect is None or keeping is None or down is None:
            return []
        self.identity, self._opening = self._opening, None
        self._silence_allowed = welcome.keepalive(connect) * 1.5  # 3.1.1, section 3.1.2.10
        told = welcome.terms(connect, self._packet_limit, self.client_id)
        reply = replies.connack(self.version, Reason.SUCCESS, told, is_known=keeping.is_known)
        actions: list[Action] = [Send(reply)]
        for wanted, qos in keeping.filters():
            down.subscriptions.add(wanted.encode(), qos)
        for number, message in keeping.owed_before():
            actions.append(Send(down.deliver(message, number).data))
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
        if token < EXACTLY_ONCE:
            self.in_flight -= 1
            return replies.puback(token)
        if token < RELEASE:
            self.in_flight -= 1
            return self._exchanges.stored(token & 0xFFFF)
        if token < OPENING:
            return self._exchanges.released(token & 0xFFFF)
        return self._keeping.stored(token) if self._keeping is not None else b""

    def dropped(self, token: int) -> None:
        """The message was neither stored nor acknowledged: the client has it still."""
        self.in_flight -= bool(token)
        if token >= EXACTLY_ONCE:
            self._exchanges.dropped(token & 0xFFFF)

    def listens(self, topic: bytes) -> bool:
        """Whether the client is here and asked for `topic`."""
        down = self._down
        return (
            not self.is_closed and down is not None and down.subscriptions.qos_of(topic) is not None
        )

    def deliver(
        self, topic: bytes, payload: bytes, at: datetime, seconds: int, *, lasting: bool = True
    ) -> list[Action]:
        """Say it to the client, if it asked for `topic`, within `seconds`.

        If it is `lasting`, a kept session is owed it, on disk before it is said, until the
        client has it: also when the connection is gone.
        """
        down, keeping = self._down, self._keeping
        if down is None or keeping is None:
            return []
        message, is_kept = Message(topic, payload, seconds), lasting and keeping.session is not None
        if self.is_closed:
            is_owed = is_kept and down.subscriptions.qos_of(topic) == 1
            return [keeping.post(message, 0, at)] if is_owed else []
        delivery = down.deliver(message)
        if not is_kept or not delivery.number:
            return [Send(delivery.data)]
        actions: list[Action] = [keeping.post(message, delivery.number, at, delivery.data)]
        if delivery.dropped:
            actions.append(keeping.handed(delivery.dropped))
        return actions

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
        will = self._last_will()
        return None if will is None or (goes_on and will.delay) else will

    def lost(self, at: datetime) -> tuple[list[Keep], Wish | None]:
        """The connection is gone: what to keep, and the will if there was no goodbye."""
        self.is_closed = True
        keeping = self._keeping
        return keeping.left(at) if keeping is not None else [], self._last_will()

    def _last_will(self) -> Wish | None:
        """Said when the session ends, at the latest; once."""
        will, self._will = self._will, None
        if will is None or not will.delay:
            return will
        seconds = min(will.delay, self._keeping.expiry if self._keeping is not None else 0)
        return msgspec.structs.replace(will, delay=seconds)

    # What packets mean

    def _handle(self, packets: list[Packet], actions: list[Action]) -> None:
        for position, packet in enumerate(packets):
            if type(packet) is Publish and self.identity is not None:
                self._on_publish(packet, actions)
            elif isinstance(packet, Broken):
                self._on_broken(packet, actions)
            elif isinstance(packet, Connect):
                self._on_connect(packet, actions)
                if not self.is_closed:
                    self._early = packets[position + 1 :]
                return
            elif self.identity is None:
                self._early.append(packet)
            else:
                self._on_other(packet, actions)
            if self.is_closed:
                return

    def _on_publish(self, packet: Publish, actions: list[Action]) -> None:
        assert self._addresses is not None
        try:
            kind, dialect = self._addresses.find(packet)
        except Stranger:
            why = "It published to a topic that is not its own."
            self._on_unwanted(packet, why, actions)
            return
        except Malformed as error:
            self._end(error.reason, error.why, actions)
            return
        if self._is_withdrawn and not dialect and not is_alarm(kind):
            why = "Its access was withdrawn, and this is no call for help."
            self._on_unwanted(packet, why, actions)
            return
        token, note = packet.packet_id, None
        if packet.qos == 2:
            if not self._exchanges.begins(token):
                actions += self._exchanges.repeated(token)
                return
            note = self._exchanges.note(token)
            token |= EXACTLY_ONCE
        if token:
            self.in_flight += 1
            if self.in_flight + self._exchanges.open > RECEIVE_MAXIMUM and self.version == V5:
                why = "It sent more at once than it was allowed."
                self._end(Reason.RECEIVE_MAXIMUM_EXCEEDED, why, actions)
                return
        # We are no broker: what a client asks to have kept, it says just now all the same.
        actions.append(Take(kind, packet.payload, token, packet.missing, dialect, note))
        if packet.missing and self.version == V5:
            # An MQTT 5 client was told the limit. One of 3.1.1 could not know it, and would
            # send the same message for ever if we closed: there the body is skipped.
            self._end(Reason.PACKET_TOO_LARGE, "It sent a packet that is too large.", actions)

    def _on_unwanted(self, packet: Publish, why: str, actions: list[Action]) -> None:
        if self.version == V5 and packet.packet_id:
            reason = Reason.NOT_AUTHORIZED
            actions.append(Send(replies.refused(packet.packet_id, packet.qos, reason)))
            actions.append(Refused(reason, why))
        else:
            # Without a refusal in the protocol, silence would look like success.
            self._end(Reason.NOT_AUTHORIZED, why, actions)

    def _on_other(self, packet: Packet, actions: list[Action]) -> None:
        down, keeping = self._down, self._keeping
        assert down is not None
        assert keeping is not None
        match packet:
            case PingRequest():
                actions.append(Send(replies.PINGRESP))
            case Acknowledged():
                actions += keeping.acknowledged(packet.packet_id)
                actions.append(Send(down.acknowledged(packet.packet_id)))
            case Release():
                actions += self._exchanges.release(packet.packet_id)
            case Subscribe() if packet.has_identifier:
                why = "Subscription identifiers are not taken here."
                self._end(Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED, why, actions)
            case Subscribe():
                answers = [down.subscriptions.add(wanted, qos) for wanted, qos in packet.filters]
                reply = replies.suback(self.version, packet.packet_id, answers)
                self._after_keeping(reply, actions)
                if any(answer >= Reason.UNSPECIFIED for answer in answers):
                    why = "It asked for a topic that is not its own."
                    actions.append(Refused(Reason.NOT_AUTHORIZED, why))
            case Unsubscribe():
                answers = [down.subscriptions.remove(wanted) for wanted in packet.filters]
                reply = replies.unsuback(self.version, packet.packet_id, answers)
                self._after_keeping(reply, actions)
            case Disconnect():
                self._on_disconnect(packet, actions)
            case _:
                why = "It sent a packet that only a server or an authentication needs."
                self._end(Reason.PROTOCOL_ERROR, why, actions)

    def _on_disconnect(self, packet: Disconnect, actions: list[Action]) -> None:
        if packet.reason == _NORMAL:  # any other farewell leaves the will standing
            self._will = None
        connect, seconds = self._connect, packet.session_expiry
        if seconds is not None and connect is not None:
            if seconds and not connect.session_expiry:
                why = "It wants a session kept that it said was to end."
                self._end(Reason.PROTOCOL_ERROR, why, actions)
                return
            if self._keeping is not None:
                self._keeping.lasts(seconds)
        self.is_closed = True
        actions.append(Close("It said goodbye."))

    def _after_keeping(self, reply: bytes, actions: list[Action]) -> None:
        """Answer when the subscriptions as they are now will survive us."""
        assert self._keeping is not None
        assert self._down is not None
        told = self._keeping.subscribed(self._down.subscriptions.granted(), reply)
        if told is None:
            why = "It asks for topics faster than its wishes can be kept."
            self._end(Reason.QUOTA_EXCEEDED, why, actions)
            return
        actions.append(told)

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

    def _accept_will(self, connect: Connect, addresses: Addresses, actions: list[Action]) -> bool:
        if connect.will is None or self._is_withdrawn:
            return True
        try:
            self._will = addresses.read_will(connect.will)
        except (Stranger, Malformed):
            why = "Its will has a topic that is not its own."
            self._refuse_connect(Reason.NOT_AUTHORIZED, why, actions)
            return False
        return True

    def _refuse_connect(self, reason: Reason, why: str, actions: list[Action]) -> None:
        self.is_closed = True
        self._will = None
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
