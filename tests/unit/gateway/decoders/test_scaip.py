"""SCAIP requests: real ones, odd ones, and what the code tables make of them."""

from __future__ import annotations

import pytest

from gateway.decoders.native import Unreadable
from gateway.decoders.safe_xml import SIZE_LIMIT
from gateway.decoders.scaip import parse
from telecare.messages import CALL_REFERENCE
from tests.harness.dialects import facts, read


def mrq(**fields: str) -> str:
    given = {"ref": "1193308443", "cid": "10149471", "dty": "3"} | fields
    return "<mrq>" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in given.items()) + "</mrq>"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, ("alarm", "pendant")),
        ({"dty": "0003", "stc": "0010"}, ("alarm", "pendant")),
        ({"dty": " 03 ", "mty": "me"}, ("alarm", "pendant")),
        ({"dty": "2"}, ("alarm", "local_unit")),
        ({"dty": "4"}, ("alarm", "pull_cord")),
        ({"dty": "5", "stc": "9"}, ("alarm", "fall")),
        ({"dty": "23", "stc": "6"}, ("alarm", "smoke")),
        ({"dty": "26"}, ("alarm", "carbon_monoxide")),
        ({"dty": "11", "stc": "81"}, ("alarm", "medication_missed")),
        ({"dty": "11", "stc": "83"}, ("status", "pill_taken")),
        ({"dty": "20", "stc": "101"}, ("alarm", "low_temperature")),
        ({"stc": "19"}, ("alarm", "cancel")),
        ({"dty": "12", "stc": "3", "mty": "ME"}, ("alarm", "bed_exit")),
        ({"dty": "18", "stc": "003"}, ("alarm", "occupancy")),
        ({"dty": "12", "stc": "3", "mty": "IN"}, ("status", "absent")),
        ({"dty": "2", "stc": "3"}, ("status", "absent")),
        ({"dty": "37"}, ("alarm", "heat")),
        ({"dty": "99", "stc": "777"}, ("alarm", "scaip_device_99_status_777")),
        ({"dty": "pendant"}, ("alarm", "scaip_device_-1_status_10")),
        ({"dty": "", "stc": ""}, ("alarm", "scaip_device_0_status_10")),
        ({"mty": "XX"}, ("alarm", "pendant")),
        ({"mty": "PI", "stc": "102"}, ("heartbeat", "heartbeat")),
        ({"mty": "PI", "stc": "9"}, ("heartbeat", "heartbeat")),
        ({"mty": "PI"}, ("heartbeat", "heartbeat")),
        ({"mty": "RE"}, ("reading", "reset")),
        ({"mty": "IN", "stc": "4"}, ("status", "information")),
        ({"stc": "16"}, ("status", "battery_low")),
        ({"stc": "0085"}, ("status", "mains_failure")),
        ({"stc": "86"}, ("status", "mains_restored")),
        ({"dty": "8", "stc": "6"}, ("status", "information")),
    ],
)
def test_what_it_means(fields: dict[str, str], expected: tuple[str, str]) -> None:
    ((kind, type_, _),) = facts("scaip", "message", mrq(**fields))
    assert (kind, type_) == expected


def test_the_call_a_unit_makes_has_its_reference_where_it_can_speak() -> None:
    (spoken,) = read("scaip", "message", mrq())
    (mute,) = read("scaip", "message", mrq(crd="no-voice:"))
    (heartbeat,) = read("scaip", "message", mrq(mty="PI"))
    references = [each.statement.data.get(CALL_REFERENCE) for each in (spoken, mute, heartbeat)]
    assert references == ["1193308443", None, None]


@pytest.mark.parametrize(
    "body",
    [
        mrq().replace("mrq>", "scaip>"),
        mrq().replace("mrq>", "MRQ>").replace("cid>", "CID>"),
        "<?xml version='1.0'?>\n" + mrq(),
        mrq().replace("<mrq>", "<mrq xmlns='urn:x'>"),
        mrq(new="1") + "\n\0",
        "<mrq><stc>10</stc><dty>3</dty><cid>10149471</cid><ref>1193308443</ref></mrq>",
    ],
)
def test_generous_with_the_form(body: str) -> None:
    assert facts("scaip", "message", body) == [("alarm", "pendant", None)]
    assert parse(body.encode()).controller == "10149471"


def test_what_differs_from_the_standard_is_noted_and_kept() -> None:
    (said,) = read("scaip", "message", mrq(cid="+46701234567", did="123456789012", zzz="7"))
    assert said.statement.data["non_conforming"] == ["cid", "did", "zzz"]
    assert said.statement.data["scaip_zzz"] == "7"
    assert parse(mrq(cid="+46701234567").encode()).controller == "46701234567"


def test_a_room_a_text_and_a_place() -> None:
    body = mrq(lco="011", dte="Bath cord").replace(
        "</mrq>", "<lge><geo>50.7150,-2.4367</geo><tim>2026-03-10T02:53:10+00:00</tim></lge></mrq>"
    )
    (said,) = read("scaip", "message", body)
    assert (said.statement.room, said.statement.sensor) == ("bathroom", "Bath cord")
    assert said.statement.data["scaip_geo"] == "50.7150,-2.4367"
    assert said.statement.at is not None


def test_the_same_call_again_has_the_same_id_and_another_has_not() -> None:
    first = read("scaip", "message", mrq())[0].statement.id
    assert read("scaip", "message", mrq(dty="0003", stc="0010"))[0].statement.id == first
    assert read("scaip", "message", mrq(dty="5"))[0].statement.id != first
    assert read("scaip", "message", mrq(ref="2"))[0].statement.id != first


LAUGHS = (
    '<!DOCTYPE mrq [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><mrq><ref>&c;</ref></mrq>'
)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "mrq",
        "<mrq><ref>1</mrq>",
        "<mrs><ref>1</ref></mrs>",
        LAUGHS,
        '<!DOCTYPE mrq SYSTEM "file:///etc/passwd"><mrq/>',
        '<?xml version="1.0" encoding="utf-99"?><mrq/>',
        "<mrq>" + "<a>" * 5000 + "</a>" * 5000 + "</mrq>",
        "<mrq>" + "<a/>" * 500 + "</mrq>",
        "<mrq>" + " " * SIZE_LIMIT + "</mrq>",
    ],
)
def test_what_cannot_be_read_is_said_to_be_so(body: str) -> None:
    with pytest.raises(Unreadable):
        read("scaip", "message", body)
