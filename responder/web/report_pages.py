"""The page of a month's figures: no resident's data, so that managers may read it."""

from __future__ import annotations

from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response

from responder.api.parts import WithParts
from responder.api.reports import InMonth
from responder.api.signed_in import FigureReader
from responder.reports.figure import Figure
from responder.reports.month import month_after, month_before
from responder.web.rendering import page
from responder.web.wording import kind_words, lasting, words

router = APIRouter()

SHOWN = 40
"""So many rows of a section stand on the page; the files have them all."""
_SECTIONS = {
    "alerts": ("Alerts", "Those opened in this month."),
    "answering": (
        "Answering",
        """From an alert's becoming pressing to its first answer. One still unanswered counts as
        soon as its time is over.""",
    ),
    "arrival": (
        "Arrival",
        """From the decision to send a responder (family and keyholders: from when they were first
        asked) to the arrival, for those who said they go and whose arrival is on record.""",
    ),
    "installs": ("Equipment in the homes", "From the register."),
    "faults": ("Faults", "Hubs that fell silent and devices that reported trouble."),
    "first_calls": (
        "First calls",
        """Alarms that reached us more than 60 seconds after they happened did not get through at
        once. A device that does not know the time shows none.""",
    ),
    "test_calls": (
        "Test calls",
        "Homes whose unit made no call for six weeks; any activation counts as a test.",
    ),
    "false_alarms": ("False alarms", "Of the signals that were found to be real or false."),
    "quality": (
        "Calls listened to",
        "Of those a seed has drawn when the month was over: two of each handler, or as was set.",
    ),
    "outcomes": ("Outcomes", "How alerts of this month ended."),
}


@router.get("/reports")
def report_page(
    request: Request, actor: FigureReader, parts: WithParts, month: InMonth = None
) -> Response:
    """What a month was like."""
    report = parts.reports.of(actor.org, month or None)
    tables = []
    for section, found in groupby(report.figures, key=lambda each: each.section):
        rows = list(found)
        title, words_for_it = _SECTIONS[section]
        tables.append({
            "id": section, "title": title, "says": words_for_it, "left": len(rows) - SHOWN,
            "rows": [{"figure": each, "said": said(each)} for each in rows[:SHOWN]],
            "with_model": any(each.model for each in rows),
        })  # fmt: skip
    shown = {
        "here": "Reports",
        "report": report,
        "tables": tables,
        "before": month_before(report.month),
        "after": month_after(report.month) if report.ends <= report.as_of else None,
    }
    return page(request, "reports.html", shown, actor=actor)


def said(figure: Figure) -> dict[str, str]:
    """A figure in words: its name, what it comes to, out of how many, and what it should be."""
    of_a_kind = "kind" in figure.name or figure.section == "faults"
    return {
        "name": words(figure.name),
        "group": kind_words(figure.group) if of_a_kind else words(figure.group),
        "value": _value(figure),
        "of": "" if figure.of is None else f"{figure.count} of {figure.of}",
        "target": "" if figure.target is None else f"{figure.target * 100:g} %",
        "met": "" if figure.met is None else ("met" if figure.met else "not met"),
    }


def _value(figure: Figure) -> str:
    if figure.value is None:
        return "nothing to tell"
    if figure.unit == "share":
        return f"{figure.value * 100:.1f} %"
    return lasting(figure.value) if figure.unit == "seconds" else f"{figure.value:g}"
