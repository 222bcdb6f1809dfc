"""What is wrong with this installation, in plain words?

Looks only; changes nothing. Services add their own examinations by the entry point group
`telecare.examinations`: a function of the settings that yields findings.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points

import msgspec

from telecare.clock import clock_of
from telecare.errors import TelecareError
from telecare.observe import health_of
from telecare.rights import roles_named
from telecare.settings import Settings
from telecare.store import apart
from telecare.store.migrate import open_database
from telecare.store.session import OWNERS
from telecare.supervisor import SERVICES
from telecare.vocabulary import Role

ROOM_BYTES = 1 << 30
"""Less free disk than this (1 GiB) is said to be wrong: a full disk stops the door."""


class Finding(msgspec.Struct, frozen=True):
    """One thing looked at; when it is not well the sentence says what to do."""

    well: bool
    sentence: str


GUARDED = (Role.OPERATOR, Role.SUPERVISOR)
"""Who sees residents all day, or decides about accounts and plans."""
Examination = Callable[[Settings], Iterator[Finding]]


def examine(settings: Settings) -> list[Finding]:
    """All findings of all packages, the ground's own first."""
    if not settings.data_dir.exists():
        return [Finding(False, f"There is no {settings.data_dir}; run `telecare migrate`.")]
    findings = [
        *_folder(settings), *_signing_in(settings), *_tables(settings), *_wall(settings),
        *_services(settings),
    ]  # fmt: skip
    for entry in sorted(entry_points(group="telecare.examinations")):
        look: Examination = entry.load()
        try:
            findings.extend(look(settings))
        except TelecareError as error:
            findings.append(Finding(False, f"Could not look at {entry.name}: {error}"))
    return findings


def examine_plans(settings: Settings) -> list[Finding]:
    """Findings about response plans, rotas and schemes: does each reach somebody at all times?

    Services say them by the entry point group `telecare.plan_examinations`.
    """
    findings: list[Finding] = []
    for entry in sorted(entry_points(group="telecare.plan_examinations")):
        look: Examination = entry.load()
        findings.extend(look(settings))
    return findings


def _folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    free = shutil.disk_usage(folder).free
    yield Finding(
        free >= ROOM_BYTES,
        f"{free / (1 << 30):.1f} GiB are free for data."
        + ("" if free >= ROOM_BYTES else " Make room before the door has to stop."),
    )
    key = folder / "keys" / "register.key"
    if key.exists():
        private = not key.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
        yield Finding(
            private,
            "The key file is private."
            if private
            else f"Others can read the key file: run `chmod 600 {key}`.",
        )
    clock = clock_of(folder)
    yield Finding(
        True,
        "The clock is real."
        if clock.is_real
        else f"The clock is not real (x{clock.speed:g}): real channels refuse to send.",
    )


def _signing_in(settings: Settings) -> Iterator[Finding]:
    """A desk others can reach is not opened by a password alone."""
    alone = [each for each in GUARDED if each not in roles_named(settings.second_factor_roles)]
    near = settings.bind == "localhost" or settings.bind.startswith(("127.", "::1"))
    if not alone or settings.oidc_issuer is not None or (near and settings.base_url is None):
        return
    yield Finding(
        False,
        f"A password alone opens the desk to {' and '.join(alone)}: set "
        f'TELECARE_SECOND_FACTOR_ROLES="{" ".join(GUARDED)}".',
    )


def _tables(settings: Settings) -> Iterator[Finding]:
    for owner in OWNERS:
        try:
            open_database(settings, owner).close()
        except TelecareError as error:
            yield Finding(False, str(error))
        else:
            yield Finding(True, f"The {owner} database is up to date.")


def _wall(settings: Settings) -> Iterator[Finding]:
    """Whether PostgreSQL itself keeps organisations apart from the one who acts."""
    if settings.database_url is None:
        return
    try:
        found = apart.look(settings)
    except TelecareError:
        return  # its tables are not up to date, as was said
    if not found.bare and not found.past:
        yield Finding(True, "The database keeps organisations apart by itself.")
        return
    why = (
        f"{', '.join(found.bare)} has no policy: run `telecare migrate` as the tables' owner."
        if found.bare
        else "give each service its own role of deploy/postgresql/roles.sql."
    )
    yield Finding(
        found.organisations < 2,
        f"The database does not keep organisations apart by itself; {why}",
    )


def _services(settings: Settings) -> Iterator[Finding]:
    for service in SERVICES:
        health = health_of(settings.data_dir, service.name)
        yield Finding(
            health.working,
            f"{service.name} works."
            if health.working
            else f"{health.detail} Start it with `telecare {service.name}` or `telecare up`.",
        )
