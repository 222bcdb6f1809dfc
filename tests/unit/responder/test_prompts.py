"""What the platform makes of the answers a provider gives about its rings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from responder.arranged import prompts
from responder.arranged.prompts import Facts, Prompt, PromptState, Reason, Why

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)
ENDS = NOW + timedelta(hours=2)


def test_a_late_yes_to_an_earlier_try_hides_no_provider_that_is_out() -> None:
    """The second ring was not taken; that the first was is said only now."""
    prompt = Prompt(most=3, minutes=5, state=PromptState.RINGING, tries=2, taken=False, next_at=NOW)
    assert prompts.taken(prompt, 1, NOW) == prompt
    decision = prompts.decide(prompts.taken(prompt, 1, NOW), ENDS, NOW, Facts())
    assert (decision.reason, decision.prompt.why) == (Reason.LEFT, Why.PROVIDER)
    in_time = prompts.taken(prompt, 2, NOW)
    assert in_time.next_at == NOW + timedelta(minutes=5)
    assert prompts.decide(in_time, ENDS, NOW, Facts()).reason is Reason.RING
