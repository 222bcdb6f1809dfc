"""How a device comes to us: registered, claimed, enrolled, tested; or taken in from the inbox.

Synchronous and thread-safe, like the desk. Every act of a person is given its actor, works
within the actor's organisation and goes on record. A device that enrols has no actor: its code
is all it has, and may do this one thing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import msgspec

from responder.devices import proving
from responder.devices.proving import Step
from responder.kept.following import Following
from responder.kept.record import Act
from responder.store import Works, timed
from telecare.clock import Clock
from telecare.device_authority import device_authority, key_in
from telecare.errors import Conflict, Forbidden, InvalidInput, NotFound, StoreUnavailable
from telecare.messages import Signal
from telecare.register import Register
from telecare.register.claims import Asked, Claim, IssuedClaim, Refusal
from telecare.register.credentials import Credential, username_of
from telecare.register.device import Device
from telecare.register.secrets import new_secret
from telecare.rights import RIGHTS, Permission
from telecare.settings import Settings
from telecare.tenancy import PLATFORM, Actor
from telecare.vocabulary import CredentialKind, SignalKind

WITH_DEVICES = RIGHTS[Permission.DEVICES].roles
"""Roles that onboard and look after devices."""
SOURCE = "onboarding"
_SAID = {
    Refusal.UNKNOWN: "This code is not known; read it from the sheet again.",
    Refusal.USED: "This code has been used; ask the TEC team for a new sheet.",
    Refusal.EXPIRED: "This code is too old; ask the TEC team for a new sheet.",
    Refusal.REVOKED: "This code was taken back; ask the TEC team for a new sheet.",
    Refusal.WRONG_SERIAL: "This code belongs to a device with another serial number.",
}
_SUSPICIOUS = {
    Refusal.USED: "was shown again after it had been used: the sheet was copied, or the device "
    "was set back or never heard our answer",
    Refusal.REVOKED: "was shown though it was taken back",
    Refusal.WRONG_SERIAL: "was shown by a device with another serial number",
}


class EnrolmentRefused(Forbidden):
    """This device may not be enrolled with this code."""


class Enrolled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a device is given, once."""

    org: str
    device: str
    username: str
    password: str | None = None
    certificate: str | None = None
    """PEM, with the chain of its authority; for the key that signed the request."""
    topics: str
    """The beginning of its own topics."""


