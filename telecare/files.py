"""Files that a command is given to read or to write."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from getpass import getpass
from pathlib import Path

from telecare.errors import InvalidInput

_STREAMS = (Path("/dev"), Path("/dev/fd"))


def text_of(file: Path) -> str:
    """All of it; of `-`, all of standard input. Raises `InvalidInput`."""
    try:
        return (sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()).decode()
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not UTF-8 text; save it as UTF-8.") from None
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {error.strerror}.") from None


def secret_line(asked: str) -> str:
    """A line of standard input; at a terminal it is asked for, and not shown as it is typed."""
    if sys.stdin.isatty():
        return getpass(f"{asked}: ")
    return sys.stdin.readline().rstrip("\n")


def can_be_written(file: Path) -> None:
    """Asked before long work, so that it is not in vain. Raises `InvalidInput`."""
    if not file.parent.is_dir():
        raise InvalidInput(f"{file} cannot be written: there is no folder {file.parent}.")
    if file.is_dir():
        raise InvalidInput(f"{file} is a folder; name the file that is to be written there.")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise InvalidInput(f"{file} cannot be written: you may not write there.")


def replace(file: Path, content: bytes) -> None:
    """It holds this from now on, whatever it held; interrupted, it holds what it held. Raises
    `InvalidInput`.

    A link goes on leading to the same place, and what is no file (a terminal, a pipe), or cannot be
    exchanged without changing whose it is or who else has it, is written as it stands.
    """
    try:
        if _can_be_exchanged(file):
            _exchange(file.resolve(), content)
        else:
            file.write_bytes(content)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {error.strerror}.") from None


def _can_be_exchanged(file: Path) -> bool:
    if file.parent in _STREAMS or file.is_relative_to("/proc"):
        return False  # /dev/stdout may be a file that a shell holds open
    if not os.access(file.resolve().parent, os.W_OK):
        return False
    if not file.exists():
        return True
    now = file.stat()
    return stat.S_ISREG(now.st_mode) and now.st_uid == os.geteuid() and now.st_nlink == 1


def _exchange(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{secrets.token_hex(8)}")
    try:
        with beside.open("xb") as written:
            written.write(content)
            written.flush()
            os.fsync(written.fileno())
        if file.exists():
            beside.chmod(stat.S_IMODE(file.stat().st_mode))
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
