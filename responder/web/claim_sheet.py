"""The sheet that travels with a device: its code to be read by a machine and by a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import segno
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from responder.web.wording import HOUSE_ZONE
from telecare.register.claims import IssuedClaim

ENROLMENT = "/api/v1/enrolment"


def address_of(public_url: str, code: str) -> str:
    """What stands in the QR code: where to ask, and with what. The code is a fragment, which no
    browser sends and no server logs.
    """
    return f"{public_url}{ENROLMENT}#{code}"


def labels(issued: Sequence[IssuedClaim], public_url: str) -> list[dict[str, object]]:
    """Each claim with its picture, for the sheet's template."""
    return [
        {
            "claim": each.claim,
            "serial": each.serial,
            "code": each.code,
            "expires": _day(each.claim.expires_at),
            "picture": Markup(  # noqa: S704 - a picture made of our own address and code
                segno.make_qr(address_of(public_url, each.code), error="m").svg_inline(
                    scale=4, border=2, omitsize=True, svgclass="qr", lineclass=None
                )
            ),
        }
        for each in issued
    ]


def sheet(issued: Sequence[IssuedClaim], public_url: str) -> str:
    """A page of its own for the printer, without anything from elsewhere."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found = labels(issued, public_url)
    return environment.get_template("claim_sheet_alone.html").render(
        labels=found, enrolment=public_url + ENROLMENT
    )


def _day(moment: datetime) -> str:
    local = moment.astimezone(HOUSE_ZONE)
    return f"{local.day} {local:%B %Y}"
