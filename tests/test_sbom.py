"""The inventory of parts: whole, always the same, and without anybody's address or folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def written(to: Path) -> str:
    subprocess.run([sys.executable, "scripts/sbom", to], cwd=ROOT, check=True, capture_output=True)
    return to.read_text()


def test_every_locked_part_is_in_the_inventory_with_its_version_and_licence(tmp_path: Path) -> None:
    text = written(tmp_path / "first" / "sbom.json")
    components = json.loads(text)["components"]
    parts = {each["name"]: each for each in components}
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    pinned = {line.split(" ")[0] for line in lock if "==" in line.partition(" ")[0]}
    assert {f"{each['name']}=={each['version']}" for each in components} == pinned
    assert parts["aiohttp"]["licenses"] == [{"expression": "Apache-2.0 AND MIT"}]
    assert parts["colorama"]["properties"][0]["value"] == "sys_platform == 'win32'"
    assert written(tmp_path / "second.json") == text, "the same lock, the same file"
    for private in (str(ROOT), str(tmp_path), "https://"):
        assert private not in text
