"""Fuzz everything that reads a stranger's bytes: `python -m tests.fuzz --minutes 60`.

atheris (libFuzzer) drives all targets in one process by the first byte of its input. It
stops at the first crash, hang of five seconds, or memory above 1 GiB, and leaves the input
that did it in the working folder; the corpus grows there too and is used again.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["gateway", "sipmessage"]):
    from tests.fuzz.targets import SEEDS, TARGETS

NAMES = list(TARGETS)


def one(data: bytes) -> None:
    """The target that the first byte names, with the rest."""
    if data:
        TARGETS[NAMES[data[0] % len(NAMES)]](data[1:])


def main() -> None:
    """Fuzz until the time is over or something breaks."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path("var/fuzz"))
    given = parser.parse_args()
    corpus = given.folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, name in enumerate(NAMES):
        for place, seed in enumerate(SEEDS[name]):
            (corpus / f"{name}-{place}").write_bytes(bytes((number,)) + seed)
    atheris.Setup(
        [
            sys.argv[0], str(corpus), f"-max_total_time={max(1, round(given.minutes * 60))}",
            "-timeout=5", "-rss_limit_mb=1024", "-max_len=4096", f"-seed={given.seed}",
            f"-artifact_prefix={given.folder}/", "-print_final_stats=1",
        ],
        one,
    )  # fmt: skip
    atheris.Fuzz()


if __name__ == "__main__":
    main()
