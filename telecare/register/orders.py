"""What devices are told: how they should be set, and commands with an answer and a deadline.

Commands are kept apart from the register's version: each concerns one device, and the gateway
asks for those that wait. Whatever was told stays on file with who told it and what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from telecare.errors import Conflict, InvalidInput, NotFound
from telecare.register import tables
from telecare.register.ground import Ground, who_and_when
from telecare.register.names import plain_id
from telecare.register.secrets import new_id
from telecare.telling.dialects import fault_of
from telecare.vocabulary import COMMAND_TAKEN

LONGEST_SECONDS = 7 * 24 * 3600
BODY_BYTES = 4096
"""What the smallest devices can take in one message."""


class CommandState(StrEnum):
    """What came of a command."""

    WAITING = "waiting"
    """It is given to the device whenever it is there, until it answers."""
    DONE = "done"
    """The device says that it did it."""
    TAKEN = "taken"
    """The device has it, or has gone through it; its maker's protocol does not say whether it did
    it."""
    REFUSED = "refused"
    """The device says that it did not."""
    UNANSWERED = "unanswered"
    """The deadline passed without an answer. Whether it was done is not known."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """Something one device is to do."""

    org: str
    command: str
    device: str
    name: str
    body: dict[str, Any] = {}
    made_at: datetime
    made_by: str
    deadline_at: datetime
    state: CommandState = CommandState.WAITING
    ended_at: datetime | None = None
    answer: dict[str, Any] | None = None


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """How a device should be set."""

    org: str
    device: str
    version: int
    """Grows by one with every change; the device reports the one it runs."""
    body: dict[str, Any]
    set_at: datetime
    set_by: str


class Orders:
    """Commands and configurations of all organisations' devices."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def command(
        self, org: str, device: str, name: str, body: dict[str, Any], *, by: str, seconds: int
    ) -> Command:
        """Tell a device to do something within `seconds`, on record; in a maker's own words where
        `body` names their `dialect`. Raises `NotFound`, `InvalidInput`.
        """
        plain_id(name, "A command's name")
        if not 1 <= seconds <= LONGEST_SECONDS:
            raise InvalidInput(f"A command waits 1 to {LONGEST_SECONDS} seconds for its answer.")
        _fits(body)
        if fault := fault_of(body):
            raise InvalidInput(fault)
        now = self._ground.clock.now()
        made = Command(
            org=org, command=new_id("command"), device=device, name=name, body=body, made_at=now,
            made_by=by, deadline_at=now + timedelta(seconds=seconds),
        )  # fmt: skip
        self._known(org, device)
        with self._ground.note() as connection:
            values = msgspec.structs.asdict(made) | {"state": made.state.value}
            connection.execute(insert(tables.command).values(values))
            self._ground.deed(
                connection, org, by, "commanded", device=device, command=made.command, name=name
            )
        return made

    def ask(self, commands: Sequence[Command]) -> None:
        """For the platform itself: commands whose ids say why, each told once however often it
        is asked; those to devices that nobody registered are left out.
        """
        orgs = sorted({each.org for each in commands})
        known = select(tables.device.c.org, tables.device.c.device).where(
            tables.device.c.org.in_(orgs)
        )
        with self._ground.note() as connection:
            devices = {(row.org, row.device) for row in connection.execute(known)}
            rows = [
                msgspec.structs.asdict(each) | {"state": each.state.value}
                for each in commands
                if (each.org, each.device) in devices
            ]
            put = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
            if rows:
                connection.execute(put(tables.command).on_conflict_do_nothing(), rows)

    def answered(
        self, org: str, device: str, command: str, answer: dict[str, Any]
    ) -> Command | None:
        """The device's answer, in time or late: a late one is kept beside "unanswered". Its `value`
        is true if the device did it, or `COMMAND_TAKEN`.

        None when this device has no such command, or had answered it.
        """
        state = CommandState.REFUSED
        if answer.get("value") is True:
            state = CommandState.DONE
        elif answer.get("value") == COMMAND_TAKEN:
            state = CommandState.TAKEN
        return self._end(org, command, state, answer, tables.command.c.device == device)

    def overdue(self) -> list[Command]:
        """For the platform itself: commands whose deadline has passed without an answer."""
        return self._all(
            select(tables.command).where(
                tables.command.c.state == CommandState.WAITING.value,
                tables.command.c.deadline_at <= self._ground.clock.now(),
            )
        )

    def lapse(self, command: Command) -> None:
        """It is unanswered from now on, unless its answer has come meanwhile."""
        self._end(command.org, command.command, CommandState.UNANSWERED, None)

    def waiting(self) -> list[Command]:
        """For the gateway: what every device is still to be told, the oldest first."""
        return self._all(
            select(tables.command)
            .where(
                tables.command.c.state == CommandState.WAITING.value,
                tables.command.c.deadline_at > self._ground.clock.now(),
            )
            .order_by(tables.command.c.made_at, tables.command.c.command)
        )

    def commands(self, org: str, device: str, limit: int = 50) -> list[Command]:
        """A device's commands, the newest first."""
        return self._all(
            select(tables.command)
            .where(tables.command.c.org == org, tables.command.c.device == device)
            .order_by(tables.command.c.made_at.desc(), tables.command.c.command)
            .limit(limit)
        )

    def configure(
        self, org: str, device: str, body: dict[str, Any], *, by: str, version: int | None = None
    ) -> Config:
        """From now on the device should be set so, on record. Raises `NotFound`, `InvalidInput`,
        and `Conflict` where another `version` is in force by now than it was made from.
        """
        _fits(body)
        self._known(org, device)
        values = {"body": body, "set_at": self._ground.clock.now(), "set_by": by}
        key = {"org": org, "device": device}
        made_from = None if version is None else tables.device_config.c.version == version
        with self._ground.change("") as connection:
            put = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
            kept = connection.execute(
                put(tables.device_config)
                .values(key | values | {"version": 1})
                .on_conflict_do_update(
                    index_elements=["org", "device"],
                    set_=values | {"version": tables.device_config.c.version + 1},
                    where=made_from,
                )
                .returning(*tables.device_config.c)
            )
            row = kept.mappings().first()
            if row is None:
                raise Conflict(self._set_by_another(connection, org, device))
            config = Config(**row)
            self._ground.deed(
                connection, org, by, "config_set", device=device, version=config.version
            )
        return config

    def _set_by_another(self, connection: Connection, org: str, device: str) -> str:
        config = tables.device_config
        set_ = select(config.c.set_by, config.c.set_at, tables.organisation.c.time_zone).where(
            config.c.org == org,
            config.c.device == device,
            tables.organisation.c.org == config.c.org,
        )
        by, at, zone = connection.execute(set_).one()
        who, when = who_and_when(connection, org, by, at, zone)
        return f"{who} set this device otherwise {when}: read how it is set, and set it then."

    def configs(self, org: str | None = None, device: str | None = None) -> list[Config]:
        """How devices should be set: of one, of one organisation or, for the gateway, all."""
        query = select(tables.device_config)
        if org is not None:
            query = query.where(tables.device_config.c.org == org)
        if device is not None:
            query = query.where(tables.device_config.c.device == device)
        with self._ground.read() as connection:
            return [Config(**row) for row in connection.execute(query).mappings()]

    def _end(
        self,
        org: str,
        command: str,
        state: CommandState,
        answer: dict[str, Any] | None,
        *of: Any,
    ) -> Command | None:
        late = tables.command.c.state == CommandState.UNANSWERED.value
        open_ = tables.command.c.state == CommandState.WAITING.value
        mine = (tables.command.c.org == org) & (tables.command.c.command == command)
        values = {"state": state.value, "ended_at": self._ground.clock.now(), "answer": answer}
        with self._ground.note() as connection:
            changed = connection.execute(
                update(tables.command).where(mine, open_, *of).values(values)
            )
            if not changed.rowcount and answer is not None:
                changed = connection.execute(
                    update(tables.command)
                    .where(mine, late, tables.command.c.answer.is_(None), *of)
                    .values(answer=answer)
                )
            if not changed.rowcount:
                return None
            row = connection.execute(select(tables.command).where(mine)).mappings().one()
        return _command(row)

    def _known(self, org: str, device: str) -> None:
        query = select(tables.device.c.device).where(
            tables.device.c.org == org, tables.device.c.device == device
        )
        with self._ground.read() as connection:
            if connection.execute(query).first() is None:
                raise NotFound(f"There is no device {device} in {org}.")

    def _all(self, query: Any) -> list[Command]:
        with self._ground.read() as connection:
            return [_command(row) for row in connection.execute(query).mappings()]


def _command(row: RowMapping) -> Command:
    values: dict[str, Any] = dict(row)
    return Command(**values | {"state": CommandState(values["state"])})


def _fits(body: dict[str, Any]) -> None:
    if len(msgspec.json.encode(body)) > BODY_BYTES:
        raise InvalidInput(f"What a device is told has at most {BODY_BYTES} bytes of JSON.")
