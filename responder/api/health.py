"""Does the process live, does the whole installation work, and how is it doing in figures?"""

from __future__ import annotations

import ipaddress
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from responder.api.parts import WithParts
from responder.api.schemas import Json
from responder.api.signed_in import actor_of, sent_csrf
from telecare.observe import Health

router = APIRouter(tags=["health"])
SERVICES = ("gateway", "detectors", "responder")


class Ready(msgspec.Struct, frozen=True):
    """Whether presses become people on the way, service by service."""

    ready: bool
    services: list[Health]


@router.get("/healthz")
def healthz() -> Json:
    """This process lives."""
    return Json({"alive": True})


@router.get("/readyz")
def readyz(parts: WithParts) -> Json:
    """200 when gateway, detectors and responder all work; 503 with the reason when not."""
    services = [parts.health(service) for service in SERVICES]
    ready = all(health.working for health in services)
    return Json(Ready(ready, services), status_code=200 if ready else 503)


async def _from_this_machine(
    request: Request, parts: WithParts, sent: Annotated[str, Depends(sent_csrf)]
) -> None:
    """Figures carry no personal data, yet they are nobody's business outside: this machine's
    own scraper needs no token, everybody else does.
    """
    direct = "x-forwarded-for" not in request.headers and "forwarded" not in request.headers
    if direct and request.client and ipaddress.ip_address(request.client.host).is_loopback:
        return
    actor_of(request, parts, sent)


@router.get("/metrics", dependencies=[Depends(_from_this_machine)])
def metrics() -> Response:
    """Figures for Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
