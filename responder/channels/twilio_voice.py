"""Telephone calls by Twilio: what is said, and the keys that answer.

Twilio rings, and fetches what to say from us when somebody picks up; the key they press
comes back to us as well. Both fetches are signed (`responder.api.spoken`).
"""

from __future__ import annotations

from twilio.twiml.voice_response import Gather, VoiceResponse

from responder.channels.base import Letter
from responder.channels.twilio_account import TwilioAccount
from responder.whom.people import Channel
from telecare.clock import Clock
from telecare.settings import Settings

RING_SECONDS = 25
"""Long enough to find a telephone at night, mostly too short for an answering machine."""
LISTEN_SECONDS = 8
VOICES = {"en": ("Polly.Amy", "en-GB"), "cy": ("Polly.Gwyneth", "cy-GB")}
"""Voice and locale by language."""


class TwilioVoiceSender:
    """Calls from the number of the settings; the letter's link leads to what is said."""

    channel = Channel.TWILIO_VOICE

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._account = TwilioAccount(settings, clock)

    def send(self, letter: Letter) -> str:
        """Have Twilio ring; its SID for the call."""
        return self._account.take(
            lambda client: client.calls.create(
                to=letter.address,
                from_=self._account.number,
                url=letter.link,
                method="POST",
                timeout=RING_SECONDS,
                status_callback=self._account.receipts("call", letter),
            )
        )

    def check(self) -> str:
        """Whether Twilio takes our account."""
        return self._account.check()


def asking(question: str, keys: str, silence: str, answer_at: str, language: str) -> str:
    """TwiML that asks and names the keys, twice, then says what silence means."""
    spoken = VoiceResponse()
    for _ in range(2):
        gather = Gather(num_digits=1, action=answer_at, method="POST", timeout=LISTEN_SECONDS)
        for sentence in filter(None, (question, keys)):
            _say(gather, sentence, language)
        spoken.append(gather)
    _say(spoken, silence, language)
    return str(spoken)


def saying(sentence: str, language: str) -> str:
    """TwiML that says one thing and hangs up."""
    spoken = VoiceResponse()
    _say(spoken, sentence, language)
    spoken.hangup()
    return str(spoken)


def _say(part: VoiceResponse | Gather, sentence: str, language: str) -> None:
    voice, locale = VOICES.get(language, VOICES["en"])
    part.say(sentence, voice=voice, language=locale)
