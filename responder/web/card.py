"""What the opened alert shows: the detail from the desk, with its evidence drawn."""

from __future__ import annotations

from typing import Any

import msgspec
from markupsafe import Markup

from responder.api.parts import Parts
from responder.seeing.views import AlertDetail, ContactStanding
from responder.web import lately
from responder.web.pictures import pictures
from responder.web.wording import standing
from responder.whom.rota import HOUSE_ZONE, zone_of
from telecare.errors import NotFound
from telecare.tenancy import Actor

READINGS_LOOKED_AT = 400
SIGNALS_DRAWN = 6
"""Pictures for the newest signals; older ones keep their sentence."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the plan with the key that acts on it."""

    number: int
    text: str
    done: bool
    contact: ContactStanding | None
    note: bool
    """Nobody is called: doing it is written down as a note."""


def shown(parts: Parts, actor: Actor, detail: AlertDetail) -> dict[str, Any]:
    """The template's names for `detail`."""
    line, now = detail.line, parts.clock.now()
    try:
        zone, on_file = zone_of(parts.register.homes.home(line.org, line.home).time_zone), True
    except NotFound:
        # An alarm from a home nobody registered is still an alarm; so is one of the platform.
        zone, on_file = HOUSE_ZONE, False
    readings = parts.readings.history(line.org, line.home, limit=READINGS_LOOKED_AT)
    drawn_from = len(detail.signals) - SIGNALS_DRAWN
    signals = [
        {
            "signal": signal,
            "pictures": [
                # Our own SVG: every word in it is escaped where it is made.
                Markup(svg)  # noqa: S704
                for svg in pictures(signal.evidence, zone=zone, key=f"s{number}")
            ]
            if number >= drawn_from
            else [],
        }
        for number, signal in enumerate(detail.signals)
    ]
    members = [
        each
        for each in (parts.desk.queue(actor) if line.members else [])
        if each.incident == line.id
    ]
    return {
        "detail": detail,
        "on_file": on_file,
        "zone": zone,
        "now": now,
        "age": now.year - detail.card.born_year if detail.card.born_year else None,
        "standing": standing(line, zone),
        "now_words": lately.now_words(readings, now, zone),
        "signals": signals[::-1],
        "steps": steps(detail),
        "members": members,
        "timeline": detail.timeline[::-1],
    }


def steps(detail: AlertDetail) -> list[Step]:
    """The plan's steps, then the contacts it does not name, each with a number to press."""
    by_id = {contact.contact_id: contact for contact in detail.contacts}
    rows = [
        Step(
            number=step.number,
            text=step.text,
            done=step.done,
            contact=by_id.pop(step.contact_id, None) if step.contact_id else None,
            note=step.contact_id is None,
        )
        for step in detail.plan
    ]
    number = max((row.number for row in rows), default=0)
    for contact in sorted(by_id.values(), key=lambda contact: contact.position):
        number += 1
        rows.append(Step(number=number, text=contact.name, done=False, contact=contact, note=False))
    return rows
