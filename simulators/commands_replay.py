"""`telecare replay`: real recorded homes through the door of an installation."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from simulators.access import Access, access_for
from simulators.alerts import alerts_by_kind
from simulators.connection import Door, Identity
from simulators.installation import listens, running
from simulators.keyring import Keyring
from simulators.recordings import TIHM_ZONE, Tihm
from simulators.replay import AsFastAsItGoes, FromTheFirst, OnTheClock, Pace, Replay, ReplayResult
from telecare.clock import Clock, clock_of, sleep_real
from telecare.errors import TelecareError
from telecare.register import open_register
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.settings import Settings, load_settings
from telecare.store.migrate import migrate

app = typer.Typer()
replay_app = typer.Typer(name="replay", help="Real recorded homes.", no_args_is_help=True)
app.add_typer(replay_app)

LEAD_S = 15.0
"""Real seconds an installation started for a replay has before the first event is due."""
Say = Callable[[str], None]
HISTORY_DAYS = 36_500
"""A recording is as old as it is: its times are believed."""
SETTLE_S = 60.0
"""How long the detectors may take to read up before alerts are counted."""

KeepRunning = Annotated[
    bool, typer.Option("--keep-running", help="Leave the installation it started running.")
]


@replay_app.callback()
def replay_group() -> None:
    """Real recorded homes."""


@replay_app.command("tihm")
def replay_tihm(
    path: Annotated[Path, typer.Argument(help="Folder with activity.parquet, or that file.")],
    speed: Annotated[
        float,
        typer.Option(help="Recorded seconds in one real second; 0: as fast as it goes.", min=0),
    ] = 3600.0,
    org: Annotated[str, typer.Option("--org", help="The homes' organisation.")] = "tihm",
    keep_running: KeepRunning = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Stream the 37 recorded homes of TIHM through MQTT, every event exactly once.

    Where no installation listens, one is started for the replay on a virtual clock that
    begins with the recording and runs at SPEED, so that its nights are nights.
    """
    recording, settings = Tihm(path), load_settings()
    say = Console(stderr=True, highlight=False).print
    migrate(settings)
    with _installation(settings, recording, speed, keep_running, say) as started:
        clock = clock_of(settings.data_dir)
        identities, access = _provision(settings, recording, org)
        pace = _pace(clock, speed, recording, say)
        result = _play(recording, identities, settings, clock, pace)
        counts = _counts(access, say)
        _tell(result, counts, access, as_json=as_json)
        if started and keep_running:
            say(f"The installation goes on at {settings.public_url}; leave with Ctrl-C.")
            with contextlib.suppress(KeyboardInterrupt):
                while True:
                    sleep_real(1)
    if started and not keep_running:
        say(
            "The installation was stopped again. To look at it: TELECARE_DATA_DIR="
            f"{settings.data_dir} telecare up"
        )


@contextlib.contextmanager
def _installation(
    settings: Settings, recording: Tihm, speed: float, keep_running: bool, say: Say
) -> Iterator[bool]:
    """An installation that listens; true if it was started for us."""
    if listens(settings.bind, settings.mqtt_port):
        yield False
        return
    arguments = ["up"]
    if speed and not (settings.data_dir / "clock.json").exists():
        first, _ = recording.span()
        begins = first - timedelta(seconds=LEAD_S * speed)
        arguments += ["--clock-start", begins.isoformat(), "--clock-speed", f"{speed:g}"]
    say(
        f"Nothing listens on port {settings.mqtt_port}: starting an installation in "
        f"{settings.data_dir}{' and leaving it running' if keep_running else ' for the replay'}."
    )
    with running(settings, arguments):
        yield True


def _provision(settings: Settings, recording: Tihm, org: str) -> tuple[dict[str, Identity], Access]:
    """A home and a hub for each patient, and an operator to look at their alerts."""
    register = open_register(settings)
    try:
        keyring = Keyring(register, settings.data_dir / f"replay-{org}.json")
        keyring.organisation(org, "Recorded homes (TIHM)", str(TIHM_ZONE))
        homes = {patient: f"tihm-{patient}".lower() for patient in recording.patients()}
        keyring.homes(
            [
                Home(org=org, home=home, address=f"Patient {patient}", time_zone=str(TIHM_ZONE))
                for patient, home in homes.items()
            ]
        )
        devices = {
            patient: Device(
                org=org,
                device=f"{home}-hub",
                home=home,
                model="TIHM recording",
                heartbeat_seconds=None,
                history_days=HISTORY_DAYS,
            )
            for patient, home in homes.items()
        }
        keys = keyring.devices(list(devices.values()))
        identities = {patient: keys[device.device] for patient, device in devices.items()}
        file = settings.data_dir / f"replay-{org}-desk.json"
        return identities, access_for(register, org, settings.public_url, file)
    finally:
        register.close()


def _pace(clock: Clock, speed: float, recording: Tihm, say: Say) -> Pace:
    """How the tape runs, with a clear word where hours will not match."""
    if not speed:
        return AsFastAsItGoes()
    first, _ = recording.span()
    if clock.is_real:
        say(
            "This installation runs on the real clock: events are sent at the speed asked, but "
            "its hours will not match theirs, and what they raise comes as late news."
        )
        return FromTheFirst(first, speed)
    if clock.speed != speed:
        say(
            f"This installation's clock runs at {clock.speed:g}, so the replay does too; "
            f"--speed {speed:g} needs an empty data folder."
        )
    return OnTheClock(clock)


def _play(
    recording: Tihm, identities: dict[str, Identity], settings: Settings, clock: Clock, pace: Pace
) -> ReplayResult:
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    replay = Replay(identities, Door(settings.bind, settings.mqtt_port), clock, pace)
    with bar:
        task = bar.add_task("events safe", total=recording.count())
        return asyncio.run(
            replay.run(recording.rows(), lambda safe: bar.update(task, completed=safe))
        )


def _counts(access: Access, say: Say) -> dict[str, int] | None:
    """Alerts by kind, once their number has settled; None if the desk cannot be asked."""
    try:
        return alerts_by_kind(access, settle_s=SETTLE_S)
    except TelecareError as error:
        say(f"Alerts could not be counted: {error}")
        return None


def _tell(
    result: ReplayResult, counts: dict[str, int] | None, access: Access, *, as_json: bool
) -> None:
    if as_json:
        body = msgspec.to_builtins(result) | {"alerts": counts}
        typer.echo(msgspec.json.encode(body).decode())
        return
    typer.echo(
        f"{result.rows} events of {result.homes} homes sent, {result.acknowledged} acknowledged, "
        f"{result.repeated} sent again, in {result.seconds:.0f} s."
    )
    if counts is not None:
        total = sum(counts.values())
        typer.echo(f"{total} open alerts{':' if counts else '.'}")
        for kind, count in sorted(counts.items()):
            typer.echo(f"  {kind}: {count}")
    typer.echo(f"To look at them sign in as {access.username} with {access.password}.")
