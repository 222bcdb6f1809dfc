"""Clients of different make, each making the same visit to a door and telling what came of it."""

from __future__ import annotations

import asyncio
import json
import queue
import shutil
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import aiomqtt
import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.harness.mqtt import PATIENCE

ROOT = Path(__file__).parents[2]
MQTT_JS = ROOT / ".parts" / "mqtt_js"
NOT_AUTHORIZED = 135
Answer = int | Literal["closed"]


class Visit(msgspec.Struct, frozen=True):
    """Where to go, as whom, and what to say there."""

    name: str
    port: int
    ca: str | None
    """The authority to trust, for TLS."""
    version: int
    username: str
    password: str
    press: str
    up: str
    down: str
    foreign: str
    """Somebody else's topic."""

    @property
    def trust(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.ca) if self.ca else None


class Outcome(msgspec.Struct, frozen=True):
    """What the client was told; 0 is a success, as it understood it."""

    refused: Answer
    """With a guessed password."""
    taken: Answer
    """Of its own press."""
    receipt: str
    """The id in the receipt it heard."""
    foreign: Answer
    """Of what it said on somebody else's topic."""


def mosquitto_clients(visit: Visit) -> Outcome:
    """mosquitto_rr, which says and hears over one connection, mosquitto_pub and mosquitto_sub."""
    version = "mqttv5" if visit.version == 5 else "mqttv311"
    common = ["-h", "localhost", "-p", str(visit.port), "-q", "1", "-u", visit.username,
              "-V", version]  # fmt: skip
    common += ["--cafile", visit.ca] if visit.ca else []

    def run(tool: str, password: str, *arguments: str) -> tuple[Answer, str]:
        ran = subprocess.run(
            [tool, *common, "-P", password, *arguments],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        if "connection was lost" in ran.stderr:
            return "closed", ran.stdout
        # Of what MQTT 5 refuses after the welcome it speaks, and leaves with 0.
        if "Not authorized" in ran.stderr:
            return NOT_AUTHORIZED, ran.stdout
        return ran.returncode, ran.stdout

    refused, _ = run("mosquitto_pub", "a guess", "-t", visit.up, "-m", visit.press)
    granted, _ = run("mosquitto_sub", visit.password, "-t", visit.down, "-E")
    assert granted == 0
    taken, answer = run(
        "mosquitto_rr", visit.password, "-t", visit.up, "-e", visit.down, "-m", visit.press
    )
    foreign, _ = run("mosquitto_pub", visit.password, "-t", visit.foreign, "-m", visit.press)
    return Outcome(refused, taken, json.loads(answer)["id"], foreign)


class _Paho:
    def __init__(self, visit: Visit, password: str) -> None:
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.receipts: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self.client = client = paho.Client(
            CallbackAPIVersion.VERSION2,
            protocol=MQTTProtocolVersion(visit.version),
            reconnect_on_failure=False,
        )
        client.username_pw_set(visit.username, password)
        if visit.trust is not None:
            client.tls_set_context(visit.trust)
        client.on_connect = lambda _c, _d, _f, reason, _p: self.answers.put(reason.value)
        client.on_publish = lambda _c, _d, _m, reason, _p: self.answers.put(reason.value)
        client.on_subscribe = lambda _c, _d, _m, reasons, _p: self.answers.put(reasons[0].value)
        client.on_disconnect = lambda *_: self.answers.put("closed")
        client.on_message = lambda _c, _d, message: self.receipts.put(bytes(message.payload))
        client.connect("localhost", visit.port)
        client.loop_start()

    def answer(self) -> Answer:
        return self.answers.get(timeout=PATIENCE)

    def leave(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def paho_client(visit: Visit) -> Outcome:
    """paho, in its own thread."""
    stranger, own = _Paho(visit, "a guess"), _Paho(visit, visit.password)
    try:
        refused = stranger.answer()
        assert own.answer() == 0
        own.client.subscribe(visit.down, 1)
        assert own.answer() == 1
        own.client.publish(visit.up, visit.press, 1)
        taken, receipt = own.answer(), own.receipts.get(timeout=PATIENCE)
        own.client.publish(visit.foreign, visit.press, 1)
        return Outcome(refused, taken, json.loads(receipt)["id"], own.answer())
    finally:
        stranger.leave()
        own.leave()


def aiomqtt_client(visit: Visit) -> Outcome:
    """aiomqtt."""

    def client(password: str) -> aiomqtt.Client:
        return aiomqtt.Client(
            "localhost", visit.port, username=visit.username, password=password,
            protocol=aiomqtt.ProtocolVersion(visit.version), tls_context=visit.trust,
            timeout=PATIENCE,
        )  # fmt: skip

    async def make() -> Outcome:
        refused: Answer = 0
        try:
            async with client("a guess"):
                pass
        except aiomqtt.MqttCodeError as error:
            value = getattr(error.rc, "value", error.rc)
            refused = value if isinstance(value, int) else "closed"
        foreign: Answer = 0
        try:
            async with client(visit.password) as own:
                await own.subscribe(visit.down, 1)
                await own.publish(visit.up, visit.press, 1)
                body = (await anext(own.messages)).payload
                assert isinstance(body, bytes)
                said = asyncio.ensure_future(own.publish(visit.foreign, visit.press, 1))
                # Only whoever waits for messages is told at once that the connection ended.
                heard = asyncio.ensure_future(anext(own.messages))
                done, waiting = await asyncio.wait(
                    {said, heard}, return_when=asyncio.FIRST_COMPLETED
                )
                for each in waiting:
                    each.cancel()
                await asyncio.gather(*waiting, return_exceptions=True)
                await done.pop()
        except aiomqtt.MqttError:
            foreign = "closed"
        return Outcome(refused, 0, json.loads(body)["id"], foreign)

    return asyncio.run(make())


def mqtt_js(visits: Sequence[Visit]) -> dict[str, Outcome]:
    """MQTT.js, all visits in one process of Node.js; by the visits' names."""
    node = shutil.which("node")
    assert node is not None
    ran = subprocess.run(
        [node, ROOT / "tests" / "harness" / "mqtt_js" / "visit.js", MQTT_JS],
        input=msgspec.json.encode(visits), capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    return msgspec.json.decode(ran.stdout, type=dict[str, Outcome])
