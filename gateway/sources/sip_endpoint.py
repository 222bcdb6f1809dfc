"""The SIP endpoint: careline units call here; what they say goes the way of all messages.

A MESSAGE is answered 200 at once, which promises nothing. After the commit the protocol's
own answer goes out as a MESSAGE of ours to where the unit's came from: that is the promise.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

import msgspec
from sipmessage import Request, Response

from gateway.carelines import Careline, Carelines, stray
from gateway.identity import Identity
from gateway.intake import Arrival
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.sources import sip_wire
from gateway.sources.conversation import About, Code, Conversation
from gateway.sources.lines import Lines
from gateway.sources.nowip import NowIp
from gateway.sources.scaip import Scaip
from gateway.sources.sip_digest import Challenger, Proven
from gateway.sources.sip_peers import Peer, StreamPeer
from gateway.sources.sip_transactions import Answered, Asking
from telecare.clock import Clock
from telecare.observe import log

CONNECTION_LIMIT = 4096
STRANGER_SECONDS = 30.0
"""How long a connection may stay open without a message."""
IDLE_SECONDS = 3600.0
TOLD_SECONDS, TOLD_LIMIT = 60.0, 1000
ALLOW = ("Allow", "MESSAGE, OPTIONS, INVITE, ACK, BYE, CANCEL")
ACCEPT = ("Accept", "application/scaip+xml, application/xml")
Network = IPv4Network | IPv6Network


class Terms(msgspec.Struct, frozen=True):
    """On which terms units are heard."""

    trusted: tuple[Network, ...] = ()
    """Networks whose units need no secret: there the controller's number is believed."""
    stray_org: str | None = None
    """Whose desk sees calls of unregistered controllers from trusted networks."""

    def trusts(self, host: str) -> bool:
        """Whether units there need no secret; an IPv4 address may come in the dress of IPv6."""
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        plain = getattr(address, "ipv4_mapped", None) or address
        return any(plain in network for network in self.trusted)


class Owed(msgspec.Struct, frozen=True):
    """An answer to be given after the commit."""

    peer: Peer
    request: Request
    conversation: Conversation
    about: About
    call: str | None


