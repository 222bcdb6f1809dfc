"""What `deploy/` gives a real installation: a unit for the services, a command line for root."""

from __future__ import annotations

import os
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[3] / "deploy"


def test_a_service_is_started_again_however_long_its_database_is_away() -> None:
    unit = ConfigParser(strict=False, interpolation=None)
    unit.read(DEPLOY / "systemd" / "telecare@.service")
    assert unit["Service"]["Restart"] == "always"
    assert unit["Unit"]["StartLimitIntervalSec"] == "0", "else systemd gives up after five"


@pytest.mark.parametrize(
    ("words", "role"),
    [("migrate", "owner"), ("brokers accept-new-session x", "gateway"), ("org add x", "responder")],
)
def test_a_command_has_the_role_it_needs_and_no_more(words: str, role: str, tmp_path: Path) -> None:
    for name in ("owner", "gateway", "responder"):
        (tmp_path / name).write_text(f"TELECARE_DATABASE_URL=postgresql://{name}@db/telecare\n")
    (tmp_path / "environment").write_text('TELECARE_SECOND_FACTOR_ROLES="operator supervisor"\n')
    runuser = tmp_path / "runuser"
    runuser.write_text(
        '#!/bin/sh\necho "$TELECARE_DATABASE_URL $TELECARE_SECOND_FACTOR_ROLES $@"\n'
    )
    runuser.chmod(0o755)
    here = (DEPLOY / "telecare").read_text().replace("/etc/telecare", str(tmp_path))
    told = subprocess.run(
        ["sh", "-c", here, "telecare", *words.split()],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == (
        f"postgresql://{role}@db/telecare operator supervisor "
        f"-u telecare -- /opt/telecare/.venv/bin/telecare {words}\n"
    )
