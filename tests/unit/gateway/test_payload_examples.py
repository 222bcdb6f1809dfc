"""Each example in docs/payloads.md is what it says it is."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from gateway.bridges import bridge_of
from gateway.decoders.native import decode
from gateway.identity import Identity
from gateway.intake import Arrival, take_in
from gateway.timestamps import Tolerance
from tests.harness.dialects import RECEIVED, facts

PAGE = (Path(__file__).parents[3] / "docs" / "payloads.md").read_text()
EXAMPLES = re.findall(r"^```(?:json|xml) (\w+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_there_are_examples_of_everything() -> None:
    assert {name for name, _ in EXAMPLES} == {
        "alarm", "reading", "heartbeat", "acceleration", "location", "status", "bridge", "scaip",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "text"), EXAMPLES, ids=[name for name, _ in EXAMPLES])
def test_an_example_is_understood(name: str, text: str) -> None:
    if name == "bridge":
        bridge = bridge_of("oak", "hub-7", {"bridge": msgspec.json.decode(text)})
        assert bridge is not None
        assert bridge.sensors["fridge"].room == "kitchen"
    elif name == "scaip":
        assert facts("scaip", "message", text) == [("alarm", "pendant", None)]
    else:
        hub = Identity("oak", "home-7", "hub-7")
        arrival = Arrival(hub, name, text.encode(), RECEIVED)
        assert take_in(arrival, decode, Tolerance()).reading is not None
