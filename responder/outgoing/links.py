"""Links for contacts: one alert, one contact, two answers, and then they end.

A token is not stored. It follows from the message's key under the installation's secret,
so that a message sent again after a crash carries the same link, and only its digest is
in the database.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode

from responder.outgoing.outbox import Message
from telecare.register.secrets import SecretKey


class Links:
    """Makes and recognises the tokens of this installation."""

    def __init__(self, key: SecretKey, public_url: str) -> None:
        self._key = key
        self._public_url = public_url

    def token_of(self, message: Message) -> str:
        """The message's token: 256 bits nobody can guess without the installation's key."""
        made = self._key.digest(f"link:{message.org}:{message.key}")
        return urlsafe_b64encode(made).decode().rstrip("=")

    def url_of(self, message: Message) -> str:
        """Where the contact answers."""
        return f"{self._public_url}/l/{self.token_of(message)}"

    def job_url_of(self, message: Message) -> str:
        """Where a responder works the job."""
        return f"{self._public_url}/j/{self.token_of(message)}"

    def arrival_code(self, org: str, home: str) -> str:
        """Six digits for a card inside the home: who types them has been there. They follow from
        the installation's secret, and are stored nowhere.
        """
        made = self._key.digest(f"arrival:{org}:{home}")
        return f"{int.from_bytes(made[:8], 'big') % 1_000_000:06}"

    def voice_url_of(self, message: Message) -> str:
        """Where a provider fetches what is said to the contact."""
        return f"{self._public_url}/voice/{self.token_of(message)}"

    def prompt_url_of(self, message: Message) -> str:
        """Where a provider fetches what is said to a resident; it signs each fetch."""
        return f"{self._public_url}/voice/prompt/{message.org}/{message.key}"

    def digest_of(self, message: Message) -> bytes:
        """What is stored of the message's token."""
        return self.digest(self.token_of(message))

    def digest(self, token: str) -> bytes:
        """What is stored of a token."""
        return self._key.digest(token)
