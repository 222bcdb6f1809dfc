"""`telecare evaluate`: the published protocols on recordings, by the code that runs in homes."""

from __future__ import annotations

import importlib
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress as Bar
from rich.progress import TaskID
from rich.table import Table as Printed

from detectors.evaluation.report import Progress, Report, Request, number
from telecare.errors import InvalidInput, SettingsError
from telecare.files import can_be_written, replace

app = typer.Typer()
_WIDE = 160
"""Columns of what is written to a file or read by a program: no word is cut."""
_EXTRA = ("jax", "lightgbm", "matplotlib", "river", "scikit-learn", "sklearn")


class Subject(StrEnum):
    """What is judged."""

    FALLS = "falls"
    ACTIVITY = "activity"
    WANDERING = "wandering"
    ALL = "all"


PROTOCOLS = {
    Subject.FALLS: ("loso", "halves", "cross"),
    Subject.ACTIVITY: ("p1", "lopo", "injected"),
    Subject.WANDERING: ("simulated",),
}
"""The first is taken when none is named."""


@app.command()
def evaluate(
    subject: Annotated[Subject, typer.Argument(help="What to judge.")],
    data: Annotated[
        Path | None, typer.Option(help="Folder of a set, or of several sets.", exists=True)
    ] = None,
    protocol: Annotated[
        str | None, typer.Option(help="falls: loso, halves, cross; activity: p1, lopo, injected.")
    ] = None,
    train: Annotated[Path | None, typer.Option(help="Learn here ...", exists=True)] = None,
    test: Annotated[Path | None, typer.Option(help="... and judge there.", exists=True)] = None,
    only: Annotated[str | None, typer.Option("--set", help="Only this set of the folder.")] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same numbers.")] = 1,
    report: Annotated[Path | None, typer.Option(help="Write an HTML page with plots here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """How well do the detectors judge? A naive baseline beside; wandering on simulated walks."""
    if (train is None) != (test is None):
        raise InvalidInput("give --train and --test together, or neither")
    if report is not None:
        can_be_written(report)
    subjects = [each for each in PROTOCOLS if subject in {each, Subject.ALL}]
    asked = [(each, named) for each in subjects for named in _protocols(each, subject, protocol)]
    console = Console(stderr=True)
    reports: dict[str, Report] = {}
    with Bar(console=console, transient=True) as bar:
        for each, named in asked:
            reports[f"{each.value} {named}"] = _judged(
                each,
                Request(
                    protocol=named, data=data, train=train, test=test, only=only, seed=seed,
                    progress=_shown_on(bar),
                ),
            )  # fmt: skip
    if report is not None:
        written = _imported("page").page("What the judgement is worth", [*reports.values()])
        replace(report, written.encode())
    if as_json:
        whole = {name: each.for_machines() for name, each in reports.items()}
        typer.echo(json.dumps(next(iter(whole.values())) if len(whole) == 1 else whole))
        return
    printed = Console()
    if not printed.is_terminal:
        printed.width = _WIDE
    for each_report in reports.values():
        _print(printed, each_report)


def _protocols(subject: Subject, asked: Subject, protocol: str | None) -> tuple[str, ...]:
    known = PROTOCOLS[subject]
    if asked is Subject.ALL:
        return known
    if protocol is None:
        return known[:1]
    if protocol not in known:
        raise InvalidInput(
            f"{subject.value} knows no protocol {protocol!r}; write one of {', '.join(known)}"
        )
    return (protocol,)


def _judged(subject: Subject, request: Request) -> Report:
    answer: Report = _imported(subject.value).evaluate(request)
    return answer


def _imported(module: str) -> Any:
    try:
        return importlib.import_module(f"detectors.evaluation.{module}")
    except ModuleNotFoundError as missing:
        if missing.name not in _EXTRA:
            raise
        raise SettingsError(
            f"Evaluating needs {missing.name}; install it with: pip install "
            "'telecare-platform[judgement]'."
        ) from missing


def _shown_on(bar: Bar) -> Progress:
    """A line for each thing under way."""
    lines: dict[str, TaskID] = {}

    def show(what: str, done: int, whole: int) -> None:
        if what not in lines:
            lines[what] = bar.add_task(what, total=whole)
        bar.update(lines[what], completed=done, total=whole)

    return show


def _print(console: Console, report: Report) -> None:
    console.print(f"[bold]{report.title}[/bold]")
    for table in report.tables:
        printed = Printed(title=table.title, title_justify="left")
        printed.add_column("method", overflow="fold")
        for column in table.columns:
            printed.add_column(column.replace("_", " "), justify="right", overflow="fold")
        printed.add_column("goal", overflow="fold")
        for row in table.rows:
            cells = [number(row.figures.get(column)) for column in table.columns]
            printed.add_row(row.name, *cells, row.verdict)
        console.print(printed)
    for remark in report.remarks:
        console.print(remark)
