"""The pages' scripts state what is handed to what; TypeScript believes none of it unchecked."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPILER = ROOT / ".parts/typescript/node_modules/typescript/bin/tsc"
STATIC = ROOT / "responder/web/static"


@pytest.mark.parametrize("whose", ["pages", "worker"])
def test_scripts_keep_the_types_they_state(whose: str) -> None:
    node = shutil.which("node")
    if node is None or not COMPILER.exists():
        pytest.skip("TypeScript is missing: run scripts/parts, which needs Debian's npm")
    project = ROOT / f"tests/harness/typescript/{whose}.json"
    said = subprocess.run(
        [node, COMPILER, "--project", project, "--pretty", "false"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("script", sorted(STATIC.glob("*.js")), ids=lambda script: script.name)
def test_every_script_asks_an_editor_to_check_it_too(script: Path) -> None:
    assert script.read_text().startswith("// @ts-check\n")
