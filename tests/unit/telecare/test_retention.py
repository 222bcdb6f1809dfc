"""Every table says how long its rows are kept, and too little is refused."""

from __future__ import annotations

import pytest

from telecare.errors import InvalidInput
from telecare.retention import AT_LEAST, CLASSES, DAYS, SETTING, DataClass, days_of
from telecare.store.migrate import metadata_of
from telecare.store.session import OWNERS


def test_every_table_of_every_owner_has_its_class() -> None:
    tables = {f"{owner}.{name}" for owner in OWNERS for name in metadata_of(owner).tables}
    assert set(CLASSES) == tables


def test_an_organisation_chooses_within_limits() -> None:
    chosen = days_of({SETTING: {"readings": 90}})
    assert chosen[DataClass.READINGS] == 90
    assert chosen[DataClass.CASES] == DAYS[DataClass.CASES]
    assert all(AT_LEAST[each] <= DAYS[each] for each in DAYS)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"readings": 5}, "at least 60 days"),
        ({"readings": "many"}, "at least 60 days"),
        ({"record": 30}, "No class of data is called record"),
        (90, "a class of data and its days"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(settings: object, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        days_of({SETTING: settings})
