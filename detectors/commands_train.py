"""`telecare train`: make a model of recordings you may use."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bar

from detectors.fall_model import digest, dump, load
from detectors.fall_shipped import Placement
from telecare.errors import SettingsError
from telecare.files import can_be_written, replace

app = typer.Typer()
train_app = typer.Typer(name="train", help="Make a model of your own.", no_args_is_help=True)
app.add_typer(train_app)


@train_app.callback()
def train() -> None:
    """Make a model of recordings you may use."""


@train_app.command("falls")
def train_falls(
    data: Annotated[Path, typer.Option(help="Folder of a set, or of several.", exists=True)],
    out: Annotated[Path, typer.Option(help="Write the model here.")],
    placement: Annotated[
        Placement, typer.Option(help="Where your sensors are worn; waist: the trunk.")
    ] = Placement.WRIST,
    only: Annotated[str | None, typer.Option("--set", help="Only this set of the folder.")] = None,
    licence: Annotated[
        str, typer.Option(help="Under which terms you may use them; it stays in the file.")
    ] = "not stated",
    seed: Annotated[int, typer.Option(help="Same seed, same model.")] = 1,
) -> None:
    """Train the judges of a fall; the service loads the file named by TELECARE_FALL_MODEL."""
    try:
        from detectors.evaluation.fall_abroad import model_of  # noqa: PLC0415 - an extra
        from detectors.evaluation.trials import load as load_trials  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise SettingsError(
            f"Training needs {missing.name}; install it with: pip install "
            "'telecare-platform[judgement]'."
        ) from missing
    can_be_written(out)
    bodies = load_trials(data, only)
    with Bar(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("training", total=1.0)
        model = model_of(
            bodies, placement, licence, seed, lambda share: bar.update(line, completed=share)
        )
    content = dump(model)
    load(content, str(out))  # what cannot be read back is not written
    replace(out, content)
    made = model.provenance
    typer.echo(
        f"{out}: {len(content)} bytes, sha256 {digest(content)}; {made.trials} trials and "
        f"{made.falls} falls of {made.made_from}; {made.people} people judged unseen."
    )
