"""Everything that reads a stranger's bytes, each as a function that must not raise.

What each promises beyond that is asserted in it: a message never leaves without a place,
and nothing that may be a call for help passes unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from typing import Any, cast

import msgspec

from gateway.bridges import Bridge
from gateway.carelines import Carelines
from gateway.decoders import native
from gateway.decoders.said import Sensor
from gateway.dialects import BRIDGED, DIALECTS, Interpreter
from gateway.identity import Identity
from gateway.intake import Arrival, Intake, take_in, take_in_dialect
from gateway.service import Service
from gateway.sources.mqtt_endpoint.codec import PacketReader
from gateway.sources.nowip import NowIp
from gateway.sources.scaip import Scaip
from gateway.sources.sip_digest import Challenger, parameters_of
from gateway.sources.sip_endpoint import SipEndpoint, Terms
from gateway.sources.sip_wire import Came, Malformed, Stream, parse
from gateway.timestamps import Tolerance
from gateway.topics import TopicMap
from telecare.clock import HandClock
from telecare.messages import decode_reading, decode_signal, encode
from tests.harness.dialects import RECEIVED

SENSORS = {"x": Sensor("hall", "door", "pendant"), "plug/input:0": Sensor(alarm="pull_cord")}
HUB = Identity("oak", "home-7", "hub-7", timedelta(days=7), Bridge(TopicMap(), SENSORS))
TOPICS = {
    "zigbee2mqtt": ("x", "bridge/devices", "x/availability", "bridge/state"),
    "chirpstack": tuple(f"application/1/device/x/event/{e}" for e in ("up", "status", "location")),
    "things_stack": ("v3/a@t/devices/x/up", "v3/a/devices/x/location/solved"),
    "shelly": ("plug/events/rpc", "plug/status/switch:0", "plug/status/input:0", "plug/online"),
    "tasmota": ("tele/x/SENSOR", "stat/x/RESULT", "tele/x/LWT"),
    "owntracks": ("jane/x", "jane/x/event"),
    "radar": ("/devices/x/events", "/devices/x/state"),
    "home_assistant": ("binary_sensor/x/config", "sensor/n/x/config"),
}
assert TOPICS.keys() == BRIDGED


def mqtt(data: bytes) -> None:
    """The packet parser: the same packets however the bytes are cut."""
    whole = PacketReader().feed(data)
    reader, cut = PacketReader(), len(data) // 3
    pieces = reader.feed(data[:cut]) + reader.feed(data[cut:])
    assert repr(pieces) == repr(whole)


def own(data: bytes) -> None:
    """The native contract, as an alarm: it is stored, or somebody is asked."""
    intake = take_in(Arrival(HUB, "alarm", data, RECEIVED), native.decode, Tolerance())
    assert intake.signal is not None
    _hold([intake])


def dialect(name: str, data: bytes) -> None:
    """A decoder, on each of its topics."""
    for topic in TOPICS.get(name, ("message",)):
        arrival = Arrival(HUB, topic, data, RECEIVED, dialect=name)
        intakes = take_in_dialect(arrival, Interpreter(), Tolerance())
        _hold(intakes)
        assert all(each.quarantined is None or each.quarantined.reason != "decoder_failed"
                   for each in intakes)  # fmt: skip
        if any(each.quarantined for each in intakes) and DIALECTS[name].may_cry(topic, data, {}):
            assert intakes[0].signal is not None


def _hold(intakes: list[Intake]) -> None:
    """What is to be stored can be stored and read again."""
    for intake in intakes:
        if intake.reading is not None:
            assert 1 <= len(intake.reading.id) <= native.ID_LIMIT
            assert decode_reading(encode(intake.reading)).id == intake.reading.id
        if intake.signal is not None:
            assert decode_signal(encode(intake.signal)).id == intake.signal.id


def sip_datagram(data: bytes) -> None:
    """The SIP parser: a message or `Malformed`."""
    try:
        parse(data)
    except Malformed:
        return


def sip_stream(data: bytes) -> None:
    """The SIP stream: the same messages however the bytes are cut, before what is malformed too."""
    assert _streamed([data]) == _streamed([data[:7], data[7:100], data[100:]])


def _streamed(pieces: list[bytes]) -> tuple[int, bool]:
    stream, found = Stream(), 0
    try:
        for piece in pieces:
            for _ in stream.feed(piece):
                found += 1
    except Malformed:
        return found, True
    return found, False


def digest(data: bytes) -> None:
    """The Authorization header."""
    header = data.decode(errors="replace")
    parameters_of(header)
    Challenger().check(header, "MESSAGE", 1.0, "h", {"x": "y"}.get)


def careline(data: bytes) -> None:
    """What is answered to a message nobody may be able to read."""
    for conversation in (Scaip(), NowIp()):
        about = conversation.about(data)
        answer = conversation.answer(data, about, about.code, "sip:a@b?x=<&>", "02:53:10")
        assert answer is None or answer.startswith((b"<mrs><ref>", b"<ATM><version>"))


class Ear:
    """A peer that counts what it is sent."""

    came = Came("UDP", "127.0.0.1", 5060)

    def __init__(self) -> None:
        self.heard = 0

    def send(self, data: bytes) -> None:
        assert data.startswith((b"SIP/2.0 ", b"MESSAGE sip:"))
        parse(data)
        self.heard += 1


class Door:
    """A whole SIP endpoint on a trusted network, its service's loop standing still."""

    def __init__(self) -> None:
        clock = HandClock(RECEIVED)
        nobody = cast("Any", None)
        service = Service(nobody, native.decode, clock, nobody)
        terms = Terms((ip_network("127.0.0.0/8"),), "oak")
        carelines = Carelines(nobody, "sip:desk@example.org")
        self.endpoint = SipEndpoint(service, carelines, clock, terms, clock.monotonic)
        self.uses = 0