class Onboarding:
    """Acts by which devices come to us."""

    def __init__(self, works: Works, register: Register, settings: Settings, clock: Clock) -> None:
        self._works = works
        self._register = register
        self._settings = settings
        self._clock = clock
        self._following = Following(works, register, clock)

    # what the TEC team does

    def expect(self, actor: Actor, device: Device) -> IssuedClaim:
        """Register a device that is not there yet, and make its claim."""
        actor.require(*WITH_DEVICES)
        device = msgspec.structs.replace(device, org=actor.org)
        if not device.serial:
            raise InvalidInput("Give the serial number on its label: its claim is checked with it.")
        with on_record(self._following, actor):
            self._register.devices.expect(device, by=actor.id)
            (claim,) = self._register.claims.make(actor.org, [device.device], by=actor.id)
        return claim

    def claim(self, actor: Actor, devices: Sequence[str], batch: str = "") -> list[IssuedClaim]:
        """A fresh code for each; earlier ones stop. Raises `NotFound`, `InvalidInput`."""
        actor.require(*WITH_DEVICES)
        with on_record(self._following, actor):
            return self._register.claims.make(actor.org, devices, by=actor.id, batch=batch)

    def withdraw(self, actor: Actor, *, device: str | None = None, batch: str | None = None) -> int:
        """Take back the codes of a device or a batch that were not used; how many."""
        actor.require(*WITH_DEVICES)
        with on_record(self._following, actor):
            return self._register.claims.revoke(actor.org, by=actor.id, device=device, batch=batch)

    def progress(self, actor: Actor, device: str) -> tuple[Claim, Step] | None:
        """How far the device's newest claim has come; None: it has none. Raises `NotFound`."""
        actor.require(*WITH_DEVICES)
        home = self._register.devices.device(actor.org, device).home
        claims = self._register.claims.claims(actor.org, device)
        if not claims:
            return None
        claim, signals = claims[0], []
        if claim.used_at is not None and claim.completed_at is None:
            with self._works.begin(self._clock.now()) as work:
                signals = timed.signals_since(work, actor.org, home, claim.used_at)
        return claim, proving.missing(claim, signals)

    def confirm_receipt(self, actor: Actor, device: str) -> None:
        """Somebody beside the device says that it has its receipt: for units that cannot say so
        themselves. Raises `Conflict` before a press has come.
        """
        found = self.progress(actor, device)
        if found is None:
            raise NotFound(f"Device {device} has no claim to complete.")
        claim, step = found
        if step in (Step.CREDENTIAL, Step.PRESS):
            raise Conflict(f"Not yet: {step.value}.")
        with on_record(self._following, actor):
            self._register.claims.confirm(claim, by=actor.id)

    # what a device does

    def enrol(
        self, code: str, serial: str, request: str | None = None, key: str | None = None
    ) -> Enrolled:
        """Give the device whose code this is its credential: a password, or a certificate for
        the key that signed `request`. Raises `EnrolmentRefused`, or `InvalidInput` for a
        request that cannot be signed; the code then still holds.

        Who did not hear the answer may ask again for a day, with the same key in its request, or
        with the `key` of its own making that it showed the first time.
        """
        known = self._register.claims.find(code)
        if known is None:
            raise EnrolmentRefused(_SAID[Refusal.UNKNOWN])
        username = username_of(known.org, known.device)
        fresh, password, certificate = self._fresh(username, request)
        proof = key if request is None else key_in(request)
        asked = self._register.claims.ask(code, serial, fresh, proof)
        claim = asked.claim or known
        if asked.refusal is not None:
            home = self._register.devices.device(claim.org, claim.device).home
            self._tell_refusal(asked, claim, home)
            raise EnrolmentRefused(_SAID[asked.refusal])
        _follow(self._following)
        return Enrolled(
            org=claim.org, device=claim.device, username=username, password=password,
            certificate=certificate, topics=f"telecare/v1/{claim.org}/{claim.device}/",
        )  # fmt: skip

    def _fresh(
        self, username: str, request: str | None
    ) -> tuple[Credential, str | None, str | None]:
        now = self._clock.now()
        if request is None:
            password = new_secret()
            digest = self._register.key.digest(password)
            return Credential(digest=digest, issued_at=now), password, None
        # Signed now and not at the start: few installations give certificates.
        authority = device_authority(self._settings, now)
        days = self._settings.device_certificate_days
        signed = authority.sign(request, username, now, days)
        fresh = Credential(
            digest=signed.digest, kind=CredentialKind.CERTIFICATE, issued_at=now,
            expires_at=signed.expires_at,
        )  # fmt: skip
        return fresh, None, signed.pem

    def _tell_refusal(self, asked: Asked, claim: Claim, home: str) -> None:
        assert asked.refusal is not None
        with self._works.begin(self._clock.now()) as work:
            work.write(
                Act.CLAIM_REFUSED, org=claim.org, actor=PLATFORM, alert=None, home=home,
                device=claim.device, claim=claim.claim, reason=asked.refusal.value,
            )  # fmt: skip
            words = _SUSPICIOUS.get(asked.refusal)
            if words is not None:
                timed.concern(
                    work,
                    Signal(
                        id=f"{claim.claim}-{asked.refusal}-{work.now:%Y%m%d}", org=claim.org,
                        home=home, kind=SignalKind.EQUIPMENT, type="claim_misused",
                        occurred_at=work.now, raised_at=work.now, source=SOURCE,
                        device=claim.device,
                        why=f"The code of {claim.device} {words}. Find out who has the sheet.",
                    ),
                )  # fmt: skip


@contextmanager
def on_record(following: Following, actor: Actor) -> Iterator[None]:
    """What `actor` does to the register inside is on record when it ends, or soon after: the
    register has written it down with the change itself.
    """
    following.name(actor)
    yield
    _follow(following)


def _follow(following: Following) -> None:
    with suppress(StoreUnavailable):  # done is done: said to have failed, it would be done again
        following.step()
