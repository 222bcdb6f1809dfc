"""F34: the provider has said yes and the process dies before it is written down.

The message may leave twice and never not at all. Where the provider knows our reference it
leaves once.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from responder.store import Reads
from telecare.clock import RealClock
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import open_database
from tests.faults.test_f23_responder_killed import press_three_minutes_ago
from tests.harness.duty import ORG, furnish
from tests.harness.providers import Providers, providers
from tests.harness.responder_process import ResponderProcess
from tests.harness.waiting import until


@pytest.fixture
def world(sqlite_settings: Settings) -> Iterator[Providers]:
    with providers(RealClock(), sqlite_settings) as running:
        yield running


def live_through_a_death(settings: Settings) -> list[str]:
    register = open_register(settings)
    furnish(register, homes=1)
    register.contacts.change_contact(ORG, "daughter-1", phone="07700 900123", email=None)
    register.close()
    press_three_minutes_ago(settings)
    assert ResponderProcess(settings, crash_at="after_send").until_dead() == 9
    again = ResponderProcess(settings)
    own = open_database(settings, "responder")
    reads = Reads(own)
    until(lambda: "delivered" in [each.act for each in reads.entries(ORG)])
    assert again.leave() == 0
    acts = [each.act for each in reads.entries(ORG)]
    own.close()
    return acts


def test_a_provider_that_keeps_our_reference_is_asked_first_and_sends_once(
    world: Providers,
) -> None:
    acts = live_through_a_death(world.settings.model_copy(update={"twilio_account": None}))
    assert acts.count("delivered") == 1
    assert len(world.notify.taken) == 1


def test_a_provider_without_may_send_twice_and_never_not_at_all(world: Providers) -> None:
    update = {"notify_api_key": None}
    acts = live_through_a_death(world.settings.model_copy(update=update))
    assert acts.count("delivered") == 1
    assert 1 <= len(world.twilio.texts) <= 2
    assert len({text["StatusCallback"] for text in world.twilio.texts}) == 1
