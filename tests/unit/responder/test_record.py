"""Can anybody change what was done?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from responder.kept import record
from responder.kept.record import Act, Entry
from tests.unit.responder.signals import EVENING


def day(length: int = 6) -> list[Entry]:
    entries: list[Entry] = []
    for n in range(length):
        entries.append(
            record.chain(
                (entries[-1].sequence, entries[-1].hash) if entries else None,
                org="north", at=EVENING + timedelta(minutes=n), act=Act.NOTED, actor="person-1",
                alert="alert-1", detail={"text": f"note-{n}", "digest": record.digest(str(n))},
            )
        )  # fmt: skip
    return entries


def test_an_untouched_record_is_whole() -> None:
    assert record.first_broken(day()) is None
    assert [e.sequence for e in day()] == [1, 2, 3, 4, 5, 6]


def test_reading_on_from_the_middle_is_whole_too() -> None:
    entries = day()
    assert record.first_broken(entries[3:], before=(3, entries[2].hash)) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": "person-2"},
        {"act": "resolved"},
        {"alert": None},
        {"at": EVENING},
        {"org": "south"},
        {"detail": {}},
        {"hash": "0" * 64},
        {"previous": "0" * 64},
    ],
)
def test_any_changed_field_shows(changed: dict[str, object]) -> None:
    entries = day()
    entries[3] = replace(entries[3], **changed)
    assert record.first_broken(entries) == 4


def test_a_removed_an_inserted_and_a_swapped_entry_show() -> None:
    entries = day()
    assert record.first_broken([*entries[:2], *entries[3:]]) == 3
    assert record.first_broken([*entries[:2], entries[1], *entries[2:]]) == 3
    assert record.first_broken([entries[1], entries[0], *entries[2:]]) == 1


def test_a_changed_entry_with_a_fitting_hash_breaks_the_next() -> None:
    entries = day()
    forged = record.chain(
        (3, entries[2].hash), org="north", at=entries[3].at, act=Act.NOTED, actor="person-2",
        alert="alert-1", detail={},
    )  # fmt: skip
    assert record.first_broken([*entries[:3], forged, *entries[4:]]) == 5
