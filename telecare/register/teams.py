"""Teams that take turns: who is in them, when, where they drive, and which schemes they staff.

A shift is kept in civil time with its team's time zone, because people live by the clock
on the wall; what instants that means is the duty's own question (`responder.whom.rota`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Select, Table, delete, insert, select, update

from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register import reach, tables
from telecare.register.ground import COMMAND_LINE, Ground, changed, locked, who_and_when
from telecare.register.names import civil_zone, plain_id

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
T = TypeVar("T", bound=msgspec.Struct)
DIVISIONS = ("england-and-wales", "scotland", "northern-ireland")
"""Whose bank holidays are known."""


class Holidays(StrEnum):
    """What a bank holiday does to a shift that begins on it."""

    AS_USUAL = "as_usual"
    NEVER = "never"
    """It is not worked: another shift, marked `only`, stands for it."""
    ONLY = "only"
    """It is worked on bank holidays only, whatever the weekday."""


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """People who take turns."""

    org: str
    team: str
    name: str
    time_zone: str = "Europe/London"
    division: str = "england-and-wales"
    """Whose bank holidays it keeps: england-and-wales, scotland or northern-ireland."""
    always: bool = True
    """Somebody must be on duty at every minute; a gap is a fault to be named in advance."""
    areas: list[str] = []
    """Where it drives; empty: everywhere."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the county."""

    org: str
    area: str
    name: str
    outline: list[tuple[float, float]]
    """Corners as (latitude, longitude), at least three."""


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """A team's car, and where it stands between calls."""

    org: str
    vehicle: str
    team: str
    name: str
    latitude: float
    longitude: float
    off_road: bool = False


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of a team."""

    org: str
    member: str
    team: str
    name: str
    phone: str | None = None
    email: str | None = None
    language: str = "en"
    """What we write and speak to them in: `en` or `cy`."""


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """A turn that comes again every week."""

    org: str
    shift: str
    team: str
    member: str
    days: list[int]
    """Weekdays it begins on, Monday is 0."""
    begins: str
    """HH:MM on the team's wall."""
    ends: str
    """HH:MM; the same or an earlier time means the next day."""
    call_order: int = 1
    """Who is asked first of several on duty: 1 before 2."""
    first_day: date | None = None
    last_day: date | None = None
    holidays: Holidays = Holidays.AS_USUAL


class Cover(msgspec.Struct, frozen=True, kw_only=True):
    """One turn (the one that begins on `day`) taken by `member` instead; None: by nobody."""

    org: str
    shift: str
    day: date
    member: str | None
    was: str | msgspec.UnsetType | None = msgspec.UNSET
    """Whose turn whoever gives it saw; unset: it is given whoever has it by now. Not kept."""


class Scheme(msgspec.Struct, frozen=True, kw_only=True):
    """Extra-care housing with staff on site, who are asked first."""

    org: str
    scheme: str
    name: str
    team: str
    take_over_seconds: int = 60
    """How long they have to accept before the monitoring centre takes over; 10 to 600."""


def _require_reachable(member: Member) -> None:
    reach.telephone(member.phone)
    reach.mail(member.email)
    reach.language(member.language)


