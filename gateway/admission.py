"""Who may come in? A credential the register knows, and nobody else.

The answer comes from a copy of the register that notices changes, so that a fleet coming
back after a power cut does not ask the database once per hub. While the register does not
answer, who was known stays known: a database at rest must not lock out a pendant.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256

import msgspec
from cryptography import x509
from cryptography.x509.oid import NameOID

from gateway.bridges import bridge_of
from gateway.identity import Identity
from telecare.errors import StoreUnavailable
from telecare.register import Register
from telecare.register.credentials import Admission, Credential
from telecare.register.device import Device
from telecare.register.register import Remembered
from telecare.vocabulary import AlarmType, CredentialKind, DeviceKind


class Admitted(msgspec.Struct, frozen=True):
    """A device that showed its credential, and which credential that was."""

    identity: Identity
    username: str
    digest: bytes
    is_withdrawn: bool = False
    """Its access was withdrawn: it may call for help, which is shown as such, and no more."""
    successor: str = ""
    """The mark of the credential shown, where it is the successor of one still in force: the
    device has now proved that it works."""


class Denied(msgspec.Struct, frozen=True):
    """Not let in. `why` is for our log; a stranger is told as little as the protocol allows."""

    why: str


class Doorkeeper:
    """Checks credentials. May read the register: call it from a thread, not from the loop.

    A device may come in the moment it was enrolled, so a no counts only after a `look` that began
    when it had asked.
    """

    def __init__(self, register: Register) -> None:
        self._key = register.key
        self._nobody = register.key.digest("")
        self._remembered = Remembered(
            register, lambda: {each.username: each for each in register.devices.admissions()}
        )

    def refresh(self) -> None:
        """Read the register again if it changed; raises `StoreUnavailable` only at first."""
        try:
            self._remembered.get()
        except StoreUnavailable:
            if not self._remembered.known:
                raise

    def look(self) -> None:
        """The same, beginning now; raises `StoreUnavailable`."""
        self._remembered.anew()

    def check(self, username: str, password: bytes) -> Admitted | Denied:
        """Let in or deny; takes the same time for a known and an unknown name."""
        try:
            digest = self._key.digest(password.decode())
        except UnicodeDecodeError:
            return Denied("The password is not text.")
        found = self._find(username, digest, CredentialKind.PASSWORD)
        return found or Denied("The user name or the password is wrong.")

    def check_certificate(self, certificate: bytes) -> Admitted | Denied:
        """Let in who showed this certificate (DER) in a handshake that an authority of ours
        vouched for. An expired one still holds: a date must not mute a pendant, and the TEC
        team is told of it from 60 days before.
        """
        digest, username = sha256(certificate).digest(), _common_name(certificate)
        found = self._find(username, digest, CredentialKind.CERTIFICATE)
        return found or Denied("The certificate is none of a device of ours.")

    def _find(self, username: str, digest: bytes, kind: CredentialKind) -> Admitted | None:
        self.refresh()
        known = (self._remembered.known or {}).get(username)
        shown = _shown(known, digest, kind, self._nobody)
        return _admitted(known, shown) if known is not None and shown is not None else None

    def holds(self, admitted: Admitted) -> bool:
        """Whether the device is trusted with this credential, as of the last refresh: whatever else
        about it has changed.
        """
        known = (self._remembered.known or {}).get(admitted.username)
        return (
            known is not None
            and known.revoked_at is None
            and any(each.digest == admitted.digest for each in known.credentials)
        )

    def is_welcome(self, admitted: Admitted) -> bool:
        """Whether the credential still stands for the same device and rights, as of the last
        refresh.
        """
        known = (self._remembered.known or {}).get(admitted.username)
        return (
            known is not None
            and (known.revoked_at is not None) is admitted.is_withdrawn
            and any(each.digest == admitted.digest for each in known.credentials)
            and identity_of(known.device) == admitted.identity
        )


def _shown(
    known: Admission | None, digest: bytes, kind: CredentialKind, nobody: bytes
) -> Credential | None:
    """Which credential `digest` is of. As many comparisons for a stranger as for a device."""
    held = known.credentials if known is not None else ()
    found = None
    for each in held:
        if hmac.compare_digest(each.digest, digest) and each.kind is kind:
            found = each
    for _ in range(2 - len(held)):
        hmac.compare_digest(nobody, digest)
    return found


def _admitted(known: Admission, shown: Credential) -> Admitted:
    return Admitted(
        identity_of(known.device),
        known.username,
        shown.digest,
        known.revoked_at is not None,
        shown.mark if shown is known.successor else "",
    )


def _common_name(certificate: bytes) -> str:
    """The one name in it; empty, which is nobody's, if it has none or several."""
    try:
        subject = x509.load_der_x509_certificate(certificate).subject
    except ValueError:
        return ""
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if len(names) == 1 else ""


def identity_of(device: Device) -> Identity:
    """Who `device` is to the gateway."""
    return Identity(
        device.org,
        device.home,
        device.device,
        timedelta(days=device.history_days),
        bridge_of(device.org, device.device, device.settings),
        AlarmType.PENDANT.value if device.kind is DeviceKind.PENDANT else None,
    )
