"""Who may come in? A credential the register knows, and nobody else.

The answer comes from a copy of the register that notices changes, so that a fleet coming
back after a power cut does not ask the database once per hub. While the register does not
answer, who was known stays known: a database at rest must not lock out a pendant.
"""

from __future__ import annotations

from datetime import timedelta

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.bridges import bridge_of
from gateway.identity import Identity
from telecare.errors import StoreUnavailable
from telecare.register import Register
from telecare.register.devices import Admission, Device
from telecare.register.register import Remembered


class Admitted(msgspec.Struct, frozen=True):
    """A device that showed its credential, and which credential that was."""

    identity: Identity
    username: str
    digest: bytes
    is_withdrawn: bool = False
    """Its access was withdrawn: it may call for help, which is shown as such, and no more."""


class Denied(msgspec.Struct, frozen=True):
    """Not let in. `why` is for our log; a stranger is told as little as the protocol allows."""

    why: str


class Doorkeeper:
    """Checks credentials. May read the register: call it from a thread, not from the loop."""

    def __init__(self, register: Register) -> None:
        self._key = register.key
        self._nobody = register.key.digest("")
        self._remembered = Remembered(
            register, lambda: {each.username: each for each in register.devices.admissions()}
        )
        self._known: dict[str, Admission] = {}

    def refresh(self) -> None:
        """Read the register again if it changed; raises `StoreUnavailable` only at first."""
        try:
            self._known = self._remembered.get()
        except StoreUnavailable:
            if not self._known:
                raise

    def check(self, username: str, password: bytes) -> Admitted | Denied:
        """Let in or deny; takes the same time for a known and an unknown name."""
        self.refresh()
        known = self._known.get(username)
        try:
            secret = password.decode()
        except UnicodeDecodeError:
            return Denied("The password is not text.")
        matches = self._key.matches(secret, known.digest if known else self._nobody)
        if known is None or not matches:
            return Denied("The user name or the password is wrong.")
        is_withdrawn = known.revoked_at is not None
        return Admitted(identity_of(known.device), username, known.digest, is_withdrawn)

    def check_certificate(self, certificate: bytes) -> Admitted | Denied:
        """Let in the device that this certificate (DER) names, which our authority vouched for."""
        self.refresh()
        known = self._known.get(_common_name(certificate))
        if known is None:
            return Denied("The certificate is none of a device of ours.")
        is_withdrawn = known.revoked_at is not None
        return Admitted(identity_of(known.device), known.username, known.digest, is_withdrawn)

    def is_welcome(self, admitted: Admitted) -> bool:
        """Whether the credential still stands for the same device and rights, as of the last
        refresh.
        """
        known = self._known.get(admitted.username)
        return (
            known is not None
            and (known.revoked_at is not None) is admitted.is_withdrawn
            and known.digest == admitted.digest
            and identity_of(known.device) == admitted.identity
        )


def _common_name(certificate: bytes) -> str:
    try:
        subject = x509.load_der_x509_certificate(certificate).subject
    except ValueError:
        return ""
    (name,) = subject.get_attributes_for_oid(NameOID.COMMON_NAME) or (None,)
    return "" if name is None else str(name.value)


def identity_of(device: Device) -> Identity:
    """Who `device` is to the gateway."""
    return Identity(
        device.org,
        device.home,
        device.device,
        timedelta(days=device.history_days),
        bridge_of(device.org, device.device, device.settings),
    )
