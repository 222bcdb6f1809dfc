"""The main job with every part real: `telecare up`, a device over MQTT, an operator's answer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import paho.mqtt.client as paho
import pytest
from paho.mqtt import publish
from paho.mqtt.enums import CallbackAPIVersion

from telecare.register import open_register
from telecare.register.devices import Device, IssuedCredential
from telecare.register.homes import Home
from telecare.settings import Settings
from tests.harness.installation import installation
from tests.harness.waiting import until

PRESSES = 500


class Hub:
    """A paho client that knows which of its messages were acknowledged."""

    def __init__(self, settings: Settings, credential: IssuedCredential) -> None:
        self.acknowledged: set[int] = set()
        self.receipts: list[bytes] = []
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=credential.username)
        self._client.username_pw_set(credential.username, credential.password)
        self._client.on_publish = lambda *arguments: self.acknowledged.add(arguments[2])
        self._client.on_message = lambda *arguments: self.receipts.append(arguments[2].payload)
        org, device = credential.username.split(".")
        self._topic = f"telecare/v1/{org}/{device}"
        self._client.connect("127.0.0.1", settings.mqtt_port)
        self._client.subscribe(f"{self._topic}/down/receipt", qos=1)
        self._client.loop_start()

    def say(self, kind: str, body: str) -> None:
        self._client.publish(f"{self._topic}/up/{kind}", body, qos=1)

    def leave(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def test_a_press_in_one_home_becomes_a_person_on_the_way(settings: Settings) -> None:
    with installation(settings) as world:
        added = world.telecare("device", "add", "--org", "dorset", "--home", "home-1",
                               "--kind", "hub", "hub-1")  # fmt: skip
        world.sign_in_with_token("dorset")
        hub = Hub(settings, IssuedCredential(username=added["username"],
                                             password=added["password"]))  # fmt: skip
        hub.say("alarm", '{"id": "a-1", "type": "pendant"}')
        until(lambda: len(world.alerts()) == 1, "the press is in the queue")
        until(lambda: b'"a-1"' in b"".join(hub.receipts), "the device has its receipt")
        (alert,) = world.alerts()
        assert (alert["priority"], alert["home"]) == ("emergency", "home-1")
        here = f"/api/v1/alerts/{alert['id']}"
        assert world.http.post(f"{here}/claim").is_success
        assert world.http.post(f"{here}/note", json={"text": "She answers"}).is_success
        closing = {"outcome": "helped_by_talking", "text": "Tea was spilt, nothing else"}
        assert world.http.post(f"{here}/resolve", json=closing).is_success
        assert world.alerts() == []
        counted = world.telecare("readings", "count")
        assert counted["count"] == 1
        hub.leave()


@pytest.mark.parametrize("service", ["detectors", "responder"])
def test_500_presses_are_500_alerts_while_a_service_is_killed(
    sqlite_settings: Settings, service: str
) -> None:
    settings = sqlite_settings
    credentials = homes_with_hubs(settings, PRESSES)
    with installation(settings) as world:
        world.sign_in_with_token("dorset")
        killer = threading.Timer(0.5, world.kill, [service])
        killer.start()
        with ThreadPoolExecutor(8) as street:
            list(street.map(lambda each: press(settings, each), credentials))
        killer.join()
        until(lambda: len(world.alerts()) >= PRESSES, "every press has its alert")
        until(world.is_ready, "the killed service works again")
        alerts = world.alerts()
        assert len(alerts) == PRESSES
        assert len({alert["home"] for alert in alerts}) == PRESSES
        assert {alert["signal_count"] for alert in alerts} == {1}


def homes_with_hubs(settings: Settings, count: int) -> list[IssuedCredential]:
    register = open_register(settings)
    register.organisations.add_organisation("dorset", "Dorset")
    issued = []
    for number in range(count):
        home = Home(org="dorset", home=f"home-{number}", address="", time_zone="Europe/London")
        register.homes.add_home(home)
        issued.append(
            register.devices.add(Device(org="dorset", device=f"hub-{number}", home=home.home))
        )
    register.close()
    return issued


def press(settings: Settings, credential: IssuedCredential) -> None:
    """Connect, press, wait for the PUBACK, leave."""
    org, device = credential.username.split(".")
    publish.single(
        f"telecare/v1/{org}/{device}/up/alarm",
        '{"id": "p-1", "type": "pendant"}',
        qos=1,
        hostname="127.0.0.1",
        port=settings.mqtt_port,
        client_id=credential.username,
        auth={"username": credential.username, "password": credential.password},
    )
