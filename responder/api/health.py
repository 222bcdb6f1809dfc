"""Does the process live, does the whole installation work, and how is it doing in figures?"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from responder.api.parts import WithParts
from responder.api.schemas import Json, content, refusal
from responder.api.signed_in import actor_of, asker_of, sent_csrf
from telecare.clock import RealClock
from telecare.observe import Health, beats

router = APIRouter(tags=["health"])
SERVICES = ("gateway", "detectors", "responder")


class Ready(msgspec.Struct, frozen=True):
    """Whether presses become people on the way, service by service."""

    ready: bool
    services: list[Health]


def unwell(health: Callable[[str], Health]) -> list[str]:
    """A sentence for each service that does not work, for the band on every desk."""
    return [each.detail for each in map(health, SERVICES) if not each.working]


@router.get("/healthz", responses={200: content(dict[str, bool])})
def healthz() -> Json:
    """This process lives."""
    return Json({"alive": True})


@router.get("/readyz", responses={200: content(Ready), 503: content(Ready)})
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
    if direct and request.client and _is_loopback(request.client.host):
        return
    actor_of(await run_in_threadpool(asker_of, request, parts, sent))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a socket's path, or a name: not proved to be near
        return False


@router.get(
    "/metrics",
    dependencies=[Depends(_from_this_machine)],
    response_class=PlainTextResponse,
    responses={401: refusal(401)},
)
def metrics(parts: WithParts) -> PlainTextResponse:
    """Figures for Prometheus: this process's own, and what every process said in its beat."""
    registry = CollectorRegistry()
    registry.register(Beats(parts.settings.data_dir))
    body = generate_latest() + generate_latest(registry)
    return PlainTextResponse(body, media_type=CONTENT_TYPE_LATEST)


class Beats(Collector):
    """The beats of all processes as gauges: whether they work, how old the beat is, and each
    figure they measure of themselves. No organisation, home or person is a label.
    """

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Read now."""
        now = RealClock().now()
        working = GaugeMetricFamily(
            "telecare_working", "1 when the process says that it works", labels=["process"]
        )
        age = GaugeMetricFamily(
            "telecare_beat_age_seconds", "Since the process last beat", labels=["process"]
        )
        figures = GaugeMetricFamily(
            "telecare_figure", "What a process measures of itself", labels=["process", "figure"]
        )
        for beat in beats(self._data_dir):
            working.add_metric([beat.service], float(beat.working))
            age.add_metric([beat.service], (now - beat.at).total_seconds())
            for name, value in sorted(beat.figures.items()):
                figures.add_metric([beat.service, name], value)
        yield from (working, age, figures)
