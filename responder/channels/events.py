"""What becomes of alerts, told as signed CloudEvents to an organisation's own system.

The words of `docs/channels.md` about webhooks hold here too: allowed hosts only, never along
a redirect, and a signature over time and body.
"""

from __future__ import annotations

from cloudevents.core.v1.event import CloudEvent

from responder.channels.allowed_hosts import AllowedHosts
from responder.channels.story_clock import require_real
from responder.channels.webhook import post
from responder.kept.record import Act, Entry
from telecare.clock import Clock
from telecare.settings import Settings

TOLD = frozenset(
    act.value
    for act in (
        Act.OPENED, Act.JOINED, Act.RAISED, Act.CLAIMED, Act.RELEASED, Act.HANDED_OVER,
        Act.ATTENDING, Act.WATCHED, Act.SET_ASIDE, Act.GATHERED, Act.RESOLVED,
    )
)  # fmt: skip
"""Acts others are told of."""
SAID = ("home", "kind", "device", "source", "before", "after", "outcome", "cause", "minutes")
"""What of an entry's detail is told: references, numbers and words of ours."""


class EventPost:
    """Posts one entry of the record; the receiver knows a repeat by the event's id."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._secret = settings.webhook_secret
        self._hosts = AllowedHosts(settings.webhook_hosts)
        self._source = settings.public_url
        self._clock = clock

    @property
    def is_set(self) -> bool:
        """Whether this installation can sign at all."""
        return self._secret is not None

    def send(self, url: str, entry: Entry) -> None:
        """Raises `ChannelRefused`, `ChannelUnavailable` or `ChannelBusy`."""
        assert self._secret is not None
        require_real(self._clock)
        url = self._hosts.require(url)
        key = f"{entry.org}-{entry.sequence}"
        told = {name: entry.detail[name] for name in SAID if name in entry.detail}
        event = CloudEvent(
            {
                "id": key, "source": self._source, "type": f"org.telecare.alert.{entry.act}.v1",
                "time": entry.at, "subject": entry.alert or "",
                "datacontenttype": "application/json",
            },
            {"org": entry.org, "sequence": entry.sequence, "alert": entry.alert, **told},
        )  # fmt: skip
        post(url, event, key, self._secret.get_secret_value(), self._clock.now())
