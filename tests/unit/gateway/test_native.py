"""The native contract: what can be read, and why the rest cannot."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decoders import native
from gateway.decoders.native import Unreadable, decode
from telecare.vocabulary import QuarantineReason

NOT_JSON, WRONG_TYPE = QuarantineReason.NOT_JSON, QuarantineReason.WRONG_TYPE
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=20,
)
KNOWN = ["id", "at", "type", "room", "sensor", "value", "unit", "battery", "x"]


def heard(read: Callable[[bytes], native.Statement], payload: bytes) -> object:
    """What is understood, or why it is not."""
    try:
        return read(payload)
    except Unreadable as error:
        return (error.reason, error.why)


def test_a_kettle_says_everything_it_can() -> None:
    said = decode(
        b'{"id": "k-1", "at": "2026-03-10T07:30:00+01:00", "type": "power", "room": "kitchen",'
        b' "sensor": "kettle", "value": 2100, "unit": "W", "battery": 88, "firmware": "1.2"}'
    )
    assert (said.id, said.type, said.room, said.sensor) == ("k-1", "power", "kitchen", "kettle")
    assert said.at == datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
    assert (said.value, said.unit, said.battery) == (2100.0, "W", 88.0)
    assert said.data == {"firmware": "1.2"}, "what we do not know is kept as it came"


@pytest.mark.parametrize("name", ["data", "\x7f", "fw\\version", "poids-é"])
def test_a_field_of_any_name_is_kept_as_it_came(name: str) -> None:
    said = decode(json.dumps({"id": "k-1", name: {"a": 1}}, ensure_ascii=False).encode())
    assert said.data == {name: {"a": 1}}


@given(st.dictionaries(st.sampled_from([*KNOWN, "data", "\x7f"]), JSON))
def test_the_short_way_says_what_the_long_way_says(fields: dict[str, object]) -> None:
    for payload in (json.dumps(fields).encode(), json.dumps(fields, ensure_ascii=False).encode()):
        assert heard(native.decode, payload) == heard(native._read, payload)


def test_a_door_says_true_and_not_one() -> None:
    assert decode(b'{"id": "d", "value": true}').value is True


@pytest.mark.parametrize(
    ("payload", "reason", "word"),
    [
        (b"", NOT_JSON, "not JSON"),
        (b"help", NOT_JSON, "not JSON"),
        (b'{"id": "a"', NOT_JSON, "not JSON"),
        (b'{"id": "\xff"}', NOT_JSON, "UTF-8"),
        (b'{"id": "a", "value": NaN}', NOT_JSON, "not JSON"),
        (b'{"id": "a", "value": Infinity}', NOT_JSON, "not JSON"),
        (b'{"id": "a", "value": 1e999}', WRONG_TYPE, "finite"),
        (b'{"id": "a", "value": 1' + b"0" * 400 + b"}", WRONG_TYPE, "larger"),
        (b'{"id": "a", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", WRONG_TYPE, "deeply"),
        (b'{"id": "a", "x": ' + b"[" * 20 + b"]" * 20 + b"}", WRONG_TYPE, "deeply"),
        (b"[1]", WRONG_TYPE, "not an object"),
        (b"null", WRONG_TYPE, "not an object"),
        (b'{"type": "motion"}', WRONG_TYPE, "id is missing"),
        (b'{"id": 7}', WRONG_TYPE, "id is not text"),
        (b'{"id": ""}', WRONG_TYPE, "1 to 64"),
        (b'{"id": "' + b"x" * 65 + b'"}', WRONG_TYPE, "1 to 64"),
        (b'{"id": "a\\u0000b"}', WRONG_TYPE, "printed"),
        (b'{"id": "a", "type": ["fall"]}', WRONG_TYPE, "type is not text"),
        (b'{"id": "a", "at": 1700000000}', WRONG_TYPE, "at is not a time"),
        (b'{"id": "a", "at": "yesterday"}', WRONG_TYPE, "RFC 3339"),
        (b'{"id": "a", "at": "2026-03-10T07:30:00"}', WRONG_TYPE, "offset"),
        (b'{"id": "a", "at": "0001-01-01T00:00:00+14:00"}', WRONG_TYPE, "calendar"),
        (b'{"id": "a", "value": {"on": 1}}', WRONG_TYPE, "value must be"),
        (b'{"id": "a", "battery": "full"}', WRONG_TYPE, "battery is not a number"),
        (b'{"id": "a", "battery": true}', WRONG_TYPE, "battery is not a number"),
        (b'{"id": "a", "battery": 101}', WRONG_TYPE, "between 0 and 100"),
    ],
)
def test_what_cannot_be_read_says_why(payload: bytes, reason: QuarantineReason, word: str) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(payload)
    assert caught.value.reason is reason
    assert word in caught.value.why
    assert caught.value.why.endswith(".")


def test_a_minute_of_acceleration_is_not_nested_too_deeply() -> None:
    window = b"[" + b",".join([b"[12,-30,998]"] * 3000) + b"]"
    said = decode(b'{"id": "w", "hz": 50, "xyz_mg": ' + window + b"}")
    assert len(said.data["xyz_mg"]) == 3000


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(payload: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert 1 <= len(decode(payload).id) <= 64


@given(st.dictionaries(st.sampled_from(KNOWN), JSON))
def test_no_json_raises_anything_else(fields: dict[str, object]) -> None:
    # The standard library writes NaN, which msgspec never would.
    payload = json.dumps(fields).encode()
    with contextlib.suppress(Unreadable):
        assert 1 <= len(decode(payload).id) <= 64
