"""A housing scheme whose flats call over SIP; a unit says a press again until it is safe."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from anyio.from_thread import BlockingPortal, start_blocking_portal

from gateway.commands_careline import register_careline
from simulators.sip import Account
from telecare.register import open_register
from telecare.register.devices import Device
from telecare.settings import Settings
from tests.harness.careline import scaip_unit
from tests.harness.street import ORG, moves_in

ANSWER_SECONDS = 1.0
"""How long a unit waits for the centre's own answer before it says the same again."""


class Scheme:
    """The units of its flats, lived in an event loop of their own."""

    def __init__(
        self, portal: BlockingPortal, settings: Settings, accounts: dict[str, Account]
    ) -> None:
        self._portal, self._port, self._accounts = portal, settings.sip_port, accounts
        self._lines = {unit: asyncio.Lock() for unit in accounts}
        self._calls: list[Future[None]] = []
        self.pressed: Counter[str] = Counter()
        """Presses, by the unit that carried them."""

    def lives(self, chance: random.Random) -> None:
        """Now and then somebody presses."""
        if chance.random() >= 0.15:
            return
        unit = chance.choice(sorted(self._accounts))
        self.pressed[unit] += 1
        self._calls.append(self._portal.start_task_soon(self._press, unit, self.pressed[unit]))

    def is_heard(self) -> bool:
        """Every press has its `<mrs>`."""
        return all(call.done() and call.result() is None for call in self._calls)

    def leave(self) -> None:
        for call in self._calls:
            call.cancel()

    async def _press(self, unit: str, number: int) -> None:
        controller = unit.removeprefix("unit-")
        async with (
            self._lines[unit],  # a unit makes one call at a time
            scaip_unit(self._port, self._accounts[unit], controller=controller) as line,
        ):
            while True:
                mrs = await line.call(
                    f"{number:08X}", patience=ANSWER_SECONDS,
                    mty="ME", dty="0003", stc="0010", crd="gsm:",
                )  # fmt: skip
                if mrs is not None and mrs.is_safe:
                    return


@contextmanager
def scheme(settings: Settings, flats: int) -> Iterator[Scheme]:
    """So many flats, each a home with a unit, a daughter and a son. Nothing need run."""
    accounts = {}
    register = open_register(settings)
    try:
        for number in range(901, 901 + flats):
            unit = f"unit-{number}"
            moves_in(register, f"flat-{number}")
            register.devices.add(Device(org=ORG, device=unit, home=f"flat-{number}"))
            issued = register_careline(register, ORG, unit, str(number))
            accounts[unit] = Account(issued["username"], issued["password"])
        desk = {"call_target": "sip:desk@arc.example.org"}
        register.organisations.change_settings(ORG, lambda known: known | desk)
    finally:
        register.close()
    with start_blocking_portal() as portal:
        made = Scheme(portal, settings, accounts)
        try:
            yield made
        finally:
            made.leave()
