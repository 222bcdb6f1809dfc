"""The web application: every route in one place, denied unless it says who may."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import StreamingResponse
from fastapi.staticfiles import StaticFiles

from responder.api import (
    access,
    alerts,
    arrangements,
    brokers,
    care,
    devices,
    enrolment,
    fhir,
    health,
    homes,
    judgement,
    locking,
    problems,
    receipts,
    record,
    reports,
    schemas,
    second_factor,
    session,
    spoken,
)
from responder.api.live import LiveFeed
from responder.api.once import Once
from responder.api.parts import Parts, WithParts
from responder.api.signed_in import Watcher, whoever
from responder.api.wall import Wall
from responder.learning.listening import Listening
from responder.store import Works
from responder.store.repeats import Repeats
from responder.web import (
    call_pages,
    device_pages,
    jobs,
    judgement_pages,
    links,
    lock_pages,
    own_pages,
    pages,
    plan_pages,
    prompt_pages,
    quality_pages,
    report_pages,
    rota_pages,
    sign_in_pages,
    stray_pages,
    visits,
    window_pages,
)
from responder.web.rendering import STATIC
from responder.wiring import Responder
from telecare.errors import Forbidden
from telecare.observe import Health, health_of, log, where
from telecare.rights import Permission, permitted, roles_named

live_router = APIRouter(tags=["alerts"])


@live_router.get("/live", response_class=StreamingResponse)
def live(request: Request, asker: Watcher, parts: WithParts) -> StreamingResponse:
    """Server-sent events: `snapshot` {now, speed, is_real, age, lines}, then `batch` with the
    lines that changed, and a `beat` at least once a second. `age` is in real seconds. While the
    session is locked the lines are veiled: how urgent and how old, not who and where.
    """

    def still_holds() -> bool:
        now = whoever(request, parts)
        if now is None or now.locked is not asker.locked:
            return False
        try:
            return permitted(now.actor, Permission.RESIDENTS, "GET") == asker.actor
        except Forbidden:
            return False

    return StreamingResponse(
        parts.feed.events(asker.actor, still_holds, veiled=asker.locked),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


API = "/api/v1"
FOR_PEOPLE = (
    links.router,
    sign_in_pages.router,
    lock_pages.router,
    jobs.router,
    own_pages.router,
    pages.router,
    judgement_pages.router,
    report_pages.router,
    plan_pages.router,
    rota_pages.router,
    window_pages.router,
    call_pages.router,
    prompt_pages.router,
    quality_pages.router,
    stray_pages.router,  # before the page of a device that might be named inbox
    device_pages.router,
    visits.router,
)
ROUTERS = (
    (API, session.router),
    (API, locking.router),
    (API, second_factor.router),
    (API, alerts.router),
    (API, alerts.history_router),
    (API, live_router),
    (API, homes.router),
    (API, arrangements.router),
    (API, care.router),
    (API, judgement.router),
    (API, reports.router),
    (API, record.router),
    (API, brokers.router),
    (API, devices.router),
    (API, enrolment.router),
    ("", fhir.router),
    ("", health.router),
    ("", receipts.router),
    ("", spoken.router),
    *(("", router) for router in FOR_PEOPLE),
)
"""Every route there is, with its prefix."""


def build_app(
    responder: Responder, health_by_name: Callable[[str], Health] | None = None
) -> FastAPI:
    """The pages and the JSON of a whole responder; starts nothing before its lifespan.

    Should the live line's loop ever end by an error, the responder stops: the process is to be
    started again. Open lines end within a second of its leaving, which they would hold up
    otherwise. `health_by_name`: what the services say of themselves, by default their beats.
    """
    beats = health_by_name or (lambda service: health_of(responder.settings.data_dir, service))
    feed = LiveFeed(
        responder.desk, responder.clock, responder.stop.is_set, lambda: health.unwell(beats)
    )
    app = FastAPI(
        title="Telecare",
        version="1",
        description="Alerts, homes and the record of one organisation.",
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan(feed, responder),
    )
    app.state.parts = Parts(
        settings=responder.settings,
        clock=responder.clock,
        register=responder.register,
        desk=responder.desk,
        arrangements=responder.arrangements,
        tunings=responder.tunings,
        reports=responder.reports,
        sharing=responder.sharing,
        listening=Listening(Works(responder.desk.database), responder.register, responder.clock),
        readings=responder.readings,
        verdicts=responder.verdicts,
        onboarding=responder.onboarding,
        upkeep=responder.upkeep,
        repeats=Repeats(responder.desk.database),
        feed=feed,
        health=beats,
        second_factor_roles=roles_named(responder.settings.second_factor_roles),
    )
    _furnish(app)
    return app


def _furnish(app: FastAPI) -> None:
    """Routes, static files, refusals, and what stands before them all."""
    access.require_decided(ROUTERS)
    for prefix, router in ROUTERS:
        app.include_router(router, prefix=prefix, include_in_schema=router not in FOR_PEOPLE)
    app.mount("/static", GZipMiddleware(StaticFiles(directory=STATIC)), name="static")
    problems.install(app)
    schemas.install(app)
    app.add_middleware(Once, parts=app.state.parts)
    app.add_middleware(Wall, secure=app.state.parts.secure)


def _lifespan(
    feed: LiveFeed, responder: Responder
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.openapi()  # every route is made ready before the port opens, not while the first wait

        async def watched() -> None:
            try:
                await feed.run()
            except Exception as error:  # noqa: BLE001 - told, and the process is started again
                log("responder.live").error("ended", **where(error))
                responder.stop.set()

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(watched()), group.create_task(responder.watchdog.run())]
            yield
            for task in tasks:
                task.cancel()

    return lifespan
