"""The page of simulated people: what each was sent, with links that lead to their answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape

from fastapi import FastAPI
from fastapi.responses import HTMLResponse

SHOWN = 100
_REFRESH_SECONDS = 5
_LINK = re.compile(r"https?://[^\s<>\"]+")


@dataclass(frozen=True)
class Delivered:
    """One message as its reader sees it."""

    at: datetime
    way: str
    """Text message, e-mail, ..."""
    to: str
    """Number or address."""
    subject: str
    body: str


def letterbox(
    app: FastAPI,
    delivered: Callable[[], Sequence[Delivered]],
    *,
    names: Mapping[str, str],
    links: str,
    zone: tzinfo,
) -> None:
    """Serve the page at `/` of `app`. `names` are people by number or address; only what begins
    with `links` becomes a link.
    """

    @app.get("/")
    def read() -> HTMLResponse:
        newest = sorted(delivered(), key=lambda each: each.at, reverse=True)[:SHOWN]
        items = "".join(_item(each, names.get(each.to, ""), links, zone) for each in newest)
        shown = f"<ol>{items}</ol>" if items else f"<p>{_NOTHING}</p>"
        return HTMLResponse(
            _PAGE.format(shown=shown, seconds=_REFRESH_SECONDS, desk=escape(links, quote=True)),
            headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"},
        )


def _item(message: Delivered, name: str, links: str, zone: tzinfo) -> str:
    who = f"{name} · {message.to}" if name else message.to
    subject = f"<h2>{escape(message.subject)}</h2>" if message.subject else ""
    at = f"{message.at.astimezone(zone):%H:%M:%S}"
    head = f"<p class=head><strong>{escape(who)}</strong> {escape(message.way)}, {at}</p>"
    return f"<li>{head}{subject}<pre>{_linked(message.body, links)}</pre></li>"


def _linked(body: str, links: str) -> str:
    """The body with its own links to press; everything else is text."""
    parts, end = [], 0
    for found in _LINK.finditer(body):
        address = found.group()
        if address.startswith(f"{links}/"):
            parts.append(escape(body[end : found.start()]))
            parts.append(f'<a href="{escape(address, quote=True)}">{escape(address)}</a>')
            end = found.end()
    return "".join([*parts, escape(body[end:])])


_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_NOTHING = (
    "Nothing yet. Somebody is asked when nobody on the desk has taken an alert for three "
    "minutes, or when an operator has claimed one and presses Call beside a contact."
)
_PAGE = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="{seconds}">
<title>What simulated people were sent</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 44rem; padding: 1rem;
  background: #eef1f4; color: #14202c }}
ol {{ list-style: none; padding: 0 }}
li {{ background: #fff; border: 1px solid #c3ccd6; border-radius: 6px; padding: .75rem 1rem;
  margin-bottom: .75rem }}
h1 {{ font-size: 1.375rem }} h2 {{ font-size: 1.0625rem; margin: .25rem 0 }}
pre {{ font: inherit; white-space: pre-wrap; overflow-wrap: anywhere; margin: .25rem 0 0 }}
a {{ color: #0b5cad }} .head {{ margin: 0; color: #4a5a6b }} .head strong {{ color: #14202c }}
</style></head><body><main>
<h1>What simulated people were sent</h1>
<p>Families and responders of the demo. None of them is real, and nothing leaves this computer.
Open a link as its reader would, and answer. The newest stands first. <a href="{desk}">To the
desk</a></p>
{shown}
</main></body></html>
"""
