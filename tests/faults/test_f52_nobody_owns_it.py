"""F52: a silent hub nobody sees to rises until a human being owns it."""

from __future__ import annotations

from telecare.vocabulary import Priority, SignalKind
from tests.harness.world import World


def test_in_a_fortnight_it_has_become_an_emergency_and_is_still_called_out(county: World) -> None:
    county.home(7, "daughter")
    county.notices(SignalKind.HUB_SILENT, 7)
    seen = [county.alert(7).priority]
    for _ in range(14 * 24):
        county.clock.forward(hours=1)
        county.settle()
        if county.alert(7).priority is not seen[-1]:
            seen.append(county.alert(7).priority)
    assert seen == [Priority.TECHNICAL, Priority.SOON, Priority.URGENT, Priority.EMERGENCY]
    line = county.alert(7)
    assert line.owner_id is None
    assert line.announced_at is not None
    assert (county.clock.now() - line.announced_at).total_seconds() <= 6 * 3600
    assert len(county.acts(line.id)) < 200, "and the record is not filled by it"
