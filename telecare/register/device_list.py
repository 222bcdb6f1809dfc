"""A spreadsheet of devices, read line by line: what is good, and what is wrong with the rest.

Pure: nothing is asked of the register here and nothing is written. The first line names the
columns, in any order. No cell may hold a line break: two stray quotation marks look like one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from telecare.errors import InvalidInput
from telecare.register.device import LINES, Device
from telecare.register.homes import Home
from telecare.register.names import plain_id
from telecare.register.spreadsheet import Row, Spreadsheet
from telecare.vocabulary import DeviceKind

REQUIRED = ("device", "home")
OPTIONAL = (
    "kind", "model", "room", "serial", "sim", "heartbeat_seconds", "line", "exchange", "network",
    "address",
)  # fmt: skip
HEARTBEAT_SECONDS = (10, 7 * 24 * 3600)
"""From a hub that beats all the time to a battery sensor that speaks once a week."""
CELL_CHARACTERS = 200
_SHOWN = 40
_NAMED = 5
"""Other lines that are named with a fault: `unknown` in a column repeats on all of them."""
_SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}")
# ITU-T E.118: at most 19 visible digits, and 20 on the cards of some networks.
_SIM = re.compile(r"\d{18,20}")
_ROUNDED = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """A line that cannot be taken in, and in plain words why."""

    line: int
    """As the spreadsheet counts: the names of the columns are line 1."""
    device: str
    why: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What one organisation's register holds before an import."""

    org: str
    time_zone: str
    devices: Mapping[str, Device]
    homes: frozenset[str]
    add_homes: bool = False
    """Whether a home not known yet is added with its first device."""


class DeviceList(msgspec.Struct, frozen=True, kw_only=True):
    """Every line is exactly one of: new, there already, faulty."""

    lines: int
    new: list[Device]
    homes: list[Home]
    """Homes that the new devices need and the register has not."""
    there_already: int
    faults: list[Fault]


class _Line(msgspec.Struct):
    number: int
    cells: dict[str, str]
    wrong: list[str]
    device: Device | None = None


def read_device_list(text: str, known: Known) -> DeviceList:
    """Judge every line of `text`. Raises `InvalidInput` if the first line names no columns we
    can use: then no line means anything.
    """
    sheet = Spreadsheet(text)
    columns = _columns(sheet)
    lines = [_line(row, columns) for row in sheet.rows()]
    for each in lines:
        if each.cells:
            _read(each, known)
    for column, noun in (("device", "Device"), ("serial", "Serial number"), ("sim", "SIM")):
        _name_repeats(lines, column, noun)
    _name_taken(lines, known)
    good = [each.device for each in lines if each.device is not None and not each.wrong]
    new = [device for device in good if device.device not in known.devices]
    return DeviceList(
        lines=len(lines),
        new=new,
        homes=_homes(lines, {device.device for device in new}, known),
        there_already=len(good) - len(new),
        faults=[
            Fault(
                line=each.number,
                device=each.cells.get("device", "").split("\n")[0],
                why=" ".join(each.wrong),
            )
            for each in lines
            if each.wrong
        ],
    )


def _columns(sheet: Spreadsheet) -> Sequence[str]:
    columns = [name.lower() for name in sheet.columns]
    missing = [name for name in REQUIRED if name not in columns]
    strange = [name for name in columns if name not in REQUIRED + OPTIONAL]
    if missing or strange or len(set(columns)) != len(columns):
        raise InvalidInput(
            "The first line must name the columns: device and home, and if you like "
            f"{', '.join(OPTIONAL)}, each once"
            + (f"; {', '.join(missing)} is missing" if missing else "")
            + (f"; {', '.join(map(repr, strange))} is none of them" if strange else "")
            + "."
        )
    return columns


def _line(row: Row, columns: Sequence[str]) -> _Line:
    if row.wrong:
        return _Line(row.number, {}, [row.wrong])
    by_name = {name: cell.strip() for name, cell in zip(columns, row.cells, strict=True)}
    wrong = [why for name, cell in by_name.items() if (why := _unfit(name, cell))]
    return _Line(row.number, by_name, wrong)


def _unfit(name: str, cell: str) -> str | None:
    if "\n" in cell:
        begins, *_, ends = (line[:_SHOWN] for line in cell.split("\n"))
        return (
            f"The {name} goes on over a line break, from {begins!r} to {ends!r}; write it on one "
            "line, or remove the quotation mark before it."
        )
    if len(cell) > CELL_CHARACTERS or not cell.isprintable():
        return (
            f"The {name} is longer than {CELL_CHARACTERS} characters, or holds signs that cannot "
            "be printed; shorten it."
        )
    return None


