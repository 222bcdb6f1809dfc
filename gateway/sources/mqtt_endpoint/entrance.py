"""Who asks to come in: whether we know it, what was kept for it, and how often it may try."""

from __future__ import annotations

import asyncio

from gateway.admission import Admitted, Denied, Doorkeeper
from gateway.fresh_look import FreshLook
from gateway.identity import Identity
from gateway.sessions.notes import Found, SessionKey
from gateway.sessions.store import SessionReader
from gateway.sources.mqtt_endpoint import welcome
from gateway.sources.mqtt_endpoint.allowance import (
    BURST_SECONDS,
    CONNECTS_AT_ONCE,
    CONNECTS_PER_SECOND,
    Allowance,
)
from gateway.sources.mqtt_endpoint.connection import Connection
from gateway.sources.mqtt_endpoint.packets import Connect, Reason
from telecare.clock import Clock
from telecare.errors import StoreUnavailable
from telecare.observe import log
from telecare.register.secrets import new_id


class Entrance:
    """Answers every CONNECT, once."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        sessions: SessionReader,
        clock: Clock,
        lane: str,
        messages_per_second: float,
    ) -> None:
        self._doorkeeper = doorkeeper
        self._fresh_look = FreshLook(doorkeeper.look)
        self._sessions = sessions
        self._clock = clock
        self._lane = lane
        self._rate = messages_per_second
        self._allowances: dict[tuple[str, str], tuple[Allowance, Allowance]] = {}
        """Of each device: what it may publish, and how often it may connect."""
        self._log = log("gateway.mqtt")

    async def run(self) -> None:
        """Look at the register anew, for ever, when somebody was told no."""
        await self._fresh_look.run()

    def allowance(self, identity: Identity) -> Allowance:
        """What the device may publish, over all its connections."""
        return self._allowances_of(identity)[0]

    async def asked(self, connection: Connection, connect: Connect) -> None:
        """Look it up on a thread, then tell the connection `answered` or `refused`."""
        try:
            certificate = connection.certificate
            answer, found = await asyncio.to_thread(self._look_up, connect, certificate)
            if isinstance(answer, Denied):
                await self._fresh_look.taken()
                answer, found = await asyncio.to_thread(self._look_up, connect, certificate)
        except StoreUnavailable:
            self._log.warning("register_unavailable")
            connection.refused(Reason.SERVER_UNAVAILABLE, "The register does not answer.")
            return
        except Exception:  # noqa: BLE001 - our own fault: the door stays open for the others
            # And nobody is told that their credentials are wrong: some devices would never try
            # again.
            self._log.exception("check_failed")
            connection.refused(Reason.SERVER_UNAVAILABLE, "What it showed could not be checked.")
            return
        if isinstance(answer, Denied):
            connection.refused(Reason.BAD_CREDENTIALS, answer.why)
            return
        now = asyncio.get_running_loop().time()
        connects = self._allowances_of(answer.identity)[1]
        if not connects.take(1, now):
            connection.admitted = answer
            if connects.is_news(now):
                connection.report("reconnecting")
            connection.refused(Reason.CONNECTION_RATE_EXCEEDED, "It connects again and again.")
            return
        connection.answered(answer, f"{self._lane}-{new_id('c')}", found)

    def _look_up(
        self, connect: Connect, certificate: bytes | None
    ) -> tuple[Admitted | Denied, Found | None]:
        """On a thread: who it is, and what was kept of its session."""
        if certificate is not None:
            answer = self._doorkeeper.check_certificate(certificate)
            if isinstance(answer, Admitted) and connect.username not in (None, answer.username):
                answer = Denied("The user name is not that of the certificate.")
        else:
            assert connect.username is not None
            assert connect.password is not None
            answer = self._doorkeeper.check(connect.username, connect.password)
        if isinstance(answer, Denied) or not connect.client_id:
            return answer, None
        key = SessionKey(answer.identity.org, answer.identity.device, connect.client_id)
        try:
            return answer, self._sessions.find(key, self._clock.now())
        except StoreUnavailable:
            # Who wants nothing kept may come in all the same, and wait for its PUBACKs here.
            if welcome.expiry(connect) or not connect.clean_start:
                raise
            return answer, None

    def _allowances_of(self, identity: Identity) -> tuple[Allowance, Allowance]:
        key, rate = (identity.org, identity.device), self._rate
        found = self._allowances.get(key)
        if found is None:
            publishes = Allowance(rate, rate * BURST_SECONDS)
            found = publishes, Allowance(CONNECTS_PER_SECOND, CONNECTS_AT_ONCE)
            self._allowances[key] = found
        return found
