"""What is kept, and no longer: the nightly forgetting, erasures, legal holds.

Each is a row with its time. The work itself is done in short transactions on all owners'
tables and may be broken off anywhere: what is due stays due, and doing it again changes
nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from msgspec.structs import replace

from responder.clockwork.apart import Apart, Key
from responder.clockwork.in_hand import InHand
from responder.clockwork.rounds import LOOK_FOR_ORGANISATIONS_SECONDS, next_night
from responder.kept.erasure import REVIEW, Erasure, LegalHold
from responder.kept.record import Act
from responder.life import waiting
from responder.store import Work, Works, repeats, timed
from responder.store.timed import Round, Rows, Timed
from responder.whom.people import OFFICE
from telecare.clock import Clock, stopwatch
from telecare.errors import Conflict, InvalidInput
from telecare.messages import Signal
from telecare.register import Register
from telecare.register.secrets import new_id
from telecare.retention import A_NIGHT, DataClass, cut_offs
from telecare.store import forgetting
from telecare.store.forgetting import Databases
from telecare.store.lane import LaneReader, LaneRecord
from telecare.tenancy import PLATFORM, Actor
from telecare.vocabulary import Role, SignalKind

RETENTION = "retention"
KEEPERS = (Role.SUPERVISOR, Role.MANAGER)
REFERENCE_LENGTH = 100
PIECES = 20
"""Short transactions before others are looked after again."""
UNDER_WAY = timedelta(minutes=10)
"""What is worked on is due again after so long, should whoever works on it die."""
_LOOK = 1000

T = TypeVar("T", bound=Timed)
_Sweep = Iterator[tuple[DataClass, int]]


class _Begun:
    """A night's forgetting under way."""

    def __init__(self, sweep: _Sweep, upto: datetime, held: Collection[str]) -> None:
        self.sweep, self.upto, self.held = sweep, upto, held