def _read(line: _Line, known: Known) -> None:
    cells, wrong = line.cells, line.wrong
    for column, noun in (("device", "A device's id"), ("home", "A home's id")):
        try:
            plain_id(cells[column], noun)
        except InvalidInput as error:
            wrong.append(str(error) if cells[column] else f"{noun} is missing.")
    home = cells["home"]
    if not wrong and home not in known.homes and not known.add_homes:
        wrong.append(f"There is no home {home}; add it first, or import with --add-homes.")
    kind = _kind(cells, wrong)
    serial, sim = _number(cells, "serial", wrong), _number(cells, "sim", wrong)
    heartbeat = _heartbeat(cells, wrong)
    calls_by = cells.get("line", "").lower() or None
    if calls_by not in (None, *LINES):
        wrong.append(f"There is no line {calls_by!r}; write {' or '.join(LINES)}.")
    if not wrong:
        line.device = Device(
            org=known.org,
            device=cells["device"],
            home=home,
            kind=kind,
            model=cells.get("model", ""),
            room=cells.get("room") or None,
            serial=serial,
            sim=sim,
            heartbeat_seconds=heartbeat,
            line=calls_by,
            exchange=cells.get("exchange") or None,
            network=cells.get("network") or None,
        )


def _kind(cells: Mapping[str, str], wrong: list[str]) -> DeviceKind:
    written = cells.get("kind", "").lower()
    try:
        return DeviceKind(written) if written else DeviceKind.HUB
    except ValueError:
        kinds = ", ".join(kind.value for kind in DeviceKind)
        wrong.append(f"There is no kind {written!r}; write one of {kinds}.")
        return DeviceKind.HUB


def _number(cells: Mapping[str, str], column: str, wrong: list[str]) -> str | None:
    written = cells.get(column, "")
    noun, pattern, shape = {
        "serial": ("serial number", _SERIAL, "1 to 64 letters, digits and . _ : / -"),
        "sim": ("SIM", _SIM, "18 to 20 digits, as printed on the card"),
    }[column]
    if column == "sim":
        written = written.replace(" ", "")
    if not written:
        return None
    if _ROUNDED.fullmatch(written):
        wrong.append(
            f"The {noun} {written} was rounded by a spreadsheet; format the column as text and "
            "fill it in again."
        )
    elif not pattern.fullmatch(written):
        wrong.append(f"The {noun} {written!r} cannot be one; it has {shape}.")
    return written


def _heartbeat(cells: Mapping[str, str], wrong: list[str]) -> int | None:
    written = cells.get("heartbeat_seconds", "")
    if not written:
        return None
    least, most = HEARTBEAT_SECONDS
    if re.fullmatch(r"[0-9]{1,7}", written) and least <= int(written) <= most:
        return int(written)
    wrong.append(
        f"The heartbeat {written!r} must be whole seconds between {least} and {most}; leave it "
        "empty for a device that promises none."
    )
    return None


def _name_repeats(lines: Iterable[_Line], column: str, noun: str) -> None:
    """Which of two lines is right nobody here can know: each is told of the other."""
    by_value: defaultdict[str, list[_Line]] = defaultdict(list)
    for each in lines:
        if value := each.cells.get(column, "").replace(" ", ""):
            by_value[value].append(each)
    for value, same in by_value.items():
        for each in same if len(same) > 1 else ():
            near = [other.number for other in same[: _NAMED + 1] if other is not each][:_NAMED]
            others = ", ".join(map(str, near))
            if left := len(same) - 1 - len(near):
                others += f" and {left} more"
            each.wrong.append(f"{noun} {value} is on line {others} too; leave the right one.")


def _name_taken(lines: Iterable[_Line], known: Known) -> None:
    serials = _holders(known, "serial")
    sims = _holders(known, "sim")
    for line in lines:
        device = line.device
        if device is None:
            continue
        there = known.devices.get(device.device)
        if there is not None:
            line.wrong += _differences(there, device)
            continue
        for noun, holder in (("serial number", serials.get(device.serial)),
                             ("SIM", sims.get(device.sim))):  # fmt: skip
            if holder is not None:
                line.wrong.append(f"Its {noun} belongs to device {holder.device}; correct it.")


def _holders(known: Known, number: str) -> dict[str | None, Device]:
    by_number = {getattr(each, number): each for each in known.devices.values()}
    by_number.pop(None, None)
    return by_number


def _differences(there: Device, line: Device) -> list[str]:
    names = (
        "home", "kind", "model", "room", "serial", "sim", "heartbeat_seconds", "line", "exchange",
        "network",
    )  # fmt: skip
    other = [name for name in names if getattr(there, name) != getattr(line, name)]
    if not other:
        return []
    why = (
        f"Device {line.device} is in the register with another {' and '.join(other)}; an import "
        "changes no device, so correct the line or leave it out."
    )
    return [why]


def _homes(lines: Iterable[_Line], new: set[str], known: Known) -> list[Home]:
    found: dict[str, Home] = {}
    for line in lines:
        device = line.device
        if device is None or device.device not in new or device.home in known.homes:
            continue
        before = found.get(device.home)
        if before is None or not before.address:
            found[device.home] = Home(
                org=known.org,
                home=device.home,
                address=line.cells.get("address", ""),
                time_zone=known.time_zone,
            )
    return list(found.values())
