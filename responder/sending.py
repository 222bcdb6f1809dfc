"""Messages written down are sent, and what became of them is written down too."""

from __future__ import annotations

from collections.abc import Mapping

from responder import alerts, letters, outbox
from responder.channels.base import Letter, Sender
from responder.links import Links
from responder.outbox import Message, MessageState, Verdict
from responder.people import Channel, Contact, Directory
from responder.record import PLATFORM, Act
from responder.store import Leases, Reads, Works
from responder.store.leases import Sending
from telecare.clock import Clock
from telecare.crash import crash_at
from telecare.errors import ChannelRefused, ChannelUnavailable, TelecareError
from telecare.observe import log
from telecare.vocabulary import AlertState, CallState


class Post:
    """Sends one message at a time; run several side by side and none holds up the others."""

    def __init__(
        self,
        works: Works,
        reads: Reads,
        leases: Leases,
        directory: Directory,
        links: Links,
        senders: Mapping[Channel, Sender],
        clock: Clock,
    ) -> None:
        self._works = works
        self._reads = reads
        self._leases = leases
        self._directory = directory
        self._links = links
        self._senders = senders
        self._clock = clock

    def step(self) -> int:
        """Try the most urgent message that is ready; 0 when there is none."""
        ready = self._leases.ready_messages(self._clock.now(), 1)
        for sending in ready:
            self._try(sending)
        return len(ready)

    def _try(self, sending: Sending) -> None:
        message = sending.message
        alert = self._reads.alert(message.org, message.alert).alert
        verdict = outbox.before_try(message, sending.tries, self._clock.now())
        if verdict is not None:
            self._settle(sending, verdict, "It came too late to be of use.")
            return
        if alert.state in (AlertState.ATTENDING, AlertState.RESOLVED):
            self._settle(sending, Verdict(MessageState.EXPIRED), "Somebody already sees to it.")
            return
        crash_at("before_send")
        failure = self._send(message, alert.home)
        if failure is not None:
            now = self._clock.now()
            verdict = outbox.after_failure(message, sending.tries + 1, now, failure)
            self._settle(sending, verdict, str(failure))
            return
        crash_at("after_send")
        self._settle(sending, Verdict(MessageState.SENT), None)

    def _send(self, message: Message, home: str) -> TelecareError | None:
        """None when the provider has taken it, else why not."""
        try:
            sender, letter = self._prepared(message, home)
            sender.send(letter)
        except (ChannelRefused, ChannelUnavailable) as error:
            return error
        except Exception:  # noqa: BLE001 - a fault of ours must not stop the other messages
            log("sending").exception("a channel failed", org=message.org, key=message.key)
            return ChannelUnavailable("Our own channel failed; the engineer finds why in the log.")
        return None

    def _prepared(self, message: Message, home: str) -> tuple[Sender, Letter]:
        sender = self._senders.get(Channel(message.channel))
        if sender is None:
            raise ChannelRefused("This installation has no such channel any more.")
        contact = self._contact(message, home)
        if contact.email is None:
            raise ChannelRefused("The contact has no e-mail address any more.")
        card = self._directory.card(message.org, home)
        return sender, letters.compose(message, contact, contact.email, card, self._links)

    def _contact(self, message: Message, home: str) -> Contact:
        for contact in self._directory.everyone(message.org, home):
            if contact.id == message.recipient:
                return contact
        raise ChannelRefused("The contact is not on file any more.")

    def _settle(self, sending: Sending, verdict: Verdict, failure: str | None) -> None:
        message = sending.message
        with self._works.begin(self._clock.now()) as work:
            if not self._leases.settle(
                work,
                sending,
                state=verdict.state,
                next_try_at=verdict.next_try_at,
                failure=failure,
            ):
                return  # our lease was given to another: what they write down holds
            if not verdict.is_final:
                return
            sent = verdict.state is MessageState.SENT
            detail = {} if failure is None else {"failure": failure}
            work.write(
                Act.DELIVERED if sent else Act.UNDELIVERED, org=message.org, actor=PLATFORM,
                alert=message.alert, contact=message.recipient, channel=message.channel,
                attempt=message.attempt, state=verdict.state.value, **detail,
            )  # fmt: skip
            if sent:
                return
            alert = work.alert(message.org, message.alert)
            rung = alert.rung(message.recipient)
            # An older message of an earlier asking says nothing about this one.
            if rung and rung.state is CallState.RINGING and rung.attempts == message.attempt:
                work.put(alerts.stood(alert, rung.contact, CallState.NO_ANSWER, work.now))