class Keeping:
    """Forgets in time, erases on request, and holds what the law holds."""

    def __init__(
        self,
        works: Works,
        register: Register,
        databases: Databases,
        lanes: Sequence[LaneReader],
        clock: Clock,
        in_hand: InHand | None = None,
    ) -> None:
        self._works = works
        self._register = register
        self._databases = databases
        self._lanes = lanes
        self._clock = clock
        self._rows = Apart("keeping", works, clock, in_hand=in_hand)
        self._since_looked: Callable[[], float] | None = None
        self._sweeps: dict[str, _Begun] = {}
        self._counted: dict[str, Counter[DataClass]] = {}
        """What is forgotten of each organisation and not yet on record, also by sweeps that broke
        off."""

    # what people decide

    def erase(
        self, actor: Actor, *, resident: str | None = None, contact: str | None = None
    ) -> Erasure:
        """From now on this person's data are to be erased; the next round does it.

        Refused while a legal hold, an open alert or a signal still to be taken in needs them.
        """
        actor.require(*KEEPERS)
        if (resident is None) == (contact is None):
            raise InvalidInput("Name one resident or one contact.")
        org, now = actor.org, self._clock.now()
        if contact is not None:
            home, person = self._register.leaving.home_of_contact(org, contact), contact
        else:
            person = resident or ""
            home = self._register.leaving.home_of_resident(org, person)
        others = [r for r in self._register.residents.residents(org, home) if r.resident != person]
        wanted = Erasure(
            org=org, id=new_id("erasure"), home=home, person=person,
            is_contact=contact is not None, whole_home=contact is None and not others,
            asked_at=now, asked_by=actor.id, next_due_at=now,
        )  # fmt: skip
        self._signals_are_taken_in(org, home)
        with self._works.begin(now) as work:
            self._is_free(work, wanted)
            timed.erasures.put(work, wanted)
            work.done_by(actor, Act.ERASURE_ASKED, home=home, person=person, erasure=wanted.id)
        return wanted

    def hold(self, actor: Actor, home: str, reference: str) -> LegalHold:
        """Nothing about this home is erased or forgotten until it is lifted."""
        actor.require(*KEEPERS)
        self._register.homes.home(actor.org, home)
        reference = reference.strip()
        if not 1 <= len(reference) <= REFERENCE_LENGTH:
            raise InvalidInput(
                f"Say where the reason is on file, in 1 to {REFERENCE_LENGTH} letters."
            )
        now = self._clock.now()
        held = LegalHold(
            org=actor.org, id=new_id("hold"), home=home, reference=reference, by=actor.id,
            begun_at=now, next_due_at=now + REVIEW,
        )  # fmt: skip
        with self._works.begin(now) as work:
            timed.legal_holds.put(work, held)
            work.done_by(actor, Act.LEGAL_HOLD_BEGUN, home=home, hold=held.id)
        return held

    def lift(self, actor: Actor, hold: str) -> None:
        """The hold is over. Raises `NotFound`."""
        actor.require(*KEEPERS)
        with self._works.begin(self._clock.now()) as work:
            held = timed.legal_holds.get(work, actor.org, hold)
            timed.legal_holds.put(work, replace(held, next_due_at=None))
            work.done_by(actor, Act.LEGAL_HOLD_LIFTED, home=held.home, hold=hold)

    def holds(self, actor: Actor) -> list[LegalHold]:
        """Those in force, the next to be reviewed first."""
        actor.require(*KEEPERS, Role.AUDITOR)
        return timed.legal_holds.of_org(self._works.database, actor.org)

    # what happens by itself

    def step(self) -> int:
        """Do at most one piece of what is due; how many pieces were done."""
        now = self._clock.now()
        self._look_after_organisations(now)
        due = timed.due_kinds(self._works.database, now)
        return (
            (self._forget(now) if "round" in due else 0)
            + (self._erase_apart(now) if "erasure" in due else 0)
            + (self._review(now) if "legal_hold" in due else 0)
        )

    def _look_after_organisations(self, now: datetime) -> None:
        """A new one has its nights from now on; what was answered more than a day ago goes."""
        if self._since_looked and self._since_looked() < LOOK_FOR_ORGANISATIONS_SECONDS:
            return
        self._since_looked = stopwatch()
        with self._works.begin(now) as work:
            for each in self._register.organisations.organisations():
                first = Round(
                    org=each.org, id=RETENTION, next_due_at=next_night(each.time_zone, now)
                )
                timed.rounds.add(work, first)
                repeats.forget(work.connection, each.org, now, self._clock.speed)

    def _forget(self, now: datetime) -> int:
        due = timed.rounds.due_keys(self._works.database, now, 1, RETENTION)
        return sum(self._apart(timed.rounds, key, self._forget_for, now) for key in due)

    def _forget_for(self, key: Key, now: datetime) -> int:
        with self._works.begin(now) as work:
            found = timed.rounds.one_due(work, *key)
            if found is None or found.next_due_at is None:
                return 0
            if now - found.next_due_at > A_NIGHT:
                timed.concern(work, _leapt(found.org, found.next_due_at, now))
            found = replace(found, upto=found.upto or found.next_due_at)
            timed.rounds.put(work, replace(found, next_due_at=now + UNDER_WAY))
        self._forget_some(found, now)
        return 1

    def _apart(
        self, rows: Rows[T], key: Key, act: Callable[[Key, datetime], int], now: datetime
    ) -> int:
        return self._rows.take(rows.name, *key, partial(act, key, now), rows.put_off) or 0

    def _forget_some(self, row: Round, now: datetime) -> None:
        held = {each.home for each in timed.legal_holds.of_org(self._works.database, row.org)}
        try:
            begun = self._sweeps.pop(row.org, None)
            if begun is None or begun.held != held:  # the law holds something else by now
                upto = min(now, (row.upto or now) + A_NIGHT)
                begun = _Begun(self._sweep(row.org, upto, held), upto, held)
        except InvalidInput as error:
            self._next_night(row, now, fault=str(error))
            return
        counted = self._counted.setdefault(row.org, Counter())
        for _ in range(PIECES):
            step = next(begun.sweep, None)
            if step is None:
                # A clock that is behind, or that was ahead, takes nothing of this back.
                after = replace(row, upto=max(row.upto or begun.upto, begun.upto))
                self._next_night(after, now)
                return
            counted[step[0]] += step[1]
        self._sweeps[row.org] = begun  # after an error a new one begins from the start
        with self._works.begin(now) as work:
            timed.rounds.put(work, row)

    def _sweep(self, org: str, upto: datetime, held: Collection[str]) -> _Sweep:
        settings = self._register.organisations.organisation(org).settings
        return forgetting.aged(self._databases, org, cut_offs(settings, upto), held)

    def _next_night(self, done: Round, now: datetime, *, fault: str = "") -> None:
        zone = self._register.organisations.organisation(done.org).time_zone
        with self._works.begin(now) as work:
            timed.rounds.put(work, replace(done, next_due_at=next_night(zone, now)))
            if fault:
                timed.concern(work, _concern(done.org, f"Nothing old is forgotten: {fault}", now))
                return
            gone = {each.value: number for each, number in self._counted[done.org].items()}
            work.write(Act.FORGOTTEN, org=done.org, actor=PLATFORM, alert=None, **gone)
        del self._counted[done.org]

    def erase_due(self) -> int:
        """Do one erasure that is due, or raise what stands in the way; how many were looked at."""
        now = self._clock.now()
        due = timed.erasures.due_keys(self._works.database, now, 1)
        return sum(self._erase(key, now) for key in due)

    def _erase_apart(self, now: datetime) -> int:
        due = timed.erasures.due_keys(self._works.database, now, 1)
        return sum(self._apart(timed.erasures, key, self._erase, now) for key in due)

    def _erase(self, key: Key, now: datetime) -> int:
        with self._works.begin(now) as work:
            found = timed.erasures.one_due(work, *key)
            if found is None:
                return 0
            is_free = _may_go(work, found)
        if is_free:
            self._do(found)
        return 1

    def _do(self, wanted: Erasure) -> None:
        org, leaving = wanted.org, self._register.leaving
        if wanted.is_contact:
            leaving.contact(org, wanted.person)
        else:
            leaving.resident(org, wanted.person)
        # Done again for a month: whoever has moved in since has nothing to do with it.
        if wanted.whole_home and not self._register.residents.residents(org, wanted.home):
            leaving.home(org, wanted.home)
            for _ in forgetting.home(self._databases, org, wanted.home, wanted.asked_at):
                pass
        with self._works.begin(self._clock.now()) as work:
            timed.erasures.put(work, wanted.done(work.now))
            if wanted.done_at is None:
                work.write(
                    Act.ERASED, org=org, actor=PLATFORM, alert=None, home=wanted.home,
                    person=wanted.person, erasure=wanted.id,
                )  # fmt: skip

    def _review(self, now: datetime) -> int:
        due = timed.legal_holds.due_keys(self._works.database, now, 10)
        return sum(self._apart(timed.legal_holds, key, self._ask_about, now) for key in due)

    def _ask_about(self, key: Key, now: datetime) -> int:
        with self._works.begin(now) as work:
            held = timed.legal_holds.one_due(work, *key)
            if held is None:
                return 0
            words = f"The legal hold {held.id} on {held.home} is a year old: lift it, or leave it."
            timed.concern(work, _concern(held.org, words, now))
            timed.legal_holds.put(work, replace(held, next_due_at=now + REVIEW))
        return 1

    # what stands against an erasure

    def _is_free(self, work: Work, wanted: Erasure) -> None:
        if held := _held(work, wanted.org, wanted.home):
            raise Conflict(f"Nothing about {wanted.home} may be erased: it is under {held}.")
        if work.open_alerts([(wanted.org, wanted.home)]):
            raise Conflict(f"An alert of {wanted.home} is open: close it first.")
        if wanted.is_contact:
            self._is_in_no_plan(wanted)

    def _is_in_no_plan(self, wanted: Erasure) -> None:
        for plan in self._register.plans.plans(wanted.org):
            if any(wanted.person in step.contacts for step in plan.steps):
                raise Conflict(f"The plan {plan.plan} asks {wanted.person}: change it first.")

    def _signals_are_taken_in(self, org: str, home: str) -> None:
        """Erasing what nobody has seen yet would lose an alarm. Raises `Conflict`."""
        with self._works.begin(self._clock.now()) as work:
            for each in self._waiting(work):
                if (each.record.org, each.record.home) == (org, home):
                    raise Conflict(
                        f"A signal of {home} is still to be taken in: start the responder, "
                        "and ask again when the desk has seen it."
                    )

    def _waiting(self, work: Work) -> Iterator[LaneRecord]:
        for reader in self._lanes:
            for lane in reader.lanes():
                place, is_more = work.position(lane), True
                while is_more:
                    waiting, place = reader.read_signals(lane, place, _LOOK)
                    yield from waiting
                    is_more = len(waiting) == _LOOK


