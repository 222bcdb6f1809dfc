"""The register keeps organisations apart, secrets unreadable, and says when it changed."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from gateway.admission import Denied, Doorkeeper
from telecare.clock import HandClock
from telecare.errors import AlreadyExists, InvalidInput, NotFound, SettingsError
from telecare.register import Register, open_register
from telecare.register.browsers import Browser
from telecare.register.claims import Refusal
from telecare.register.contacts import Contact
from telecare.register.credentials import Credential
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.register.people import Person
from telecare.register.register import Remembered
from telecare.register.residents import Resident
from telecare.register.secrets import key_of
from telecare.settings import Settings
from telecare.vocabulary import Role


@pytest.fixture
def dorset(register: Register) -> Register:
    register.organisations.add_organisation("dorset", "Dorset")
    register.homes.add_home(
        Home(org="dorset", home="home-1", address="1 Sample Lane", time_zone="Europe/London",
             hazards=["oxygen in use"], rooms=["kitchen", "hallway"]),
        keysafe="4711",
    )  # fmt: skip
    return register


def person(username: str = "operator-2", role: Role = Role.OPERATOR) -> Person:
    return Person(org="dorset", person=username, username=username, name="Operator 2", role=role)


def test_a_home_tells_its_hazards_but_never_its_keysafe_code(dorset: Register) -> None:
    home = dorset.homes.home("dorset", "home-1")
    assert home.has_keysafe
    assert home.hazards == ["oxygen in use"]
    assert "4711" not in repr(home)
    assert dorset.homes.keysafe("dorset", "home-1") == "4711"


def test_a_home_has_a_place_on_the_map_and_only_there(dorset: Register) -> None:
    dorset.homes.place("dorset", "home-1", 50.715, -2.437)
    home = dorset.homes.home("dorset", "home-1")
    assert (home.latitude, home.longitude) == (50.715, -2.437)
    with pytest.raises(InvalidInput, match="latitude"):
        dorset.homes.place("dorset", "home-1", 95.0, 0.0)
    with pytest.raises(InvalidInput):
        dorset.homes.place("dorset", "home-1", float("nan"), 0.0)
    with pytest.raises(NotFound):
        dorset.homes.place("elsewhere", "home-1", 50.0, 0.0)


def test_the_keysafe_code_is_sealed_on_disk(sqlite_settings: Settings, clock: HandClock) -> None:
    from telecare.register import open_register  # noqa: PLC0415

    register = open_register(sqlite_settings, clock)
    register.organisations.add_organisation("dorset", "Dorset")
    register.homes.add_home(
        Home(org="dorset", home="home-1", address="", time_zone="Europe/London"), keysafe="4711"
    )
    register.close()
    database = sqlite3.connect(sqlite_settings.data_dir / "register.db")
    (sealed,) = database.execute("SELECT keysafe FROM home").fetchone()
    database.close()
    assert b"4711" not in sealed


def test_contacts_come_in_the_order_they_are_tried(dorset: Register) -> None:
    for rank, contact in [(2, "neighbour"), (1, "daughter")]:
        dorset.contacts.add_contact(
            Contact(org="dorset", contact=contact, home="home-1", name="", relation=contact,
                    rank=rank)
        )  # fmt: skip
    assert [c.contact for c in dorset.contacts.contacts("dorset", "home-1")] == [
        "daughter",
        "neighbour",
    ]


def test_another_organisation_sees_no_home_no_resident_no_device(dorset: Register) -> None:
    dorset.organisations.add_organisation("poole", "Poole")
    dorset.residents.add_resident(
        Resident(org="dorset", resident="resident-1", home="home-1", name="A")
    )
    dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    with pytest.raises(NotFound):
        dorset.homes.home("poole", "home-1")
    assert dorset.residents.residents("poole", "home-1") == []
    assert dorset.devices.devices("poole") == []
    with pytest.raises(NotFound):
        dorset.residents.add_resident(Resident(org="poole", resident="r", home="home-1", name="B"))


def test_a_device_gets_its_password_once_and_only_its_digest_is_kept(dorset: Register) -> None:
    issued = dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    (admission,) = dorset.devices.admissions(issued.username)
    assert admission.device.home == "home-1"
    assert dorset.key.matches(issued.password, admission.digest)
    assert not dorset.key.matches(issued.password + "x", admission.digest)
    again = dorset.devices.reissue("dorset", "hub-1")
    (changed,) = dorset.devices.admissions(issued.username)
    assert dorset.key.matches(again.password, changed.digest)
    assert not dorset.key.matches(issued.password, changed.digest)


def test_a_device_is_added_once_and_revoked_with_a_date(dorset: Register, clock: HandClock) -> None:
    issued = dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    with pytest.raises(AlreadyExists):
        dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    dorset.devices.revoke("dorset", "hub-1")
    revoked_at = clock.now()
    clock.forward(days=1)
    dorset.devices.revoke("dorset", "hub-1")
    (admission,) = dorset.devices.admissions(issued.username)
    assert admission.revoked_at == revoked_at, "said again, it was withdrawn when it was"


def test_a_home_that_is_left_for_good_takes_the_access_of_its_own_devices_alone(
    dorset: Register,
) -> None:
    """The neighbour has a home of the same name, and in it devices named as ours here and there."""
    dorset.organisations.add_organisation("devon", "Devon")
    for org, home in (("dorset", "home-2"), ("devon", "home-1")):
        dorset.homes.add_home(Home(org=org, home=home, address="2 Lane", time_zone="Europe/London"))
    for org, home, device in (
        ("dorset", "home-1", "hub-1"), ("dorset", "home-2", "hub-2"),
        ("devon", "home-1", "hub-1"), ("devon", "home-1", "hub-2"),
    ):  # fmt: skip
        dorset.devices.add(Device(org=org, device=device, home=home, serial=f"SN-{device}"))
        dorset.claims.make(org, [device], by="tec-1")
    dorset.leaving.home("dorset", "home-1")
    assert dorset.devices.withdrawn() == {("dorset", "hub-1")}
    taken_back = {
        (each.org, each.device)
        for org in ("dorset", "devon")
        for each in dorset.claims.claims(org)
        if each.revoked_at is not None
    }
    assert taken_back == {("dorset", "hub-1")}
    assert dorset.homes.home("dorset", "home-1").address == ""
    assert dorset.homes.home("devon", "home-1").address == "2 Lane"


def test_nothing_that_opens_a_home_or_reaches_its_people_stays_when_it_is_left_for_good(
    dorset: Register,
) -> None:
    dorset.contacts.add_contact(
        Contact(org="dorset", contact="daughter", home="home-1", name="", relation="daughter")
    )
    browser = Browser(endpoint="https://push.example/1", p256dh="p", auth="a")
    dorset.browsers.add("dorset", "daughter", browser)
    dorset.leaving.home("dorset", "home-1")
    assert dorset.homes.keysafe("dorset", "home-1") is None
    assert not dorset.homes.home("dorset", "home-1").has_keysafe
    assert dorset.browsers.of("dorset") == {}


def test_a_device_that_waits_for_its_claim_can_be_given_a_password_by_hand(
    dorset: Register,
) -> None:
    dorset.devices.expect(Device(org="dorset", device="hub-1", home="home-1"))
    issued = dorset.devices.reissue("dorset", "hub-1")
    (admission,) = dorset.devices.admissions(issued.username)
    assert dorset.key.matches(issued.password, admission.digest)
    with pytest.raises(NotFound, match="no device hub-2 in dorset"):
        dorset.devices.reissue("dorset", "hub-2")


def test_a_device_that_was_never_given_access_is_revoked_and_nothing_lets_it_in(
    dorset: Register, clock: HandClock
) -> None:
    dorset.devices.expect(Device(org="dorset", device="hub-1", home="home-1", serial="SN-1"))
    (claim,) = dorset.claims.make("dorset", ["hub-1"], by="tec-1")
    dorset.devices.revoke("dorset", "hub-1")
    assert dorset.devices.withdrawn() == {("dorset", "hub-1")}
    fresh = Credential(digest=b"new", issued_at=clock.now())
    assert dorset.claims.ask(claim.code, "SN-1", fresh).refusal is Refusal.REVOKED
    doorkeeper = Doorkeeper(dorset)
    assert all(isinstance(doorkeeper.check("dorset.hub-1", p), Denied) for p in (b"", b"x"))
    assert [each.act for each in dorset.deeds.after(0, 99)][-1] == "device_revoked"
    with pytest.raises(NotFound, match="no device hub-2 in dorset"):
        dorset.devices.revoke("dorset", "hub-2")


@pytest.mark.parametrize("bad", ["", "Hub 1", "a/b", "+", "#", "-a", "a-", "a" * 41, "a.b"])
def test_an_id_that_would_not_be_plain_in_a_topic_is_refused(dorset: Register, bad: str) -> None:
    with pytest.raises(InvalidInput):
        dorset.devices.add(Device(org="dorset", device=bad, home="home-1"))


def test_signing_in_needs_the_right_password(dorset: Register) -> None:
    dorset.people.add(person(), "correct horse battery")
    assert dorset.people.by_password("operator-2", "wrong") is None
    assert dorset.people.by_password("nobody", "correct horse battery") is None
    who = dorset.people.by_password("operator-2", "correct horse battery")
    assert who is not None
    assert who.actor().role is Role.OPERATOR
    secret = dorset.sessions.begin(who, proved=False)
    held = dorset.sessions.held(secret)
    assert held is not None
    assert (held.person, held.proved, held.locked) == (who, False, False)
    dorset.sessions.end(secret)
    assert dorset.sessions.held(secret) is None


def test_a_short_password_is_refused(dorset: Register) -> None:
    with pytest.raises(InvalidInput, match="12 characters"):
        dorset.people.add(person(), "short")


def test_a_token_acts_in_its_own_organisation_only(dorset: Register) -> None:
    _, secret = dorset.people.issue_token("dorset", Role.OPERATOR)
    actor = dorset.people.token_actor(secret)
    assert actor is not None
    assert (actor.org, actor.role) == ("dorset", Role.OPERATOR)
    assert dorset.people.token_actor("guess") is None


def test_what_is_remembered_is_read_again_only_after_a_change(dorset: Register) -> None:
    reads = []
    remembered = Remembered(dorset, lambda: reads.append(1) or dorset.devices.devices())  # type: ignore[func-returns-value]
    assert remembered.fresh() == []
    assert remembered.fresh() == []
    assert len(reads) == 1
    dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    assert [d.device for d in remembered.fresh()] == ["hub-1"]


def test_what_changes_while_it_is_read_is_read_again(dorset: Register) -> None:
    """Else a device that was enrolled in that moment would stand outside until the next change."""

    def read() -> list[str]:
        found = [each.device for each in dorset.devices.devices()]
        if not found:
            dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
        return found

    remembered = Remembered(dorset, read)
    assert remembered.fresh() == []
    assert remembered.fresh() == ["hub-1"]


def test_a_register_that_hangs_holds_one_who_looks_and_nobody_else(
    dorset: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    remembered = Remembered(dorset, dorset.devices.devices)
    assert remembered.get() == []
    asked, answer, plain = threading.Event(), threading.Event(), dorset.version

    def hanging() -> int:
        asked.set()
        answer.wait()
        return plain()

    monkeypatch.setattr(dorset, "version", hanging)
    looking = threading.Thread(target=remembered.get, args=(-1.0,))
    looking.start()
    asked.wait()
    dorset.devices.add(Device(org="dorset", device="hub-1", home="home-1"))
    assert remembered.get(-1.0) == [], "what was known, at once"
    answer.set()
    looking.join()
    assert [each.device for each in remembered.get(-1.0)] == ["hub-1"]


def test_the_key_file_is_private_and_stays_the_same(tmp_path: Path) -> None:
    first = key_of(tmp_path, is_new=lambda: True).digest("x")
    assert key_of(tmp_path, is_new=lambda: True).digest("x") == first
    assert (tmp_path / "keys" / "register.key").stat().st_mode & 0o077 == 0


def test_a_database_restored_without_its_key_is_not_opened_with_another(settings: Settings) -> None:
    """Every device would be refused, and nobody told why."""
    open_register(settings).close()
    key = settings.data_dir / "keys" / "register.key"
    kept = key.read_bytes()
    key.unlink()
    register = open_register(settings)
    assert key.read_bytes() != kept, "nothing was made with the one before"
    register.organisations.add_organisation("dorset", "Dorset Council")
    register.close()
    key.unlink()
    with pytest.raises(SettingsError, match=r"register\.key, .*: restore it from backup"):
        open_register(settings)
    assert not key.exists()