class SipEndpoint:
    """All SIP of this process. Lives in one event loop; see `sip_listener` for its sockets."""

    def __init__(
        self,
        service: Service,
        carelines: Carelines,
        clock: Clock,
        terms: Terms,
        now: Callable[[], float],
    ) -> None:
        """`now` tells the machine's monotonic seconds."""
        self.peers: set[StreamPeer] = set()
        self.lines = Lines(CONNECTION_LIMIT, "gateway.sip")
        """Also those on which TLS is not agreed on yet; no stranger's is one on which somebody of
        ours has spoken."""
        self.something_asked = asyncio.Event()
        self._service = service
        self._figures = service.figures
        self._figures.update(sip_malformed=0.0, sip_refused=0.0, sip_unknown=0.0)
        self._carelines = carelines
        self._clock = clock
        self._terms = terms
        self._now = now
        self._log = log("gateway.sip")
        self._challenger = Challenger()
        self._answered = Answered()
        self._asking: Asking[Peer] = Asking()
        self._owed: dict[int, Owed] = {}
        self._told: set[tuple[str, str]] = set()
        self._told_since = now()
        self._last_token = 0
        self._conversations: tuple[Conversation, ...] = (Scaip(), NowIp())

    # What peers tell us

    def opened(self, peer: StreamPeer) -> None:
        self.peers.add(peer)
        self.lines.opened(peer)

    def closed(self, peer: StreamPeer) -> None:
        self.peers.discard(peer)
        self.lines.closed(peer)
        self._asking.forget(peer)

    def malformed(self, why: str) -> None:
        if not self._figures["sip_malformed"]:
            self._log.info("malformed", because=why)
        self._figures["sip_malformed"] += 1

    def heard(self, peer: Peer, message: Request | Response) -> None:
        """A message came."""
        if isinstance(message, Response):
            branch = sip_wire.branch_of(message)
            if self._asking.answered(branch, message.code) and message.code >= 300:
                self._log.info("answer_refused", code=message.code)
            return
        if message.method == "ACK":
            return
        key = sip_wire.transaction_of(message, peer.came)
        again = self._answered.again(key, self._now())
        if again is None:
            again = self._answer(peer, message)
            self._answered.remember(key, again, self._now())
        peer.send(again)

    # What the service tells us

    def settled(self, settled: Sequence[Settled]) -> None:
        """These are on disk: give the answers that were owed."""
        for each in settled:
            owed = self._owed.pop(each.token, None)
            if owed is not None:
                self._give(owed, owed.about.code)

    def go_on(self) -> None:
        """There is room again: units repeat what we could not take."""

    # What the listener tells us

    def tick(self) -> bool:
        """Called some times a second: repeat what was not answered; whether more may be due."""
        for asked in self._asking.due(self._now()):
            asked.to.send(asked.data)
        return bool(self._asking)

    def watch(self) -> None:
        """Called about once a second: ends connections that are silent."""
        now = self._now()
        self.lines.watch(now)
        if now - self._told_since > TOLD_SECONDS:
            self._told.clear()
            self._told_since = now
        for peer in list(self.peers):
            allowed = IDLE_SECONDS if peer.has_spoken else STRANGER_SECONDS
            if now - peer.heard_at > allowed:
                peer.abort()

    # What requests mean

    def _answer(self, peer: Peer, request: Request) -> bytes:
        match request.method:
            case "OPTIONS":
                return self._say(peer, request, 200, "OK", ALLOW, ACCEPT)
            case "MESSAGE":
                return self._on_message(peer, request)
            case "INVITE":
                return self._on_invite(peer, request)
            case "BYE" | "CANCEL":
                return self._say(peer, request, 481, "Call/Transaction Does Not Exist")
            case _:
                return self._say(peer, request, 405, "Method Not Allowed", ALLOW)

    def _on_message(self, peer: Peer, request: Request) -> bytes:
        conversation = next((c for c in self._conversations if c.is_mine(request.body)), None)
        if conversation is None:
            return self._say(peer, request, 415, "Unsupported Media Type", ACCEPT)
        about = conversation.about(request.body)
        service = self._service
        if service.is_full_for_calls if about.is_urgent else service.is_full:
            return self._say(peer, request, 503, "Service Unavailable", ("Retry-After", "5"))
        line, refusal = self._who(peer, request)
        if refusal:
            return refusal
        identity, withdrawn = self._identity(peer, request, about, line)
        if withdrawn and not about.is_urgent:
            return self._say(peer, request, 403, "Forbidden")
        if identity is None:
            self._figures["sip_unknown"] += 1
            self._tell_once("unknown_controller", peer.came.host)
            owed = Owed(peer, request, conversation, about, None)
            # In the next turn: the 200 goes first.
            asyncio.get_running_loop().call_soon(self._give, owed, Code.WRONG_CONTENT)
            return self._say(peer, request, 200, "OK")
        self._take(peer, request, conversation, about, identity, withdrawn=withdrawn)
        return self._say(peer, request, 200, "OK")

    def _take(
        self,
        peer: Peer,
        request: Request,
        conversation: Conversation,
        about: About,
        identity: Identity,
        *,
        withdrawn: bool,
    ) -> None:
        call = None
        if about.wants_voice:
            call = self._carelines.call_target(identity.org, identity.home)
        self._last_token += 1
        self._owed[self._last_token] = Owed(peer, request, conversation, about, call)
        arrival = Arrival(
            identity,
            "message",
            request.body,
            self._clock.now(),
            withdrawn=withdrawn,
            dialect=conversation.dialect,
        )
        self._service.offer(self, arrival, self._last_token)

    def _on_invite(self, peer: Peer, request: Request) -> bytes:
        """A unit that calls us is sent on to whom it should call: we carry no voice."""
        line, refusal = self._who(peer, request)
        if refusal:
            return refusal
        if line is None:
            line = self._carelines.find(sip_wire.user_of(request.headers["From"]), "")
        target = None
        if line is not None and not line.withdrawn:
            target = self._carelines.call_target(line.identity.org, line.identity.home)
        if target is None:
            return self._say(peer, request, 480, "Temporarily Unavailable")
        return self._say(peer, request, 302, "Moved Temporarily", ("Contact", f"<{target}>"))

    # Who asks

    def _who(self, peer: Peer, request: Request) -> tuple[Careline | None, bytes]:
        """The device whose secret was shown, None from a trusted network; or a refusal."""
        header = request.headers.get("Authorization")
        now, host, stale = self._now(), peer.came.host, False
        if header is not None:
            proof = self._challenger.check(
                header, request.method, now, host, self._carelines.secret_of
            )
            if isinstance(proof, Proven):
                self.lines.known(peer)
                return self._carelines.of_username(proof.username), b""
            stale = proof.stale
            if proof.tried:
                self._figures["sip_refused"] += 1
                self._tell_once("wrong_secret", host)
        elif self._terms.trusts(host):
            self.lines.known(peer)
            return None, b""
        challenge = self._challenger.challenge(now, host, stale=stale)
        header_line = ("WWW-Authenticate", challenge)
        return None, self._say(peer, request, 401, "Unauthorized", header_line)

    def _identity(
        self, peer: Peer, request: Request, about: About, line: Careline | None
    ) -> tuple[Identity | None, bool]:
        """For whom the message speaks, and whether its access was withdrawn."""
        if line is not None:
            # The credential says who speaks. Its controller may speak for its own dwellings.
            found = None
            if about.controller == line.controller:
                found = self._carelines.find(about.controller, about.unit, line.identity.org)
            found = found or line
            return found.identity, found.withdrawn or line.withdrawn
        controller = about.controller or sip_wire.user_of(request.headers["From"])
        found = self._carelines.find(controller, about.unit)
        if found is not None:
            return found.identity, found.withdrawn
        if self._terms.stray_org is not None and self._terms.trusts(peer.came.host):
            return stray(self._terms.stray_org, controller), False
        return None, False

    def _tell_once(self, what: str, host: str) -> None:
        """Log what a stranger did, once a minute for each host and a thousand in all."""
        if (what, host) not in self._told and len(self._told) < TOLD_LIMIT:
            self._told.add((what, host))
            self._log.info(what, host=host)

    # What we say

    def _say(
        self, peer: Peer, request: Request, code: int, phrase: str, *headers: tuple[str, str]
    ) -> bytes:
        tag = secrets.token_hex(6)
        return sip_wire.respond(request, peer.came, code, phrase, tag=tag, headers=headers)

    def _give(self, owed: Owed, code: Code) -> None:
        now = f"{self._clock.now():%H:%M:%S}"
        body = owed.conversation.answer(owed.request.body, owed.about, code, owed.call, now)
        if body is None:
            return
        branch = f"z9hG4bK{secrets.token_hex(12)}"
        data = sip_wire.message_request(
            owed.request,
            owed.peer.came,
            media_type=owed.conversation.media_type,
            body=body,
            branch=branch,
            tag=secrets.token_hex(6),
        )
        peer = owed.peer
        self._asking.ask(branch, data, peer, self._now(), reliable=peer.came.is_reliable)
        peer.send(data)
        self.something_asked.set()
