"""What those who look after devices do is done whole, whoever else is at it, and is on record."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from responder.kept.following import Following
from telecare.errors import InvalidInput
from telecare.register.device import Device, sensors_of
from telecare.register.ground import at_the_machine
from telecare.vocabulary import Role
from tests.harness.duty import ORG, Duty, operator

TEC, COLLEAGUE = operator(4, role=Role.TEC), operator(5, role=Role.TEC)
BRIDGE = {"bridge": {"dialects": ["zigbee2mqtt"], "sensors": {}}}


@pytest.fixture
def bridge(world: Duty) -> Device:
    made = Device(
        org=ORG, device="bridge-1", home="home-1", serial="SN-1", settings=BRIDGE
    )  # fmt: skip
    world.responder.register.devices.add(made)
    return made


def sensors(world: Duty) -> dict[str, Any]:
    return sensors_of(world.responder.register.devices.device(ORG, "bridge-1"))


def acts(world: Duty) -> list[tuple[str, str, object]]:
    """Those about devices that are on record: act, who, which."""
    return [
        (each.act, each.actor, each.detail["device"])
        for each in world.reads.entries(ORG)
        if "device" in each.detail
    ]


def test_a_pendant_taken_in_while_a_colleague_takes_in_a_mat_keeps_its_meaning(
    world: Duty, bridge: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A meaning that was lost would be a pendant that calls nobody."""
    upkeep, newest = world.responder.upkeep, world.responder.upkeep._inbox.newest

    def meanwhile(org: str) -> Any:
        monkeypatch.undo()
        upkeep.adopt_sensor(
            COLLEAGUE, "bridge-1", "0x1", name="button", room="hall", means="pendant"
        )
        upkeep.expect_of_sensor(COLLEAGUE, "bridge-1", "button", {"heartbeat_seconds": 90_000})
        return newest(org)

    monkeypatch.setattr(upkeep._inbox, "newest", meanwhile)
    upkeep.adopt_sensor(TEC, "bridge-1", "0x2", name="mat", room="bedroom", means="bed")
    assert sensors(world) == {
        "button": {"room": "hall", "alarm": "pendant", "heartbeat_seconds": 90_000},
        "mat": {"room": "bedroom", "type": "bed"},
    }
    named = world.responder.register.devices.device(ORG, "bridge-1").settings["adopted"]
    assert named == {"0x1": "button", "0x2": "mat"}


def test_no_sensor_is_taken_in_whose_press_would_cancel_an_alarm(
    world: Duty, bridge: Device
) -> None:
    with pytest.raises(InvalidInput, match="cancels nobody's alarm"):
        world.responder.upkeep.adopt_sensor(
            TEC, "bridge-1", "0x1", name="button", room="hall", means="cancel"
        )
    assert sensors(world) == {}


def test_eight_who_take_in_a_sensor_of_one_bridge_at_once_lose_none(
    world: Duty, bridge: Device
) -> None:
    ready, upkeep = Barrier(8), world.responder.upkeep

    def adopt(number: int) -> None:
        ready.wait()
        name = f"button-{number}"
        upkeep.adopt_sensor(TEC, "bridge-1", name, name=name, room="", means="pendant")

    adopters = [Thread(target=adopt, args=(number,)) for number in range(8)]
    for each in adopters:
        each.start()
    for each in adopters:
        each.join()
    assert sensors(world) == {f"button-{n}": {"alarm": "pendant"} for n in range(8)}
    assert acts(world).count(("device_adopted", TEC.id, "bridge-1")) == 8


DEEDS: dict[str, Callable[[Duty], object]] = {
    "expect": lambda world: world.responder.onboarding.expect(
        TEC, Device(org=ORG, device="hub-9", home="home-1", serial="SN-9")
    ),
    "claim": lambda world: world.responder.onboarding.claim(TEC, ["bridge-1"]),
    "withdraw": lambda world: world.responder.onboarding.withdraw(TEC, device="bridge-1"),
    "rotate": lambda world: world.responder.upkeep.rotate(TEC, "bridge-1"),
    "revoke": lambda world: world.responder.upkeep.revoke(TEC, "bridge-1"),
    "replace": lambda world: world.responder.upkeep.replace(TEC, "bridge-1", "hub-9", "SN-9"),
    "configure": lambda world: world.responder.upkeep.configure(TEC, "bridge-1", {"volume": 3}),
    "command": lambda world: world.responder.upkeep.command(
        TEC, "bridge-1", "open-door", {}, 60
    ),
    "sensor": lambda world: world.responder.upkeep.expect_of_sensor(TEC, "bridge-1", "mat", {}),
    "adopt": lambda world: world.responder.upkeep.adopt_sensor(
        TEC, "bridge-1", "0x1", name="", room="", means=""
    ),
}  # fmt: skip
TOLD = {
    "expect": [("device_expected", "hub-9"), ("claim_made", "hub-9")],
    "claim": [("claim_made", "bridge-1")],
    "withdraw": [("claim_revoked", "bridge-1")],
    "rotate": [("device_rotated", "bridge-1")],
    "revoke": [("device_revoked", "bridge-1")],
    "replace": [("device_replaced", "bridge-1"), ("claim_made", "hub-9")],
    "configure": [("config_set", "bridge-1")],
    "command": [("commanded", "bridge-1")],
    "sensor": [("sensor_expected", "bridge-1")],
    "adopt": [("device_adopted", "bridge-1")],
}


@pytest.mark.parametrize("deed", DEEDS)
def test_what_is_done_to_a_device_is_on_record_though_we_die_right_after_it(
    world: Duty, bridge: Device, monkeypatch: pytest.MonkeyPatch, deed: str
) -> None:
    """The register has it: nobody may ask later in vain who opened that door."""
    if deed == "withdraw":
        world.responder.register.claims.make(ORG, ["bridge-1"], by="another")
    following = Following(world.works, world.responder.register, world.clock)
    while following.step():
        pass
    before = acts(world)
    works, began = world.works, type(world.works).begin
    calls = iter(range(100))

    def dying(self: Any, now: Any) -> Any:
        if next(calls):  # the first one only remembers how the actor is called
            raise KeyboardInterrupt
        return began(self, now)

    with monkeypatch.context() as dies:
        dies.setattr(type(works), "begin", dying)
        with pytest.raises(KeyboardInterrupt):
            DEEDS[deed](world)
    begun_anew = Following(works, world.responder.register, world.clock)
    while begun_anew.step():
        pass
    told = acts(world)[len(before) :]
    assert [(act, device) for act, _, device in told] == TOLD[deed]
    assert {actor for _, actor, _ in told} == {TEC.id}
    assert world.reads.staff(ORG)[TEC.id] == TEC.name


def test_an_act_at_the_machine_is_on_record_with_whose_it_was(world: Duty, bridge: Device) -> None:
    world.responder.register.devices.reissue(ORG, "bridge-1")
    world.responder.register.devices.revoke(ORG, "bridge-1")
    following = Following(world.works, world.responder.register, world.clock)
    while following.step():
        pass
    assert acts(world) == [
        ("device_rotated", at_the_machine(), "bridge-1"),
        ("device_revoked", at_the_machine(), "bridge-1"),
    ]
