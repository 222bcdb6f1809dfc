"""Stories of what is kept and no longer: a year later, a funeral, a court, a request."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from responder.arranged.expectations import What
from responder.arriving.suppression import Cause
from responder.kept import keeping
from responder.seeing.looks import chain_report
from responder.store.repeats import Answered, Repeatable, Repeats
from telecare.errors import Conflict, Forbidden, NotFound, StoreUnavailable
from telecare.messages import Reading
from telecare.register.claims import Refusal
from telecare.register.credentials import Credential
from telecare.register.devices import Device
from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.register.residents import Resident
from telecare.retention import CLASSES
from telecare.store import forgetting
from telecare.store.forgetting import _table
from telecare.store.forgetting import home as forget_home
from telecare.store.lane import LaneReader, LaneWriter
from telecare.vocabulary import DeviceKind, Outcome, ReadingKind, Role, SignalKind
from tests.harness.duty import ORG, operator
from tests.harness.world import World

KEEPER = operator(9, role=Role.SUPERVISOR)


def moves(world: World, home: int, number: int = 1) -> None:
    """Somebody moves in the kitchen."""
    now = world.clock.now()
    reading = Reading(
        org=ORG, home=f"home-{home}", device=f"hub-{home}", id=f"m-{home}-{number}-{now:%j%H%M}",
        kind=ReadingKind.READING, type="motion", occurred_at=now, received_at=now, room="kitchen",
    )  # fmt: skip
    with world.responder.databases[1].begin() as connection:
        LaneWriter("gateway-1").append(connection, [reading])


def readings(world: World, home: int) -> int:
    return len(LaneReader(world.responder.databases[1]).history(ORG, f"home-{home}"))


def case(world: World, home: int, note: str = "She slipped beside the bed.") -> str:
    """A press, a claim, a note, an outcome; the alert's id."""
    world.press(f"pendant-{home}")
    desk = world.operator()
    desk.claims(home)
    desk.notes(home, note)
    return desk.closes(home, Outcome.HELPED_BY_TALKING, "Spoke with her, she is well.").id


def keep(world: World) -> None:
    while world.responder.keeping.step():
        pass


def nights(world: World, days: int) -> None:
    """So many days pass, and a night was had in each; all that is forgotten goes in the last."""
    world.days_pass(days)
    keep(world)


def kept_bytes(world: World) -> str:
    """Everything in all databases, as text."""
    found = []
    databases = {each.owner: each for each in world.responder.databases}
    databases["register"] = world.register.database
    for name in CLASSES:
        owner, table = _table(name)
        with databases[owner].read() as connection:
            found += [str(tuple(row)) for row in connection.execute(table.select())]
    return "\n".join(found)


def test_every_class_of_data_is_forgotten_in_its_time(world: World) -> None:
    """Readings after their year, the case after its seven; the record stays whole."""
    world.home(7, "daughter")
    moves(world, 7)
    alert = case(world, 7)
    keep(world)
    nights(world, 300)
    moves(world, 7)
    keep(world)
    assert readings(world, 7) == 2
    nights(world, 101)
    assert readings(world, 7) == 1
    assert world.reads.wordings(ORG, alert)
    nights(world, 2200)
    assert world.reads.alerts(ORG, [alert]) == []
    assert world.reads.wordings(ORG, alert) == {}
    assert world.reads.signals(ORG, alert) == []
    assert chain_report(world.reads, ORG).whole
    told = [e.detail for e in world.reads.entries(ORG) if e.act == "forgotten"]
    assert {"readings": 2} in told  # the movement and the press
    assert sum(int(each.get("cases") or 0) for each in told) == 1


def test_an_answer_kept_for_who_asks_again_is_gone_after_a_day_though_nobody_asks(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "LOOK_FOR_ORGANISATIONS_SECONDS", 0.0)
    repeats = Repeats(county.own)
    asked = Repeatable(
        org=ORG, actor="token-1", key="k", digest=b"d", begun_at=county.clock.now()
    )  # fmt: skip
    assert repeats.begin(asked) is None
    answer = Answered(200, "application/json", b"sealed")
    repeats.answered(asked, answer)
    county.clock.forward(hours=23)
    keep(county)
    assert repeats.begin(replace(asked, begun_at=county.clock.now())) == answer
    county.clock.forward(hours=1, minutes=1)
    keep(county)
    assert "token-1" not in kept_bytes(county)
    assert repeats.begin(replace(asked, begun_at=county.clock.now())) is None


