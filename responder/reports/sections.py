"""The sections of a report: each a function of the month's cases.

Pure. Targets are the field's published ones. What cannot be told yet (an alert still
unanswered whose time is not over) counts neither way, and is counted by its own name.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from responder.arriving.triage import REASSURING
from responder.learning.outcomes import precision, truth_of
from responder.learning.quality import Handled
from responder.life.alert import ANSWER, ARRIVAL, BREACH
from responder.reports.cases import Case, Journey
from responder.reports.figure import Figure, number, seconds, share
from responder.reports.month import Month
from telecare.messages import Verdict
from telecare.register.devices import Service
from telecare.vocabulary import AlarmType, DeviceKind, Priority, SignalKind, Truth

WITHIN_ANSWER, WITHIN_BREACH = 0.975, 0.99
"""TSA / Quality Standards Framework: shares of calls answered in 60 s and in 180 s."""
WITHIN_ARRIVAL, LATEST_ARRIVAL = 0.9, timedelta(minutes=60)
"""Nine of ten responders within 45 minutes of the decision to send them, the rest within 60."""
ENTRY = timedelta(minutes=5)
"""Responders are with the resident within five minutes of their arrival."""
REPAIR = timedelta(hours=48)
TEST_EVERY = timedelta(days=42)
"""A unit is tested at least every six weeks; any real activation counts as a test."""
AT_ONCE = 60
"""Seconds: an alarm that took longer to reach us did not get through at its first call."""
_FAULTS = frozenset({SignalKind.HUB_SILENT, SignalKind.EQUIPMENT})
_CALLS = frozenset({DeviceKind.HUB, DeviceKind.PENDANT})


def kind_of(label: str) -> str:
    """`alarm` for `alarm.pendant`."""
    return label.partition(".")[0]


def alerts(cases: Sequence[Case]) -> Iterator[Figure]:
    """How many there were, how urgent at first, of which kind, and what is still open."""
    yield number("alerts", "opened", len(cases))
    yield number("alerts", "still_open", sum(each.resolved_at is None for each in cases))
    urgent = Counter(each.priority for each in cases)
    for priority in Priority:
        yield number("alerts", "opened_by_priority", urgent[priority], group=priority.value)
    for kind, count in sorted(Counter(each.kind for each in cases).items()):
        yield number("alerts", "opened_by_kind", count, group=kind)


def answering(cases: Iterable[Case], now: datetime) -> Iterator[Figure]:
    """From an alert's becoming pressing to its first answer."""
    clocked = [each for each in cases if each.waited_from is not None]
    measured = [each for each in clocked if not each.set_aside]
    waits = [_wait(each, now) for each in measured]
    for name, limit, target in (
        ("within_60_s", ANSWER, WITHIN_ANSWER),
        ("within_180_s", BREACH, WITHIN_BREACH),
    ):
        told = [w for each, w in zip(measured, waits, strict=True) if _told(each, w, limit)]
        yield share("answering", name, sum(w <= limit for w in told), len(told), target=target)
    unanswered = [w for each, w in zip(measured, waits, strict=True) if each.answered_at is None]
    yield number("answering", "never_answered_yet", len(unanswered))
    yield number("answering", "not_measured", len(clocked) - len(measured))
    lengths = sorted(
        w.total_seconds() for each, w in zip(measured, waits, strict=True) if each.answered_at
    )
    for name, part in (("median", 0.5), ("nineteen_of_twenty", 0.95), ("longest", 1.0)):
        yield seconds("answering", name, _quantile(lengths, part))


