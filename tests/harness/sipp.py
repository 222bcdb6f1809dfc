"""SIPp, the call generator every SIP engineer knows, with scenario files of ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

SCENARIOS = Path(__file__).parents[1] / "sipp"
needs_sipp = pytest.mark.skipif(
    shutil.which("sipp") is None, reason="SIPp is missing: install Debian's sip-tester"
)


class Call(msgspec.Struct, frozen=True):
    """One unit's message."""

    user: str
    body: str
    media_type: str = "application/scaip+xml"


def sipp(
    scenario: str, port: int, calls: Sequence[Call], folder: Path, *, transport: str = "u1"
) -> list[str]:
    """Place `calls` one after the other; the bodies of the answers that came, in order.

    `transport` is SIPp's: `u1` for UDP, `t1` for TCP. Fails the test if a call failed.
    """
    listed = folder / "calls.csv"
    lines = [f"{each.user};{each.media_type};{each.body}" for each in calls]
    listed.write_text("\n".join(["SEQUENTIAL", *lines, ""]))
    messages = folder / "messages.log"
    ran = subprocess.run(
        [
            "sipp", f"127.0.0.1:{port}", "-i", "127.0.0.1", "-t", transport, "-nostdin",
            "-sf", SCENARIOS / f"{scenario}.xml", "-oocsf", SCENARIOS / "answers.xml",
            "-inf", listed, "-m", str(len(calls)), "-l", "1", "-r", "20",
            "-timeout", "60", "-timeout_error", "-trace_msg", "-message_file", messages,
        ],
        cwd=folder, capture_output=True, text=True, check=False, timeout=90,
    )  # fmt: skip
    said = messages.read_text() if messages.exists() else ""
    assert ran.returncode == 0, f"{ran.stdout[-2000:]}\n{ran.stderr[-2000:]}\n{said[-3000:]}"
    return re.findall(r"^(<mrs>.*|<ATM>.*<type>[A5]<.*)$", said, re.MULTILINE)
