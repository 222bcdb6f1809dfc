"""The house rules that a machine can hold: who imports whom, who may do what, how long it is."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("telecare", "gateway", "detectors", "responder", "simulators")
MODULES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "migrations" not in path.parts
)
TESTS = sorted((ROOT / "tests").rglob("*.py"))

SQL = {"sqlalchemy", "sqlite3", "psycopg", "alembic"}
MQTT = {"paho", "aiomqtt"}
HTTP = {
    "httpx", "requests", "urllib.request", "smtplib", "http.client", "aiohttp",
    "apprise", "notifications_python_client", "pywebpush", "twilio",
}  # fmt: skip
CLOCK_CALLS = {
    ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"),
    ("time", "time"), ("time", "time_ns"), ("time", "monotonic"), ("time", "monotonic_ns"),
    ("time", "perf_counter"), ("time", "perf_counter_ns"), ("time", "sleep"),
}  # fmt: skip


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def uses(path: Path, libraries: set[str]) -> set[str]:
    return {
        library
        for library in libraries
        for module in imported(path)
        if module == library or module.startswith(library + ".")
    }


def test_import_contracts_hold() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_sql_lives_in_the_stores(path: Path) -> None:
    at_home = name(path).startswith(("telecare/store/", "telecare/register/")) or (
        path.name == "store.py" or path.parent.name == "store"
    )
    assert at_home or not uses(path, SQL)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_the_outside_world_is_spoken_to_at_the_rim(path: Path) -> None:
    if not name(path).startswith(("gateway/sources/", "simulators/")):
        assert not uses(path, MQTT)
    if not name(path).startswith(("responder/channels/", "simulators/")):
        assert not uses(path, HTTP)


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_only_the_clock_asks_for_the_time(path: Path) -> None:
    if name(path) == "telecare/clock.py":
        return
    calls = {
        (node.func.value.id, node.func.attr)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    assert not calls & CLOCK_CALLS
    assert not imported(path) & {f"{module}.{call}" for module, call in CLOCK_CALLS}


def test_no_service_carries_the_library_of_the_reports_about() -> None:
    eager = [
        name(path)
        for path in MODULES
        for node in tree(path).body
        if isinstance(node, ast.Import) and any(each.name == "duckdb" for each in node.names)
    ]
    assert not eager


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name)
def test_modules_are_short_enough_to_read(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_functions_are_short_enough_to_read(path: Path) -> None:
    long = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > 60
    }
    assert not long


@pytest.mark.parametrize("package", PACKAGES)
def test_no_other_distribution_owns_our_names(package: str) -> None:
    assert set(packages_distributions().get(package, [])) <= {"telecare-platform"}


def test_every_table_says_whose_row_it_is() -> None:
    from telecare.store.migrate import metadata_of  # noqa: PLC0415
    from telecare.store.session import OWNERS  # noqa: PLC0415

    shared = {"register_version"}  # one number for the whole installation
    shared |= {"lane_position", "position", "lane_mark"}  # a place in a lane of everybody's
    shared |= {"time_kept"}  # when anybody took steps
    shared |= {"lane_sheaf"}  # each reading in it says so
    without = {
        f"{owner}.{table.name}"
        for owner in OWNERS
        for table in metadata_of(owner).tables.values()
        if "org" not in table.c and table.name not in shared
    }
    assert not without