def arrival(cases: Sequence[Case], now: datetime) -> Iterator[Figure]:
    """From the decision to send somebody to their arrival, for those who said they go; and how
    often a responder was to be sent and none could go.
    """
    by_who: dict[bool, list[tuple[Case, Journey]]] = {True: [], False: []}
    for case in cases:
        for journey in case.journeys.values():
            by_who[journey.by_team].append((case, journey))
    for by_team, group in ((True, "responders"), (False, "contacts")):
        found = by_who[by_team]
        for name, limit, target in (
            ("within_45_min", ARRIVAL, WITHIN_ARRIVAL),
            ("within_60_min", LATEST_ARRIVAL, 1.0),
        ):
            told = [
                each for case, j in found if (each := _arrived(case, j, limit, now)) is not None
            ]
            aim = target if by_team else None
            yield share("arrival", name, sum(told), len(told), target=aim, group=group)
        missing = sum(
            j.arrived_at is None
            and (case.resolved_at is not None or now - j.asked_at > LATEST_ARRIVAL)
            for case, j in found
        )
        yield share("arrival", "arrival_not_on_record", missing, len(found), group=group)
        if by_team:
            there = [j for _, j in found if j.arrived_at]
            proved = sum(each.proved for each in there)
            yield share("arrival", "arrival_proved", proved, len(there), group=group)
            entries = [j.inside_at - j.arrived_at for j in there if j.inside_at and j.arrived_at]
            soon = sum(each <= ENTRY for each in entries)
            yield share("arrival", "inside_within_5_min", soon, len(entries), group=group)
    yield number("arrival", "dispatches", sum(each.sent for each in cases), group="responders")
    unmanned = sum(each.unmanned for each in cases)
    yield number("arrival", "dispatches_unmanned", unmanned, group="responders")


def installs(services: Iterable[Service], month: Month, now: datetime) -> Iterator[Figure]:
    """Devices that came and went, by kind; from the register."""
    until = min(month.ends, now)
    came: Counter[DeviceKind] = Counter()
    went: Counter[DeviceKind] = Counter()
    there: Counter[DeviceKind] = Counter()
    for each in services:
        kind, gone = each.device.kind, each.withdrawn_at
        if each.began_at is None:
            continue
        came[kind] += month.holds(each.began_at)
        went[kind] += gone is not None and month.holds(gone)
        there[kind] += each.began_at < until and (gone is None or gone >= until)
    for kind in DeviceKind:
        yield number("installs", "installed", came[kind], group=kind.value)
        yield number("installs", "withdrawn", went[kind], group=kind.value)
        yield number("installs", "in_service_at_the_end", there[kind], group=kind.value)


def faults(cases: Iterable[Case], models: Mapping[str, str], now: datetime) -> Iterator[Figure]:
    """Equipment that fell silent or reported trouble, by kind and model, and how soon it was
    put right.
    """
    found: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        if kind_of(case.kind) in _FAULTS:
            found[case.kind, models.get(case.heard[0].device, "")].append(case)
    for (kind, model), group in sorted(found.items()):
        took = [(each.resolved_at or now) - each.opened_at for each in group]
        told = [
            each for case, each in zip(group, took, strict=True)
            if case.resolved_at is not None or each > REPAIR
        ]  # fmt: skip
        quick = sum(each <= REPAIR for each in told)
        yield number("faults", "opened", len(group), group=kind, model=model)
        yield share("faults", "ended_within_48_h", quick, len(told), group=kind, model=model)
        left = sum(each.resolved_at is None for each in group)
        yield number("faults", "still_open", left, group=kind, model=model)


def first_calls(cases: Iterable[Case], models: Mapping[str, str]) -> Iterator[Figure]:
    """Alarms that did not get through at the first call, by model of the unit."""
    calls: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    for case in cases:
        for heard in case.heard:
            if heard.is_alarm and heard.delay is not None:
                model = models.get(heard.device, "")
                calls[model] += 1
                failed[model] += heard.delay > AT_ONCE
    yield share("first_calls", "failed", failed.total(), calls.total())
    for model in sorted(calls):
        yield share(
            "first_calls", "failed_by_model", failed[model], calls[model], model=model,
            group="" if model else "unknown",
        )  # fmt: skip


def test_calls(
    services: Iterable[Service], called: Collection[str], until: datetime
) -> Iterator[Figure]:
    """Homes whose unit was not heard to call for six weeks up to `until`.

    `called` are the homes of which an alarm was taken in during those weeks. A unit that took the
    place of another goes on where that one began: replaced is not tested.
    """
    units = {each.device.device: each for each in services if each.device.kind in _CALLS}
    homes = {
        each.device.home
        for each in units.values()
        if each.began_at is not None
        and _began(each, units) <= until - TEST_EVERY
        and (each.withdrawn_at is None or each.withdrawn_at >= until)
    }
    overdue = sorted(homes.difference(called))
    yield share("test_calls", "overdue", len(overdue), len(homes))
    for home in overdue:
        yield number("test_calls", "overdue_home", 1, group=home)


