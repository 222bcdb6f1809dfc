"""One connection as a state machine: bytes and events in, actions out, no I/O.

The listener carries the actions out. The machine never promises what it does not know:
PUBACK is written only by `stored`, which the service calls after the commit.
"""

from __future__ import annotations

from gateway.bridges import Bridge
from gateway.identity import Identity
from gateway.intake import is_alarm
from gateway.sources.mqtt_endpoint import fields, replies
from gateway.sources.mqtt_endpoint.actions import (
    Action,
    CheckCredentials,
    Close,
    Refused,
    Send,
    Take,
)
from gateway.sources.mqtt_endpoint.codec import PACKET_LIMIT, PacketReader
from gateway.sources.mqtt_endpoint.downward import Downward
from gateway.sources.mqtt_endpoint.fields import decode_text
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
    Subscribe,
    Unsubscribe,
)
from gateway.topics import Routed
from telecare.vocabulary import ReadingKind

RECEIVE_MAXIMUM = 256
"""Unacknowledged messages one MQTT 5 client may have with us; told in CONNACK."""
IN_FLIGHT_PAUSE = 1024
"""3.1.1 knows no such limit: from here on we stop reading from that client."""
KEEPALIVE_LIMIT = 1800
"""Seconds; a client that wishes for more, or for none, is given this (MQTT 5) or held to it."""
LAST_WORDS_SECONDS = 30.0
"""How long a device whose access was withdrawn may stay: a press that waits is sent at once."""
CONNECT_SECONDS = 10.0
"""How long a stranger may stay silent before CONNECT."""
_WILL_WANTED = 0x04
_KINDS = {kind.value.encode(): kind.value for kind in ReadingKind}


