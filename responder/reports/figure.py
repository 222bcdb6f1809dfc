"""One number of a report, with what it is out of and what it should be."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Source(StrEnum):
    """What a figure is worked out from."""

    RECORD = "record"
    """The record alone, up to the report's entry: it comes to the same again. A model's name is
    looked up in the register."""
    REGISTER = "register"
    """The register as it stands when the report is made: what left it since is not in it."""
    BOTH = "record and register"


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a report. `count` of `of`; a share has both, a plain number has no `of`."""

    section: str
    name: str
    group: str = ""
    """Which part of the whole: a kind, an outcome, a device or home by its opaque id."""
    model: str = ""
    """Of the device concerned, where there is one."""
    count: int | None = None
    of: int | None = None
    value: float | None
    """The share 0 to 1, the seconds, or the number itself; None when there is nothing to tell."""
    unit: str = "number"
    """`share`, `seconds` or `number`."""
    target: float | None = None
    met: bool | None = None
    """None without a target, and when there is nothing to tell."""
    source: Source = Source.RECORD


def share(
    section: str, name: str, count: int, of: int, *, target: float | None = None,
    group: str = "", model: str = "",
) -> Figure:  # fmt: skip
    """`count` of `of`, held against a least share."""
    value = count / of if of else None
    return Figure(
        section=section, name=name, group=group, model=model, count=count, of=of, value=value,
        unit="share", target=target,
        met=None if target is None or value is None else value >= target,
    )  # fmt: skip


def number(section: str, name: str, count: int, *, group: str = "", model: str = "") -> Figure:
    """So many of something."""
    return Figure(
        section=section, name=name, group=group, model=model, count=count, value=float(count)
    )


def seconds(section: str, name: str, value: float | None, *, group: str = "") -> Figure:
    """A length of time."""
    return Figure(section=section, name=name, group=group, value=value, unit="seconds")
