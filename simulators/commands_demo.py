"""`telecare demo`, and `telecare simulate` for homes against a running installation."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated

import typer

from simulators import demo, staff, townspeople
from simulators.connection import Door, forget_lost_lines
from simulators.fleet import Fleet, Household
from simulators.homes import make_home
from simulators.keyring import Keyring
from simulators.scenarios import programme
from telecare.clock import RealClock, clock_of
from telecare.commands_run import announce
from telecare.commands_run import prepare as prepare_installation
from telecare.observe import configure_logs
from telecare.register import Register, open_register
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.settings import Settings, load_settings
from telecare.supervisor import SERVICES, Service, is_ready, supervise

app = typer.Typer()
simulate_app = typer.Typer(
    name="simulate", help="Simulated homes against a running installation.", no_args_is_help=True
)
app.add_typer(simulate_app)

_READY_AGAIN_S = 0.2


@app.command("demo")
def demo_command() -> None:
    """Run an installation with twelve simulated homes and a desk to sign in to.

    Whatever the hour, its clock begins shortly before six in the morning, at real pace:
    the first ten minutes show each kind of trouble once. Started again in the same data
    folder, the demo goes on where its clock has got to.
    """
    settings = load_settings()
    begun = (settings.data_dir / "clock.json").exists()
    opening = programme.opening(RealClock().now())
    if begun:
        settings = prepare_installation(None, 1.0)
    else:
        settings = prepare_installation(opening.isoformat(), programme.SPEED)
    with _opened(settings) as register:
        access = demo.prepare(register, settings)
    settings = townspeople.ways(settings)
    if "log_level" not in settings.model_fields_set:  # how to sign in should stay in sight
        settings = settings.model_copy(update={"log_level": "WARNING"})
    file = settings.data_dir / "demo.json"

    def tell() -> None:
        announce(settings)
        typer.echo(f"Sign in as {access.username} with the password {access.password}")
        typer.echo(f"at {access.url} (also in {file}). Leave with Ctrl-C.")
        typer.echo(f"The same password opens: {', '.join(staff.USERNAMES)}.")
        typer.echo(f"What families are sent, with links to answer: {settings.simulated_people}")
        if begun:
            typer.echo(
                "This demo goes on from an earlier one. For its first ten minutes again, "
                f"stop it and choose an empty TELECARE_DATA_DIR instead of {settings.data_dir}."
            )

    world = Service("simulators", ["simulate", "demo"])
    with townspeople.at_home(settings, demo.names(), demo.zone()):
        supervise(settings, [*SERVICES, world], when_ready=tell)


@simulate_app.command("demo")
def simulate_demo() -> None:
    """Live the demo's homes; `telecare demo` runs this beside the services."""
    settings = load_settings()
    configure_logs(settings.log_level)

    async def live() -> None:
        # The first moment of the programme is when everything works, not when we came.
        while not is_ready(settings):  # noqa: ASYNC110 - beats are files: nothing wakes us
            await asyncio.sleep(_READY_AGAIN_S)
        with _opened(settings) as register:
            fleet = demo.fleet(register, settings, clock_of(settings.data_dir))
        await fleet.run()

    _until_told(live)


@simulate_app.command("homes")
def simulate_homes(
    count: Annotated[int, typer.Argument(help="How many homes.", min=1, max=20_000)] = 10,
    org: Annotated[str, typer.Option("--org", help="Their organisation.")] = "simulated",
    seed: Annotated[int, typer.Option(help="The same seed, the same lives.")] = 1,
    history_days: Annotated[
        float, typer.Option(help="Days each hub has stored and sends first.", min=0, max=60)
    ] = 0.0,
) -> None:
    """Live ordinary homes, with the odd press and fall, until told to stop."""
    settings = load_settings()
    configure_logs(settings.log_level)
    clock = clock_of(settings.data_dir)
    with _opened(settings) as register:
        households = _households(register, settings.data_dir, count, org, seed, history_days)
    door = Door(settings.bind, settings.mqtt_port)
    typer.echo(f"{count} homes of {org} are alive. Leave with Ctrl-C.")

    async def live() -> None:
        await Fleet(households, door, clock).run()

    _until_told(live)


def _households(
    register: Register, data_dir: Path, count: int, org: str, seed: int, history_days: float
) -> list[Household]:
    homes = [make_home(seed, number, key=f"s{seed}-{number:05d}") for number in range(count)]
    keyring = Keyring(register, data_dir / f"simulated-{org}.json")
    keyring.organisation(org, f"Simulated homes ({org})")
    rooms = sorted({sensor.room for sensor in homes[0].sensors})
    keyring.homes(
        [
            Home(org=org, home=home.key, address="", time_zone=home.timezone, rooms=rooms)
            for home in homes
        ]
    )
    identities = keyring.devices(
        [
            Device(
                org=org,
                device=home.hub,
                home=home.key,
                model="simulated",
                heartbeat_seconds=round(home.heartbeat_s),
                history_days=demo.HISTORY_ALLOWED_DAYS,
            )
            for home in homes
        ]
    )
    return [
        Household(home=home, identity=identities[home.hub], history_days=history_days)
        for home in homes
    ]


class _opened:  # noqa: N801 - used as a context manager function
    """The register, closed afterwards."""

    def __init__(self, settings: Settings) -> None:
        self._register = open_register(settings)

    def __enter__(self) -> Register:
        return self._register

    def __exit__(self, *_: object) -> None:
        self._register.close()


def _until_told(live: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run `live` until SIGTERM or SIGINT."""

    async def run() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(forget_lost_lines)
        life = loop.create_task(live())
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, life.cancel)
        try:
            await life
        except asyncio.CancelledError:
            return

    asyncio.run(run())
