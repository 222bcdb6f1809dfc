"""Which brokers of others do we listen to, and whose words are on which of their topics?

The file that TELECARE_BROKERS names, in TOML; docs/brokers.md explains every field. A broker
belongs to one organisation: what it says is never believed of another's homes.
"""

from __future__ import annotations

import ssl
import tomllib
from pathlib import Path

import msgspec

from gateway.dialects import BRIDGED
from gateway.keys import KeyLocked, show
from gateway.topics import matches
from telecare.errors import SettingsError

NATIVE = "native"
"""Our own contract, on `telecare/v1/ORG/DEVICE/up/...`."""
SESSION_HOURS = 7 * 24
"""How long a broker keeps for us what we could not fetch: longer than any repair takes."""
DROPPED_TOPICS = ("$SYS/broker/publish/messages/dropped",)
"""Where Mosquitto counts what it threw away since its start."""


class Listen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Topics of one dialect, and how they name the device that speaks."""

    filter: str
    dialect: str = NATIVE
    root: str = ""
    """Begins every topic and is no part of the dialect's own, such as `farm-7/zigbee2mqtt/`."""
    device: str = ""
    """The registered device that says all of it: a bridge."""
    device_level: int = 0
    """Or which level of the topic, counted from 1, is a device's id or serial number."""

    def device_named(self, levels: list[str]) -> str:
        """The device that speaks on a topic, as the topic or the file names it."""
        if self.device:
            return self.device
        return levels[self.device_level - 1] if self.device_level <= len(levels) else ""


class Broker(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A broker that somebody else keeps, as we connect to it."""

    name: str
    org: str
    host: str
    port: int
    listen: tuple[Listen, ...]
    version: int = 5
    """4 is MQTT 3.1.1."""
    client_id: str = ""
    """Names our session at the broker; empty means `telecare-NAME`."""
    username: str | None = None
    password_file: Path | None = None
    tls: bool = True
    ca_file: Path | None = None
    """Who signed the broker's certificate; unset means the authorities this machine trusts."""
    certificate_file: Path | None = None
    key_file: Path | None = None
    session_hours: int = SESSION_HOURS
    keepalive_seconds: int = 20
    """A broker that hangs is noticed after twice this long."""
    dropped_topics: tuple[str, ...] = DROPPED_TOPICS
    """Where the broker counts messages it threw away; empty if it does not."""

    @property
    def session(self) -> str:
        """The client id."""
        return self.client_id or f"telecare-{self.name}"

    def filters(self) -> list[str]:
        """What we subscribe to, without its counters."""
        return list(dict.fromkeys(each.filter for each in self.listen))

    def find(self, levels: list[str]) -> Listen | None:
        """Which of `listen` a topic belongs to; the first that matches decides."""
        return next((each for each in self.listen if matches(each.filter, levels)), None)

    def password(self) -> str | None:
        """Read anew at every connection, so that it can be changed without a restart.

        Raises `SettingsError`.
        """
        if self.password_file is None:
            return None
        try:
            return self.password_file.read_text("utf-8").strip()
        except OSError as error:
            why = error.strerror
        except ValueError:  # told without its cause, which quotes the password
            why = "it is not UTF-8 text"
        raise self._unusable(f"its password_file cannot be read ({why})")

    def trust(self) -> ssl.SSLContext | None:
        """TLS 1.2 or newer, or None for a plain connection. Raises `SettingsError`."""
        if not self.tls:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            if self.certificate_file is not None:
                show(context, self.certificate_file, self.key_file)
        except KeyLocked as error:
            raise self._unusable(str(error)) from error
        except (OSError, ValueError) as error:
            why = f"its ca_file, certificate_file or key_file cannot be used ({error})"
            raise self._unusable(why) from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context

    def require_files(self) -> None:
        """Raises `SettingsError` if its password or one of its TLS files cannot be used now."""
        self.password()
        self.trust()

    def _unusable(self, why: str) -> SettingsError:
        return SettingsError(f"The broker {self.name} cannot be used: {why}; see docs/brokers.md.")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    broker: list[Broker]


def read_brokers(path: Path | None) -> list[Broker]:
    """The brokers in the file, or none. Raises `SettingsError` in one sentence.

    The files that a broker names are its own: one that cannot be used keeps out no other.
    """
    if path is None:
        return []
    try:
        told = tomllib.loads(path.read_text())
        found = msgspec.convert(told, _File, dec_hook=lambda kind, value: kind(value)).broker
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(
            f"TELECARE_BROKERS: {path} cannot be used ({error}); see docs/brokers.md."
        ) from error
    for position, broker in enumerate(found):
        fault = _fault_of(broker, [each.name for each in found[:position]])
        if fault:
            raise broker._unusable(fault)  # noqa: SLF001 - its own sentence, in its own module
    return found


def _fault_of(broker: Broker, names: list[str]) -> str:
    if not broker.name.replace("-", "").isalnum() or not broker.name.isascii():
        return "its name may hold letters, digits and hyphens alone"
    if broker.name in names:
        return "another one has its name"
    if broker.version not in (4, 5):
        return "version is 4 (for MQTT 3.1.1) or 5"
    if broker.session_hours < 1 or not 1 <= broker.keepalive_seconds <= 3600:
        return "session_hours is at least 1, keepalive_seconds between 1 and 3600"
    if not broker.listen:
        return "it listens to nothing; add [[broker.listen]]"
    return next((fault for each in broker.listen if (fault := _listen_fault(broker, each))), "")


def _listen_fault(broker: Broker, listen: Listen) -> str:
    if listen.dialect == NATIVE:
        if not listen.filter.startswith(f"telecare/v1/{broker.org}/"):
            return f"the native filter {listen.filter} must begin with telecare/v1/{broker.org}/"
        return ""
    if listen.dialect not in BRIDGED:
        return f"{listen.dialect} is no dialect; they are {', '.join(sorted(BRIDGED))} and native"
    if bool(listen.device) == bool(listen.device_level):
        return f"{listen.filter} needs either device or device_level"
    if not listen.filter.startswith(listen.root):
        return f"{listen.filter} does not begin with its root {listen.root}"
    return ""
