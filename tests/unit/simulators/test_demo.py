"""A demo whose first start breaks off: the next one misses nothing of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import Connection

from simulators import demo, staff
from telecare.register import open_register
from telecare.register.ground import Ground
from telecare.settings import Settings


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


def dies_before(monkeypatch: pytest.MonkeyPatch, *adding: str) -> None:
    """The process dies once before the register takes in each of these."""
    left, change = list(adding), Ground.change

    @contextmanager
    def until_death(self: Ground, already: str) -> Iterator[Connection]:
        for each in left:
            if each in already:
                left.remove(each)
                raise Killed
        with change(self, already) as connection:
            yield connection

    monkeypatch.setattr(Ground, "change", until_death)


def test_a_first_start_that_breaks_off_again_and_again_is_made_whole(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies_before(
        monkeypatch, "demo-01-contact-2", "demo-06-resident", "device demo-03-hub", "vehicle car-1",
        "riley has an account", "demo-01-contact-1 has an account", "account tec",
    )  # fmt: skip
    with closing(open_register(sqlite_settings)) as register:
        for _ in range(7):
            with pytest.raises(Killed):
                demo.prepare(register, sqlite_settings)
        access = demo.prepare(register, sqlite_settings)

        homes = {each.home for each in register.homes.homes(demo.ORG)}
        assert len(homes) == 12
        assert {each.home for each in register.residents.residents(demo.ORG)} == homes
        assert {each.home for each in register.contacts.contacts(demo.ORG)} == homes
        assert {each.home for each in register.devices.devices(demo.ORG)} == homes
        assert len(register.teams.vehicles(demo.ORG)) == 1
        assert [each.member for each in register.teams.shifts(demo.ORG)] == [staff.MEMBER]
        assert register.accounts.member(demo.ORG, "responder") == staff.MEMBER
        assert len(register.accounts.contacts(demo.ORG, "family")) == 1
        for username in (access.username, *staff.USERNAMES):
            assert register.people.by_password(username, access.password) is not None

        before = register.version()
        assert demo.prepare(register, sqlite_settings) == access
        assert register.version() == before, "who was let go meanwhile stays gone"
