"""Homes that fall silent together are put under one incident, in the transaction that saw it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from responder import alerts, incidents, triage
from responder.alert import Alert
from responder.due import planned
from responder.incidents import Silent
from responder.planning import Planning
from responder.record import PLATFORM, Act
from responder.store import Work, timed
from responder.triage import Track
from telecare.register.secrets import new_id


def gather(work: Work, fresh: Sequence[Alert], planning: Planning) -> None:
    """Put `fresh` alerts of silent homes under their area's open incident, or open one when
    there are many of them together with those of the last minutes.
    """
    for org in sorted({each.org for each in fresh}):
        since = work.now - incidents.TOGETHER
        lonely = {each.id: each for each in timed.silent_since(work, org, since)}
        lonely = {k: a for k, a in lonely.items() if a.kinds[0] == "hub_silent"}
        areas = {each.home: planning.area_of(org, each.home) for each in lonely.values()}
        silent = [Silent(a.id, areas[a.home], a.opened_at) for a in lonely.values()]
        places = [(org, incidents.place_of(area)) for area in sorted(set(areas.values()))]
        standing = {
            each.home: each for each in work.open_alerts(places) if each.track is Track.EQUIPMENT
        } if places else {}  # fmt: skip
        many = incidents.gathered(silent, work.now)
        for area in sorted(set(areas.values())):
            incident = standing.get(incidents.place_of(area))
            found = [each for each in silent if each.area == area]
            if incident is None and area not in many:
                continue
            name = planning.area_name(org, area)
            if incident is None:
                incident = _opened(work, org, area, name, many[area])
            _joined(work, incident, name, [lonely[each.alert] for each in found])


def _opened(work: Work, org: str, area: str, name: str, members: Sequence[Silent]) -> Alert:
    signal = incidents.signal_of(org, area, name, members, work.now)
    incident = alerts.opened(
        new_id("alert"), signal, triage.first(signal), Track.EQUIPMENT, work.now
    )
    # Its clocks run from when it was seen to be one thing, not from its first home's silence.
    incident = planned(replace(incident, answer_from=work.now, priority_since=work.now))
    work.put(incident, new=True)
    work.keep_signals([(signal, incident.id, 1)])
    work.write(
        Act.OPENED, org=org, actor=PLATFORM, alert=incident.id, home=incident.home,
        signal=signal.id, kind=triage.label_of(signal), priority=incident.priority.value,
    )  # fmt: skip
    return incident


def _joined(work: Work, incident: Alert, name: str, members: Sequence[Alert]) -> None:
    count = incident.members + len(members)
    work.put(replace(incident, members=count, sentence=incidents.sentence(name, count)))
    work.write(
        Act.GATHERED, org=incident.org, actor=PLATFORM, alert=incident.id, members=count
    )  # fmt: skip
    for each in members:
        work.put(planned(replace(each, incident=incident.id)))
        work.write(
            Act.GATHERED, org=each.org, actor=PLATFORM, alert=each.id, incident=incident.id
        )  # fmt: skip


def scatter(work: Work, incident: Alert, by: str) -> None:
    """The incident is closed: what is still open of it stands by itself again, from now."""
    for each in work.alerts(timed.members_of(work, incident.org, incident.id)):
        work.put(planned(replace(each, incident=None, priority_since=work.now)))
        work.write(Act.SCATTERED, org=each.org, actor=by, alert=each.id)
