"""Stories of a telephone that rings by itself: tablets, the daily check, and when nobody can.

One county serves them all: each story has a home and a morning of its own.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from responder.arranged.calls import CallEntry, EntryState
from responder.arranged.expectations import CallOutcome, Expectation, What
from responder.arranged.prompts import Prompt, Why
from responder.arriving.suppression import Cause
from responder.kept.record import Entry
from responder.whom.people import Channel
from simulators.providers.moods import Mood
from simulators.providers.twilio import Spoken
from telecare.clock import HandClock
from telecare.errors import InvalidInput, NotFound
from telecare.register import open_register
from telecare.register.homes import Home
from telecare.register.residents import Resident
from telecare.settings import Settings
from telecare.store import forgetting
from tests.harness.duty import ORG, operator
from tests.harness.postgres import free_port
from tests.harness.town import Town, town
from tests.harness.world import World

ME = operator(1)
numbers = count(1)


class Morning:
    """Nine o'clock in one home, whose resident has a telephone."""

    def __init__(self, county: Town) -> None:
        self.county, self.number = county, next(numbers)
        self.home, self.resident = f"home-{self.number}", f"resident-{self.number}"
        register = county.responder.register
        register.homes.add_home(
            Home(org=ORG, home=self.home, address="1 Mill Lane", time_zone="Europe/London")
        )
        register.residents.add_resident(
            Resident(org=ORG, resident=self.resident, home=self.home, name="Dorothy Wareham")
        )
        self.phone = f"+441305960{self.number:03}"
        self.has_telephone()
        now = county.clock.now()
        self.goes_on((now.replace(hour=9, minute=0, second=0) - now) / timedelta(minutes=1) + 1440)
        self.person, self.desk = county.world.twilio, county.arrangements
        self.person.calls.clear()
        self.person.presses, self.person.behaviour.mood = "1", Mood.WELL

    def has_telephone(self, *, language: str = "en") -> None:
        arranged = self.county.arrangements
        arranged.expected.telephone(ME, self.home, self.resident, self.phone, language)

    def expects(
        self, what: What = What.MEDICATION, by: str = "09:30", text: str = ""
    ) -> Expectation:
        return self.desk.expected.expect(
            ME, self.home, what, "09:00", by, text=text, prompt=Prompt()
        )

    def goes_on(self, minutes: float) -> None:
        self.county.clock.forward(minutes=minutes)
        self.county.machine.forward(minutes=minutes)
        self.county.settle()

    def rings(self, minutes: float = 0) -> None:
        """Time goes on; whatever rings is picked up, or not."""
        self.goes_on(minutes)
        self.person.deliver()
        self.county.settle()

    @property
    def calls(self) -> list[Spoken]:
        return [each for each in self.person.calls if each.to == self.phone]

    @property
    def line(self) -> CallEntry:
        (entry,) = (each for each in self.desk.calls.calls(ME) if each.home == self.home)
        return entry

    def expect_left(self, why: Why) -> None:
        """It is on the operators' list, and says why."""
        assert self.line.state is EntryState.NOW
        assert self.line.prompt is not None
        assert self.line.prompt.why is why

    @property
    def alerts(self) -> list[str]:
        """Of this home, what the duty says of its own plans left out."""
        queue = self.county.desk.queue(ME)
        mine = [each for each in queue if each.home == self.home]
        return [each.sentence for each in mine if each.kinds[0].startswith("expectation.")]

    @property
    def record(self) -> list[Entry]:
        told = ("prompt_rung", "prompt_unreached", "prompt_answered", "left_to_people", "called")
        found = self.county.reads.all_entries(ORG)
        return [e for e in found if e.act in told and e.detail["home"] == self.home]


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("prompts") / "var"
    shutil.copytree(sqlite_template, folder)
    settings = Settings(data_dir=folder, http_port=free_port())
    clock = HandClock(datetime(2026, 1, 12, 9, 0, tzinfo=UTC), is_real=True)
    register = open_register(settings, clock)
    register.organisations.add_organisation(ORG, "The county")
    register.close()
    with town(settings, clock, (Channel.TWILIO_VOICE,), furnished=True) as made:
        yield made


