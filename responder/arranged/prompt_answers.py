"""What a resident answers when the platform rings them: one key, on record.

Whoever calls this has made sure that it is the telephone provider. The same key again changes
nothing, and a key that comes after its stretch is written down and changes nothing.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from responder.arranged import expectations, prompting, prompts
from responder.arranged.expectations import Expectation
from responder.arranged.prompts import PromptState, Why
from responder.kept.record import Act
from responder.outgoing.languages import DEFAULT
from responder.outgoing.outbox import Kind, Message
from responder.store import Work, Works, timed
from responder.store.messages import posted
from telecare.clock import Clock
from telecare.errors import NotFound
from telecare.register import Register

KEYS = {"1": "done", "2": "ring me"}
"""What each key means."""


class PromptCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call of the platform's, as the telephone needs it."""

    expected: Expectation
    language: str
    over: bool
    """Nothing is asked any more: it is done, or its time has passed."""
    answered: str = ""
    """The key that holds."""


class PromptAnswers:
    """Receives what residents press."""

    def __init__(self, works: Works, register: Register, clock: Clock) -> None:
        self._works = works
        self._register = register
        self._clock = clock

    def prompt_call(self, org: str, key: str) -> PromptCall:
        """What is to be said to whoever picks up; changes nothing. Raises `NotFound`."""
        with self._works.begin(self._clock.now()) as work:
            return self._call(*_found(work, org, key))

    def prompt_key(self, org: str, key: str, pressed: str, call: str) -> PromptCall:
        """They pressed a key in the call that the provider names `call`. Raises `NotFound`."""
        with self._works.begin(self._clock.now()) as work:
            message, expected = _found(work, org, key)
            shown = self._call(message, expected)
            if pressed not in KEYS or shown.answered == pressed:
                return shown
            prompt = prompting.prompt_of(expected, message)
            detail = {
                "home": expected.home, "expectation": expected.id, "what": expected.what.value,
                "key": pressed, "answer": KEYS[pressed], "call": call,
            }  # fmt: skip
            if prompt is None or shown.over:
                detail["answer"] = "too late"
            elif pressed == "1":
                expected = expectations.confirmed(expected, work.now)
            else:
                expected = replace(expected, prompt=prompts.left(prompt, Why.ASKED))
            work.write(Act.PROMPT_ANSWERED, org=org, actor=message.recipient, alert=None, **detail)
            if prompt is not None and not shown.over:
                timed.expectations.put(work, expected)
                after = expected.prompt
                if pressed == "2" and after is not None:
                    prompting.tell_left(work, expected, after)
            return self._call(message, expected)

    def _call(self, message: Message, expected: Expectation) -> PromptCall:
        prompt = prompting.prompt_of(expected, message)
        residents = self._register.residents.residents(expected.org, expected.home)
        language = next((r.language for r in residents if r.resident == message.recipient), DEFAULT)
        answered = ""
        if prompt is not None and prompt.state is PromptState.DONE:
            answered = "1"
        elif prompt is not None and prompt.why is Why.ASKED:
            answered = "2"
        over = prompt is None or answered == "1"
        return PromptCall(expected=expected, language=language, over=over, answered=answered)


def _found(work: Work, org: str, key: str) -> tuple[Message, Expectation]:
    found = posted(work, org, key)
    if found is None or found.message.kind is not Kind.PROMPT:
        raise NotFound("There is no such call.")
    expected = timed.expectations.get(work, org, found.message.expectation)
    return found.message, expected
