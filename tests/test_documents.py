"""What our documents say of tests, payloads and addresses is true."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TEST_NAMES = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
LINKS = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / each for each in listed.stdout.split("\0") if each]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_every_test_a_document_names_exists(document: Path) -> None:
    for path, function in TEST_NAMES.findall(document.read_text()):
        assert (ROOT / path).exists(), path
        if function:
            names = {
                node.name
                for node in ast.walk(ast.parse((ROOT / path).read_text()))
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }
            assert function in names, f"{path}::{function}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda p: p.name)
def test_every_link_between_documents_leads_somewhere(document: Path) -> None:
    for target in LINKS.findall(document.read_text()):
        assert (document.parent / target).exists(), target


def test_lock_files_have_hashes_and_no_addresses() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        assert "://" not in text
        assert "--hash=sha256:" in text


def test_no_secret_and_no_key_is_in_the_repository() -> None:
    marks = ("BEGIN " + "PRIVATE KEY", "BEGIN EC " + "PRIVATE KEY", "BEGIN RSA " + "PRIVATE KEY")
    for path in tracked():
        if path.suffix in {".png", ".ico"} or not path.exists():
            continue
        text = path.read_text(errors="replace")
        assert not any(mark in text for mark in marks), path
