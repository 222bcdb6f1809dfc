"""F51: one pendant presses once a second: one alert, a counter, and nobody is flooded."""

from __future__ import annotations

from telecare.vocabulary import Priority
from tests.harness.world import World


def test_one_alert_its_counter_grows_and_the_desk_is_told(county: World) -> None:
    county.home(7, "daughter", "son")
    for _ in range(300):
        county.press("pendant-7")
        county.clock.forward(seconds=1)
        county.machine.forward(seconds=1)
    line = county.alert(7)
    assert (line.signal_count, line.priority) == (300, Priority.EMERGENCY)
    assert line.reason.startswith("device babbling:")
    calls = county.acts(line.id).count("announced")
    assert calls <= 8, "called out about once a minute"
    county.contact("daughter", of=7).expect_asked()
    county.contact("son", of=7).expect_nothing()


def test_a_new_kind_passes_through_the_babble_at_once(county: World) -> None:
    county.home(7, "daughter")
    for _ in range(30):
        county.press("pendant-7")
        county.clock.forward(seconds=1)
    county.press("smoke-7")
    line = county.alert(7)
    assert line.announcement == "And now: The smoke was pressed."
    assert line.announced_at == county.clock.now()
    assert "alarm.smoke" in line.kinds


def test_a_hand_that_presses_four_times_does_not_babble(county: World) -> None:
    county.home(7, "daughter")
    for _ in range(4):
        county.press("pendant-7")
        county.clock.forward(seconds=20)
    assert county.alert(7).reason == "fourth press in 1 minute, no answer to the first"
