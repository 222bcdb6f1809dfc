"""Names, telephone numbers and addresses never leave the tables they belong in.

A whole evening is played with people whose every word is a canary; then logs, metrics, links,
addresses of pages, subjects and the record are searched for feathers.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
import structlog

from responder.api.app import build_app
from responder.arriving.suppression import Cause
from responder.channels.base import Letter
from telecare.errors import ChannelRefused, ChannelUnavailable, InvalidInput
from telecare.observe import configure_logs, log
from telecare.register.contacts import Contact
from telecare.register.devices import Device
from telecare.register.homes import Home
from telecare.register.people import Person
from telecare.register.plans import Plan, Step, StepKind
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.vocabulary import DeviceKind, Outcome, Role, SignalKind
from tests.harness.duty import ORG, operator
from tests.harness.world import World, world

pytestmark = pytest.mark.anyio

CANARIES = {
    "resident": "Zephyrine Quetzal",
    "contact": "Ptarmigan Fairweather",
    "address": "13 Canaryfield Way",
    "phone": "01632 960777",
    "digits": "1632960777",
    "email": "ptarmigan@canary.example",
    "health": "warfarin since the stroke",
    "keysafe": "86420",
    "operator": "Nightingale Brown",
    "password": "feathers and a good deal more",
    "note": "Her neighbour Kestrel has the budgerigar.",
}


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    yield
    structlog.reset_defaults()


class Gossip:
    """A provider that repeats what it was given in its refusals, as real ones do."""

    def __init__(self, made: World) -> None:
        self.taken: list[Letter] = []
        self.mood = "well"
        made.mailbag.send = self.send  # type: ignore[method-assign]

    def send(self, letter: Letter) -> None:
        if self.mood == "refuses":
            raise ChannelRefused(f"550 <{letter.address}>: no such user, {letter.body[:40]}")
        if self.mood == "out":
            raise ChannelUnavailable(f"451 try <{letter.address}> again later")
        self.taken.append(letter)


def people(made: World) -> None:
    c = CANARIES
    made.register.homes.add_home(
        Home(org=ORG, home="home-1", address=c["address"], time_zone="Europe/London",
             hazards=["a budgerigar"]),
        keysafe=c["keysafe"],
    )  # fmt: skip
    made.register.residents.add_resident(
        Resident(org=ORG, resident="resident-1", home="home-1", name=c["resident"],
                 health=c["health"], speak=c["health"])
    )  # fmt: skip
    made.register.contacts.add_contact(
        Contact(org=ORG, contact="contact-1", home="home-1", name=c["contact"], relation="niece",
                phone=c["phone"], email=c["email"], postal_address=c["address"])
    )  # fmt: skip
    made.register.devices.add(Device(org=ORG, device="hub-1", home="home-1", kind=DeviceKind.HUB))
    made.register.people.add(
        Person(org=ORG, person="person-7", username="nbrown", name=c["operator"],
               role=Role.SUPERVISOR, email=c["email"]),
        c["password"],
    )  # fmt: skip
    made.look_again()


def evening(made: World, post: Gossip) -> None:
    """Nobody is reached, then somebody is; a note, a window, a plan, a look, an outcome."""
    c, desk = CANARIES, made.desk
    me = operator(7, role=Role.SUPERVISOR)
    made.press("pendant-1")
    made.notices(SignalKind.WANDERING, 1)
    alert = made.alerts(1)[0].id
    for mood in ("out", "refuses", "well"):
        post.mood = mood
        made.forward(minutes=6)
    desk.claim(me, alert)
    desk.open_alert(me, alert)
    desk.note(me, alert, c["note"])
    desk.contact(me, alert, "contact-1")
    desk.contact_answer(me, alert, "contact-1", "going")
    desk.attending(me, alert, f"{c['contact']} drives to {c['address']}")
    assert desk.reveal_keysafe(me, alert) == c["keysafe"]
    desk.hand_over(me, alert, "person-8", c["operator"])
    desk.hand_over(me, alert, "person-7", c["operator"])
    desk.resolve(me, alert, Outcome.KEYHOLDER_ATTENDED, c["note"])
    made.settle()
    window = made.arrangements.windows.open(
        me, "home-1", Cause.HOLIDAY, made.clock.now().replace(hour=23)
    )
    made.arrangements.windows.end(me, window.id)
    named = Plan(
        org=ORG, home="home-1", name=c["resident"],
        steps=[Step(kind=StepKind.CONTACTS, text=c["note"], contacts=["contact-1"])],
    )  # fmt: skip
    made.arrangements.plans.save(me, named)
    with pytest.raises(InvalidInput):
        made.arrangements.plans.save(me, Plan(org=ORG, home="home-1", name=c["resident"], steps=[]))
    made.responder.keeping.hold(me, "home-1", "inquest 12/2026")


async def pages(made: World) -> str:
    """What pages' addresses, refusals and metrics say, read by somebody who is nobody."""
    transport = httpx.ASGITransport(build_app(made.responder), raise_app_exceptions=False)
    said = ""
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        for address in ("/metrics", "/readyz", "/desk", "/homes/home-1", "/l/nothing",
                        "/api/v1/homes/home-1", "/nowhere"):  # fmt: skip
            answer = await browser.get(address)
            said += f"{answer.status_code} {answer.headers} {answer.text}\n"
        form = {"username": "nbrown", "password": CANARIES["keysafe"]}
        refused = await browser.post("/sign-in", data=form)
        said += refused.text.replace("nbrown", "")
        form["password"] = CANARIES["password"]
        answer = await browser.post("/sign-in", data=form)
        said += str(answer.headers)
    return said


async def test_no_canary_is_heard_where_none_belongs(
    sqlite_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    configure_logs("DEBUG")
    with world(sqlite_settings) as made:
        post = Gossip(made)
        people(made)
        evening(made, post)
        said = await pages(made)
        record = str(made.reads.entries(ORG, limit=10_000))
        alert = made.reads.home_alerts(ORG, "home-1")[0].id
        told = str(made.desk.open_alert(operator(1), alert).timeline)
    logs = "".join(capfd.readouterr())
    links = " ".join(each.link for each in post.taken)
    subjects = " ".join(each.subject for each in post.taken)
    assert "undelivered" in record  # the refusal went on record ...
    assert "no such user" in told  # ... and the desk can still read what was said
    heard = {
        where: [name for name, canary in CANARIES.items() if canary.lower() in text.lower()]
        for where, text in {
            "record": record, "logs": logs, "links": links, "subjects": subjects, "pages": said,
        }.items()
    }  # fmt: skip
    assert heard == {where: [] for where in heard}


async def test_a_careless_line_would_be_heard(capfd: pytest.CaptureFixture[str]) -> None:
    """The bug planted: a log line with a name under a key nobody thought of."""
    configure_logs("DEBUG")
    log("test").info("somebody pressed", who=CANARIES["resident"], name=CANARIES["contact"])
    heard = "".join(capfd.readouterr())
    assert CANARIES["resident"] in heard
    assert CANARIES["contact"] not in heard