def _may_go(work: Work, wanted: Erasure) -> bool:
    """Whether nothing has come up since it was asked for; if something has, it waits."""
    if held := _held(work, wanted.org, wanted.home):
        words = f"Data of {wanted.home} are to be erased and are under {held}: decide which holds."
        timed.concern(work, _concern(wanted.org, words, work.now))
        timed.erasures.put(work, replace(wanted, next_due_at=work.now + timedelta(days=1)))
        return False
    opened = work.open_alerts([(wanted.org, wanted.home)]) if wanted.done_at is None else []
    later = timedelta(hours=1) if opened else UNDER_WAY
    timed.erasures.put(work, replace(wanted, next_due_at=work.now + later))
    return not opened


def _held(work: Work, org: str, home: str) -> str:
    """The legal hold that is on the home, in words; empty: none."""
    found = timed.legal_holds.of_homes(work, [(org, home)])
    return f"the legal hold {found[0].id} ({found[0].reference})" if found else ""


def _leapt(org: str, due: datetime, now: datetime) -> Signal:
    return Signal(
        id=f"leapt-{int(due.timestamp())}", org=org, home=OFFICE, kind=SignalKind.DUTY,
        type="clock", occurred_at=now, raised_at=now, source="responder",
        why=f"The clock is {waiting.words((now - due).total_seconds())} further on than when we "
        "last forgot what is old: it was set, or we stood still. If it is wrong, call the "
        "engineer: until it is right, two days of what is oldest go every night.",
    )  # fmt: skip


def _concern(org: str, words: str, now: datetime) -> Signal:
    return Signal(
        id=f"keeping-{new_id('c')}", org=org, home=OFFICE, kind=SignalKind.DUTY, type="keeping",
        occurred_at=now, raised_at=now, why=words, source="responder",
    )  # fmt: skip
