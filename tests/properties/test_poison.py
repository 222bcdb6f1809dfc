"""Poison for everything that reads a stranger's bytes: nothing raises, nothing passes unseen.

The same targets as `make fuzz`; hypothesis brings structure, libFuzzer coverage.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import SEEDS, TARGETS

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(["on", "off", "open", "ME", "2026-03-10T02:53:10Z", "1e400", "fall_exit"])
)
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
JSON_TARGETS = sorted(name for name, seeds in SEEDS.items() if seeds[0][:1] in (b"{", b"["))


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_bytes_and_broken_messages(target: str, data: st.DataObject) -> None:
    body = data.draw(st.binary(max_size=200) | st.sampled_from(SEEDS[target]))
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body)))
        wound = data.draw(st.binary(max_size=3) | st.sampled_from([b'"', b"<", b"\r\n", b"&a;"]))
        body = body[:at] + wound + body[at + data.draw(st.integers(0, 3)) :]
    TARGETS[target](body)


@pytest.mark.parametrize("target", JSON_TARGETS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_sound_json_that_says_something_else(target: str, data: st.DataObject) -> None:
    whole = msgspec.json.decode(data.draw(st.sampled_from(SEEDS[target])))
    place = whole
    while isinstance(place, dict) and place:
        key = data.draw(st.sampled_from(sorted(place)))
        if not isinstance(place[key], dict) or data.draw(st.booleans()):
            place[key] = data.draw(NESTED)
            break
        place = place[key]
    TARGETS[target](msgspec.json.encode(whole))


LARGE = 60_000
HEAD = b"MESSAGE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nTo: <sip:a@b>\r\n"
TAIL = b"\r\nFrom: <sip:a@b>\r\nCall-ID: c\r\nCSeq: 1 MESSAGE\r\n\r\n"
LAUGHS = b'<!DOCTYPE mrq [<!ENTITY a "' + b"ha" * 500 + b'"><!ENTITY b "' + b"&a;" * 500 + b'">'
NASTY = {
    "brackets": b"[" * LARGE,
    "braces": b'{"a":' * (LARGE // 5),
    "quotes": b'"' * LARGE,
    "parameters": HEAD + b"Contact: <sip:a@b>" + b';a="' * (LARGE // 5) + TAIL,
    "domains": HEAD + b"Contact: <sip:" + b"a-" * 900 + b"!>" + TAIL,
    "vias": HEAD + b"Via: " + b"a," * 900 + TAIL,
    "digest": b"Digest " + b'a="",' * (LARGE // 5) + b"!",
    "headers": HEAD + b"X:y\r\n" * 3000 + TAIL,
    "blank lines": b"\r\n" * LARGE,
    "elements": b"<mrq>" + b"<a>" * (LARGE // 3),
    "attributes": b"<mrq " + b'a="b" ' * 2000 + b"/>",
    "laughs": LAUGHS + b"]><mrq><ref>" + b"&b;" * 500 + b"</ref></mrq>",
    "comments": b"<mrq>" + b"<!--" * 4000 + b"</mrq>",
    "digits": b'{"id":"1","value":' + b"9" * LARGE + b"}",
    "keys": b"{" + b",".join(b'"k%d":1' % n for n in range(6000)) + b"}",
}  # fmt: skip


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.timeout(30)
def test_nothing_is_quadratic_and_nothing_expands(nasty: str) -> None:
    for target in TARGETS.values():
        target(NASTY[nasty])


@pytest.mark.skipif(
    importlib.util.find_spec("atheris") is None, reason="atheris is missing: Linux on x86-64 only"
)
def test_a_slice_of_the_long_fuzzing(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--minutes", "0.15", "--folder", tmp_path],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert list(tmp_path.glob("crash-*")) == []
