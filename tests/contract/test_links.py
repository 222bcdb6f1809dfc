"""Pages behind a contact's link: two languages, a responder's job, nothing to a stranger."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from responder.api.app import build_app
from simulators.providers.push import PushService
from telecare.clock import HandClock
from telecare.errors import StoreUnavailable
from telecare.register import open_register
from telecare.register.organisations import TELEPHONE
from telecare.settings import Settings
from telecare.vocabulary import Outcome
from tests.harness.duty import ORG, Duty, Mailbag, furnish, operator

pytestmark = pytest.mark.anyio


@pytest.fixture
def duty(sqlite_settings: Settings, clock: HandClock) -> Iterator[Duty]:
    settings = sqlite_settings.model_copy(
        update={"push_subject": "mailto:duty@north.example", "push_hosts": "push.example"}
    )
    register = open_register(settings, clock)
    furnish(register)
    change = register.contacts.change_contact
    change(ORG, "daughter-1", name="Siân", language="cy")
    change(ORG, "daughter-2", name="Alex", relation="responder")
    register.close()
    world = Duty(settings, clock, HandClock(clock.now()), Mailbag())
    yield world
    world.responder.close()


def token(duty: Duty, home: str) -> str:
    """The first contact of the home has been asked."""
    duty.press(home)
    duty.forward(minutes=3, seconds=20)
    return duty.token()


def phone(duty: Duty) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_app(duty.responder), raise_app_exceptions=False)
    return httpx.AsyncClient(
        transport=transport, base_url=duty.settings.public_url, follow_redirects=True
    )


async def test_the_page_says_whom_to_ring_and_so_does_one_whose_link_is_gone(duty: Duty) -> None:
    """At three in the morning "ring us" is no help without a number."""
    at, rings = f"/l/{token(duty, 'home-1')}?lang=en", 'href="tel:+441305960123"'
    async with phone(duty) as browser:
        assert "tel:" not in (await browser.get(at)).text, "nobody has said it yet"
        organisations = duty.responder.register.organisations
        organisations.change_settings(ORG, lambda had: had | {TELEPHONE: "01305 960 123"})
        shown = (await browser.get(at)).text
        assert rings in shown
        assert 'Ring the monitoring centre: <span class="whole">01305 960 123</span>' in shown
        assert organisations.organisation(ORG).name in shown
        html = {"Accept": "text/html"}
        assert rings in (await browser.get("/l/gone", headers=html)).text
        organisations.add_organisation("south", "Council south")
        gone = (await browser.get("/l/gone", headers=html)).text
        assert "tel:" not in gone, "nobody knows any more whose link it was"


async def test_the_page_speaks_the_contacts_language_and_the_other_on_request(duty: Duty) -> None:
    at = f"/l/{token(duty, 'home-1')}"
    async with phone(duty) as browser:
        welsh = (await browser.get(at)).text
        assert '<html lang="cy">' in welsh
        assert "Alla i ddim mynd" in welsh
        english = (await browser.get(f"{at}?lang=en")).text
        assert "I cannot" in english
        thanks = (await browser.post(f"{at}?lang=en", data={"answer": "going"})).text
        assert "Thank you, Siân." in thanks, "the chosen language stays"
        assert "Diolch, Siân." in (await browser.get(at)).text
        gone = await browser.get("/l/none?lang=cy")
        assert gone.status_code == 404
        assert "ffoniwch ni" in gone.text


async def test_of_an_end_that_was_not_well_the_page_does_not_say_that_it_was(duty: Duty) -> None:
    """She opens her message again next day; her mother was taken to hospital."""
    at = f"/l/{token(duty, 'home-1')}"
    (alert,) = [line.id for line in duty.desk.queue(operator(1))]
    duty.desk.claim(operator(1), alert)
    duty.desk.resolve(operator(1), alert, Outcome.AMBULANCE, "Taken to hospital.")
    async with phone(duty) as browser:
        english = (await browser.get(f"{at}?lang=en")).text
        assert "Somebody is on the way, or it has ended. You do not need" in english
        assert "dod i ben yn iawn" not in (await browser.get(at)).text


async def test_without_leave_the_page_names_nobody(duty: Duty) -> None:
    contacts = duty.responder.register.contacts
    contacts.change_contact(ORG, "daughter-1", may_know_who=False)
    duty.machine.forward(seconds=1)
    at = f"/l/{token(duty, 'home-1')}"
    assert "Resident" not in duty.mailbag.letters[-1].body
    async with phone(duty) as browser:
        assert "Resident" not in (await browser.get(at)).text


async def test_family_sees_no_job_sheet_and_gets_no_code(duty: Duty) -> None:
    at = f"/l/{token(duty, 'home-1')}"
    async with phone(duty) as browser:
        await browser.post(at, data={"answer": "arrived"})
        page = (await browser.get(at)).text
        assert "Sample Lane" not in page
        assert "oxygen" not in page
        assert (await browser.post(f"{at}/keysafe")).status_code == 403


async def test_a_responder_is_led_there_and_gets_the_code_on_the_spot_on_record(
    duty: Duty,
) -> None:
    at = f"/l/{token(duty, 'home-2')}"
    async with phone(duty) as browser:
        page = (await browser.get(at)).text
        for needed in ("2 Sample Lane", "oxygen in use", "There is a keysafe"):
            assert needed in page
        assert "4027" not in page
        assert (await browser.post(f"{at}/keysafe")).status_code == 403, "not before arrival"
        going = (await browser.post(at, data={"answer": "going"})).text
        assert "I am there" in going
        await browser.post(at, data={"answer": "arrived"})
        assert "4027" not in (await browser.get(at)).text
        shown = await browser.post(f"{at}/keysafe")
        assert "4027" in shown.text
        assert shown.headers["cache-control"] == "no-store"
    alert = next(line.id for line in duty.desk.queue(operator(1)) if line.home == "home-2")
    entries = duty.reads.entries(ORG, alert=alert)
    revealed = [each.actor for each in entries if each.act == "keysafe_revealed"]
    assert revealed == ["daughter-2"]
    duty.desk.claim(operator(1), alert)
    duty.desk.resolve(operator(1), alert, Outcome.KEYHOLDER_ATTENDED, "She is up again.")
    async with phone(duty) as browser:
        assert (await browser.post(f"{at}/keysafe")).status_code == 403, "not after it is closed"
        assert "Sample Lane" not in (await browser.get(at)).text


async def test_a_browser_that_asks_is_told_next_time_and_only_at_a_push_service(
    duty: Duty,
) -> None:
    at = f"/l/{token(duty, 'home-1')}/browser"
    _, browser_of_hers = PushService(duty.clock, "https://push.example").subscribe()
    keys = {"p256dh": browser_of_hers.p256dh, "auth": browser_of_hers.auth_text}
    asked = {"endpoint": "https://push.example/push/abc", "keys": keys, "expirationTime": None}
    async with phone(duty) as browser:
        assert (await browser.post(at, json=asked)).status_code == 204
        inside = asked | {"endpoint": "https://127.0.0.1/latest"}
        assert (await browser.post(at, json=inside)).status_code == 422
        assert (await browser.post(at, json=asked | {"keys": {}})).status_code == 422
        assert (await browser.post("/l/none/browser", json=asked)).status_code == 404
        foreign = {"origin": "https://evil.example"}
        assert (await browser.post(at, json=asked, headers=foreign)).status_code == 403
    browsers = duty.responder.register.browsers
    kept = browsers.of(ORG)["daughter-1"]
    assert [each.endpoint for each in kept] == ["https://push.example/push/abc"]
    assert browsers.of("south", ["daughter-1"]) == {}
    browsers.forget(ORG, "https://push.example/push/abc")
    assert browsers.of(ORG, ["daughter-1"]) == {}


@pytest.mark.parametrize("at", ["/l/none", "/j/none"])
@pytest.mark.parametrize("pressed", [False, True])
async def test_a_dead_link_helps_whoever_is_worried_in_their_language(
    duty: Duty, at: str, pressed: bool
) -> None:
    """They looked, or the page was open for long and they pressed."""
    browser_of_a_welsh_speaker = {"Accept": "text/html", "Accept-Language": "cy-GB,cy;q=0.9,en"}
    async with phone(duty) as browser:
        gone = await browser.request(
            "POST" if pressed else "GET", at, headers=browser_of_a_welsh_speaker,
            data={"answer": "going", "act": "arrived"} if pressed else None,
        )  # fmt: skip
        assert gone.status_code == 404
        assert '<html lang="cy">' in gone.text
        assert "Mewn perygl? Ffoniwch 999." in gone.text
        english = await browser.get(f"{at}?lang=en", headers=browser_of_a_welsh_speaker)
        assert "In danger? Ring 999." in english.text
        assert f'href="{at}?lang=cy"' in english.text


async def test_whose_answer_meets_a_fault_is_asked_to_try_again_and_not_to_sign_in(
    duty: Duty, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out(*_: object) -> None:
        raise StoreUnavailable

    at = f"/l/{token(duty, 'home-1')}"
    organisations = duty.responder.register.organisations
    monkeypatch.setattr(type(duty.responder.desk), "link_answer", out)
    async with phone(duty) as browser:
        organisations.change_settings(ORG, lambda had: had | {TELEPHONE: "01305 960 100"})
        told = await browser.post(at, data={"answer": "going"}, headers={"Accept": "text/html"})
        assert 'href="tel:+441305960100"' in told.text
        monkeypatch.setattr(type(organisations), "organisations", out)
        told = await browser.post(at, data={"answer": "going"}, headers={"Accept": "text/html"})
    assert told.status_code == 503, "and so it is while nobody can say the number"
    assert "Try again, or ring us." in told.text
    assert "Ring 999." in told.text
    assert f'href="{at}?lang=en">Try again<' in told.text
    assert 'href="/"' not in told.text
