"""From an empty register to what an operator reads at night, by the command line alone."""

from __future__ import annotations

import errno
import os
import shlex
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from detectors.absences import AbsenceKind, Absences
from detectors.base import settings_of
from detectors.geofence import Zone, ZoneAlert, fence_of
from detectors.lostness import OutingSettings
from detectors.position import Ground
from detectors.profiles import profiles
from responder.kept.record import Act
from telecare.cli import assemble
from telecare.errors import AlreadyExists, InvalidInput, NotFound
from telecare.files import replace, secret_line, text_of
from telecare.register import home_settings, open_register
from telecare.register.classes import DeviceClass
from telecare.register.ground import at_the_machine
from telecare.settings import Settings

app = assemble()

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"


@pytest.fixture
def run(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("TELECARE_DATA_DIR", str(sqlite_settings.data_dir))
    runner = CliRunner()
    said(runner, "org add dorset")
    return runner


def said(runner: CliRunner, words: str, *more: str, typed: str = "") -> Result:
    done = runner.invoke(app, [*words.split(), *more], input=typed)
    assert done.exit_code == 0, done.exception or done.output
    return done


def test_a_home_and_who_lives_there_are_on_file_by_two_commands(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    said(
        run, "home add home-1 --org dorset --keysafe --address", "1 Mill Lane",
        "--access", "side door", "--hazard", "oxygen", "--hazard", "dog", typed="4417\n",
    )  # fmt: skip
    said(
        run, "resident add resident-1 --org dorset --home home-1 --born 1941 --name", "Ann Hardy",
        "--speak", "slowly", "--phone", "01305 960 123",
    )  # fmt: skip
    register = open_register(sqlite_settings)
    home = register.homes.home("dorset", "home-1")
    assert (home.address, home.access, home.hazards) == (
        "1 Mill Lane", "side door", ["oxygen", "dog"],
    )  # fmt: skip
    assert register.homes.keysafe("dorset", "home-1") == "4417"
    (ann,) = register.residents.residents("dorset", "home-1")
    assert (ann.name, ann.born, ann.speak) == ("Ann Hardy", 1941, "slowly")
    register.close()


def test_nobody_is_born_in_a_year_that_has_not_come(run: CliRunner) -> None:
    said(run, "home add home-1 --org dorset")
    in_home_1 = ["--org", "dorset", "--home", "home-1", "--name", "Ann Hardy", "--born"]
    for words in (["resident", "add", "resident-1"], ["resident", "change", "resident-1"]):
        slip = run.invoke(app, [*words, *in_home_1, "2100"])
        assert str(slip.exception).startswith("Nobody was born in 2100 yet; give the year")
        said(run, f"resident {words[1]} resident-1", *in_home_1, "1941")


def test_what_is_not_named_stays_and_a_change_is_on_record_without_its_words(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    said(run, "home add home-1 --org dorset --keysafe --address", "1 Mill Lane", typed="4417\n")
    said(run, "resident add resident-1 --org dorset --home home-1 --name", "Ann Hardy")
    said(run, "home change home-1 --org dorset --access", "side door")
    said(run, "resident change resident-1 --org dorset --health", "takes blood thinners")
    register = open_register(sqlite_settings)
    home = register.homes.home("dorset", "home-1")
    assert (home.address, home.access, home.has_keysafe) == ("1 Mill Lane", "side door", True)
    assert [r.name for r in register.residents.residents("dorset", "home-1")] == ["Ann Hardy"]
    said(run, "home change home-1 --org dorset --keysafe", typed="9021\n")
    assert register.homes.keysafe("dorset", "home-1") == "9021"
    said(run, "home change home-1 --org dorset --keysafe", typed="\n")
    assert not register.homes.home("dorset", "home-1").has_keysafe
    deeds = [each for each in register.deeds.after(0, 100) if each.act.endswith("_changed")]
    assert {Act(each.act) for each in deeds} == {Act.HOME_CHANGED, Act.RESIDENT_CHANGED}
    told = str([each.detail for each in deeds])
    assert not any(secret in told for secret in ("9021", "Mill", "blood", "Hardy"))
    register.close()


def test_the_runbook_leads_from_an_empty_database_to_a_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path / "var")
    monkeypatch.setenv("TELECARE_DATA_DIR", str(settings.data_dir))
    block = RUNBOOK.read_text().partition("## A first installation")[2].split("```")[1]
    assert block.count("\n") > 6
    for line in block.strip().splitlines():
        typed, _, command = line.rpartition("| ")
        runner, words = CliRunner(), shlex.split(command.removeprefix("telecare "))
        done = runner.invoke(app, words, input="".join(shlex.split(typed)[1:]) + "\n")
        assert done.exit_code == 0, (line, done.exception or done.output)
    register = open_register(settings)
    assert register.homes.keysafe("dorset", "home-1") == "4417"
    assert [each.home for each in register.devices.devices("dorset")] == ["home-1"]
    assert register.people.by_password("ann", "four words nobody guesses") is not None
    register.close()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("--phone rubbish", "telephone number; write it as"),
        ("--phone 12", "telephone number; write it as"),
        ("--email rubbish", "e-mail address; write it as"),
        ("--language klingon", "say en or cy"),
        ("--elsewhere rubbish", "https://"),
        ("--quiet 22:00", "22:00"),
        ("--quiet 25:00-07:00", "time of day"),
    ],
)
def test_a_contact_whom_nobody_could_reach_is_refused_when_they_are_written_down(
    run: CliRunner, sqlite_settings: Settings, wrong: str, says: str
) -> None:
    said(run, "home add home-1 --org dorset")
    add = f"contact add daughter-1 --org dorset --home home-1 --name Sue {wrong}"
    refused = run.invoke(app, add.split())
    assert isinstance(refused.exception, InvalidInput)
    assert says in str(refused.exception)
    register = open_register(sqlite_settings)
    with pytest.raises(NotFound):
        register.contacts.contact("dorset", "daughter-1")
    register.close()