def _began(service: Service, units: Mapping[str, Service]) -> datetime:
    """When the first of those began whose place it has by now, in the same home."""
    assert service.began_at is not None
    began, seen = service.began_at, {service.device.device}
    while (before := units.get(service.device.replaces or "")) is not None:
        if before.device.device in seen or before.device.home != service.device.home:
            break
        seen.add(before.device.device)
        began, service = min(began, before.began_at or began), before
    return began


def false_alarms(cases: Iterable[Case], models: Mapping[str, str]) -> Iterator[Figure]:
    """False of those that were found real or false: by detector, kind and model; by device."""
    found = [verdict for case in cases for verdict in _verdicts(case)]
    for row in precision(found, models):
        yield share(
            "false_alarms", "false_by_detector", row.false, row.real + row.false,
            group=f"{row.detector or 'unknown'}: {row.kind}", model=row.model,
        )  # fmt: skip
    real: Counter[str] = Counter()
    false: Counter[str] = Counter()
    for each in found:
        if each.device:
            real[each.device] += each.truth is Truth.REAL
            false[each.device] += each.truth is Truth.FALSE
    for device in sorted(false, key=lambda each: (-false[each], each)):
        told = real[device] + false[device]
        if told:
            yield share(
                "false_alarms", "false_by_device", false[device], told, group=device,
                model=models.get(device, ""),
            )  # fmt: skip
    causes = Counter(case.cause.value for case in cases if case.cause)
    for cause, count in sorted(causes.items()):
        yield number("false_alarms", "alerts_by_cause", count, group=cause)


def quality(drawn: Sequence[Handled]) -> Iterator[Figure]:
    """Of the calls that were drawn to be listened to: how many were, and how good they are."""
    heard = [each.review for each in drawn if each.review is not None]
    yield share("quality", "listened_to", len(heard), len(drawn), target=1.0)
    points, of = sum(each.points for each in heard), sum(each.of for each in heard)
    yield share("quality", "score", points, of)
    for operator in sorted({each.operator for each in drawn}):
        theirs = [each for each in drawn if each.operator == operator]
        done = sum(each.review is not None for each in theirs)
        yield share("quality", "listened_to_by_handler", done, len(theirs), group=operator)


def outcomes(cases: Iterable[Case]) -> Iterator[Figure]:
    """How the month's alerts ended."""
    ended = Counter(case.outcome for case in cases if case.outcome)
    for outcome, count in sorted(ended.items()):
        yield share("outcomes", "ended", count, ended.total(), group=outcome.value)


def _wait(case: Case, now: datetime) -> timedelta:
    assert case.waited_from is not None
    return max(timedelta(), (case.answered_at or now) - case.waited_from)


def _arrived(case: Case, journey: Journey, limit: timedelta, now: datetime) -> bool | None:
    """Whether they came within `limit`; None while that is open, or when it was over before."""
    if journey.arrived_at is not None:
        return journey.arrived_at - journey.asked_at <= limit
    return False if (case.resolved_at or now) - journey.asked_at > limit else None


def _told(case: Case, wait: timedelta, limit: timedelta) -> bool:
    return case.answered_at is not None or wait > limit


def _quantile(ordered: Sequence[float], part: float) -> float | None:
    """The smallest value that at least `part` of them do not exceed."""
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)] if ordered else None


def _verdicts(case: Case) -> Iterator[Verdict]:
    if case.outcome is None or case.resolved_at is None:
        return
    for heard in case.heard:
        name, _, specifies = heard.kind.partition(".")
        kind = SignalKind(name)
        if kind in REASSURING or specifies == AlarmType.CANCEL:
            continue
        yield Verdict(
            id=heard.id, org="", home=case.home, alert=case.alert, source=heard.source, kind=kind,
            type=specifies, device=heard.device or None, truth=truth_of(kind, case.outcome),
            outcome=case.outcome, cause=case.cause, occurred_at=heard.raised_at,
            at=case.resolved_at,
        )  # fmt: skip