def test_a_night_in_which_the_database_went_away_is_on_record_with_all_it_forgot(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (7, 8, 9):
        world.home(number, "daughter")
        case(world, number)
    keep(world)
    world.days_pass(3000)
    monkeypatch.setattr(forgetting, "BATCH", 1)
    erase, left = forgetting._delete_alerts, [2]

    def goes_away(*asked: Any) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise StoreUnavailable("It went away.")
        return erase(*asked)

    with monkeypatch.context() as ill:
        ill.setattr(forgetting, "_delete_alerts", goes_away)
        with pytest.raises(StoreUnavailable):
            keep(world)
    world.clock.forward(minutes=11)
    keep(world)
    told = [e.detail for e in world.reads.entries(ORG) if e.act == "forgotten"]
    assert [each["cases"] for each in told if "cases" in each] == [3]


def test_an_open_alert_is_never_forgotten(county: World) -> None:
    county.home(7)
    county.press("pendant-7")
    keep(county)
    nights(county, 3000)
    assert len(county.alerts(7)) == 1


def test_what_the_law_holds_is_not_forgotten(county: World) -> None:
    for number in (7, 8):
        county.home(number)
        moves(county, number)
    held = county.responder.keeping.hold(KEEPER, "home-7", "inquest 12/2026")
    keep(county)
    nights(county, 500)
    assert (readings(county, 7), readings(county, 8)) == (1, 0)
    county.settle()
    county.operator().expect("_office", says="is a year old: lift it")
    with pytest.raises(Conflict, match="under the legal hold"):
        county.responder.keeping.erase(KEEPER, resident="resident-7")
    county.responder.keeping.lift(KEEPER, held.id)
    county.clock.forward(days=1)
    keep(county)
    assert readings(county, 7) == 0


def test_what_the_law_begins_to_hold_in_the_middle_of_a_night_is_not_forgotten(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (7, 8):
        county.home(number)
        moves(county, number)
    keep(county)
    county.days_pass(500)
    monkeypatch.setattr(keeping, "PIECES", 1)
    county.responder.keeping.step()
    assert (readings(county, 7), readings(county, 8)) == (0, 1)
    county.responder.keeping.hold(KEEPER, "home-8", "inquest 13/2026")
    keep(county)
    assert readings(county, 8) == 1
    told = [e.detail for e in county.reads.entries(ORG) if e.act == "forgotten"]
    assert told[-1] == {"readings": 1}, "all of that night is counted"


def test_a_resident_is_erased_and_the_record_still_verifies(world: World) -> None:
    """She has died and her family asks: nothing of her is left but references in the record."""
    for number in (7, 8):
        world.home(number, "daughter")
        world.register.devices.add(
            Device(org=ORG, device=f"hub-{number}", home=f"home-{number}", kind=DeviceKind.HUB)
        )
        moves(world, number)
        case(world, number, f"She slipped beside the bed {number}.")
        world.notices(SignalKind.RETURNED, number)
    world.register.plans.consent(ORG, "daughter-7", [Topic.HELP], "person-1")
    until = world.clock.now() + timedelta(days=1)
    world.arrangements.windows.open(operator(1), "home-7", Cause.HOLIDAY, until)
    before = chain_report(world.reads, ORG)
    world.responder.keeping.erase(KEEPER, resident="resident-7")
    keep(world)
    left = kept_bytes(world)
    for gone in ("Resident 7", "7 Sample Lane", "daughter7@family", "beside the bed 7", "m-7-1"):
        assert gone not in left, gone
    for stays in ("Resident 8", "8 Sample Lane", "daughter8@family", "beside the bed 8", "m-8-1"):
        assert stays in left, stays
    after = chain_report(world.reads, ORG)
    assert after.whole
    assert after.entries == before.entries + 2
    admissions = {a.device.device: a for a in world.register.devices.admissions(org=ORG)}
    assert admissions["hub-7"].revoked_at is not None
    assert admissions["hub-8"].revoked_at is None


def test_what_a_restored_backup_brings_back_goes_again(county: World) -> None:
    county.home(7)
    moves(county, 7)
    county.responder.keeping.erase(KEEPER, resident="resident-7")
    keep(county)
    at_the_time = county.clock.now()
    now = at_the_time - timedelta(hours=1)
    restored = Reading(
        org=ORG, home="home-7", device="hub-7", id="m-restored", kind=ReadingKind.READING,
        type="motion", occurred_at=now, received_at=now,
    )  # fmt: skip
    with county.responder.databases[1].begin() as connection:
        LaneWriter("gateway-1").append(connection, [restored])
    county.clock.forward(days=1)
    keep(county)
    assert readings(county, 7) == 0
    county.clock.forward(days=31)
    keep(county)
    assert [e.act for e in county.reads.entries(ORG)].count("erased") == 1


def test_whoever_moves_in_afterwards_is_not_erased_with_the_one_before(county: World) -> None:
    """The flat is let again within the month in which an erasure is repeated every night."""
    county.home(7)
    hub = Device(org=ORG, device="hub-7", home="home-7", kind=DeviceKind.HUB)
    county.register.devices.add(hub)
    county.responder.keeping.erase(KEEPER, resident="resident-7")
    keep(county)
    residents = county.register.residents
    residents.add_resident(Resident(org=ORG, resident="new-7", home="home-7", name="Another"))
    county.register.devices.add(replace(hub, device="pendant-7"))
    arranged = county.arrangements.expected
    arranged.expect(operator(1), "home-7", What.NOT_UP, "06:00", "10:00")
    moves(county, 7)
    county.clock.forward(days=1)
    keep(county)
    assert [each.resident for each in residents.residents(ORG, "home-7")] == ["new-7"]
    devices = {a.device.device: a for a in county.register.devices.admissions(org=ORG)}
    assert devices["pendant-7"].revoked_at is None
    assert arranged.expected(operator(1))
    assert readings(county, 7) == 1


def test_a_sheet_that_lies_in_the_van_lets_nobody_in_at_a_home_that_was_erased(
    county: World,
) -> None:
    """Nor does a unit that only telephones go on speaking for it."""
    county.home(7)
    devices, claims = county.register.devices, county.register.claims
    for device in ("hub-7", "unit-7"):
        devices.expect(Device(org=ORG, device=device, home="home-7", serial=f"SN-{device}"))
    (claim,) = claims.make(ORG, ["hub-7"], by=KEEPER.id)
    county.responder.keeping.erase(KEEPER, resident="resident-7")
    keep(county)
    fresh = Credential(digest=b"new", issued_at=county.clock.now())
    assert claims.ask(claim.code, "SN-hub-7", fresh).refusal is Refusal.REVOKED
    assert devices.withdrawn() == {(ORG, "hub-7"), (ORG, "unit-7")}


def test_with_somebody_else_in_the_home_only_the_one_is_taken_off(county: World) -> None:
    county.home(7, "daughter")
    county.register.residents.add_resident(
        Resident(org=ORG, resident="husband-7", home="home-7", name="Another")
    )
    moves(county, 7)
    county.responder.keeping.erase(KEEPER, resident="resident-7")
    keep(county)
    assert [r.resident for r in county.register.residents.residents(ORG, "home-7")] == ["husband-7"]
    assert readings(county, 7) == 1
    assert county.register.contacts.contacts(ORG, "home-7")


def test_a_contact_goes_unless_a_plan_asks_them(county: World) -> None:
    county.home(7, "daughter", "son")
    plan = county.arrangements.plans.save(
        KEEPER,
        Plan(org=ORG, home="home-7", steps=[Step(kind=StepKind.CONTACTS, contacts=["son-7"])]),
    )
    with pytest.raises(Conflict, match=plan.plan):
        county.responder.keeping.erase(KEEPER, contact="son-7")
    county.responder.keeping.erase(KEEPER, contact="daughter-7")
    keep(county)
    assert "daughter7@family" not in kept_bytes(county)
    assert [c.contact for c in county.register.contacts.contacts(ORG, "home-7")] == ["son-7"]


def test_nobody_is_erased_in_the_middle_of_a_call_for_help(county: World) -> None:
    county.home(7)
    county.press("pendant-7")
    with pytest.raises(Conflict, match="is open: close it first"):
        county.responder.keeping.erase(KEEPER, resident="resident-7")


def test_nothing_is_erased_that_the_desk_has_not_seen_yet(county: World) -> None:
    county.home(7)
    super(World, county).press("home-7")  # in the lane, and not taken in
    with pytest.raises(Conflict, match="still to be taken in"):
        county.responder.keeping.erase(KEEPER, resident="resident-7")


def test_nor_is_it_overlooked_behind_a_thousand_others(
    county: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut the responder has much to read up on."""
    monkeypatch.setattr(keeping, "_LOOK", 2)
    for number in range(1, 8):
        county.home(number)
        super(World, county).press(f"home-{number}")
    with pytest.raises(Conflict, match="still to be taken in"):
        county.responder.keeping.erase(KEEPER, resident="resident-7")


def test_who_may_and_whom(county: World) -> None:
    county.home(7)
    with pytest.raises(Forbidden):
        county.responder.keeping.erase(operator(1), resident="resident-7")
    with pytest.raises(NotFound):
        county.responder.keeping.erase(KEEPER, resident="resident-70")
    with pytest.raises(NotFound):
        county.responder.keeping.erase(operator(1, org="south", role=Role.MANAGER),
                                       resident="resident-7")  # fmt: skip


def test_broken_off_in_the_middle_it_is_finished_later(county: World) -> None:
    """Killed after a few rows: it is still due, and a second try does the rest."""
    county.home(7)
    for number in range(3):
        moves(county, 7, number)
    county.responder.keeping.erase(KEEPER, resident="resident-7")
    keeping = county.responder.keeping
    next(forget_home(keeping._databases, ORG, "home-7", county.clock.now()))
    keep(county)
    assert "erased" in [e.act for e in county.reads.entries(ORG)]
    assert "resident-7" not in str(county.register.residents.residents(ORG, "home-7"))


def test_who_was_sent_to_a_resident_stands_in_their_archive(world: World, tmp_path: Path) -> None:
    world.home(7, "daughter", at=(50.75, -2.44))
    world.team("valley", "ann", at=(50.76, -2.44))
    world.press("pendant-7")
    world.operator().claims(7)
    world.operator().sends(7)
    to = tmp_path / "resident-7.zip"
    world.responder.portraits.write(KEEPER, "resident-7", to)
    with zipfile.ZipFile(to) as archive:
        arranged = json.loads(archive.read("arrangements.json"))
    (sent,) = arranged["dispatches"]
    assert [each["crew"]["member"] for each in sent["offers"]] == ["team:ann"]


def test_everything_about_one_person_in_one_file(world: World, tmp_path: Path) -> None:
    for number in (7, 8):
        world.home(number, "daughter")
        moves(world, number)
        case(world, number, f"She slipped beside the bed {number}.")
    to = tmp_path / "resident-7.zip"
    size = world.responder.portraits.write(KEEPER, "resident-7", to)
    assert size == to.stat().st_size
    assert to.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(to) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = "\n".join(files.values())
    person = json.loads(files["person.json"])
    assert person["resident"]["name"] == "Resident 7"
    assert person["contacts"][0]["name"] == "The daughter"
    (life,) = json.loads(files["alerts.json"])
    assert "She slipped beside the bed 7." in [each["sentence"] for each in life["timeline"]]
    assert json.loads(files["readings.ndjson"])["room"] == "kitchen"
    assert [each["act"] for each in json.loads(files["record.json"])].count("noted") == 1
    assert "home-8" not in everything
    assert "family.example" not in everything  # given to us by somebody else
    assert world.reads.entries(ORG)[-1].act == "exported"