@pytest.fixture
def morning(county: Town) -> Iterator[Morning]:
    made = Morning(county)
    yield made
    for each in county.arrangements.expected.expected(ME, made.home):
        county.arrangements.expected.expect_no_more(ME, each.id)


def test_she_is_rung_about_her_tablets_and_presses_1(morning: Morning) -> None:
    morning.expects()
    morning.rings()
    (call,) = morning.calls
    assert call.pressed == "1"
    assert call.sentences[:2] == [
        "Hello. This is a call from your monitoring centre. It is time for your tablets.",
        "When you have taken them, press 1. If you would like somebody to ring you, press 2.",
    ]
    assert call.sentences[-1] == "Thank you. We have written it down. Goodbye."
    assert morning.line.state is EntryState.DONE
    morning.goes_on(40)
    assert morning.alerts == []
    sent, answered = morning.record
    assert sent.detail["call"] == answered.detail["call"]
    assert answered.actor == morning.resident
    assert morning.phone[3:] not in str([e.detail for e in morning.record])
    morning.rings(24 * 60 - 40)
    assert len(morning.calls) == 2, "tomorrow she is rung again"
    assert morning.county.desk.verify_chain(ORG).whole


def test_in_welsh_with_the_words_written_for_her(morning: Morning) -> None:
    morning.has_telephone(language="cy")
    morning.expects(text="Amser eich tabledi glas.")
    morning.rings()
    (call,) = morning.calls
    assert set(call.voices) == {"Polly.Gwyneth"}
    assert call.sentences[0] == (
        "Helo. Galwad gan eich canolfan fonitro yw hon. Amser eich tabledi glas."
    )
    assert call.sentences[-1] == "Diolch. Rydym wedi nodi hynny. Hwyl fawr."


def test_she_presses_2_and_an_operator_rings_her(morning: Morning) -> None:
    morning.person.presses = "2"
    check = morning.expects(What.IM_OK, "10:00")
    morning.rings()
    assert morning.calls[0].sentences[-1].startswith("Thank you. Somebody will ring you.")
    morning.expect_left(Why.ASKED)
    morning.rings(20)
    assert len(morning.calls) == 1, "no machine rings who asked for a person"
    morning.desk.calls.called(ME, check.id, CallOutcome.WELL, "She was lonely.")
    morning.goes_on(45)
    assert morning.alerts == []
    assert [e.act for e in morning.record] == [
        "prompt_rung", "prompt_answered", "left_to_people", "called",
    ]  # fmt: skip


def test_nobody_picks_up_so_people_ring_and_then_it_is_an_alert(morning: Morning) -> None:
    morning.person.presses = None
    morning.expects()
    morning.rings()
    assert morning.line.state is EntryState.RINGING
    morning.rings(5)
    morning.rings(5)
    assert len(morning.calls) == 3
    morning.expect_left(Why.NO_ANSWER)
    assert morning.alerts == []
    morning.goes_on(21)
    assert morning.alerts == ["The prompt for tablets was not answered by 09:30."]


def test_an_answering_machine_confirms_nothing(morning: Morning) -> None:
    morning.person.presses = ""  # it listens, and presses nothing
    morning.expects()
    for _ in range(4):
        morning.rings(5)
    assert len(morning.calls) == 3
    assert morning.calls[0].sentences[-1].startswith("We have not heard an answer.")
    morning.expect_left(Why.NO_ANSWER)


@pytest.mark.parametrize("mood", [Mood.OUT, Mood.REFUSES])
def test_the_provider_is_out_and_the_operators_list_has_it_at_once(
    morning: Morning, mood: Mood
) -> None:
    """Never nobody: no minute passes before people have it."""
    morning.person.behaviour.mood = mood
    morning.expects()
    morning.rings()
    morning.expect_left(Why.PROVIDER)
    morning.person.behaviour.mood = Mood.WELL
    morning.rings(10)
    assert morning.calls == [], "a person rings now, so no machine does beside them"
    morning.goes_on(25)
    assert len(morning.alerts) == 1


def test_a_provider_that_takes_no_more_calls_now_is_not_waited_for(morning: Morning) -> None:
    morning.person.behaviour.per_second = 0
    morning.expects()
    morning.rings()
    assert morning.line.state is EntryState.RINGING
    morning.rings(2)
    morning.person.behaviour.per_second = None
    morning.expect_left(Why.PROVIDER)


