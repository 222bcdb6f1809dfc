"""The responder's job behind its link: worked with plain forms, nothing to anybody else."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from types import ModuleType

import httpx
import pytest

from responder.acting import jobs, replies
from responder.acting.jobs import ENDINGS, JobAct
from responder.api.app import build_app
from responder.callout import dispatch
from responder.callout.dispatch import DispatchState
from responder.outgoing.languages import translations
from responder.store import dispatches
from responder.web.own_words import ending_words, refusal_words
from responder.web.wording import outcome_words
from telecare.register.organisations import TELEPHONE
from telecare.settings import Settings
from tests.harness.duty import ORG
from tests.harness.world import Driver, World, world

pytestmark = pytest.mark.anyio
VILLAGE, NEAR = (50.75, -2.44), (50.76, -2.44)


@pytest.fixture
def is_real() -> bool:
    return True


@pytest.fixture
def county(sqlite_settings: Settings, *, is_real: bool) -> Iterator[World]:
    with world(sqlite_settings, is_real=is_real) as made:
        made.home(7, at=VILLAGE, keysafe="4027")
        made.team("valley", "ann", at=NEAR)
        made.press("pendant-7")
        made.operator().claims(7)
        made.operator().sends(7)
        yield made


@pytest.fixture
def ann(county: World) -> Driver:
    return county.driver("ann", "valley")


def phone(county: World) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(county.responder), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url=county.settings.public_url, follow_redirects=True,
        headers={"Accept": "text/html"},
    )  # fmt: skip


async def test_from_the_offer_to_the_end(county: World, ann: Driver) -> None:
    at = f"/j/{ann.token}"
    assert ann.letters[-1].link.endswith(at)
    number = {TELEPHONE: "01305 960 123"}
    county.register.organisations.change_settings(ORG, lambda had: had | number)
    async with phone(county) as browser:

        async def press(act: str, **more: str) -> str:
            answer = await browser.post(at, data={"act": act, **more})
            assert answer.status_code == 200
            return answer.text

        offer = (await browser.get(at)).text
        for needed in ("Can you take this job?", "7 Sample Lane", "about 2 minutes away",
                       "The pendant was pressed.", "There is a keysafe"):  # fmt: skip
            assert needed in offer
        assert "4027" not in offer
        assert "The job is yours" in await press("take")
        assert (await browser.post(f"{at}/keysafe")).status_code == 403, "not before arrival"
        assert "I am there" in await press("set_off")
        assert "You are there." in await press("arrived")
        assert "4027" not in (await browser.get(at)).text
        locked_out = await press("locked_out")
        assert "that you cannot get in" in locked_out
        assert 'href="tel:+441305960123"' in locked_out
        shown = await browser.post(f"{at}/keysafe")
        assert "4027" in shown.text
        assert shown.headers["cache-control"] == "no-store"
        assert "not the code of this home" in await press("code", code="123456")
        code = county.desk._links.arrival_code(ORG, "home-7")
        assert "shown by the home" in await press("code", code=code)
        inside = await press("inside")
        assert "You are inside." in inside
        assert "cannot get in" not in inside
        assert "We ask at" in await press("safe")
        assert "Say how it ended" in await press("left")
        ended = await press("left", outcome="ambulance", text="They took her in.")
        assert "The job is done" in ended
        assert "7 Sample Lane" not in ended
        assert (await browser.post(f"{at}/keysafe")).status_code == 403, "not after leaving"
    acts = county.acts(county.alert(7).id)
    assert [acts.count(act) for act in ("keysafe_revealed", "wrong_code", "arrival_proved")] == [
        1, 1, 1,
    ]  # fmt: skip


IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)
IPAD = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari"
ANDROID = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/124.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("telephone", "way"),
    [
        (ANDROID, "geo:50.75,-2.44?q=50.75,-2.44(7%20Sample%20Lane)"),
        (IPHONE, "https://maps.apple.com/?ll=50.75,-2.44&q=7%20Sample%20Lane"),
        (IPAD, "https://maps.apple.com/?ll=50.75,-2.44&q=7%20Sample%20Lane"),
    ],
)
async def test_the_way_opens_in_the_map_that_the_telephone_has(
    county: World, ann: Driver, telephone: str, way: str
) -> None:
    """What Apple makes does nothing with `geo:`; elsewhere it leaves the map to the telephone."""
    async with phone(county) as browser:
        shown = await browser.get(f"/j/{ann.token}", headers={"User-Agent": telephone})
    assert f'href="{way}" rel="noreferrer"' in unescape(shown.text)
    assert shown.text.count("maps.apple.com") == way.count("maps.apple.com"), "pressed, not loaded"


async def test_five_wrong_codes_are_enough(county: World, ann: Driver) -> None:
    for act in (JobAct.TAKE, JobAct.ARRIVED):
        ann.says(act)
    code = county.desk._links.arrival_code(ORG, "home-7")
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    async with phone(county) as browser:
        for _ in range(5):
            await browser.post(f"/j/{ann.token}", data={"act": "code", "code": wrong})
        last = await browser.post(f"/j/{ann.token}", data={"act": "code", "code": code})
        assert "Too many wrong codes" in last.text
    assert ann.job.proof is None


async def test_what_waited_for_a_signal_counts_from_when_it_was_pressed(
    county: World, ann: Driver
) -> None:
    ann.says(JobAct.TAKE)
    county.clock.forward(minutes=20)
    pressed = county.clock.now() - timedelta(minutes=8)
    async with phone(county) as browser:
        sent = {"act": "arrived", "at": pressed.isoformat().replace("+00:00", "Z")}
        for _ in range(2):
            await browser.post(f"/j/{ann.token}", data=sent)
        future = {"act": "inside", "at": "2099-01-01T00:00:00Z"}
        await browser.post(f"/j/{ann.token}", data=future)
    assert (ann.job.state, ann.job.arrived_at) == (DispatchState.INSIDE, pressed)
    assert ann.job.inside_at == county.clock.now()
    entries = [e for e in county.reads.entries(ORG) if e.detail.get("answer") == "arrived"]
    assert [(e.at, e.detail["said_at"]) for e in entries] == [
        (county.clock.now(), pressed.isoformat())
    ]


@pytest.mark.parametrize("is_real", [False])
async def test_a_telephone_knows_nothing_of_a_storys_clock(county: World, ann: Driver) -> None:
    ann.says(JobAct.TAKE)
    now = county.clock.forward(minutes=20)
    assert ann.says(JobAct.ARRIVED, at=now - timedelta(minutes=8)).arrived_at == now


@pytest.mark.parametrize(("waited", "believed"), [(120, 120), (121, 0), (179, 0)])
async def test_what_waited_counts_from_no_earlier_than_the_job_was_theirs_nor_two_hours_ago(
    county: World, ann: Driver, waited: int, believed: int
) -> None:
    """Pressed before she had said that she goes, two hours ago, and longer ago than that."""
    taken = county.clock.forward(minutes=1)
    ann.says(JobAct.TAKE)
    early = ann.says(JobAct.ARRIVED, at=taken - timedelta(seconds=30))
    assert early.arrived_at == taken
    now = county.clock.forward(hours=3)
    ann.says(JobAct.INSIDE, at=now - timedelta(minutes=waited))
    assert ann.job.inside_at == now - timedelta(minutes=believed)


async def test_a_stranger_another_site_and_a_familys_link_are_refused(
    county: World, ann: Driver
) -> None:
    async with phone(county) as browser:
        assert (await browser.get("/j/none")).status_code == 404
        assert (await browser.post("/j/none", data={"act": "take"})).status_code == 404
        foreign = {"origin": "https://evil.example"}
        at = f"/j/{ann.token}"
        answer = await browser.post(at, data={"act": "take"}, headers=foreign)
        assert answer.status_code == 403
        assert (await browser.post(at, data={"act": "dance"})).status_code == 422
    assert ann.job.state is DispatchState.OFFERED


async def test_a_responder_works_a_job_in_welsh(county: World, ann: Driver) -> None:
    at = f"/j/{ann.token}"
    async with phone(county) as browser:

        async def press(act: str, **more: str) -> str:
            answer = await browser.post(f"{at}?lang=cy", data={"act": act, **more})
            assert answer.status_code == 200
            assert '<html lang="cy">' in answer.text
            return unescape(answer.text)

        offer = (await browser.get(f"{at}?lang=cy")).text
        for needed in ("Allwch chi gymryd y gwaith hwn?", "tua 2 munud i ffwrdd",
                       f'action="{at}?lang=cy"', f'href="{at}?lang=en"'):  # fmt: skip
            assert needed in offer
        assert "Chi sydd â'r gwaith." in await press("take")
        assert "Rydych chi yno." in await press("arrived")
        assert "4027" in (await browser.post(f"{at}/keysafe?lang=cy")).text
        assert "Nid dyna god y cartref hwn." in await press("code", code="123456")
        refused = await browser.post(
            f"{at}?lang=cy", data={"act": "decline"}, headers={"Accept": "application/json"}
        )
        assert refused.json()["detail"].startswith("Rydych chi wedi cyrraedd: dywedwch")
        assert "Diolch, Ann." in await press("left", outcome="found_safe")
        assert "Thank you, Ann." in (await browser.get(at)).text
        gone = await browser.get("/j/none?lang=cy")
        assert "Ffoniwch y ganolfan fonitro." in gone.text


def test_the_endings_are_those_of_the_duty_in_the_words_of_the_desk() -> None:
    assert ending_words(str) == {each: outcome_words(each) for each in ENDINGS}


def test_every_refusal_of_a_job_is_gathered_for_translation() -> None:
    """What a job's code says when it refuses is known to the catalogue, word by word."""
    welsh = translations("cy").gettext
    for module in (jobs, replies, dispatch, dispatches):
        for sentence in refusals_in(module):
            assert refusal_words(welsh, sentence) != sentence, sentence


def refusals_in(module: ModuleType) -> set[str]:
    """Every sentence with which a module refuses somebody who is asked (not somebody unasked)."""
    raised = [each.exc for each in ast.walk(ast.parse(inspect.getsource(module)))
              if isinstance(each, ast.Raise) and isinstance(each.exc, ast.Call)]  # fmt: skip
    said: set[str] = set()
    for call in raised:
        assert isinstance(call, ast.Call)
        kind, words = ast.unparse(call.func), call.args[0]
        if kind in ("Conflict", "InvalidInput", "Forbidden"):
            name = ast.unparse(words).removeprefix("dispatch.")
            text = words.value if isinstance(words, ast.Constant) else vars(dispatch)[name]
            said.add(str(text))
    return said
