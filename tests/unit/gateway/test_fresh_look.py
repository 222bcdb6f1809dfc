"""Whoever asks is answered by a look that began after they asked, and shares it with others."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from gateway import fresh_look
from gateway.fresh_look import FreshLook
from telecare.errors import StoreUnavailable

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def looking(look: Callable[[], None]) -> AsyncIterator[FreshLook]:
    made = FreshLook(look)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


class Register:
    """Hangs until `answer` is set."""

    def __init__(self) -> None:
        self.begun = 0
        self.has_begun, self.answer = threading.Event(), threading.Event()

    def look(self) -> None:
        self.begun += 1
        self.has_begun.set()
        self.answer.wait()


async def test_a_look_that_had_begun_is_not_enough_and_the_next_is_for_all_who_wait() -> None:
    register = Register()
    async with looking(register.look) as looks:
        first = asyncio.create_task(looks.taken())
        await asyncio.to_thread(register.has_begun.wait)
        later = [asyncio.create_task(looks.taken()) for _ in range(1000)]
        await asyncio.sleep(0)
        register.answer.set()
        await first
        assert not any(each.done() for each in later)
        assert register.begun == 1
        await asyncio.gather(*later)
        assert register.begun == 2, "one more, for a thousand"


async def test_a_register_that_hangs_leaves_nobody_without_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fresh_look, "PATIENCE_SECONDS", 0.01)
    register = Register()
    async with looking(register.look) as looks:
        for _ in range(2):  # in the look that hangs, and waiting for the one after it
            with pytest.raises(StoreUnavailable):
                await looks.taken()
        register.answer.set()
        monkeypatch.undo()
        await looks.taken()


async def test_what_went_wrong_is_told_to_all_who_asked_and_the_next_is_looked_for_again() -> None:
    faults = [ValueError("a fault of ours"), None]

    def look() -> None:
        fault = faults.pop(0)
        if fault is not None:
            raise fault

    async with looking(look) as looks:
        asked = await asyncio.gather(looks.taken(), looks.taken(), return_exceptions=True)
        assert [type(each) for each in asked] == [ValueError, ValueError]
        await looks.taken()
