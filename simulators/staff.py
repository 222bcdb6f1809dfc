"""Everybody who can sign in to the demo beside its operator, and the team that drives.

One account for each kind of work, all with the operator's password, so that a newcomer can look
from every side. All of them are made up, as the residents are (`simulators.people`).
"""

from __future__ import annotations

from contextlib import suppress

from telecare.errors import AlreadyExists
from telecare.register import Register
from telecare.register.people import Person
from telecare.register.teams import Member, Shift, Team, Vehicle
from telecare.vocabulary import Role

TEAM, MEMBER = "wheels", "riley"
PHONE, EMAIL = "+44 7700 900990", "riley.responder@example.org"
_PEOPLE = {
    "supervisor": (Role.SUPERVISOR, "Sam Supervisor"),
    "responder": (Role.RESPONDER, "Riley Responder"),
    "family": (Role.FAMILY, "Family of the first home"),
    "tec": (Role.TEC, "Terry Technician"),
    "manager": (Role.MANAGER, "Morgan Manager"),
    "auditor": (Role.AUDITOR, "Alex Auditor"),
}
USERNAMES = tuple(_PEOPLE)


def hire(register: Register, org: str, password: str, relative_of: str) -> None:
    """See that they are there; safe to repeat, also where it broke off. The family account is the
    contact `relative_of`.
    """
    known = {each.username for each in register.people.people(org)}
    if known.issuperset(_PEOPLE):
        return
    _team(register, org)
    for username, (role, name) in _PEOPLE.items():
        if username not in known:
            register.people.add(
                Person(org=org, person=username, username=username, name=name, role=role), password
            )
        if role is Role.RESPONDER:
            register.accounts.tie_member(org, username, MEMBER)
        if role is Role.FAMILY and not register.accounts.contacts(org, username):
            register.accounts.tie_contact(org, username, relative_of)


def _team(register: Register, org: str) -> None:
    teams = register.teams
    with suppress(AlreadyExists):
        teams.add_team(Team(org=org, team=TEAM, name="Responders on wheels"))
    with suppress(AlreadyExists):
        teams.add_vehicle(
            Vehicle(
                org=org, vehicle="car-1", team=TEAM, name="Car 1", latitude=50.71, longitude=-2.44
            )
        )
    with suppress(AlreadyExists):
        teams.add_member(
            Member(
                org=org, member=MEMBER, team=TEAM, name="Riley Responder", phone=PHONE, email=EMAIL
            )
        )
    with suppress(AlreadyExists):
        teams.add_shift(
            Shift(
                org=org, shift="round-the-clock", team=TEAM, member=MEMBER, days=list(range(7)),
                begins="00:00", ends="00:00",
            )
        )  # fmt: skip
