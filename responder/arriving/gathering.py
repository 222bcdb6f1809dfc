"""Homes that fall silent together are put under one incident, in the transaction that saw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from responder.arriving import incidents, triage
from responder.arriving.incidents import Silent
from responder.arriving.triage import Track
from responder.kept.record import Act
from responder.life import alerts
from responder.life.alert import Alert
from responder.life.due import planned
from responder.store import Work, timed
from responder.whom.planning import Planning
from telecare.register.secrets import new_id
from telecare.tenancy import PLATFORM


def gather(work: Work, fresh: Sequence[Alert], planning: Planning) -> None:
    """Put `fresh` alerts of silent homes under the open incident of their area, of their mast or
    broker, or of the county; or open one when there are many together with those of the last
    minutes. All of them are locked already (`Work.open_alerts`).
    """
    for org in sorted({each.org for each in fresh}):
        since = work.now - incidents.TOGETHER
        lonely = {
            each.id: each
            for each in timed.silent_since(work, org, since)
            if incidents.may_be_member(each.kinds)
        }
        areas = {each.home: planning.area_of(org, each.home) for each in lonely.values()}
        networks = {each.home: planning.network_of(org, each.home) for each in lonely.values()}
        near = {home: area for home, area in areas.items() if area}
        linked = {home: network for home, network in networks.items() if network}
        nowhere = {home: area for home, area in areas.items() if not area}
        for places in (near, linked, nowhere):
            for joined in _gather_by(work, org, lonely, places, planning):
                del lonely[joined]


def _gather_by(
    work: Work, org: str, lonely: Mapping[str, Alert], places: Mapping[str, str], planning: Planning
) -> list[str]:
    """The same by one kind of place, given by home; the alerts that belong to one now."""
    silent = [
        Silent(each.id, places[each.home], each.opened_at)
        for each in lonely.values()
        if each.home in places
    ]
    homes = [(org, incidents.place_of(place)) for place in sorted({each.area for each in silent})]
    standing = {
        each.home: each for each in work.open_alerts(homes) if each.track is Track.EQUIPMENT
    } if homes else {}  # fmt: skip
    many = incidents.gathered(silent, work.now)
    joined: list[str] = []
    for place in sorted({each.area for each in silent}):
        incident = standing.get(incidents.place_of(place))
        if incident is None and place not in many:
            continue
        name = planning.area_name(org, place)
        if incident is None:
            incident = _opened(work, org, place, name, many[place])
        members = [each.alert for each in silent if each.area == place]
        _joined(work, incident, name, [lonely[each] for each in members])
        joined += members
    return joined


def _opened(work: Work, org: str, area: str, name: str, members: Sequence[Silent]) -> Alert:
    ident = new_id("alert")
    signal = incidents.signal_of(ident, org, area, name, members, work.now)
    incident = alerts.opened(ident, signal, triage.first(signal), Track.EQUIPMENT, work.now)
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
    held = work.alerts([(each.org, each.id) for each in members])
    fresh = [each for each in held if each.is_open and each.incident is None]
    count = incident.members + len(fresh)
    work.put(replace(incident, members=count, sentence=incidents.sentence(name, count)))
    work.write(
        Act.GATHERED, org=incident.org, actor=PLATFORM, alert=incident.id, members=count
    )  # fmt: skip
    for each in fresh:
        work.put(planned(replace(each, incident=incident.id)))
        work.write(
            Act.GATHERED, org=each.org, actor=PLATFORM, alert=each.id, incident=incident.id
        )  # fmt: skip


def scatter(work: Work, incident: Alert, by: str) -> None:
    """The incident is closed: what is still open of it stands by itself again, from now. All of
    them are locked already (`Work.incident`).
    """
    for each in work.alerts(timed.members_of(work, incident.org, incident.id)):
        work.put(planned(replace(each, incident=None, priority_since=work.now)))
        work.write(Act.SCATTERED, org=each.org, actor=by, alert=each.id)
