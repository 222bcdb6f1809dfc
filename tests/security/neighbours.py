"""Everything an organisation can have, in one installation with a neighbour that has its own."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from responder.arranged.expectations import What
from responder.arranged.packages import PackageKind
from responder.arriving.suppression import Cause
from responder.kept.following import Following
from responder.store import metadata as duty
from telecare.register import tables as register_tables
from telecare.register.browsers import Browser
from telecare.register.devices import Device
from telecare.register.people import Person
from telecare.register.plans import Plan, Step, StepKind, Topic
from telecare.register.teams import Area, Member, Scheme, Shift, Team, Vehicle
from telecare.store.session import Database
from telecare.tenancy import Actor
from telecare.vocabulary import Role, SignalKind
from tests.browser.office import Office

OURS, NEIGHBOUR = "dorset", "devon"
"""Both have a `home-3` and a `daughter-3`; what is made here has ids of its own."""


def supervisor(org: str = OURS) -> Actor:
    return Actor(org=org, id="supervisor-1", role=Role.SUPERVISOR, name=f"Supervisor of {org}")


def settled(office: Office) -> dict[str, str]:
    """Dorset with something of everything; the ids by the names that parameters have."""
    register, arranged = office.register, office.app.state.parts.arrangements
    alert = office.raise_signal(home="home-3", why="The pendant was pressed in Dorset.")
    actor, now = supervisor(), office.clock.now()
    office.desk.claim(actor, alert)
    office.desk.note(actor, alert, "The Dorset note.")
    dark = office.raise_signal(SignalKind.HUB_SILENT, home="home-3", kind_of="", why="Dorset dark.")
    window = arranged.windows.open(actor, "home-3", Cause.MAINTENANCE, now + timedelta(hours=9))
    expected = arranged.expected.expect(actor, "home-3", What.NOT_UP, "06:00", "10:00")
    office.desk.send(actor, alert)
    package = arranged.packages.arrange(
        actor, "home-3", PackageKind.REABLEMENT, date(2026, 3, 17), date(2026, 3, 24)
    )
    plan = register.plans.keep(
        Plan(
            org=OURS,
            home="home-3",
            name="Dorset's own",
            steps=[Step(kind=StepKind.DESK, text="Dorset")],
        ),
        "supervisor-1",
    )
    register.plans.consent(OURS, "daughter-3", list(Topic)[:1], "supervisor-1")
    tuning = office.tunings.ask(actor, "home-3", "wandering", "still_minutes", 6.0)
    device = register.devices.add(Device(org=OURS, device="hub-dorset", home="home-3")).username
    teams = register.teams
    teams.add_team(Team(org=OURS, team="team-dorset", name="Dorset team"))
    teams.add_area(Area(org=OURS, area="area-dorset", name="Dorset", outline=[(0, 0)] * 3))
    teams.add_vehicle(
        Vehicle(org=OURS, vehicle="car-dorset", team="team-dorset", name="Dorset car",
                latitude=50.0, longitude=-2.0)
    )  # fmt: skip
    teams.add_member(Member(org=OURS, member="member-dorset", team="team-dorset", name="D"))
    shift = Shift(org=OURS, shift="shift-dorset", team="team-dorset", member="member-dorset",
                  days=[0], begins="08:00", ends="20:00")  # fmt: skip
    teams.add_shift(shift)
    teams.add_scheme(Scheme(org=OURS, scheme="scheme-dorset", name="Dorset", team="team-dorset"))
    register.browsers.add(OURS, "daughter-3", Browser("https://push.dorset.example/1", "p", "a"))
    for role, tie in ((Role.RESPONDER, register.accounts.tie_member),
                      (Role.FAMILY, register.accounts.tie_contact)):  # fmt: skip
        account = Person(org=OURS, person=f"{role}-dorset", username=f"dorset-{role}",
                         name=f"Dorset {role}", role=role)  # fmt: skip
        register.people.add(account, "quiet river under the bridge")
        tie(OURS, account.person, "member-dorset" if role is Role.RESPONDER else "daughter-3")
    token, _ = register.people.issue_token(OURS, Role.OPERATOR, name="Dorset program")
    register.second_factors.enrol(register.people.people(OURS)[0])
    register.identities.link(OURS, "operator-1", "https://id.example", "dorset-1")
    Following(office.works, register, office.clock).step()
    (signal,) = (each.id for each in office.desk.open_alert(actor, alert).signals)
    return {
        "alert": alert, "incident": dark, "window": window.id, "expectation": expected.id,
        "plan": plan.plan, "package": package.id, "tuning": tuning.id,
        "device": "hub-dorset", "username": device,
        "team": "team-dorset", "member": "member-dorset", "shift": "shift-dorset",
        "token": token, "home": "home-3", "contact": "daughter-3", "person": "operator-1",
        "signal": signal, "kind": "suppression", "patient": "home-3",
        "endpoint": "https://push.dorset.example/1", "channel": "email",
        "subject": "dorset-1", "find": "Lane", "room": "hall", "who": "operator-1",
        "to": "operator-2", "ident": window.id, "issuer": "https://id.example",
    }  # fmt: skip


def everything_of(office: Office, org: str = OURS) -> dict[str, list[str]]:
    """Every row of the organisation in the register and the duty, as text."""
    found = {}
    for metadata, database in (
        (register_tables.metadata, register_database(office)),
        (duty, office.desk.database),
    ):
        with database.read() as connection:
            for table in metadata.sorted_tables:
                if "org" not in table.c:
                    continue
                rows = connection.execute(select(table).where(table.c.org == org)).all()
                found[table.name] = sorted(map(repr, rows))
    return found


def register_database(office: Office) -> Database:
    return office.register._ground.database