class Session:
    """The server's side of one MQTT connection."""

    def __init__(self, packet_limit: int = PACKET_LIMIT) -> None:
        self._reader = PacketReader(packet_limit)
        self._packet_limit = packet_limit
        self._early: list[Packet] = []
        self._connect: Connect | None = None
        self._up = b""
        self._bridge: Bridge | None = None
        self._will: Take | None = None
        self._down: Downward | None = None
        self._heard = True
        self._heard_at: float | None = None
        self._silence_allowed = CONNECT_SECONDS
        self._is_withdrawn = False
        self._leaves_at: float | None = None
        self.identity: Identity | None = None
        """Who this is; None until admitted."""
        self.client_id = ""
        self.in_flight = 0
        """Messages taken from this client and not yet acknowledged."""
        self.is_closed = False

    @property
    def version(self) -> int:
        """Protocol level; 3.1.1 is assumed of a client that has not said."""
        return self._reader.version or V311

    @property
    def is_congested(self) -> bool:
        """Whether no more should be read from this client for now."""
        return self.in_flight >= IN_FLIGHT_PAUSE

    # What the listener tells us

    def receive(self, data: bytes) -> list[Action]:
        """Bytes came from the client."""
        self._heard = True
        actions: list[Action] = []
        if not self.is_closed:
            self._handle(self._reader.feed(data), actions)
        return actions

    def admitted(
        self, identity: Identity, assigned_id: str, *, withdrawn: bool = False
    ) -> list[Action]:
        """Admission knows these credentials: the client may speak as `identity`.

        A client that gave no id is given `assigned_id`. One whose access was `withdrawn` may
        call for help and nothing else, and only for a short time: what it carries may still be
        somebody's only pendant.
        """
        connect = self._connect
        if self.is_closed or connect is None:
            return []
        base = f"telecare/v1/{identity.org}/{identity.device}/".encode()
        self._up, self._bridge = base + b"up/", identity.bridge
        self._is_withdrawn = withdrawn
        quiet = self._bridge.commands if self._bridge is not None else ()
        self._down = (
            Downward(b"", connect) if withdrawn else Downward(base + b"down/", connect, quiet)
        )
        actions: list[Action] = []
        if not self._accept_will(connect, actions):
            return actions
        self.identity = identity
        self.client_id = connect.client_id or assigned_id
        actions.append(Send(replies.connack(self.version, Reason.SUCCESS, self._terms(connect))))
        early, self._early = self._early, []
        self._handle(early, actions)
        return actions

    def refused(self, reason: Reason, why: str) -> list[Action]:
        """Admission does not let this client in."""
        actions: list[Action] = []
        if not self.is_closed:
            self._refuse_connect(reason, why, actions)
        return actions

    def stored(self, packet_id: int) -> bytes:
        """The message is safe on disk: the bytes that say so."""
        self.in_flight -= 1
        return replies.puback(packet_id)

    def deliver(self, topic: bytes, payload: bytes) -> bytes:
        """Bytes of a downward message, or none if the client did not ask for it."""
        return b"" if self.is_closed or self._down is None else self._down.deliver(topic, payload)

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

    def lost(self) -> Take | None:
        """The connection is gone: the will, if the client did not say goodbye."""
        self.is_closed = True
        will, self._will = self._will, None
        return will

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
        if packet.qos == 2:
            self._end(Reason.QOS_NOT_SUPPORTED, "It published with QoS 2.", actions)
            return
        is_own = packet.topic.startswith(self._up)
        kind, dialect = _KINDS.get(packet.topic[len(self._up) :]) if is_own else None, ""
        if kind is None:
            routed = self._routed(packet.topic)
            if routed is not None:
                kind, dialect = routed.topic, routed.dialect
            elif not is_own:
                why = "It published to a topic that is not its own."
                self._on_unwanted(packet, why, actions)
                return
            else:
                kind = self._unusual_kind(packet, actions)
                if kind is None:
                    return
        if self._is_withdrawn and not dialect and not is_alarm(kind):
            why = "Its access was withdrawn, and this is no call for help."
            self._on_unwanted(packet, why, actions)
            return
        packet_id = packet.packet_id
        if packet_id:
            self.in_flight += 1
            if self.in_flight > RECEIVE_MAXIMUM and self.version == V5:
                why = "It sent more at once than it was allowed."
                self._end(Reason.RECEIVE_MAXIMUM_EXCEEDED, why, actions)
                return
        actions.append(
            Take(kind, packet.payload, packet_id, packet.retain, packet.missing, dialect)
        )
        if packet.missing and self.version == V5:
            # An MQTT 5 client was told the limit. One of 3.1.1 could not know it, and would
            # send the same message for ever if we closed: there the body is skipped.
            self._end(Reason.PACKET_TOO_LARGE, "It sent a packet that is too large.", actions)

    def _routed(self, topic: bytes) -> Routed | None:
        """Where a bridge's topic goes; None if this device may not use it."""
        bridge = self._bridge
        if bridge is None:
            return None
        try:
            return bridge.topics.find(decode_text(topic))
        except Malformed:
            return None

    def _unusual_kind(self, packet: Publish, actions: list[Action]) -> str | None:
        try:
            kind = decode_text(packet.topic[len(self._up) :])
        except Malformed as error:
            self._end(Reason.TOPIC_NAME_INVALID, error.why, actions)
            return None
        if "#" in kind or "+" in kind:
            self._end(Reason.TOPIC_NAME_INVALID, "A topic contains a wildcard.", actions)
            return None
        return kind

    def _on_unwanted(self, packet: Publish, why: str, actions: list[Action]) -> None:
        if self.version == V5 and packet.packet_id:
            refusal = replies.puback_refused(packet.packet_id, Reason.NOT_AUTHORIZED)
            actions.append(Send(refusal))
            actions.append(Refused(Reason.NOT_AUTHORIZED, why))
        else:
            # Without a refusal in the protocol, silence would look like success.
            self._end(Reason.NOT_AUTHORIZED, why, actions)

    def _on_other(self, packet: Packet, actions: list[Action]) -> None:
        down = self._down
        assert down is not None
        match packet:
            case PingRequest():
                actions.append(Send(replies.PINGRESP))
            case Acknowledged():
                actions.append(Send(down.acknowledged(packet.packet_id)))
            case Subscribe() if packet.has_identifier:
                why = "Subscription identifiers are not taken here."
                self._end(Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED, why, actions)
            case Subscribe():
                answers = [down.subscriptions.add(wanted, qos) for wanted, qos in packet.filters]
                actions.append(Send(replies.suback(self.version, packet.packet_id, answers)))
                if any(answer >= Reason.UNSPECIFIED for answer in answers):
                    why = "It asked for a topic that is not its own."
                    actions.append(Refused(Reason.NOT_AUTHORIZED, why))
            case Unsubscribe():
                answers = [down.subscriptions.remove(wanted) for wanted in packet.filters]
                actions.append(Send(replies.unsuback(self.version, packet.packet_id, answers)))
            case Disconnect():
                if packet.reason != _WILL_WANTED:
                    self._will = None
                self.is_closed = True
                actions.append(Close("It said goodbye."))
            case _:
                why = "It sent a packet of QoS 2 or AUTH, which we do not take part in."
                self._end(Reason.PROTOCOL_ERROR, why, actions)

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
        if connect.authentication_method is not None:
            why = "It asked for an authentication method that we do not have."
            self._refuse_connect(Reason.BAD_AUTHENTICATION_METHOD, why, actions)
        elif not connect.client_id and connect.version == V311 and not connect.clean_start:
            why = "It gave no client id and wants a lasting session."
            self._refuse_connect(Reason.CLIENT_ID_NOT_VALID, why, actions)
        elif connect.username is None or connect.password is None:
            why = "It gave no user name and password."
            self._refuse_connect(Reason.BAD_CREDENTIALS, why, actions)
        else:
            actions.append(CheckCredentials(connect))

    def _accept_will(self, connect: Connect, actions: list[Action]) -> bool:
        will = connect.will
        if will is None or self._is_withdrawn:
            return True
        if will.qos == 2:
            self._refuse_connect(Reason.QOS_NOT_SUPPORTED, "Its will has QoS 2.", actions)
            return False
        routed = self._routed(will.topic)
        if routed is not None:
            self._will = Take(routed.topic, will.payload, 0, will.retain, 0, routed.dialect)
        elif will.topic.startswith(self._up):
            kind = will.topic[len(self._up) :].decode()
            self._will = Take(kind, will.payload, 0, will.retain)
        else:
            why = "Its will has a topic that is not its own."
            self._refuse_connect(Reason.NOT_AUTHORIZED, why, actions)
            return False
        return True

    def _terms(self, connect: Connect) -> dict[int, fields.Value]:
        """What an MQTT 5 client is told with the welcome; also sets the keepalive."""
        keepalive = min(connect.keepalive or KEEPALIVE_LIMIT, KEEPALIVE_LIMIT)
        # MQTT 3.1.1, section 3.1.2.10: one and a half times the keepalive.
        self._silence_allowed = keepalive * 1.5
        terms: dict[int, fields.Value] = {
            fields.RECEIVE_MAXIMUM: RECEIVE_MAXIMUM,
            fields.MAXIMUM_QOS: 1,
            fields.MAXIMUM_PACKET_SIZE: self._packet_limit,
            fields.SUBSCRIPTION_IDS_AVAILABLE: 0,
            fields.SHARED_AVAILABLE: 0,
        }
        if keepalive != connect.keepalive:
            terms[fields.SERVER_KEEPALIVE] = keepalive
        if not connect.client_id:
            terms[fields.ASSIGNED_CLIENT_ID] = self.client_id
        return terms

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
