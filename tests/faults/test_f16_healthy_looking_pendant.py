"""F16: a device whose messages go nowhere looks healthy. Its enrolment does not end before a
test press went all the way round and its receipt came back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from gateway.admission import Admitted, Denied, Doorkeeper
from responder.devices.inventory import Enrolment
from responder.devices.proving import Step
from responder.devices.roll_call import RollCall
from responder.devices.upkeep import successor_of
from telecare.clock import HandClock, RealClock
from telecare.register.claims import ClaimState
from telecare.register.device import Device
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.tenancy import Actor
from telecare.vocabulary import Role
from tests.browser.office import Office, copy_of, open_office
from tests.harness.door import Door, open_door
from tests.harness.mqtt import MqttClient

pytestmark = pytest.mark.anyio
TEC = Actor(org="dorset", id="tec-1", role=Role.TEC, name="Tec 1")
UP, DOWN = "telecare/v1/dorset/pendant-9/up/", "telecare/v1/dorset/pendant-9/down/#"
PRESS = b'{"id": "t-1", "type": "pendant"}'


@pytest.fixture
def office(office_pattern: Settings, tmp_path: Path) -> Iterator[Office]:
    with open_office(copy_of(office_pattern, tmp_path), RealClock()) as opened:
        yield opened


@pytest.fixture
def door(office: Office) -> Iterator[Door]:
    with open_door(office.settings, RealClock()) as opened:
        yield opened


async def ask(office: Office, **said: str) -> httpx.Response:
    transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as device:
        return await device.post("/api/v1/enrolment", json=said)


def claimed(office: Office, serial: str = "SN-9") -> str:
    onboarding = office.app.state.parts.onboarding
    pendant = Device(org="dorset", device="pendant-9", home="home-2", serial=serial)
    return str(onboarding.expect(TEC, pendant).code)


class Round:
    """What the responder does in a second: the press onto the desk, then the roll."""

    def __init__(self, office: Office) -> None:
        self._office = office
        gateway = office.app.state.parts.readings
        self._roll = RollCall(office.works, office.register, gateway, office.clock)
        self._gateway: LaneReader = gateway

    def turn(self) -> tuple[Step, Enrolment]:
        self._office.take_in(self._gateway)
        while self._roll.step():
            pass
        parts = self._office.app.state.parts
        claim, step = parts.onboarding.progress(TEC, "pendant-9")
        assert (claim.state(self._office.clock.now()) is ClaimState.COMPLETE) is (
            step is Step.NOTHING
        )
        return step, parts.upkeep.row(TEC, "pendant-9").enrolment


async def test_only_the_receipt_back_at_the_device_ends_it(office: Office, door: Door) -> None:
    given = (await ask(office, code=claimed(office), serial="SN-9")).json()
    assert given["topics"] == "telecare/v1/dorset/pendant-9/"
    rounds = Round(office)
    assert rounds.turn() == (Step.PRESS, Enrolment.TESTING)
    with MqttClient(door.port, version=5) as pendant:
        assert pendant.connect(given["username"], given["password"]) == 0
        # Configured wrongly, it says its press where nobody listens: it is refused, not lost.
        assert pendant.publish("telecare/v1/dorset/pendant-8/up/alarm", PRESS) == 135
        assert rounds.turn() == (Step.PRESS, Enrolment.TESTING)
        # It presses, and hears nothing: it never asked for its downward topic.
        assert pendant.publish(UP + "alarm", PRESS) == 0
        assert rounds.turn() == (Step.RECEIPT, Enrolment.TESTING)
        # It confirms what it cannot know.
        for body in (
            {"id": "s-1", "type": "receipt", "receipt": "t-1"},
            {"id": "s-2", "type": "receipt", "receipt": "t-2", "stored_at": "2026-03-10T00:00:00Z"},
            {"id": "s-3", "type": "receipt", "receipt": "t-1", "stored_at": "1999-03-10T00:00:00Z"},
            {"id": "s-4", "type": "receipt", "receipt": "t-1", "stored_at": "2999-03-10T00:00:00Z"},
        ):
            assert pendant.publish(UP + "status", msgspec.json.encode(body)) == 0
        assert rounds.turn() == (Step.RECEIPT, Enrolment.TESTING)
        assert pendant.subscribe(DOWN) == 1
        assert pendant.publish(UP + "alarm", PRESS) == 0
        topic, told = pendant.delivered()
        assert topic == DOWN.replace("#", "receipt")
        receipt = msgspec.json.decode(told)
        assert receipt["id"] == "t-1"
        seen = {"id": "s-5", "type": "receipt", "receipt": receipt["id"],
                "stored_at": receipt["stored_at"]}  # fmt: skip
        assert pendant.publish(UP + "status", msgspec.json.encode(seen)) == 0
        assert rounds.turn() == (Step.NOTHING, Enrolment.COMPLETE)
    supervisor = Actor(org="dorset", id="chief", role=Role.SUPERVISOR)
    acts = [each.act for each in office.desk.record(supervisor)]
    assert [each for each in acts if each.startswith(("claim", "device"))] == [
        "device_expected", "claim_made", "claim_used", "device_enrolled",
    ]  # fmt: skip


async def test_whom_it_replaces_is_withdrawn_although_we_die_as_it_is_enrolled(
    office: Office, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = office.register.devices
    old = Device(org="dorset", device="pendant-8", home="home-2", serial="SN-8")
    devices.add(old)
    parts = office.app.state.parts
    code = parts.onboarding.expect(TEC, successor_of(old, "pendant-9", "SN-9")).code
    given = (await ask(office, code=code, serial="SN-9")).json()
    with MqttClient(door.port, version=5) as pendant:
        assert pendant.connect(given["username"], given["password"]) == 0
        assert pendant.subscribe(DOWN) == 1
        assert pendant.publish(UP + "alarm", PRESS) == 0
        receipt = msgspec.json.decode(pendant.delivered()[1])
        seen = {"id": "s-1", "type": "receipt", "receipt": receipt["id"],
                "stored_at": receipt["stored_at"]}  # fmt: skip
        assert pendant.publish(UP + "status", msgspec.json.encode(seen)) == 0

    def dies(org: str, device: str) -> None:
        raise KeyboardInterrupt(org, device)

    with monkeypatch.context() as dying:
        dying.setattr(devices, "withdraw", dies)
        with pytest.raises(KeyboardInterrupt):
            Round(office).turn()
    assert Round(office).turn() == (Step.NOTHING, Enrolment.COMPLETE)
    trusted = {each.device.device for each in devices.admissions() if each.revoked_at is None}
    assert "pendant-9" in trusted
    assert "pendant-8" not in trusted


async def test_a_code_shown_again_is_refused_and_somebody_is_told(office: Office) -> None:
    code = claimed(office)
    assert (await ask(office, code=code, serial="SN-9")).status_code == 200
    again = await ask(office, code=code, serial="SN-9")
    assert again.status_code == 403
    assert again.json()["detail"].startswith("This code has been used; ask the TEC team")
    office.take_in()
    (line,) = office.desk.queue(TEC)
    assert "The code of pendant-9 was shown again after it had been used" in line.sentence
    acts = [each.act for each in office.desk.record(Actor(org="dorset", id="x", role=Role.AUDITOR))]
    assert acts.count("claim_refused") == 1


async def test_whom_our_answer_never_reached_is_answered_once_more(
    office: Office, door: Door
) -> None:
    """The line breaks after the commit: it holds no password, and its code is used."""
    code, key = claimed(office), "made-by-the-device-itself"
    lost = (await ask(office, code=code, serial="SN-9", key=key)).json()
    given = (await ask(office, code=code, serial="SN-9", key=key)).json()
    assert given["username"] == lost["username"]
    assert (await ask(office, code=code, serial="SN-9", key=key[::-1])).status_code == 403
    with MqttClient(door.port, version=5) as pendant:
        assert pendant.connect(given["username"], given["password"]) == 0
        assert pendant.publish(UP + "alarm", PRESS) == 0
    assert Round(office).turn() == (Step.RECEIPT, Enrolment.TESTING)


async def test_a_certificate_that_was_lost_on_its_way_is_given_again_for_the_same_key(
    office: Office,
) -> None:
    code, name = claimed(office), x509.Name([])

    def request(key: ec.EllipticCurvePrivateKey) -> str:
        asked = x509.CertificateSigningRequestBuilder().subject_name(name)
        made = asked.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return made.decode()

    own, other = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    lost = await ask(office, code=code, serial="SN-9", request=request(own))
    assert lost.status_code == 200
    assert (await ask(office, code=code, serial="SN-9", request=request(other))).status_code == 403
    again = await ask(office, code=code, serial="SN-9", request=request(own))  # signed anew
    (signed, _) = x509.load_pem_x509_certificates(again.json()["certificate"].encode())
    assert signed.public_key() == own.public_key()
    shown = signed.public_bytes(serialization.Encoding.DER)
    assert isinstance(Doorkeeper(office.register).check_certificate(shown), Admitted)


async def test_guessing_is_slowed_down(office: Office) -> None:
    statuses = [(await ask(office, code=f"AAAA{n}", serial="SN-9")).status_code for n in range(9)]
    assert statuses == [403] * 8 + [429]


async def test_a_certificate_is_for_the_key_the_device_made(office: Office) -> None:
    code = claimed(office)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "devon.hub-1")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    request = asked.public_bytes(serialization.Encoding.PEM).decode()
    spoiled = await ask(office, code=code, serial="SN-9", request="no request")
    assert spoiled.status_code == 422, "and its code still holds"
    given = (await ask(office, code=code, serial="SN-9", request=request)).json()
    assert "password" not in given
    signed, authority = x509.load_pem_x509_certificates(given["certificate"].encode())
    signed.verify_directly_issued_by(authority)
    assert signed.public_key() == key.public_key()
    assert signed.subject.rfc4514_string() == "CN=dorset.pendant-9", "never what it asked to be"
    days = signed.not_valid_after_utc - office.clock.now()
    assert timedelta(days=364) < days <= timedelta(days=365)

    doorkeeper = Doorkeeper(office.register)
    shown = doorkeeper.check_certificate(signed.public_bytes(serialization.Encoding.DER))
    assert isinstance(shown, Admitted)
    assert shown.identity.device == "pendant-9"
    other = doorkeeper.check_certificate(authority.public_bytes(serialization.Encoding.DER))
    assert isinstance(other, Denied)
    assert isinstance(doorkeeper.check("dorset.pendant-9", b""), Denied)


def test_a_unit_that_cannot_say_so_is_confirmed_by_who_stands_beside_it(
    office_pattern: Settings, tmp_path: Path, clock: HandClock
) -> None:
    with open_office(copy_of(office_pattern, tmp_path), clock) as office:
        parts = office.app.state.parts
        issued = parts.onboarding.enrol(claimed(office), "SN-9")
        assert issued.username == "dorset.pendant-9"
        with pytest.raises(Exception, match="Not yet: no test press has reached us"):
            parts.onboarding.confirm_receipt(TEC, "pendant-9")
