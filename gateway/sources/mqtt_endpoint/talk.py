"""What an admitted client says, and what it is told: no bytes are cut here, nothing is closed."""

from __future__ import annotations

from datetime import datetime

import msgspec

from gateway.identity import Identity
from gateway.intake import is_alarm
from gateway.sources.mqtt_endpoint import replies
from gateway.sources.mqtt_endpoint.actions import Action, Refused, Send, Take
from gateway.sources.mqtt_endpoint.addresses import Addresses, Stranger, Wish
from gateway.sources.mqtt_endpoint.downward import Downward, Message
from gateway.sources.mqtt_endpoint.exchanges import EXACTLY_ONCE, RELEASE, Exchanges
from gateway.sources.mqtt_endpoint.keeping import Keeping
from gateway.sources.mqtt_endpoint.packets import (
    V5,
    Acknowledged,
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

OPENING = 0x40000
"""Token: the session is on disk. Larger ones are those of `Keeping`."""
_NORMAL = 0x00


class Parting(Exception):
    """The connection must end."""

    def __init__(self, reason: Reason, why: str) -> None:
        super().__init__(why)
        self.reason = reason
        self.why = why


class Talk:
    """With one client, from when admission knows who it is."""

    def __init__(self, identity: Identity, connect: Connect, client_id: str, visit: Visit) -> None:
        """Raises `Stranger` or `Malformed` for a will that is not its own."""
        self.identity = identity
        self.visit = visit
        self.addresses = addresses = Addresses(identity)
        self._connect = connect
        self._will: Wish | None = None
        if connect.will is not None and not visit.withdrawn:
            self._will = addresses.read_will(connect.will)
        root = b"" if visit.withdrawn else addresses.base + b"down/"
        self._down = Downward(root, connect, () if visit.withdrawn else addresses.commands)
        self.keeping = Keeping(identity, connect, client_id, visit)
        self._exchanges = Exchanges(self.keeping.session, self.keeping.received)
        self.in_flight = 0
        """Messages taken from this client and not yet on disk."""

    def resumed(self) -> list[Action]:
        """What it is still to be told from before, on the topics it had asked for."""
        for wanted, qos in self.keeping.filters():
            self._down.subscriptions.add(wanted.encode(), qos)
        return [
            Send(self._down.deliver(message, number).data)
            for number, message in self.keeping.owed_before()
        ]

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
        return self.keeping.stored(token)

    def dropped(self, token: int) -> None:
        """The message was neither stored nor acknowledged: the client has it still."""
        self.in_flight -= bool(token)
        if token >= EXACTLY_ONCE:
            self._exchanges.dropped(token & 0xFFFF)

    def listens(self, topic: bytes) -> bool:
        """Whether the client asked for `topic`."""
        return self._down.subscriptions.qos_of(topic) is not None

    def deliver(self, message: Message, at: datetime, *, lasting: bool) -> list[Action]:
        """Say it to the client, if it asked for its topic. If it is `lasting`, a kept session is
        owed it, on disk before it is said, until the client has it.
        """
        keeping = self.keeping
        delivery = self._down.deliver(message)
        if not delivery.number or not lasting or keeping.session is None:
            return [Send(delivery.data)]
        actions: list[Action] = [keeping.post(message, delivery.number, at, delivery.data)]
        if delivery.dropped:
            actions.append(keeping.handed(delivery.dropped))
        return actions

    def owe(self, message: Message, at: datetime) -> list[Action]:
        """The connection is gone: a kept session that asked for it is owed it."""
        is_owed = self.keeping.session is not None and (
            self._down.subscriptions.qos_of(message.topic) == 1
        )
        return [self.keeping.post(message, 0, at)] if is_owed else []

    def last_will(self) -> Wish | None:
        """Said when the session ends, at the latest; once."""
        will, self._will = self._will, None
        if will is None or not will.delay:
            return will
        return msgspec.structs.replace(will, delay=min(will.delay, self.keeping.expiry))

    # What packets mean

    def published(self, packet: Publish, actions: list[Action]) -> None:
        """Add to `actions` what is to be done, which holds also where it raises `Parting`."""
        try:
            kind, dialect = self.addresses.find(packet)
        except Stranger:
            why = "It published to a topic that is not its own."
            self._on_unwanted(packet, why, actions)
            return
        except Malformed as error:
            raise Parting(error.reason, error.why) from error
        if self.visit.withdrawn and not dialect and not is_alarm(kind):
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
            if (
                self.in_flight + self._exchanges.open > RECEIVE_MAXIMUM
                and self._connect.version == V5
            ):
                why = "It sent more at once than it was allowed."
                raise Parting(Reason.RECEIVE_MAXIMUM_EXCEEDED, why)
        # We are no broker: what a client asks to have kept, it says just now all the same.
        actions.append(Take(kind, packet.payload, token, packet.missing, dialect, note))
        if packet.missing and self._connect.version == V5:
            # An MQTT 5 client was told the limit. One of 3.1.1 could not know it, and would
            # send the same message for ever if we closed: there the body is skipped.
            raise Parting(Reason.PACKET_TOO_LARGE, "It sent a packet that is too large.")

    def _on_unwanted(self, packet: Publish, why: str, actions: list[Action]) -> None:
        if self._connect.version == V5 and packet.packet_id:
            reason = Reason.NOT_AUTHORIZED
            actions.append(Send(replies.refused(packet.packet_id, packet.qos, reason)))
            actions.append(Refused(reason, why))
        else:
            # Without a refusal in the protocol, silence would look like success.
            raise Parting(Reason.NOT_AUTHORIZED, why)

    def said(self, packet: Packet, actions: list[Action]) -> None:
        """As `published`, for all other packets but a goodbye."""
        down = self._down
        match packet:
            case PingRequest():
                actions.append(Send(replies.PINGRESP))
            case Acknowledged():
                actions += self.keeping.acknowledged(packet.packet_id)
                actions.append(Send(down.acknowledged(packet.packet_id)))
            case Release():
                actions += self._exchanges.release(packet.packet_id)
            case Subscribe() if packet.has_identifier:
                why = "Subscription identifiers are not taken here."
                raise Parting(Reason.SUBSCRIPTION_IDS_NOT_SUPPORTED, why)
            case Subscribe():
                answers = [down.subscriptions.add(wanted, qos) for wanted, qos in packet.filters]
                reply = replies.suback(self._connect.version, packet.packet_id, answers)
                self._after_keeping(reply, actions)
                if any(answer >= Reason.UNSPECIFIED for answer in answers):
                    why = "It asked for a topic that is not its own."
                    actions.append(Refused(Reason.NOT_AUTHORIZED, why))
            case Unsubscribe():
                answers = [down.subscriptions.remove(wanted) for wanted in packet.filters]
                reply = replies.unsuback(self._connect.version, packet.packet_id, answers)
                self._after_keeping(reply, actions)
            case _:
                why = "It sent a packet that only a server or an authentication needs."
                raise Parting(Reason.PROTOCOL_ERROR, why)

    def goodbye(self, packet: Disconnect) -> None:
        """The client leaves of itself. Raises `Parting` where it may not leave so."""
        if packet.reason == _NORMAL:  # any other farewell leaves the will standing
            self._will = None
        seconds = packet.session_expiry
        if seconds is None:
            return
        if seconds and not self._connect.session_expiry:
            why = "It wants a session kept that it said was to end."
            raise Parting(Reason.PROTOCOL_ERROR, why)
        self.keeping.lasts(seconds)

    def _after_keeping(self, reply: bytes, actions: list[Action]) -> None:
        """Answer when the subscriptions as they are now will survive us."""
        told = self.keeping.subscribed(self._down.subscriptions.granted(), reply)
        if told is None:
            why = "It asks for topics faster than its wishes can be kept."
            raise Parting(Reason.QUOTA_EXCEEDED, why)
        actions.append(told)
