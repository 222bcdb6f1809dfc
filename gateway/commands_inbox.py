"""Commands for what bridges speak of: which of them may speak, and what their sensors mean."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Annotated

import msgspec
import typer

from gateway.bridges import bridge_of
from gateway.dialects import BRIDGED
from telecare.command_line import Org
from telecare.errors import InvalidInput
from telecare.register import bridging, open_register
from telecare.settings import load_settings
from telecare.store.inbox import InboxReader
from telecare.store.migrate import open_database
from telecare.vocabulary import AlarmType

app = typer.Typer(
    name="inbox", help="Bridges, and the devices behind them that nobody registered.",
    no_args_is_help=True,
)  # fmt: skip
BridgeId = Annotated[str, typer.Argument(help="The registered device that speaks for others.")]


@app.command("list")
def inbox_list(
    org: Org,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show the devices that bridges spoke of and nobody has taken in yet."""
    rows = InboxReader(open_database(load_settings(), "gateway")).newest(org)
    if not rows:
        typer.echo("No bridge has spoken of a device that is not on file.", err=True)
    for row in rows:
        if as_json:
            typer.echo(msgspec.json.encode(row).decode())
        else:
            about = f"{row.name} ({row.type or 'unknown'}) {row.maker} {row.model}".strip()
            typer.echo(f"{row.last_at:%Y-%m-%d %H:%M:%S} {row.device}: {row.id} {about}")


@app.command("bridge")
def inbox_bridge(
    device: BridgeId,
    org: Org,
    dialects: Annotated[
        list[str], typer.Option("--dialect", help="What it may speak; may be repeated.")
    ],
    native_topics: Annotated[
        bool, typer.Option("--native-topics", help="Also on the topics that its maker gave it.")
    ] = False,
) -> None:
    """Let a registered device speak for others, in these dialects and no more."""
    strange = [each for each in dialects if each not in BRIDGED]
    if strange:
        known = ", ".join(sorted(BRIDGED))
        raise InvalidInput(f"{', '.join(strange)} is no dialect of a bridge; they are {known}.")
    _change(
        org, device, "bridge_allowed",
        lambda known: bridging.allowed(known, dialects, native_topics=native_topics),
    )  # fmt: skip
    typer.echo(f"{device} may speak {', '.join(dialects)}.")


@app.command("take")
def inbox_take(
    device: BridgeId,
    sensor: Annotated[str, typer.Argument(help="The sensor, as the inbox names it.")],
    org: Org,
    name: Annotated[str, typer.Option(help="As the bridge calls it, if otherwise.")] = "",
    room: Annotated[str, typer.Option(help="Where it is.")] = "",
    watches: Annotated[str, typer.Option(help="What it watches, such as bed or fridge.")] = "",
    alarm: Annotated[
        AlarmType | None, typer.Option(help="What it means when it is pressed, opened or moved.")
    ] = None,
) -> None:
    """Take a sensor behind a bridge in and say what it means: else a button calls nobody."""
    told = {"room": room, "type": watches, "alarm": alarm.value if alarm is not None else ""}
    meaning = {key: value for key, value in told.items() if value}
    _change(
        org, device, "device_adopted",
        lambda known: bridging.taken_in(known, sensor, name or sensor, meaning),
    )  # fmt: skip
    typer.echo(f"{name or sensor} behind {device} is taken in.")


def _change(
    org: str, device: str, act: str, change: Callable[[bridging.Settings], bridging.Settings]
) -> None:
    def changed(known: bridging.Settings) -> bridging.Settings:
        made = change(known)
        if bridge_of(org, device, made) is None:
            raise InvalidInput(
                f"The setting bridge of {device} cannot be understood; see docs/payloads.md."
            )
        return made

    with closing(open_register(load_settings())) as register:
        register.devices.change_settings(org, device, changed, act=act)
