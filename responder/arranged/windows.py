"""Windows in which what is known already opens no alert: begun, ended, on record."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from responder.arranged.calls import DESK
from responder.arriving import suppression
from responder.arriving.suppression import Cause, Window
from responder.kept.record import Act
from responder.life import alerts
from responder.life.due import planned
from responder.store import Work, Works, timed
from telecare.clock import Clock
from telecare.register import Register
from telecare.register.secrets import new_id
from telecare.tenancy import Actor
from telecare.vocabulary import AlertState, Role


class Windows:
    """What people say about their windows."""

    def __init__(self, works: Works, register: Register, clock: Clock) -> None:
        self._works = works
        self._register = register
        self._clock = clock

    def open(
        self,
        actor: Actor,
        home: str,
        cause: Cause,
        ends_at: datetime,
        *,
        begins_at: datetime | None = None,
    ) -> Window:
        """Keep what `cause` explains from opening alerts until `ends_at`.

        Alerts nobody has taken that it covers are set aside and their messages called back;
        the TEC team may say maintenance and test. Life-safety kinds go on as ever.
        """
        actor.require(*suppression.may_say(cause))
        self._register.homes.home(actor.org, home)
        now = self._clock.now()
        window = suppression.checked(
            Window(
                org=actor.org, id=new_id("window"), home=home, cause=cause,
                begins_at=begins_at or now, ends_at=ends_at, by=actor.id,
            ),
            now,
        )  # fmt: skip
        with self._works.begin(now) as work:
            timed.windows.put(work, window)
            work.done_by(actor, Act.WINDOW_OPENED, home=home, window=window.id, cause=cause.value)
            if window.is_active(now):
                window = begin_window(work, window, actor.id)
        return window

    def end(self, actor: Actor, window: str) -> Window:
        """It is over now: what it held back is looked at again at once. Who may say it may end
        it.
        """
        actor.require(*DESK, Role.TEC)
        with self._works.begin(self._clock.now()) as work:
            found = timed.windows.get(work, actor.org, window)
            actor.require(*suppression.may_say(found.cause))
            if found.ended_at is not None:
                return found
            ended = replace(found, ends_at=max(found.begins_at, work.now))
            return end_window(work, ended, actor.id)

    def windows(self, actor: Actor, home: str | None = None) -> list[Window]:
        """Those that hold or will, the first to end first; the TEC team sees its own causes, and
        not that a resident is in hospital.
        """
        actor.require(*DESK, Role.TEC)
        found = timed.windows.of_org(self._works.database, actor.org)
        return [
            each
            for each in found
            if home in (None, each.home) and actor.role in suppression.may_say(each.cause)
        ]


def begin_window(work: Work, window: Window, by: str) -> Window:
    """The window has begun: what waits in the home and is covered by it is set aside."""
    begun = replace(window, begun=True)
    timed.windows.put(work, begun)
    for alert in work.open_alerts([(window.org, window.home)]):
        signals = work.signals(alert.org, alert.id)
        if not suppression.covers(window, alert, signals):
            continue
        work.put(alerts.set_aside(alert, window.id, window.ends_at))
        timed.call_back(work, alert.org, alert.id)
        work.write(
            Act.SET_ASIDE, org=alert.org, actor=by, alert=alert.id, window=window.id,
            cause=window.cause.value,
        )  # fmt: skip
    return begun


def end_window(work: Work, window: Window, by: str) -> Window:
    """The window is over: what it set aside waits again, and what is still so is raised."""
    ended = replace(window, ended_at=work.now)
    timed.windows.put(work, ended)
    work.write(
        Act.WINDOW_ENDED, org=window.org, actor=by, alert=None, home=window.home,
        window=window.id, cause=window.cause.value,
    )  # fmt: skip
    for alert in work.open_alerts([(window.org, window.home)]):
        if alert.suppressed_by == window.id and alert.state is AlertState.WATCHING:
            work.put(planned(replace(alert, watch_until=work.now)))
    held = timed.held_back(work, window.org, window.id)
    if held:
        later = timed.signals_since(work, window.org, window.home, window.begins_at)
        for signal in suppression.still_true(held, later):
            timed.concern(work, suppression.again(signal, window, work.now))
    return ended
