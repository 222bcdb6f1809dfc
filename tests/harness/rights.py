"""What a device may say and hear, as one table, and real doors to ask it of."""

from __future__ import annotations

from tests.harness.mqtt import MqttClient

OWN = "telecare/v1/oak/hub-7/"
SAYINGS = [
    ("own alarm", OWN + "up/alarm", True),
    ("own, downward", OWN + "down/receipt", False),
    ("other device", "telecare/v1/oak/hub-8/up/alarm", False),
    ("other device whose name begins the same", "telecare/v1/oak/hub-70/up/alarm", False),
    ("other organisation", "telecare/v1/elm/hub-7/up/alarm", False),
    ("wildcard of one level", "telecare/v1/oak/+/up/alarm", False),
    ("wildcard of all levels", OWN + "up/#", False),
    ("above its own", "telecare/v1/oak/hub-7", False),
    ("a maker's topic", "zigbee2mqtt/bridge/state", False),
    ("$SYS", "$SYS/telecare/clients", False),
]
"""Cell of the matrix, topic that oak's hub-7 publishes to, whether it arrives."""
HEARINGS = [
    ("own", OWN + "down/#", OWN + "down/command", True),
    ("own, one topic", OWN + "down/receipt", OWN + "down/receipt", True),
    ("own, upward", OWN + "up/#", OWN + "up/alarm", False),
    ("other device", "telecare/v1/oak/hub-8/down/#", "telecare/v1/oak/hub-8/down/command", False),
    ("other organisation", "telecare/v1/elm/hub-7/down/#", "telecare/v1/elm/hub-7/down/x", False),
    ("wildcard device", "telecare/v1/oak/+/down/#", "telecare/v1/oak/hub-8/down/x", False),
    ("wildcard organisation", "telecare/v1/+/hub-7/down/#", "telecare/v1/elm/hub-7/down/x", False),
    ("everything, downward", "#", "telecare/v1/oak/hub-8/down/command", False),
    ("everything, upward", "#", "telecare/v1/oak/hub-8/up/alarm", False),
    ("shared", "$share/all/telecare/v1/oak/+/down/#", "telecare/v1/oak/hub-8/down/x", False),
    ("$SYS", "$SYS/#", "", False),
]
"""Cell, filter that oak's hub-7 asks for, topic somebody publishes to, whether hub-7 hears it."""
MARK = OWN + "down/mark"
WATCHER, WATCHERS_PASSWORD = "watcher", "sees and says everything, in this test only"


def arrives(port: int, version: int, password: str, topic: str) -> tuple[bool, int | None]:
    """Whether what hub-7 publishes arrives with a watcher, and what hub-7 was answered."""
    with MqttClient(port, version=version) as watcher, MqttClient(port, version=version) as hub:
        assert watcher.connect(WATCHER, WATCHERS_PASSWORD, client_id=WATCHER) == 0
        for everything in ("#", "$SYS/telecare/#"):
            assert watcher.subscribe(everything) < 0x80
        assert hub.connect("oak.hub-7", password, client_id="hub-7") == 0
        answer = hub.publish(topic, b"{}")
        with MqttClient(port, version=version) as marker:
            assert marker.connect(WATCHER + "-2", WATCHERS_PASSWORD, client_id="marker") == 0
            assert marker.publish(MARK, b"") == 0
        heard = list(iter(lambda: watcher.delivered()[0], MARK))
    return topic in heard, answer


def is_heard(port: int, version: int, password: str, wanted: str, topic: str) -> bool:
    """Whether hub-7, which asks for `wanted`, is given anything but the mark meant for it."""
    with MqttClient(port, version=version) as hub, MqttClient(port, version=version) as watcher:
        assert hub.connect("oak.hub-7", password, client_id="hub-7") == 0
        assert hub.subscribe(MARK) < 0x80
        hub.subscribe(wanted)
        assert watcher.connect(WATCHER, WATCHERS_PASSWORD, client_id=WATCHER) == 0
        if topic:
            # 16: nobody at all had asked for it, which is a success, too.
            assert watcher.publish(topic, b"{}") in (0, 16)
        assert watcher.publish(MARK, b"") == 0
        return list(iter(lambda: hub.delivered()[0], MARK)) != []