def test_a_provider_that_loses_the_call_is_made_good_by_the_next(morning: Morning) -> None:
    morning.person.behaviour.mood = Mood.LOSES
    morning.expects()
    morning.rings()
    morning.person.behaviour.mood = Mood.WELL
    morning.rings(5)
    assert morning.line.state is EntryState.DONE


def test_we_were_down_while_it_was_to_ring(morning: Morning) -> None:
    morning.expects()
    morning.rings(25)
    assert morning.calls == []
    morning.expect_left(Why.TOO_LATE)


def test_without_a_telephone_on_file_people_have_it_from_the_start(morning: Morning) -> None:
    morning.desk.expected.telephone(ME, morning.home, morning.resident, "", "en")
    morning.expects()
    morning.rings()
    morning.expect_left(Why.NO_TELEPHONE)


def test_she_is_in_hospital_or_somebody_said_it_is_done_so_nobody_rings(morning: Morning) -> None:
    check = morning.expects()
    ends = morning.county.clock.now() + timedelta(hours=9)
    window = morning.desk.windows.open(ME, morning.home, Cause.HOSPITAL, ends)
    morning.rings(5)
    morning.desk.windows.end(ME, window.id)
    morning.desk.expected.confirm(ME, check.id)
    morning.rings(10)
    assert morning.calls == []
    assert morning.line.state is EntryState.DONE


def test_without_a_provider_people_have_it_at_once(world: World) -> None:
    """As it is on both databases, where nobody has set up telephone calls."""
    world.home(7, "daughter")
    me, arranged = operator(1), world.arrangements
    arranged.expected.telephone(me, "home-7", "resident-7", "01305 960 123", "en")
    arranged.expected.expect(me, "home-7", What.IM_OK, "13:00", "18:00", prompt=Prompt())
    world.settle()
    (entry,) = arranged.calls.calls(me)
    assert entry.prompt is not None
    assert (entry.state, entry.prompt.why) == (EntryState.NOW, Why.PROVIDER)


def test_what_is_erased_of_a_home_takes_its_calls_with_it(morning: Morning) -> None:
    morning.expects()
    morning.rings()
    county = morning.county
    databases = {each.owner: each for each in county.responder.databases}
    gone = sum(forgetting.home(databases, ORG, morning.home, county.clock.now() + timedelta(1)))
    assert gone >= 2, "what was expected, and the call"
    with county.own.read() as connection:
        left = connection.exec_driver_sql("SELECT home FROM outbox").scalars().all()
    assert morning.home not in left


def test_a_stranger_or_a_repeat_changes_nothing(morning: Morning) -> None:
    morning.expects()
    morning.rings()
    county, home = morning.county, {"home": morning.home}
    with county.works.begin(county.clock.now()) as work:
        rows = work.connection.exec_driver_sql("SELECT key FROM outbox WHERE home = :home", home)
        (key,) = rows.scalars()
    path = f"/voice/prompt/{ORG}/{key}/key"
    form = {"Digits": "1", "CallSid": "CA1"}
    assert county.tell(path, data=form) == 403
    before = morning.record
    signed = morning.person.signature(f"{county.settings.public_url}{path}", form)
    assert county.tell(path, data=form, headers={"X-Twilio-Signature": signed}) == 200
    assert morning.record == before, "the same key twice is one answer"
    with pytest.raises(NotFound):
        morning.desk.answers.prompt_key("south", key, "2", "CA1")


def test_what_leaves_people_no_time_is_refused(morning: Morning) -> None:
    with pytest.raises(InvalidInput, match="ten minutes after the last try"):
        morning.expects(by="09:20")
    with pytest.raises(InvalidInput, match="tablets and daily checks only"):
        morning.expects(What.NOT_UP, "10:00")
    for said, language in (("next door", "en"), (morning.phone, "xx")):
        with pytest.raises(InvalidInput):
            morning.desk.expected.telephone(ME, morning.home, morning.resident, said, language)
    south = replace(ME, org="south")
    with pytest.raises(NotFound):
        morning.desk.expected.telephone(south, morning.home, morning.resident, morning.phone, "en")
