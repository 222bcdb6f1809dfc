"""F50: a backup is restored three days later. Old messages are not sent; operators are told."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from responder.acting.jobs import JobAct
from responder.whom.people import worker_home
from telecare.clock import HandClock, RealClock
from telecare.settings import Settings
from tests.harness.duty import Duty, Mailbag, duty, furnish
from tests.harness.post import mail_server
from tests.harness.postgres import binaries_of
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until
from tests.harness.world import World
from tests.harness.world import world as begin


def test_messages_of_three_days_ago_stay_here(sqlite_settings: Settings, clock: HandClock) -> None:
    world = Duty(sqlite_settings, clock, HandClock(clock.now()), Mailbag())
    furnish(world.responder.register)
    world.press()
    world.intake.step()
    clock.forward(minutes=3)
    world.steps.step()  # a letter is written down, and then the backup is taken

    clock.forward(days=3)
    while world.post.step():
        pass
    assert world.mailbag.letters == []
    line = world.only()
    assert world.acts(line.id)[-1] == "undelivered"

    world.settle()
    line = world.only()
    assert line.announced_at == clock.now()
    assert line.next_due_at is not None
    assert line.next_due_at > clock.now()
    world.responder.close()


def test_a_dump_is_restored_three_days_later_and_a_process_starts_on_it(
    settings: Settings, tmp_path: Path
) -> None:
    """A letter was under way when the dump was made, and the press stands in the queue."""
    then = HandClock(RealClock().now() - timedelta(days=3), is_real=True)
    with duty(settings, then, HandClock(then.now())) as world:
        world.press()
        world.intake.step()
        then.forward(minutes=3)
        world.steps.step()
        alert = world.only().id

    with mail_server() as mail, from_a_dump(settings, tmp_path / "restored") as made:
        restored = made.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": mail.port})
        with ResponderProcess(restored) as responder:
            now = HandClock(RealClock().now(), is_real=True)
            after = Duty(restored, now, HandClock(now.now()), Mailbag())
            until(lambda: "undelivered" in after.acts(alert))
            until(lambda: after.only().next_due_at > now.now())  # type: ignore[operator]
            line = after.only()
            assert line.announced_at is not None  # the desk is told anew, of today
            assert line.announced_at >= now.now() - timedelta(minutes=1)
            assert str(line.announcement).endswith(
                "We stood still for 3 days, or an older backup was brought back: ask what was "
                "done meanwhile."
            )
            assert responder.leave() == 0
            assert after.desk.verify_chain("north").whole
            after.responder.close()
        assert "daughter1@family.example" not in mail.recipients


def test_what_is_said_late_about_a_dispatch_says_why(sqlite_settings: Settings) -> None:
    """While we stood still a responder was late, a crew silent, and one inside not asked."""
    with begin(sqlite_settings) as county:
        for home, team in enumerate(("valley", "coast", "moor"), 1):
            county.home(home)
            county.team(team, f"{team}-crew", at=(50.7, -2.4))
            county.press(f"pendant-{home}")
            desk = county.operator(home)
            desk.claims(home)
            desk.sends(home, team)
        driving, inside = (county.driver(f"{t}-crew", t) for t in ("valley", "moor"))
        driving.says(JobAct.TAKE)
        inside.says(JobAct.TAKE)
        inside.says(JobAct.ARRIVED)
        county.forward(minutes=0.5)
        county.clock.forward(minutes=21)
        county.dispatches.step()  # they are asked whether they are safe, and then all stops
        county.clock.forward(minutes=40)
        after = World(sqlite_settings, county.clock, county.machine, county.mailbag)
        while after.dispatches.step():  # before the first step of an alert
            pass
        after.settle()
        still = "We stood still for 40 minutes, or an older backup was brought back: ask what was"
        for home in (1, 2):
            desk.expect(home, called=still)
        assert still in after.alert(worker_home(inside.id)).sentence
        after.responder.close()


@contextmanager
def from_a_dump(settings: Settings, folder: Path) -> Iterator[Settings]:
    """The installation as its backup has it, on a database of its own."""
    shutil.copytree(settings.data_dir, folder)
    made = settings.model_copy(update={"data_dir": folder})
    if settings.database_url is None:
        yield made
        return
    binaries = binaries_of()
    if binaries is None:
        pytest.skip("PostgreSQL's own programs are missing: install Debian's postgresql")
    url = settings.database_url.get_secret_value()
    name = f"{make_url(url).database}_restored"
    dump = subprocess.run(
        [binaries / "pg_dump", "--format=custom", url], check=True, capture_output=True
    ).stdout
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
        target = make_url(url).set(database=name).render_as_string(hide_password=False)
        subprocess.run([binaries / "pg_restore", "--dbname", target], check=True, input=dump)
        yield made.model_copy(update={"database_url": SecretStr(target)})
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
