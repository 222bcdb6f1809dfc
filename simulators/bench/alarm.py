"""From a press in a home to the operator's eyes: how long, and is any lost?

A private installation on the real clock; readings in the background from a generator in
its own process; one press in each of many homes; a listener on the live stream that any
console uses, and a real browser at the desk. Presses are sent at steady moments whatever
the installation does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec

from simulators.access import access_for
from simulators.bench.browser import BrowserMissing, WatchingBrowser
from simulators.bench.generator import Caller, Job
from simulators.bench.ingest import ORG, bench_devices, finish, start_generator
from simulators.bench.live import LiveListener
from simulators.bench.percentiles import Latencies
from simulators.bench.wire import Line, Topic, connect
from simulators.installation import private_settings, running
from telecare.clock import RealClock
from telecare.errors import StoreUnavailable
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import migrate

BACKGROUND_HUBS = 100
WARM_UP_S = 3.0
LAST_ALERT_WITHIN_S = 20.0


class AlarmFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What `telecare bench alarm` prints."""

    presses: int
    alerts: int
    lost: int
    """Presses without an alert on the live stream."""
    background_per_s: float
    press_to_alert_ms: dict[str, float | None]
    press_to_browser_ms: dict[str, float | None]
    """None where no browser watched."""
    in_browser: int
    """Presses whose row was seen in the page."""


class AlarmBench:
    """One measurement; `say` hears what had to be left out."""

    def __init__(
        self,
        *,
        background: int,
        presses: int,
        every_s: float,
        with_browser: bool,
        database_url: str | None,
        say: Callable[[str], None],
    ) -> None:
        self._background = background
        self._presses = presses
        self._every_s = every_s
        self._with_browser = with_browser
        self._database_url = database_url
        self._say = say
        self._clock = RealClock()

    async def run(self) -> AlarmFigures:
        """Measure. Raises `StoreUnavailable` when the installation does not start."""
        with private_settings(database_url=self._database_url) as settings:
            migrate(settings)
            callers = bench_devices(settings, self._presses + BACKGROUND_HUBS)
            register = open_register(settings)
            access = access_for(register, ORG, settings.public_url, settings.data_dir / "desk.json")
            register.close()
            with running(settings):
                listener = LiveListener(settings.bind, settings.http_port, access.api_token)
                browser = WatchingBrowser(access) if self._with_browser else None
                if browser is not None:
                    try:
                        await browser.open()
                    except BrowserMissing as missing:
                        self._say(str(missing))
                        browser = None
                try:
                    return await self._measure(settings, callers, listener, browser)
                finally:
                    if browser is not None:
                        await browser.close()

    async def _measure(
        self,
        settings: Settings,
        callers: list[Caller],
        listener: LiveListener,
        browser: WatchingBrowser | None,
    ) -> AlarmFigures:
        pressing, beside = callers[: self._presses], callers[self._presses :]
        seconds = WARM_UP_S + self._presses * self._every_s + 2
        load = None
        if self._background:
            job = Job(
                host=settings.bind,
                port=settings.mqtt_port,
                callers=beside,
                rate=self._background,
                seconds=seconds,
                run="beside",
            )
            load = start_generator(job)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(listener.run(self._clock))
            await listener.connected.wait()
            lines = await dial(settings, pressing)
            await asyncio.sleep(WARM_UP_S)
            pressed = await self._press(lines, pressing)
            await listener.heard_all(set(pressed), LAST_ALERT_WITHIN_S)
            listening.cancel()
        for line in lines:
            line.close()
        seen = await browser.seen() if browser is not None else {}
        beside_figures = await asyncio.to_thread(finish, load) if load is not None else None
        return self._figures(
            pressed,
            listener,
            seen,
            round(beside_figures.acknowledged / seconds, 1) if beside_figures else 0.0,
        )

    async def _press(self, lines: list[Line], pressing: list[Caller]) -> dict[str, float]:
        """Press once in each home; home -> wall seconds of the press."""
        pressed: dict[str, float] = {}
        begun = self._clock.monotonic()
        for number, (line, caller) in enumerate(zip(lines, pressing, strict=True)):
            wait = begun + number * self._every_s - self._clock.monotonic()
            await asyncio.sleep(max(0.0, wait))
            now = self._clock.now()
            pressed[caller.device.removesuffix("-hub")] = now.timestamp()
            press(line, caller, number, now)
        return pressed

    def _figures(
        self,
        pressed: dict[str, float],
        listener: LiveListener,
        seen: dict[str, float],
        background_per_s: float,
    ) -> AlarmFigures:
        to_alert, to_browser, alerts = Latencies(), Latencies(), 0
        in_browser = 0
        for home, at in pressed.items():
            heard = listener.heard.get(home)
            if heard is None:
                continue
            alerts += 1
            to_alert.record(heard.at - at)
            if heard.alert in seen:
                in_browser += 1
                to_browser.record(seen[heard.alert] - at)
        return AlarmFigures(
            presses=len(pressed),
            alerts=alerts,
            lost=len(pressed) - alerts,
            background_per_s=background_per_s,
            press_to_alert_ms=to_alert.figures(),
            press_to_browser_ms=to_browser.figures(),
            in_browser=in_browser,
        )


async def dial(settings: Settings, pressing: list[Caller]) -> list[Line]:
    """One connection for each home that will press, all let in."""
    lines: list[Line] = []
    for caller in pressing:
        hello = connect(caller.device, caller.username, caller.password)
        _, line = await asyncio.get_running_loop().create_connection(
            lambda hello=hello: Line(hello, lambda _: None),  # type: ignore[misc]
            settings.bind,
            settings.mqtt_port,
        )
        if await line.accepted:
            raise StoreUnavailable(f"The gateway refused {caller.device}.")
        lines.append(line)
    return lines


def press(line: Line, caller: Caller, number: int, now: datetime) -> None:
    """Somebody presses their pendant: the message `press-NUMBER`."""
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    body = f'{{"id":"press-{number}","at":"{at}","type":"pendant"}}'.encode()
    topic = Topic(f"telecare/v1/{caller.org}/{caller.device}/up/alarm")
    line.send(topic.publish(number % 65_535 + 1, body))
