"""How much memory a process of the installation has for itself."""

from __future__ import annotations

from pathlib import Path


def own_kib(pid: int) -> int:
    """Memory that belongs to the process alone and is in use."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
