"""A provider as a real server on loopback."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse

from simulators.providers.moods import Behaviour, Mood
from telecare.clock import sleep_real, stopwatch

START_SECONDS = 30.0


@contextmanager
def serving(app: FastAPI, port: int = 0) -> Iterator[str]:
    """The app on a free port (or this one) as long as the block lasts; yields its base address."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True, name=app.title)
    thread.start()
    waited = stopwatch()
    while not server.started:
        if not thread.is_alive() or waited() > START_SECONDS:
            raise OSError(f"{app.title} could not be served.")
        sleep_real(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(15)


async def out_of_sorts(behaviour: Behaviour) -> Response | None:
    """What a provider that is silent or out answers; None when it is in a state to look."""
    if behaviour.mood is Mood.SILENT:
        await asyncio.sleep(behaviour.hang_seconds)
        return Response(status_code=504)
    if behaviour.mood is Mood.OUT:
        return JSONResponse({"message": "Internal server error"}, 500)
    return None
