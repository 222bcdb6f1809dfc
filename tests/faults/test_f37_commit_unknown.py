"""F37: the line is cut after a COMMIT: it was done and nobody was told, so it is tried again.

A real line to a real PostgreSQL, cut at the first COMMIT of an act, then at the second, and so
on until the act has no more of them: wherever it is cut, everything is done once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from responder.clockwork.engine import Loop
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import Outcome, Role
from tests.browser.office import open_office
from tests.harness.commit_cutter import CommitCutter, commit_cutter
from tests.harness.world import World
from tests.harness.world import world as begin

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def line(settings: Settings) -> Iterator[CommitCutter]:
    """To the database of the test."""
    assert settings.database_url is not None
    port = make_url(settings.database_url.get_secret_value()).port
    assert port is not None
    with commit_cutter(port) as made:
        yield made


@pytest.fixture
def over_it(settings: Settings, line: CommitCutter) -> Settings:
    """The same installation, spoken to over `line`."""
    assert settings.database_url is not None
    url = make_url(settings.database_url.get_secret_value()).set(port=line.port)
    told = SecretStr(url.render_as_string(hide_password=False))
    return settings.model_copy(update={"database_url": told})


def pressed(world: World, home: int) -> Callable[[], int]:
    """A press waits to be taken in."""
    super(World, world).press(f"home-{home}")
    return world.intake.step


def unanswered(world: World, home: int) -> Callable[[], int]:
    """Nobody answered the press for three minutes: the first contact is to be asked."""
    super(World, world).press(f"home-{home}")
    world.intake.step()
    world.clock.forward(minutes=3)
    world.machine.forward(minutes=3)
    return world.steps.step


def asked(world: World, home: int) -> Callable[[], int]:
    """The letter to the first contact is written down."""
    step = unanswered(world, home)
    while step():
        pass
    return world.post.step


def sent_for(world: World, home: int) -> Callable[[], int]:
    """An operator sends a responder; somebody is to be offered the job."""
    super(World, world).press(f"home-{home}")
    world.intake.step()
    me = world.operator().actor
    alert = world.alert(home).id
    world.desk.claim(me, alert)
    world.desk.send(me, alert, "")
    return world.dispatches.step


Stage = Callable[[World, int], Callable[[], int]]
ONCE: dict[Stage, tuple[str, ...]] = {
    pressed: ("opened",),
    unanswered: ("opened", "ladder_started", "rung"),
    asked: ("ladder_started", "rung", "delivered"),
    sent_for: ("claimed", "offered"),
}
"""What was done once in the end, however the act was cut off."""


@pytest.mark.parametrize("stage", ONCE, ids=lambda stage: stage.__name__)
def test_done_once_wherever_the_line_is_cut(
    over_it: Settings, line: CommitCutter, stage: Stage
) -> None:
    with begin(over_it) as county:
        if stage is sent_for:
            county.team("valley", *(f"driver{n}" for n in range(1, 9)), at=(50.76, -2.44))
        for number in count(1):
            county.home(number, "daughter")
            loop = Loop("part", stage(county, number), 0.0, county.responder.stop)
            line.cut(number)
            before = line.cuts
            while loop.done == 0 and line.cuts == before:
                loop._round()
            assert loop.store_answers is (line.cuts == before)
            line.cut(0)
            county.machine.forward(seconds=30)  # the lease of whoever was cut off is over
            county.settle()
            acts = county.acts(county.alert(number).id)
            for act in ONCE[stage]:
                assert acts.count(act) == 1, (number, acts)
            if stage in (unanswered, asked):
                county.contact("daughter", of=number).expect_asked()
            if line.cuts == before:
                break
            county.operator().claims(number)
            county.operator().closes(number, Outcome.TEST_CALL)
        assert number > 2
        assert county.desk.verify_chain("north").whole


@pytest.mark.anyio
@pytest.mark.parametrize("keyed", [False, True], ids=["no key", "with a key"])
async def test_an_operators_act_over_http_happens_once(
    over_it: Settings, line: CommitCutter, clock: HandClock, keyed: bool
) -> None:
    """To claim again what is mine changes nothing; another act is repeated with its key, which
    may be told to look how it stands, and is never done twice.
    """
    act, body = ("note", {"text": "on her feet"}) if keyed else ("claim", None)
    with open_office(over_it, clock) as office:
        transport = httpx.ASGITransport(office.app, raise_app_exceptions=False)
        headers = office.token("dorset", Role.OPERATOR)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://desk.test", headers=headers
        ) as desk:
            for number in count(1):
                alert = office.raise_signal(home=f"home-{number}")
                at = f"/api/v1/alerts/{alert}/{act}"
                key = {"Idempotency-Key": f"key-{number}"} if keyed else {}
                line.cut(number)
                before = line.cuts
                first = await desk.post(at, json=body, headers=key)
                line.cut(0)
                assert first.status_code == (503 if line.cuts > before else 200), first.text
                clock.forward(seconds=61)
                again = await desk.post(at, json=body, headers=key)
                assert again.status_code in ((200, 409) if keyed else (200,)), again.text
                entries = office.desk.open_alert(office.operator(), alert).timeline
                assert [each.act for each in entries].count(DONE[act]) == 1
                if line.cuts == before:
                    break
            assert number > 2
        assert office.desk.verify_chain("dorset").whole


DONE = {"claim": "claimed", "note": "noted"}