def test_a_resident_nobody_can_ring_is_refused(run: CliRunner) -> None:
    said(run, "home add home-1 --org dorset")
    add = "resident add resident-1 --org dorset --home home-1 --name Ann --phone 12"
    assert isinstance(run.invoke(app, add.split()).exception, InvalidInput)


def test_a_day_that_is_none_is_refused_for_a_model(sqlite_settings: Settings) -> None:
    register = open_register(sqlite_settings)
    with pytest.raises(InvalidInput, match="2029-12-31"):
        register.classes.put(DeviceClass(org="dorset", model="Hub", supported_until="next year"))
    register.close()


def test_files_that_cannot_be_used_are_said_in_a_sentence(run: CliRunner, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    for file in (tmp_path / "missing", tmp_path, tmp_path / "bytes"):
        with pytest.raises(InvalidInput, match=str(file)):
            text_of(file)
        refused = run.invoke(app, ["arrange", str(file), "--org", "dorset"])
        assert isinstance(refused.exception, InvalidInput)
    with pytest.raises(InvalidInput, match="cannot be written"):
        replace(tmp_path / "nowhere" / "report.csv", b"")


def test_a_report_that_is_interrupted_leaves_the_last_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = tmp_path / "report.csv"
    replace(report, b"the whole of May")
    report.chmod(0o640)

    def no_room_left(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", no_room_left)
        with pytest.raises(InvalidInput, match="No space left"):
            replace(report, b"half of June")
    assert report.read_bytes() == b"the whole of May"
    assert [*tmp_path.iterdir()] == [report], "nothing is left lying about"
    replace(report, b"the whole of June")
    assert report.read_bytes() == b"the whole of June"
    assert report.stat().st_mode & 0o777 == 0o640


def test_links_pipes_and_files_of_two_names_stay_what_they_are(tmp_path: Path) -> None:
    shared, latest, twin = tmp_path / "shared", tmp_path / "latest", tmp_path / "twin"
    shared.mkdir()
    (shared / "may.csv").write_bytes(b"")
    latest.symlink_to(shared / "may.csv")
    replace(latest, b"May")
    assert latest.is_symlink()
    assert (shared / "may.csv").read_bytes() == b"May"
    twin.hardlink_to(shared / "may.csv")
    replace(latest, b"May again")
    assert twin.read_bytes() == b"May again"
    reads, writes = os.pipe()
    replace(Path(f"/dev/fd/{writes}"), b"to the next command")
    os.close(writes)
    assert os.read(reads, 100) == b"to the next command"
    os.close(reads)
    (shared / "june.csv").write_bytes(b"")
    shared.chmod(0o500)
    replace(shared / "june.csv", b"June")
    shared.chmod(0o700)
    assert (shared / "june.csv").read_bytes() == b"June"


def test_a_code_is_asked_for_at_a_terminal_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("telecare.files.getpass", lambda words: f"typed at {words}")
    assert secret_line("Keysafe code") == "typed at Keysafe code: "


def test_zones_pauses_and_retention_are_set_as_those_who_read_them_understand(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    """The TEC team draws the quay, writes down a stay in hospital, and the council its years."""
    said(run, "home add home-1 --org dorset")
    quay = "home zone home-1 --org dorset --latitude 50.71 --longitude -2.43 --alert entering"
    for metres in ("40", "150"):
        said(run, quay, "--name", "the quay", "--metres", metres)
    said(run, "home pause home-1 --org dorset --from 2026-03-01 --until 2026-03-14 --kind hospital")
    said(run, "org retention dorset --keep readings=180")
    shown = said(run, "org retention dorset --keep cases=2192").output.splitlines()
    assert {"readings: 180 days", "cases: 2192 days", "set_aside: 90 days"} < set(shown)
    register = open_register(sqlite_settings)
    profile = profiles(register)["dorset", "home-1"]
    settings = settings_of(profile, "outing", OutingSettings)
    assert settings.zones == (Zone("the quay", ZoneAlert.ENTERING, (50.71, -2.43, 150.0)),)
    assert Absences(profile).during(1_772_500_000, 1_772_500_001)
    said(run, "home unzone home-1 --org dorset --name", "the quay")
    said(run, "home unpause home-1 --org dorset --from 2026-03-01")
    left = said(run, "home settings home-1 --org dorset").output
    assert msgspec.json.decode(left) == {"outing": {"zones": []}, "pauses": []}
    told = [(each.act, each.detail.get("what")) for each in register.deeds.after(0, 99)]
    assert told[1:] == [
        ("home_changed", "zones"), ("home_changed", "zones"), ("home_changed", "pauses"),
        ("organisation_changed", "retention_days"), ("organisation_changed", "retention_days"),
        ("home_changed", "zones"), ("home_changed", "pauses"),
    ]  # fmt: skip
    assert all(Act(each.act) for each in register.deeds.after(0, 99))
    register.close()
    assert set(home_settings.ALERTS) == set(ZoneAlert)
    assert set(home_settings.PAUSES) == set(AbsenceKind)


def test_a_zone_with_corners_is_watched_as_it_was_drawn(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    """A park is no circle."""
    said(run, "home add home-1 --org dorset")
    words = (
        "home zone home-1 --org dorset --name park --corner 50.711,-2.431 --corner 50.711,-2.427"
    )
    said(run, f"{words} --corner 50.709,-2.427")
    register = open_register(sqlite_settings)
    profile = profiles(register)["dorset", "home-1"]
    (park,) = settings_of(profile, "outing", OutingSettings).zones
    assert park.polygon == ((50.711, -2.431), (50.711, -2.427), (50.709, -2.427))
    ground = Ground(50.71, -2.43)
    fence = fence_of(park, ground, 10.0)
    assert fence.covers(ground.metres(50.7105, -2.428))
    assert not fence.covers(ground.metres(50.7095, -2.430))
    register.close()


BOW = "--corner 50.71,-2.43 --corner 50.72,-2.42 --corner 50.71,-2.42 --corner 50.72,-2.43"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (f"home zone home-1 --name park {BOW}", "does not cross"),
        ("home zone home-1 --name park --corner 5,0 --corner 5,1", "3 to 100"),
        ("home zone home-1 --name park --corner 5,0 --corner 5,1 --corner 5,2", "does not cross"),
        ("home zone home-1 --name park --corner 5,0 --corner 5,1 --corner 95,1", "latitude"),
        ("home zone home-1 --name park --corner 5,0 --corner 5,1 --corner 5", "no corner"),
        ("home zone home-1 --name park --corner 5,0 --metres 50", "--corner three times"),
        ("home zone home-1 --name park --latitude 5 --metres 50", "--corner three times"),
        ("home zone home-1 --name quay --latitude 95 --longitude 0 --metres 50", "latitude"),
        ("home zone home-1 --name quay --latitude nan --longitude 0 --metres 50", "latitude"),
        ("home zone home-1 --name quay --latitude 5 --longitude 0 --metres nan", "radius"),
        ("home zone home-1 --name quay --latitude 5 --longitude 0 --metres 2", "radius"),
        (
            "home zone home-1 --name quay --latitude 5 --longitude 0 --metres 50 --alert x",
            "leaving",
        ),
        ("home unzone home-1 --name quay", "no zone 'quay'"),
        ("home pause home-1 --from 1.3.2026 --until 2026-03-02 --kind away", "like 2026-03-28"),
        ("home pause home-1 --from 2026-03-03 --until 2026-03-02 --kind away", "not before"),
        ("home pause home-1 --from 2026-03-01 --until 2026-03-02 --kind ill", "hospital"),
        ("home unpause home-1 --from 2026-03-01", "No pause"),
        ("home settings home-2", "no home home-2"),
    ],
)
def test_what_nobody_could_act_upon_is_refused_in_a_sentence(
    run: CliRunner, words: str, why: str
) -> None:
    said(run, "home add home-1 --org dorset")
    refused = run.invoke(app, [*words.split(), "--org", "dorset"])
    assert isinstance(refused.exception, InvalidInput | NotFound), refused.output
    assert why in str(refused.exception)


@pytest.mark.parametrize("keep", ["readings=3", "readings=40000", "readings", "letters=90"])
def test_days_with_which_the_nightly_round_could_not_work_are_refused(
    run: CliRunner, sqlite_settings: Settings, keep: str
) -> None:
    refused = run.invoke(app, ["org", "retention", "dorset", "--keep", keep])
    assert isinstance(refused.exception, InvalidInput)
    assert open_register(sqlite_settings).organisations.organisation("dorset").settings == {}


def test_a_label_that_was_misread_or_never_typed_is_put_right_by_command(
    run: CliRunner, sqlite_settings: Settings
) -> None:
    """Else a hub that was added by command could never be claimed with a sheet."""
    said(run, "device add hub-1 --org dorset --home home-1 --heartbeat-seconds 600")
    said(run, "device add hub-2 --org dorset --home home-1 --serial SN-2")
    register = open_register(sqlite_settings)
    with pytest.raises(InvalidInput, match="telecare device change hub-1 --org dorset --serial"):
        register.claims.make("dorset", ["hub-1"], by="tec-1")
    said(run, "device change hub-1 --org dorset --serial SN-1 --room hall")
    hub = register.devices.device("dorset", "hub-1")
    assert (hub.serial, hub.room, hub.heartbeat_seconds) == ("SN-1", "hall", 600)
    assert register.claims.make("dorset", ["hub-1", "hub-2"], by="tec-1")
    taken = run.invoke(app, ["device", "change", "hub-1", "--org", "dorset", "--serial", "SN-2"])
    assert isinstance(taken.exception, AlreadyExists)
    assert str(taken.exception) == "Another device has the serial number SN-2."
    added = [e for e in register.deeds.after(0, 99) if e.act == Act.DEVICE_ADDED]
    assert [e.detail for e in added] == [
        {"device": "hub-1", "home": "home-1"}, {"device": "hub-2", "home": "home-1"},
    ]  # fmt: skip
    assert {e.by for e in added} == {at_the_machine()}
    told = [e for e in register.deeds.after(0, 99) if e.act == "device_changed"]
    assert [Act(e.act) for e in told] == [Act.DEVICE_CHANGED]
    assert told[0].detail["what"] == "room serial"
    register.close()