_doors: list[Door] = []


def sip_endpoint(data: bytes) -> None:
    """A whole request, answered."""
    try:
        message = parse(data)
    except Malformed:
        return
    if not _doors or _doors[-1].uses > 1000:
        _doors[:] = [Door()]
    _doors[-1].uses += 1
    _doors[-1].endpoint.heard(Ear(), message)


def _reader(name: str) -> Callable[[bytes], None]:
    return lambda data: dialect(name, data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "mqtt": mqtt,
    "native": own,
    "sip_datagram": sip_datagram,
    "sip_stream": sip_stream,
    "sip_endpoint": sip_endpoint,
    "digest": digest,
    "careline": careline,
    **{name: _reader(name) for name in DIALECTS},
}
"""By name, in an order that stays: a corpus names them by their place."""

_SIP = (
    b"MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h:5060;branch=z9hG4bK1;rport\r\n"
    b'From: "X" <sip:26317@h>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n'
    b'Authorization: Digest username="x", realm="telecare", nonce="1-2-3", uri="u", '
    b'response="r", qop=auth, nc=00000001, cnonce="c"\r\nContent-Length: %d\r\n\r\n%s'
)
_MRQ = (
    b"<mrq><ref>1</ref><mty>ME</mty><cid>26317</cid><dty>3</dty><stc>0010</stc>"
    b"<lge><geo>1,2</geo></lge></mrq>"
)
_ATM = (
    b"<ATM><version>1.5</version><type>1</type><data>110012345678000701900000</data>"
    b"<time>02:53:10</time><mac>.</mac></ATM>"
)
_JSON: dict[str, list[object]] = {
    "native": [{"id": "1", "type": "pendant", "at": "2026-03-10T02:53:10Z", "battery": 81}],
    "zigbee2mqtt": [
        {"contact": True, "smoke": "ON", "action": "sos", "last_seen": 1773111000000,
         "battery": 5, "power": 12.5, "tamper": True},
        [{"ieee_address": "0x1", "definition": {"exposes": [{"property": "smoke"}]}}],
    ],
    "chirpstack": [
        {"deduplicationId": "1", "time": "2026-03-10T02:53:10Z", "object": {"leak": 1},
         "rxInfo": [{"rssi": -1, "snr": 2}], "location": {"latitude": 1, "longitude": 2},
         "batteryLevel": 5.5, "fPort": 1, "data": "qg=="}
    ],
    "things_stack": [
        {"received_at": "2026-03-10T02:53:10Z", "end_device_ids": {"dev_eui": "1"},
         "uplink_message": {"session_key_id": "a", "f_cnt": 1, "decoded_payload": {"door": "open"},
                            "last_battery_percentage": {"value": 5}},
         "location_solved": {"location": {"latitude": 1}}}
    ],
    "shelly": [
        {"method": "NotifyStatus", "params": {"ts": 1773111000.5, "switch:0": {"apower": 5},
         "smoke:0": {"alarm": True}, "input:0": {"state": True},
         "devicepower:0": {"battery": {"percent": 5}}}},
        {"method": "NotifyEvent", "params": {"events": [{"component": "input:0",
         "event": "single_push", "ts": 1773111000.5}]}},
        {"state": True, "apower": 7},
    ],
    "tasmota": [{"Time": "2026-03-10T02:53:10", "ENERGY": {"Power": 5}, "Switch1": "ON",
                 "AM2301": {"Temperature": 5, "Humidity": 6}}],
    "owntracks": [{"_type": "location", "lat": 1, "lon": 2, "tst": 1773111000, "acc": 5,
                   "batt": 9}],
    "radar": [
        {"type": 1, "payload": {"status": "calling", "timestamp": 1773111000000}},
        {"type": 4, "payload": {"presenceDetected": True}},
        {"device_info": {"device_sn": "1", "time": "x"}, "trigger_data": {"event": 0, "status": 1}},
    ],
    "home_assistant": [{"name": "n", "dev_cla": "smoke", "uniq_id": "u", "dev": {"mf": "m"}}],
}  # fmt: skip
SEEDS: dict[str, list[bytes]] = {
    "mqtt": [
        bytes.fromhex("101000044d5154540402003c000474657374"),
        b"\x32\x0a\x00\x03a/b\x00\x01x",
    ],
    "sip_datagram": [_SIP % (len(_MRQ), _MRQ)],
    "sip_stream": [_SIP % (len(_MRQ), _MRQ) * 2],
    "sip_endpoint": [_SIP % (len(_MRQ), _MRQ), _SIP % (len(_ATM), _ATM)],
    "digest": [b'Digest username="x", nonce="1-2-3", response="r", nc=1'],
    "careline": [_MRQ, _ATM],
    "scaip": [_MRQ],
    "door": [b'{"count":200,"limit":100.0}', b"{}"],
    "nowip": [_ATM],
    **{name: [msgspec.json.encode(each) for each in many] for name, many in _JSON.items()},
}
"""Sound messages from which a fuzzer starts."""
assert SEEDS.keys() == TARGETS.keys()