class Teams:
    """Teams of all organisations; every question names the organisation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def add_team(self, team: Team) -> Team:
        """Raises `AlreadyExists`, `InvalidInput` for the id, the time zone or the division."""
        plain_id(team.team, "A team's id")
        civil_zone(team.time_zone)
        if team.division not in DIVISIONS:
            raise InvalidInput(
                f"{team.division!r} has no bank holidays we know; write {', '.join(DIVISIONS)}."
            )
        return self._add(tables.team, team, f"There already is a team {team.team}.")

    def add_area(self, area: Area) -> Area:
        """Raises `AlreadyExists`, `InvalidInput` for fewer than three corners."""
        plain_id(area.area, "An area's id")
        if len(area.outline) < 3:
            raise InvalidInput("An area needs at least three corners.")
        return self._add(tables.area, area, f"There already is an area {area.area}.")

    def add_vehicle(self, vehicle: Vehicle) -> Vehicle:
        """Raises `AlreadyExists`, `NotFound` for the team."""
        plain_id(vehicle.vehicle, "A vehicle's id")
        self.team(vehicle.org, vehicle.team)
        already = f"There already is a vehicle {vehicle.vehicle}."
        return self._add(tables.vehicle, vehicle, already)

    def add_member(self, member: Member) -> Member:
        """Raises `AlreadyExists`, `NotFound` for the team, `InvalidInput`."""
        plain_id(member.member, "A member's id")
        _require_reachable(member)
        self.team(member.org, member.team)
        return self._add(tables.member, member, f"There already is a member {member.member}.")

    def change_member(self, org: str, member: str, **said: Any) -> None:
        """What is `said` of how they are reached is on file from now on, and nothing else is
        touched. Raises `NotFound`, also for who has left; `InvalidInput`.
        """
        found = tables.member.c
        who = (found.org == org) & (found.member == member) & found.left_at.is_(None)
        missing = f"There is no member {member} in {org}."
        with self._ground.change("") as connection:
            before = _member(locked(connection, select(tables.member).where(who), missing))
            after = msgspec.structs.replace(before, **said)
            _require_reachable(after)
            if said:
                connection.execute(update(tables.member).where(who).values(said))
            self._ground.deed(
                connection, org, COMMAND_LINE, "member_changed", member=member,
                what=changed(before, after),
            )  # fmt: skip

    def leave(self, org: str, member: str) -> None:
        """They work here no more; their shifts stay until somebody gives them to another,
        and are named as gaps. Raises `NotFound`.
        """
        with self._ground.change("") as connection:
            ended = connection.execute(
                update(tables.member)
                .where(tables.member.c.org == org, tables.member.c.member == member)
                .values(left_at=self._ground.clock.now())
            )
            if not ended.rowcount:
                raise NotFound(f"There is no member {member} in {org}.")
            self._ground.deed(connection, org, COMMAND_LINE, "member_left", member=member)

    def add_scheme(self, scheme: Scheme) -> Scheme:
        """Raises `AlreadyExists`, `NotFound` for the team, `InvalidInput` for the seconds."""
        plain_id(scheme.scheme, "A scheme's id")
        self.team(scheme.org, scheme.team)
        if not 10 <= scheme.take_over_seconds <= 600:
            raise InvalidInput("Staff on site have 10 to 600 seconds to accept.")
        return self._add(tables.scheme, scheme, f"There already is a scheme {scheme.scheme}.")

    def add_shift(self, shift: Shift, by: str = COMMAND_LINE) -> Shift:
        """Raises `AlreadyExists`, `NotFound` for the member, `InvalidInput` for days or times."""
        plain_id(shift.shift, "A shift's id")
        member = next((m for m in self.members(shift.org) if m.member == shift.member), None)
        if member is None or member.team != shift.team:
            raise NotFound(f"There is no member {shift.member} in the team {shift.team}.")
        if not shift.days or not set(shift.days) <= set(range(7)):
            raise InvalidInput("A shift needs its weekdays, 0 (Monday) to 6 (Sunday).")
        if not (_TIME.fullmatch(shift.begins) and _TIME.fullmatch(shift.ends)):
            raise InvalidInput("A shift begins and ends at a time like 08:00.")
        with self._ground.change(f"There already is a shift {shift.shift}.") as connection:
            connection.execute(insert(tables.shift).values(_plain(shift)))
            self._ground.deed(
                connection, shift.org, by, "shift_added", shift=shift.shift, team=shift.team,
                member=shift.member,
            )  # fmt: skip
        return shift

    def end_shift(self, org: str, shift: str, last_day: date, by: str = COMMAND_LINE) -> None:
        """`last_day` is the last it begins on. Raises `NotFound`."""
        with self._ground.change("") as connection:
            ended = connection.execute(
                update(tables.shift)
                .where(tables.shift.c.org == org, tables.shift.c.shift == shift)
                .values(last_day=last_day.isoformat())
            )
            if not ended.rowcount:
                raise NotFound(f"There is no shift {shift} in {org}.")
            self._ground.deed(
                connection, org, by, "shift_ended", shift=shift, last_day=last_day.isoformat()
            )

    def cover(self, *covers: Cover, by: str = COMMAND_LINE) -> None:
        """Give single turns to others, all or none: a swap is two covers.

        Raises `NotFound` for a shift or a member that is not there, `Conflict` where a turn is
        another's by now than whose it `was`.
        """
        for each in covers:
            known = {m.member for m in self.members(each.org)} | {None}
            if each.member not in known or each.shift not in {s.shift for s in
                                                              self.shifts(each.org)}:  # fmt: skip
                raise NotFound(f"There is no such shift or member: {each.shift}, {each.member}.")
        with self._ground.change("") as connection:
            for each in sorted(covers, key=lambda cover: cover.shift):
                key = (tables.cover.c.org == each.org, tables.cover.c.shift == each.shift,
                       tables.cover.c.day == each.day.isoformat())  # fmt: skip
                self._is_still(connection, each, select(tables.cover.c.member).where(*key))
                connection.execute(delete(tables.cover).where(*key))
                values = _plain(msgspec.structs.replace(each, was=msgspec.UNSET))
                connection.execute(insert(tables.cover).values(values))
                self._ground.deed(
                    connection, each.org, by, "covered", shift=each.shift,
                    day=each.day.isoformat(), member=each.member,
                )  # fmt: skip

    def _is_still(self, connection: Connection, wanted: Cover, covered: Select[Any]) -> None:
        """Nobody else gives a turn of this shift before the change has ended."""
        shift = tables.shift
        this = select(shift).where(shift.c.org == wanted.org, shift.c.shift == wanted.shift)
        usual = locked(connection, this, f"There is no shift {wanted.shift}.")
        given = connection.execute(covered).first()
        member = usual["member"] if given is None else given.member
        if member not in {each.member for each in self.members(wanted.org)}:
            member = None  # who has left works no turn
        if wanted.was in (msgspec.UNSET, member) or wanted.member == member:
            return
        deed = tables.deed.c
        acts = select(tables.deed).where(deed.org == wanted.org, deed.act == "covered")
        turn = {"shift": wanted.shift, "day": wanted.day.isoformat(), "member": member}
        for act in connection.execute(acts.order_by(deed.version.desc())):
            if act.detail == turn:
                zone = self.team(wanted.org, usual["team"]).time_zone
                who, when = who_and_when(connection, wanted.org, act.by, act.at, zone)
                break
        else:
            who, when = "Somebody else", "meanwhile"
        raise Conflict(
            f"{who} gave this turn to {member or 'nobody'} {when}: look at the rota again, and "
            "decide anew."
        )

    def team(self, org: str, team: str) -> Team:
        """Raises `NotFound`."""
        found = next((each for each in self.teams(org) if each.team == team), None)
        if found is None:
            raise NotFound(f"There is no team {team} in {org}.")
        return found

    def teams(self, org: str) -> list[Team]:
        """By id."""
        return self._all(tables.team, Team, org)

    def areas(self, org: str) -> list[Area]:
        """By id."""
        return self._all(tables.area, Area, org)

    def vehicles(self, org: str) -> list[Vehicle]:
        """By id, those off the road too."""
        return self._all(tables.vehicle, Vehicle, org)

    def members(self, org: str) -> list[Member]:
        """Everybody who has not left, by id."""
        rows = self._rows(tables.member, org)
        return [_member(row) for row in rows if row["left_at"] is None]

    def shifts(self, org: str) -> list[Shift]:
        """By id, ended ones too."""
        return self._all(tables.shift, Shift, org)

    def covers(self, org: str) -> list[Cover]:
        """By shift and day."""
        return self._all(tables.cover, Cover, org)

    def schemes(self, org: str) -> list[Scheme]:
        """By id."""
        return self._all(tables.scheme, Scheme, org)

    def _add(self, table: Table, thing: T, already: str) -> T:
        values = _plain(thing)
        with self._ground.change(already) as connection:
            connection.execute(insert(table).values(values))
            self._ground.deed(
                connection, values["org"], COMMAND_LINE, "arranged", what=str(table.name),
                arranged=values[table.name],
            )  # fmt: skip
        return thing

    def _all(self, table: Table, kind: type[T], org: str) -> list[T]:
        return [msgspec.convert(dict(row), kind) for row in self._rows(table, org)]

    def _rows(self, table: Table, org: str) -> list[Mapping[str, Any]]:
        query = select(table).where(table.c.org == org).order_by(*table.primary_key)
        with self._ground.read() as connection:
            rows = connection.execute(query).mappings()
            return [{str(key): value for key, value in row.items()} for row in rows]


def _member(row: Mapping[Any, Any]) -> Member:
    return Member(**{name: value for name, value in row.items() if name != "left_at"})


def _plain(thing: msgspec.Struct) -> dict[str, Any]:
    values: dict[str, Any] = msgspec.to_builtins(thing)
    return values
