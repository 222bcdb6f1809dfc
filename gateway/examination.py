"""What `telecare doctor` asks of the door: can every bridge, careline unit and broker be heard?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from cryptography import x509

from gateway.bridges import bridge_of
from gateway.brokers import Broker, read_brokers
from gateway.carelines import numbers_of
from gateway.wiring import terms_of
from telecare.clock import RealClock
from telecare.doctor import Finding
from telecare.errors import SettingsError
from telecare.register import open_register
from telecare.register.devices import Device
from telecare.settings import Settings

RENEW_DAYS = 30
"""A certificate that ends sooner is said to be wrong."""


def examine(settings: Settings) -> Iterator[Finding]:
    """Findings about settings that would leave a device unheard."""
    register = open_register(settings)
    try:
        devices, numbers = register.devices.devices(), numbers_of(register)
        organisations = register.organisations.organisations()
    finally:
        register.close()
    yield from _certificate(settings)
    yield from _bridges(devices)
    for broker in read_brokers(settings.brokers):
        yield from _files(broker)
        yield from _broker(broker, {each.device for each in devices if each.org == broker.org})
    carelines = [each for each in devices if each.settings.get("careline")]
    if carelines or settings.sip_port or settings.sips_port:
        targets = {each.org for each in organisations if each.settings.get("call_target")}
        yield from _strays(settings.sip_stray_org, {each.org for each in organisations})
        yield from _carelines(settings, carelines, targets)
        yield from _shared(Counter(number for _, number in numbers))


def _certificate(settings: Settings) -> Iterator[Finding]:
    """Devices look at our certificate; by that of another day they do not let themselves in."""
    file = settings.tls_certificate or settings.data_dir / "tls" / "server.pem"
    if not (settings.mqtts_port or settings.mqtt_wss_port or settings.sips_port):
        return
    try:
        ends = x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return  # not made yet; one that cannot be used ends the gateway with a sentence
    left = (ends - RealClock().now()).days
    yield Finding(
        left >= RENEW_DAYS,
        f"The certificate that devices are shown ends on {ends:%d %B %Y}"
        + (
            "."
            if left >= RENEW_DAYS
            else ": renew it before, or those that look at it stay outside. New files in place of "
            f"{file} and its key are shown at once."
        ),
    )


def _bridges(devices: list[Device]) -> Iterator[Finding]:
    for each in devices:
        if "bridge" in each.settings and not bridge_of(each.org, each.device, each.settings):
            yield Finding(
                False,
                f"The bridge setting of {each.org}/{each.device} cannot be understood, so it may "
                "say nothing for others: compare it with docs/payloads.md.",
            )


def _broker(broker: Broker, known: set[str]) -> Iterator[Finding]:
    strangers = sorted({each.device for each in broker.listen if each.device} - known)
    yield Finding(
        not strangers,
        f"The broker {broker.name} has devices that nobody registered ({', '.join(strangers)}), so "
        "what they say is nobody's home: register them, or look at their spelling."
        if strangers
        else f"The broker {broker.name} is listened to as {broker.session}.",
    )
    if not broker.tls and broker.host not in ("127.0.0.1", "::1", "localhost"):
        yield Finding(
            False,
            f"The broker {broker.name} is spoken to without TLS, so that everybody on the way can "
            "read and change what homes say: take its TLS port.",
        )


def _files(broker: Broker) -> Iterator[Finding]:
    try:
        broker.require_files()
    except SettingsError as error:
        yield Finding(False, str(error))


def _strays(org: str | None, known: set[str]) -> Iterator[Finding]:
    if org is not None and org not in known:
        yield Finding(
            False,
            f"Nobody sees the alarms of unregistered units: there is no organisation {org}, which "
            "TELECARE_SIP_STRAY_ORG names.",
        )


def _carelines(settings: Settings, carelines: list[Device], targets: set[str]) -> Iterator[Finding]:
    terms_of(settings)
    listens = bool(settings.sip_port or settings.sips_port)
    yield Finding(
        listens,
        f"{len(carelines)} careline units can call."
        if listens
        else f"{len(carelines)} careline units are registered and nobody listens: set "
        "TELECARE_SIPS_PORT, or TELECARE_SIP_PORT on a private network.",
    )
    for org in sorted({each.org for each in carelines} - targets):
        yield Finding(
            settings.call_target is not None,
            f"Units of {org} call {settings.call_target}."
            if settings.call_target
            else f"Units of {org} are not told whom to call and use their pre-set number: say it "
            f"with `telecare careline call-target --org {org} sip:...`.",
        )


def _shared(numbers: Counter[tuple[str, str]]) -> Iterator[Finding]:
    for (controller, unit), times in sorted(numbers.items()):
        if times > 1:
            yield Finding(
                False,
                f"{times} devices have the careline number {controller} {unit}, so on a trusted "
                "network they are shown as an unknown unit's: give each its own with "
                "`telecare careline add`.",
            )
