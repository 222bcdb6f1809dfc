"""A device is given a new password and goes on calling for help all the while."""

from __future__ import annotations

from responder.devices.roll_call import RollCall
from responder.store import Works
from telecare.clock import RealClock, sleep_real
from telecare.register.register import LOOK_AGAIN_SECONDS
from telecare.settings import Settings
from telecare.store.lane import LaneReader
from telecare.store.migrate import open_database
from tests.harness.door import open_door, world_of
from tests.harness.mqtt import MqttClient
from tests.harness.waiting import until

UP = "telecare/v1/oak/hub-7/up/"


def test_the_old_password_ends_when_the_new_one_was_seen_at_work(settings: Settings) -> None:
    clock = RealClock()
    own, gateway = open_database(settings, "responder"), open_database(settings, "gateway")
    with world_of(settings, clock) as world, open_door(settings, clock) as door:
        old = world.hub("hub-7")
        roll = RollCall(Works(own), world.register, LaneReader(gateway), clock)
        with MqttClient(door.port, version=5) as live:
            assert live.connect(old.username, old.password) == 0
            new = world.register.devices.rotate("oak", "hub-7")
            assert live.publish(UP + "alarm", b'{"id": "p-1", "type": "pendant"}') == 0
            roll.step()
            sleep_real(LOOK_AGAIN_SECONDS + 0.2)  # by then the door knows of it
            assert _connects(door.port, old.username, old.password)
            with MqttClient(door.port, version=5) as fresh:
                assert fresh.connect(new.username, new.password, client_id="b") == 0
                until(lambda: roll.step() > 0)
                assert live.disconnect_reason() == 135, "what used the old one is thrown out"
                assert fresh.ping(), "and what uses the new one is not"
        assert not _connects(door.port, old.username, old.password)
    own.close()
    gateway.close()


def _connects(port: int, username: str, password: str) -> bool:
    with MqttClient(port, version=5) as client:
        return client.connect(username, password, client_id="probe") == 0
