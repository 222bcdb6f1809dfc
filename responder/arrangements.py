"""What people arrange for a home: its plans, windows, and what is expected to happen.

Synchronous and thread-safe, like the desk. Every act is given its actor, works within the
actor's organisation and is one transaction with its entry in the record; what changes the
register follows on record at once (`responder.following`). Raises `NotFound`,
`Forbidden`, `InvalidInput` (a plan that reaches nobody, a window without an end in sight).
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from responder import alerts, expectations, numbers, packages, prompts, suppression
from responder.calls import DESK, Calls
from responder.directory import Arrangements as Book
from responder.directory import read_arrangements
from responder.due import planned
from responder.expectations import PROMPTED, Expectation, What
from responder.following import Following
from responder.languages import NAMES
from responder.packages import Package, PackageKind, entry_id
from responder.planning import Asked, Fault, Planning
from responder.prompts import Prompt
from responder.record import Act
from responder.store import Work, Works, timed
from responder.suppression import Cause, Window
from telecare.clock import Clock
from telecare.errors import InvalidInput, NotFound
from telecare.register import Register
from telecare.register.plans import Plan, StepKind
from telecare.register.residents import Resident
from telecare.register.secrets import new_id
from telecare.register.teams import Cover
from telecare.tenancy import Actor
from telecare.vocabulary import AlertState, Role

LONGEST_SECONDS = 1800
"""Nobody is waited for longer than half an hour."""


class Arrangements(Calls):
    """Acts that outlive an alert; the list of calls is inherited."""

    def __init__(
        self,
        works: Works,
        register: Register,
        planning: Planning,
        clock: Clock,
        following: Following | None = None,
    ) -> None:
        super().__init__(works, register, planning, clock)
        self._following = following or Following(works, register, clock)

    # plans

    def save_plan(self, actor: Actor, plan: Plan) -> Plan:
        """The next version of a home's (or everybody's) plan for a kind of event. Supervisors.

        Refused with its reasons when it reaches nobody at some minute of the next fortnight,
        or names somebody who cannot be reached.
        """
        actor.require(Role.SUPERVISOR)
        plan = replace(plan, org=actor.org)
        if plan.home:
            self._register.homes.home(actor.org, plan.home)
        wrong = _shape_faults(plan) or [
            each.sentence for each in self._planning.faults(plan, self._clock.now())
        ]
        if wrong:
            raise InvalidInput("This plan is not saved. " + " ".join(wrong))
        self._name(actor)
        kept = self._register.plans.keep(plan, actor.id)
        self._following.step()
        return kept

    def end_plan(self, actor: Actor, plan: str) -> None:
        """Use it no more; the wider plan holds again. Supervisors."""
        actor.require(Role.SUPERVISOR)
        self._name(actor)
        self._register.plans.end(actor.org, plan, actor.id)
        self._following.step()

    def cover(self, actor: Actor, *covers: Cover) -> None:
        """Give single turns to others or to nobody, all or none: a swap is two. Supervisors.

        A turn given to nobody is taken as said, for illness asks nobody; the gap is named by
        `check` at once. Refused for a member of another team.
        """
        actor.require(Role.SUPERVISOR)
        teams = {each.shift: each.team for each in self._register.teams.shifts(actor.org)}
        members = {each.member: each.team for each in self._register.teams.members(actor.org)}
        for each in covers:
            if each.member and members.get(each.member) != teams.get(each.shift):
                raise InvalidInput(
                    f"{each.member} is not of the team whose turn this is: choose one who is."
                )
        self._name(actor)
        self._register.teams.cover(*covers, by=actor.id)
        self._following.step()

    def book(self, actor: Actor) -> Book:
        """Teams, members, rotas and all else the organisation has arranged, as of now."""
        actor.require(*DESK, Role.MANAGER)
        return read_arrangements(self._register, actor.org)

    def check(self, actor: Actor) -> list[Fault]:
        """Everything wrong with the organisation's arrangements now."""
        actor.require(*DESK, Role.MANAGER, Role.AUDITOR)
        return list(self._planning.nightly(actor.org, self._clock.now()))

    def asked(self, actor: Actor, home: str) -> list[Asked]:
        """Whom a home's plan can ask, in turn, and by which ways."""
        actor.require(*DESK)
        return self._planning.asked(actor.org, home)

    # windows

    def suppress(
        self,
        actor: Actor,
        home: str,
        cause: Cause,
        ends_at: datetime,
        *,
        begins_at: datetime | None = None,
    ) -> Window:
        """Keep what `cause` explains from opening alerts until `ends_at`.

        Alerts nobody has taken that it covers are set aside and their messages called back;
        the TEC team may say maintenance and test. Life-safety kinds go on as ever.
        """
        actor.require(*suppression.may_say(cause))
        self._register.homes.home(actor.org, home)
        now = self._clock.now()
        window = suppression.checked(
            Window(
                org=actor.org, id=new_id("window"), home=home, cause=cause,
                begins_at=begins_at or now, ends_at=ends_at, by=actor.id,
            ),
            now,
        )  # fmt: skip
        with self._works.begin(now) as work:
            timed.windows.put(work, window)
            self._write(
                work, Act.WINDOW_OPENED, actor, home=home, window=window.id, cause=cause.value
            )
            if window.is_active(now):
                window = begin(work, window, actor.id)
        return window

    def end_window(self, actor: Actor, window: str) -> Window:
        """It is over now: what it held back is looked at again at once. Who may say it may end
        it.
        """
        actor.require(*DESK, Role.TEC)
        with self._works.begin(self._clock.now()) as work:
            found = timed.windows.get(work, actor.org, window)
            actor.require(*suppression.may_say(found.cause))
            if found.ended_at is not None:
                return found
            ended = replace(found, ends_at=max(found.begins_at, work.now))
            return end(work, ended, actor.id)

    def windows(self, actor: Actor, home: str | None = None) -> list[Window]:
        """Those that hold or will, the first to end first; the TEC team sees its own causes, and
        not that a resident is in hospital.
        """
        actor.require(*DESK, Role.TEC)
        found = timed.windows.of_org(self._works.database, actor.org)
        return [
            each
            for each in found
            if home in (None, each.home) and actor.role in suppression.may_say(each.cause)
        ]

    # what is expected

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
            self._write(
                work, Act.EXPECTED, actor, home=home, expectation=expected.id, what=what.value
            )
        return expected

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
        self._name(actor)
        residents = self._register.residents
        residents.reach_resident(actor.org, resident, number, language, by=actor.id)
        self._following.step()
        return next(r for r in residents.residents(actor.org, home) if r.resident == resident)

    def _require_resident(self, org: str, home: str, resident: str) -> None:
        if resident not in {r.resident for r in self._register.residents.residents(org, home)}:
            raise NotFound(f"There is no resident {resident} in {home}.")

    def confirm(self, actor: Actor, expectation: str) -> Expectation:
        """Somebody says that it happened: nothing is raised for this stretch."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.expectations.get(work, actor.org, expectation)
            confirmed = expectations.confirmed(found, work.now)
            timed.expectations.put(work, confirmed)
            self._write(
                work, Act.CONFIRMED, actor, home=found.home, expectation=found.id,
                what=found.what.value,
            )  # fmt: skip
        return confirmed

    def expect_no_more(self, actor: Actor, expectation: str) -> None:
        """It is expected no more."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.expectations.get(work, actor.org, expectation)
            timed.expectations.put(work, expectations.ended(found))
            self._write(
                work, Act.EXPECTED_NO_MORE, actor, home=found.home, expectation=found.id,
                what=found.what.value,
            )  # fmt: skip

    def expected(self, actor: Actor, home: str | None = None) -> list[Expectation]:
        """What is expected, the next due first."""
        actor.require(*DESK)
        found = timed.expectations.of_org(self._works.database, actor.org)
        return [each for each in found if home in (None, each.home)]

    def _name(self, actor: Actor) -> None:
        """Remember how the actor is called; what they do to the register follows on record."""
        with self._works.begin(self._clock.now()) as work:
            work.staff(actor.org, actor.id, actor.name)

    # packages

    def arrange_package(
        self, actor: Actor, home: str, kind: PackageKind, review_on: date, ends_on: date
    ) -> Package:
        """Care for a time, from today. Its review and its end come to the list of calls."""
        actor.require(*DESK)
        zone = self._register.homes.home(actor.org, home).time_zone
        today = self._clock.now().astimezone(ZoneInfo(zone)).date()
        package = packages.checked(
            Package(
                org=actor.org, id=new_id("package"), home=home, kind=kind, time_zone=zone,
                begins_on=today, review_on=review_on, ends_on=ends_on, by=actor.id,
            ),
            today,
        )  # fmt: skip
        return self._keep_package(actor, package)

    def extend_package(self, actor: Actor, package: str, review_on: date, ends_on: date) -> Package:
        """Decided anew: another review and another end; what stood on the list for it goes."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.packages.get(work, actor.org, package)
            self._settle(work, found)
            today = work.now.astimezone(ZoneInfo(found.time_zone)).date()
            renewed = packages.extended(found, review_on, ends_on, today)
        return self._keep_package(actor, renewed)

    def end_package(self, actor: Actor, package: str) -> Package:
        """It is over: nothing comes to the list for it any more."""
        actor.require(*DESK)
        with self._works.begin(self._clock.now()) as work:
            found = timed.packages.get(work, actor.org, package)
            if found.over_at is not None:
                return found
            self._settle(work, found)
            over = packages.planned(replace(found, over_at=work.now))
            timed.packages.put(work, over)
            self._write(
                work, Act.PACKAGE_OVER, actor, home=over.home, package=over.id,
                kind=over.kind.value,
            )  # fmt: skip
        return over

    def packages(self, actor: Actor, home: str | None = None) -> list[Package]:
        """Those that are not over, the first to end first."""
        actor.require(*DESK)
        found = timed.all_packages(self._works.database, actor.org)
        kept = [each for each in found if each.over_at is None and home in (None, each.home)]
        return sorted(kept, key=lambda each: (each.ends_on, each.id))

    def _keep_package(self, actor: Actor, package: Package) -> Package:
        with self._works.begin(self._clock.now()) as work:
            timed.packages.put(work, package)
            self._write(
                work, Act.PACKAGE_ARRANGED, actor, home=package.home, package=package.id,
                kind=package.kind.value, review=package.review_on.isoformat(),
                ends=package.ends_on.isoformat(),
            )  # fmt: skip
        return package

    def _settle(self, work: Work, package: Package) -> None:
        """What stands on the list for the package is decided."""
        for what in (What.REVIEW, What.PACKAGE_END):
            try:
                entry = timed.expectations.get(work, package.org, entry_id(package, what))
            except NotFound:
                continue
            timed.expectations.put(work, expectations.ended(entry))

    def _write(self, work: Work, act: Act, actor: Actor, **detail: str | int | None) -> None:
        work.staff(actor.org, actor.id, actor.name)
        work.write(act, org=actor.org, actor=actor.id, alert=None, **detail)


def begin(work: Work, window: Window, by: str) -> Window:
    """The window has begun: what waits in the home and is covered by it is set aside."""
    begun = replace(window, begun=True)
    timed.windows.put(work, begun)
    for alert in work.open_alerts([(window.org, window.home)]):
        signals = work.signals(alert.org, alert.id)
        if not suppression.covers(window, alert, signals):
            continue
        work.put(alerts.set_aside(alert, window.id, window.ends_at))
        timed.call_back(work, alert.org, alert.id)
        work.write(
            Act.SET_ASIDE, org=alert.org, actor=by, alert=alert.id, window=window.id,
            cause=window.cause.value,
        )  # fmt: skip
    return begun


def end(work: Work, window: Window, by: str) -> Window:
    """The window is over: what it set aside waits again, and what is still so is raised."""
    ended = replace(window, ended_at=work.now)
    timed.windows.put(work, ended)
    work.write(
        Act.WINDOW_ENDED, org=window.org, actor=by, alert=None, home=window.home,
        window=window.id, cause=window.cause.value,
    )  # fmt: skip
    for alert in work.open_alerts([(window.org, window.home)]):
        if alert.suppressed_by == window.id and alert.state is AlertState.WATCHING:
            work.put(planned(replace(alert, watch_until=work.now)))
    held = timed.held_back(work, window.org, window.id)
    if held:
        later = timed.signals_since(work, window.org, window.home, window.begins_at)
        for signal in suppression.still_true(held, later):
            timed.concern(work, suppression.again(signal, window, work.now))
    return ended


def _shape_faults(plan: Plan) -> list[str]:
    if not any(step.kind is not StepKind.DO for step in plan.steps):
        return ["No step asks anybody: add the contacts, a team or the desk."]
    if not 1 <= plan.cycles <= 5:
        return ["All steps are gone through 1 to 5 times."]
    if not 0 <= plan.start_seconds <= LONGEST_SECONDS:
        return [f"It begins within 0 to {LONGEST_SECONDS} seconds."]
    if any(not 10 <= step.seconds <= LONGEST_SECONDS for step in plan.steps):
        return [f"Each step gives 10 to {LONGEST_SECONDS} seconds to answer."]
    return []
