"""A code on a sheet: what it may do, and how often."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from telecare.clock import HandClock
from telecare.errors import InvalidInput, NotFound
from telecare.register import Register
from telecare.register.claims import ClaimState, Press, Refusal, new_code, plain_code
from telecare.register.credentials import Credential
from telecare.register.device import Device
from telecare.register.homes import Home


@pytest.fixture
def county(register: Register) -> Register:
    register.organisations.add_organisation("oak", "Oak")
    register.homes.add_home(Home(org="oak", home="home-7", address="", time_zone="Europe/London"))
    register.devices.expect(Device(org="oak", device="hub-7", home="home-7", serial="SN-7"))
    return register


def fresh(register: Register, clock: HandClock, password: str = "new") -> Credential:
    return Credential(digest=register.key.digest(password), issued_at=clock.now())


def digests(register: Register) -> list[bytes]:
    (found,) = register.devices.admissions("oak.hub-7")
    return [each.digest for each in found.credentials]


def test_a_device_without_access_gets_it_once(county: Register, clock: HandClock) -> None:
    assert county.devices.admissions("oak.hub-7") == []
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    assert issued.serial == "SN-7"
    asked = county.claims.ask(issued.code.lower().replace("-", " "), "SN-7", fresh(county, clock))
    assert asked.refusal is None
    assert digests(county) == [county.key.digest("new")]
    again = county.claims.ask(issued.code, "SN-7", fresh(county, clock, "stolen"))
    assert again.refusal is Refusal.USED
    assert again.claim is not None
    assert again.claim.refused == 1
    assert digests(county) == [county.key.digest("new")], "a code that was used changes nothing"


def test_who_did_not_hear_the_answer_asks_again_and_nobody_else(
    county: Register, clock: HandClock
) -> None:
    """Its line broke between our commit and our answer: the code is used, the device outside."""
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")

    def ask(password: str, proof: str | None, serial: str = "SN-7") -> Refusal | None:
        given = fresh(county, clock, password)
        return county.claims.ask(issued.code, serial, given, proof).refusal

    assert ask("lost", "its own key") is None
    assert ask("copied sheet", None) is Refusal.USED
    assert ask("copied sheet", "another key") is Refusal.USED
    assert ask("other label", "its own key", "SN-8") is Refusal.WRONG_SERIAL
    clock.forward(minutes=5)
    assert ask("heard", "its own key") is None
    assert digests(county)[-1] == county.key.digest("heard")
    (held,) = county.devices.admissions("oak.hub-7")
    assert held.successor is not None
    assert county.devices.promote("oak", "hub-7", held.successor.mark)
    assert digests(county) == [county.key.digest("heard")]
    clock.forward(hours=24)
    assert ask("a day later", "its own key") is Refusal.USED
    assert digests(county) == [county.key.digest("heard")]


@pytest.mark.parametrize("ended", ["revoked", "withdrawn", "taken back", "new sheet", "complete"])
def test_who_was_answered_asks_in_vain_once_its_code_is_over(
    county: Register, clock: HandClock, ended: str
) -> None:
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    asked = county.claims.ask(issued.code, "SN-7", fresh(county, clock), "its own key")
    assert asked.claim is not None
    if ended == "revoked":
        county.devices.revoke("oak", "hub-7")
    elif ended == "withdrawn":
        county.devices.withdraw("oak", "hub-7")
    elif ended == "taken back":
        county.claims.revoke("oak", by="tec-1", device="hub-7")
    elif ended == "new sheet":
        county.claims.make("oak", ["hub-7"], by="tec-1")
    else:
        county.claims.keep(replace(asked.claim, completed_at=clock.now()))
    again = county.claims.ask(issued.code, "SN-7", fresh(county, clock, "late"), "its own key")
    assert again.refusal is Refusal.USED
    assert digests(county) == [county.key.digest("new")]


def test_what_a_person_confirms_is_not_undone_by_a_press_that_is_written_down_meanwhile(
    county: Register, clock: HandClock
) -> None:
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    county.claims.ask(issued.code, "SN-7", fresh(county, clock))
    (claim,) = county.claims.claims("oak", "hub-7")
    county.claims.confirm(claim, by="tec-1")
    county.claims.confirm(claim, by="tec-2")
    county.claims.keep(replace(claim, presses=(Press("p-1", clock.now()),)))
    (found,) = county.claims.claims("oak", "hub-7")
    assert (found.receipt_by, len(found.presses)) == ("tec-1", 1)
    told = [each.by for each in county.deeds.after(0, 99) if each.act == "receipt_confirmed"]
    assert told == ["tec-1"]


def test_a_guess_another_serial_an_old_and_a_withdrawn_code_are_refused(
    county: Register, clock: HandClock
) -> None:
    def ask(code: str, serial: str = "SN-7") -> Refusal | None:
        return county.claims.ask(code, serial, fresh(county, clock)).refusal

    assert ask(new_code()) is Refusal.UNKNOWN
    (first,) = county.claims.make("oak", ["hub-7"], by="tec-1", batch="van 3")
    assert ask(first.code, "SN-8") is Refusal.WRONG_SERIAL
    (second,) = county.claims.make("oak", ["hub-7"], by="tec-1", batch="van 3")
    assert ask(first.code) is Refusal.REVOKED, "of a device's codes the newest holds"
    clock.forward(days=31)
    assert ask(second.code) is Refusal.EXPIRED
    (third,) = county.claims.make("oak", ["hub-7"], by="tec-1", batch="van 3")
    assert county.claims.revoke("oak", by="tec-1", batch="van 3") == 1
    assert ask(third.code) is Refusal.REVOKED
    assert county.devices.admissions("oak.hub-7") == []


def test_a_code_in_the_wrong_hands_is_taken_back_by_itself(
    county: Register, clock: HandClock
) -> None:
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    for number in range(5):
        county.claims.ask(issued.code, f"SN-{number + 20}", fresh(county, clock))
    assert county.claims.ask(issued.code, "SN-7", fresh(county, clock)).refusal is Refusal.REVOKED


def test_only_a_device_with_a_serial_number_can_be_claimed(county: Register) -> None:
    county.devices.expect(Device(org="oak", device="hub-8", home="home-7"))
    with pytest.raises(InvalidInput, match="no serial number"):
        county.claims.make("oak", ["hub-8"], by="tec-1")
    with pytest.raises(NotFound):
        county.claims.make("oak", ["hub-9"], by="tec-1")


def test_a_successor_ends_the_one_before_only_when_it_was_seen(
    county: Register, clock: HandClock
) -> None:
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    county.claims.ask(issued.code, "SN-7", fresh(county, clock, "old"))
    rotated = county.devices.rotate("oak", "hub-7")
    old, new = county.key.digest("old"), county.key.digest(rotated.password)
    assert digests(county) == [old, new]
    (held,) = county.devices.admissions("oak.hub-7")
    assert held.successor is not None
    assert not county.devices.promote("oak", "hub-7", "another mark")
    assert county.devices.promote("oak", "hub-7", held.successor.mark)
    assert digests(county) == [new]
    assert not county.devices.promote("oak", "hub-7", held.successor.mark)


def test_withdrawn_its_codes_end_and_a_new_one_lets_it_in_again(
    county: Register, clock: HandClock
) -> None:
    (issued,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    county.claims.ask(issued.code, "SN-7", fresh(county, clock, "old"))
    (spare,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    county.devices.revoke("oak", "hub-7")
    assert county.claims.ask(spare.code, "SN-7", fresh(county, clock)).refusal is Refusal.REVOKED
    (again,) = county.claims.make("oak", ["hub-7"], by="tec-1")
    assert county.claims.ask(again.code, "SN-7", fresh(county, clock, "third")).refusal is None
    (held,) = county.devices.admissions("oak.hub-7")
    assert held.revoked_at is None
    assert digests(county) == [county.key.digest("third")]
    states = [each.state(clock.now()) for each in county.claims.claims("oak", "hub-7")]
    assert sorted(states) == [ClaimState.ISSUED, ClaimState.ISSUED, ClaimState.REVOKED]


def test_a_code_is_read_as_it_was_meant() -> None:
    assert plain_code("oi l23 abcde-fghjk mnpqr") == "01123-ABCDE-FGHJK-MNPQR"
    assert plain_code(code := new_code()) == code
