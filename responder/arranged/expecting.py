"""People say what is to happen in a home, that it happened, and how its residents are rung."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from responder.arranged import expectations, prompts
from responder.arranged.calls import DESK
from responder.arranged.expectations import PROMPTED, Expectation, What
from responder.arranged.prompts import Prompt
from responder.kept.following import Following
from responder.kept.record import Act
from responder.outgoing import numbers
from responder.outgoing.languages import NAMES
from responder.store import Works, timed
from telecare.clock import Clock
from telecare.errors import InvalidInput, NotFound
from telecare.register import Register
from telecare.register.residents import Resident
from telecare.register.secrets import new_id
from telecare.tenancy import Actor


class Expecting:
    """Acts on what is expected."""

    def __init__(
        self, works: Works, register: Register, following: Following, clock: Clock
    ) -> None:
        self._works = works
        self._register = register
        self._following = following
        self._clock = clock

    def expect(
        self,
        actor: Actor,
        home: str,
        what: What,
        begins: str,
        by: str,
        *,
        days: tuple[int, ...] = tuple(range(7)),
        noticed_by: tuple[str, ...] = (),
        room: str | None = None,
        last_day: date | None = None,
        text: str = "",
        by_call: bool = False,
        prompt: Prompt | None = None,
    ) -> Expectation:
        """From now on this is to happen in the home between two times on its wall; `by_call`: an
        operator rings until it has happened; `prompt`: the platform rings first.
        """
        actor.require(*DESK)
        if prompt is not None and what not in PROMPTED:
            raise InvalidInput("The platform rings about tablets and daily checks only.")
        if prompt and prompt.resident:
            self._require_resident(actor.org, home, prompt.resident)
        zone = self._register.homes.home(actor.org, home).time_zone
        ZoneInfo(zone)
        wanted = Expectation(
            org=actor.org, id=new_id("expected"), home=home, what=what, begins=begins, by=by,
            time_zone=zone, days=days, noticed_by=noticed_by, room=room, last_day=last_day,
            text=text, by_call=by_call, prompt=prompt,
        )  # fmt: skip
        try:
            expected = expectations.scheduled(wanted, self._clock.now())
        except ValueError:
            raise InvalidInput("A time is written like 08:30.") from None
        if expected.next_due_at is None:
            raise InvalidInput("It would never be looked at: choose weekdays and a later last day.")
        if prompt is not None and expected.opens_at is not None:
            prompts.checked(prompt, expected.next_due_at - expected.opens_at)
        with self._works.begin(self._clock.now()) as work:
            timed.expectations.put(work, expected)
            work.done_by(actor, Act.EXPECTED, home=home, expectation=expected.id, what=what.value)
        return expected

    def expectation(self, org: str, ident: str) -> Expectation:
        """As it stands, for whoever holds a link to it. Raises `NotFound`."""
        return timed.expectations.find(self._works.database, org, ident)

    def confirm(self, actor: Actor, expectation: str) -> Expectation:
        """Somebody says that it happened: nothing is raised for this stretch."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.expectations.get(work, actor.org, expectation)
            confirmed = expectations.confirmed(found, work.now)
            timed.expectations.put(work, confirmed)
            work.done_by(
                actor, Act.CONFIRMED, home=found.home, expectation=found.id,
                what=found.what.value,
            )  # fmt: skip
        return confirmed

    def expect_no_more(self, actor: Actor, expectation: str) -> None:
        """It is expected no more."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.expectations.get(work, actor.org, expectation)
            timed.expectations.put(work, expectations.ended(found))
            work.done_by(
                actor, Act.EXPECTED_NO_MORE, home=found.home, expectation=found.id,
                what=found.what.value,
            )  # fmt: skip

    def expected(self, actor: Actor, home: str | None = None) -> list[Expectation]:
        """What is expected, the next due first."""
        actor.require(*DESK)
        found = timed.expectations.of_org(self._works.database, actor.org)
        return [each for each in found if home in (None, each.home)]

    def telephone(
        self, actor: Actor, home: str, resident: str, phone: str, language: str
    ) -> Resident:
        """By which telephone, and in which language, a resident is rung; empty: by none. Refused
        for what is no number. On record, without the number.
        """
        actor.require(*DESK)
        number = numbers.calling(phone) if phone.strip() else None
        if phone.strip() and number is None:
            raise InvalidInput("Write a telephone number, as 01305 960 123.")
        if language not in NAMES:
            raise InvalidInput(f"We speak {', '.join(NAMES.values())}.")
        self._require_resident(actor.org, home, resident)
        self._following.name(actor)
        residents = self._register.residents
        residents.reach_resident(actor.org, resident, number, language, by=actor.id)
        self._following.step()
        return next(r for r in residents.residents(actor.org, home) if r.resident == resident)

    def _require_resident(self, org: str, home: str, resident: str) -> None:
        if resident not in {r.resident for r in self._register.residents.residents(org, home)}:
            raise NotFound(f"There is no resident {resident} in {home}.")
