"""Where a device enrols with the code of its sheet: the one thing it can do without access.

No session and no token: the code and the serial number are all it has. The answer holds its
credential once; whoever asks again is refused, on record, unless it proves to be the one that was
answered.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field

from responder.api.body import Body
from responder.api.parts import WithParts
from responder.api.schemas import Json, answers
from responder.devices.onboarding import Enrolled, EnrolmentRefused

router = APIRouter(tags=["devices"])


class Introduction(Body):
    """What a device knows of itself before it is one of ours."""

    code: Annotated[str, Field(min_length=1, max_length=64)]
    serial: Annotated[str, Field(min_length=1, max_length=64)]
    request: Annotated[str, Field(max_length=16_384)] | None = None
    """PKCS#10 in PEM, for a certificate; without it, a password is issued."""
    key: Annotated[str, Field(min_length=22, max_length=128)] | None = None
    """Random, made by the device for this alone: with it, it may ask again for its password when no
    answer came. For a certificate the key in its request does that.
    """


@router.post("/enrolment", responses=answers(Enrolled, 422, 429))
def enrol(request: Request, said: Introduction, parts: WithParts) -> Json:
    """Give the device its credential. Then it presses, waits for the receipt and says, as a
    status of type `receipt`, which and when: only that ends its enrolment.
    """
    address = request.client.host if request.client else ""
    parts.enrolments.check(address, "device")
    try:
        enrolled = parts.onboarding.enrol(said.code, said.serial, said.request, said.key)
    except EnrolmentRefused:
        parts.enrolments.failed(address, "device")
        raise
    return Json(enrolled)
