"""Is it there, where a pointer shows? A repeat must not cost as much as the thousand beside it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import accumulate
from typing import cast

import msgspec
from sqlalchemy import Connection

from telecare.store.lane_rows import ERASED, READING, Key
from telecare.store.pointers import Stretch
from telecare.store.session import driver_of
from telecare.store.sheaf import key_of

_FEW = 8
"""To take a whole sheaf apart costs as much as to look for some twenty."""
_ROWS = (
    "SELECT org, device, id, record, body FROM lane_record "
    'WHERE lane = ? AND "offset" BETWEEN ? AND ? AND record <> ?'
)
_SHEAVES = 'SELECT "first", body FROM lane_sheaf WHERE lane = ? AND last >= ? ORDER BY last'
_bodies = msgspec.json.Decoder(list[msgspec.Raw]).decode
_text = msgspec.json.Encoder().encode


def found(connection: Connection, wanted: Mapping[Stretch, list[Key]]) -> dict[Key, bytes]:
    """Bodies of those of `wanted` that stand in their stretch of a lane, as a row or in a sheaf."""
    there: dict[Key, bytes] = {}
    for stretch, keys in wanted.items():
        missing = set(keys)
        for body in _sheaves(connection, stretch):
            there.update(_in_sheaf(body, missing))
            missing -= there.keys()
            if not missing:
                break
        there.update(_in_rows(connection, stretch, missing))
    return there


def _in_rows(
    connection: Connection, stretch: Stretch, keys: set[Key]
) -> Iterator[tuple[Key, bytes]]:
    run = driver_of(connection).execute
    rows = f"{_ROWS} AND org = ? AND device = ? AND id = ? AND record = ?"
    each_alone = len(keys) <= _FEW
    for named in keys if each_alone else [()]:
        with closing(run(rows if each_alone else _ROWS, (*stretch, ERASED, *named))) as found_rows:
            for *key, body in found_rows:
                if tuple(key) in keys:
                    yield cast("Key", tuple(key)), body


def _sheaves(connection: Connection, stretch: Stretch) -> Iterator[bytes]:
    lane, first, last = stretch
    with closing(driver_of(connection).execute(_SHEAVES, (lane, first))) as sheaves:
        for begin, body in sheaves:
            if begin > last:
                return
            yield body


def _in_sheaf(sheaf: bytes, keys: set[Key]) -> Iterator[tuple[Key, bytes]]:
    """Most of a sheaf is others': where few are looked for, only what holds their words is read."""
    if len(keys) > _FEW:
        for own in map(bytes, _bodies(sheaf)):
            if (key := key_of(own)) in keys:
                yield key, own
        return
    for key in keys:
        _, device, id_, record = key
        words = words_of(device, id_)
        at = sheaf.find(words) if record == READING else -1
        if at < 0:
            continue
        bodies = _bodies(sheaf)
        starts = list(accumulate((len(each) + 1 for each in bodies), initial=1))
        while at >= 0:
            own = bytes(bodies[bisect_right(starts, at) - 1])
            if key_of(own) == key:  # else somebody's fields hold the words
                yield key, own
                break
            at = sheaf.find(words, at + 1)


def words_of(device: str, id_: str) -> bytes:
    """What a reading of this device and id holds, as it is encoded, beside one another."""
    return b'"device":%b,"id":%b,' % (_text(device), _text(id_))
