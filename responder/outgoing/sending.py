"""Messages written down are sent, and what became of them is written down too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from responder.arranged import prompting
from responder.arranged.prompting import Prompting
from responder.channels.base import Letter, RecipientUnavailable, Sender
from responder.clockwork.stumbling import tried
from responder.kept.record import Act
from responder.life.alerts import Alert
from responder.outgoing import letters, outbox, reach
from responder.outgoing.gates import Gates
from responder.outgoing.links import Links
from responder.outgoing.outbox import LADDER, Kind, Message, MessageState, Verdict
from responder.outgoing.receipts import NOT_ARRIVED
from responder.store import Leases, Reads, Work, Works
from responder.store.leases import Sending
from responder.store.messages import beside, posted, stand
from responder.whom.people import Channel, Contact, Directory
from responder.whom.plans import topic_of
from telecare.clock import Clock
from telecare.crash import crash_at
from telecare.errors import (
    ChannelBusy,
    ChannelRefused,
    ChannelUnavailable,
    NotMigrated,
    StoreUnavailable,
    TelecareError,
)
from telecare.observe import log
from telecare.tenancy import PLATFORM
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
        prompting: Prompting,
    ) -> None:
        self._works = works
        self._reads = reads
        self._leases = leases
        self._directory = directory
        self._links = links
        self._senders = senders
        self._clock = clock
        self._prompting = prompting
        self._gates = Gates()

    @property
    def channels(self) -> list[Channel]:
        """Those it can send on; a loop for each keeps a slow one from holding up the others."""
        return list(self._senders)

    def step(self, channel: Channel | None = None) -> int:
        """Try the most urgent message that is ready, on this channel or on any; 0 when there is
        none. Those of channels we do not have any more are refused by whoever comes first.
        """
        now = self._clock.now()
        gone = [each for each in Channel if each not in self._senders]
        wanted = [*gone, channel] if channel else list(Channel)
        open_now = [each.value for each in wanted if self._gates.is_open(each, now)]
        if not open_now:
            return 0
        ready = tried("sending", partial(self._leases.ready_messages, now, 1, open_now))
        if ready is None:
            return 1  # a message nobody can read is leased like any other: others go on
        for sending in ready:
            # What we fail at ourselves comes back when its lease has ended; others go on.
            about = sending.message
            tried("sending", partial(self._try, sending), org=about.org, key=about.key)
        return len(ready)

    def _try(self, sending: Sending) -> None:
        message, now = sending.message, self._clock.now()
        verdict = outbox.before_try(message, sending.tries, now)
        if verdict is not None:
            self._settle(sending, verdict, "It came too late to be of use.")
            return
        if message.kind is Kind.PROMPT:
            settled = self._prompting.unasked(message)
            if settled is not None:
                self._settle(sending, Verdict(settled[0]), settled[1], tried=False)
            else:
                self._send(sending, lambda: self._prompting.letter(message))
            return
        alert = self._reads.alert(message.org, message.alert).alert
        if message.kind is Kind.ASK:
            settled = self._unasked(message, alert)
            if settled is not None:
                self._settle(sending, Verdict(settled[0]), settled[1], tried=False)
                return
        try:
            contact = self._contact(message, alert)
        except ChannelRefused as refusal:
            self._settle(sending, Verdict(MessageState.REFUSED), str(refusal))
            return
        disturbs = contact.quiet and message.kind not in (Kind.ASK, Kind.CHECK)
        quiet = contact.quiet.until(now) if contact.quiet and disturbs else None
        if quiet is not None:
            self._settle(sending, Verdict(MessageState.READY, quiet), None, tried=False)
            return
        self._send(sending, lambda: self._letter(sending, contact, alert.home))

    def _unasked(self, message: Message, alert: Alert) -> tuple[MessageState, str] | None:
        """None while it is still to be asked, else what becomes of the asking, and why."""
        # A responder is sent whoever else goes; the offer to them ends with their answer.
        is_job = message.step.startswith(outbox.JOB)
        if alert.state is AlertState.RESOLVED or (
            alert.state is AlertState.ATTENDING and not is_job
        ):
            later = message.leaves_at is not None and message.leaves_at > message.created_at
            state = MessageState.UNNEEDED if later else MessageState.EXPIRED
            return state, "Somebody already sees to it."
        by_itself = message.step.startswith(LADDER)
        if by_itself and alert.claimed_at is not None and alert.claimed_at > message.created_at:
            return MessageState.UNNEEDED, "Somebody has it."
        rung = alert.rung(message.recipient)
        if rung is None or rung.attempts != message.attempt or rung.state is not CallState.RINGING:
            return MessageState.UNNEEDED, "They have answered."
        with self._works.database.read() as connection:
            others = {each.message.key: each for each in beside(connection, message)}
        first = others.get(message.stands_in_for or "")
        if first is not None and first.state is MessageState.DELIVERED:
            return MessageState.UNNEEDED, "The message it stands in for has arrived."
        taken = (MessageState.SENT, MessageState.DELIVERED)
        if any(
            each.message.stands_in_for == message.key and each.state in taken
            for each in others.values()
        ):
            return MessageState.UNNEEDED, "Another provider took it instead."
        return None

    def _send(self, sending: Sending, compose: Callable[[], Letter]) -> None:
        """Have the provider take it, and write down what it says."""
        crash_at("before_send")
        answer = self._handed_over(sending.message, compose)
        if isinstance(answer, TelecareError):
            now = self._clock.now()
            verdict = outbox.after_failure(sending.message, sending.tries + 1, now, answer)
            self._settle(sending, verdict, str(answer), busy=isinstance(answer, ChannelBusy))
            return
        crash_at("after_send")
        self._settle(sending, Verdict(MessageState.SENT), None, reference=answer)

    def _handed_over(
        self, message: Message, compose: Callable[[], Letter]
    ) -> str | TelecareError | None:
        """What the provider that has taken it calls it, else why it has not."""
        channel = Channel(message.channel)
        sender = self._senders.get(channel)
        letter: Letter | None = None
        try:
            if sender is None:
                raise ChannelRefused("This installation has no such channel any more.")  # noqa: TRY301 - as its kin
            letter = compose()
            reference = sender.send(letter)
        except ChannelRefused as error:
            if letter is not None:
                self._gates.worked(channel)
            return error
        except ChannelBusy as error:
            self._gates.busy(channel, self._clock.now(), error.seconds)
            return error
        except RecipientUnavailable as error:
            self._gates.worked(channel)
            return error
        except ChannelUnavailable as error:
            self._gates.failed(channel, self._clock.now())
            return error
        except (StoreUnavailable, NotMigrated):
            raise  # the provider's gate stays open: who is asked could not be looked up
        except Exception:  # noqa: BLE001 - a fault of ours must not stop the other messages
            log("sending").exception("a channel failed", org=message.org, key=message.key)
            return ChannelUnavailable("Our own channel failed; the engineer finds why in the log.")
        self._gates.worked(channel)
        return reference

    def _letter(self, sending: Sending, contact: Contact, home: str) -> Letter:
        message = sending.message
        address = contact.address(Channel(message.channel))
        if address is None:
            raise ChannelRefused("The contact has no address for this channel any more.")
        card = self._directory.card(message.org, home)
        # A lease taken before may have ended after the provider's yes and before our note of it.
        again = sending.tries > 0 or sending.lease.fence > 1
        ring = self._directory.telephone(message.org)
        return letters.compose(message, contact, address, card, self._links, ring=ring, again=again)

    def _contact(self, message: Message, alert: Alert) -> Contact:
        people = self._directory.everyone(message.org, alert.home)
        contact = next((each for each in people if each.id == message.recipient), None)
        if contact is None:
            raise ChannelRefused("The contact is not on file any more.")
        if message.step.startswith(LADDER) and topic_of(alert.leading) not in contact.may_know:
            raise ChannelRefused("The resident does not let them know of it any more.")
        return contact

    def _settle(
        self,
        sending: Sending,
        verdict: Verdict,
        failure: str | None,
        *,
        tried: bool = True,
        busy: bool = False,
        reference: str | None = None,
    ) -> None:
        message = sending.message
        with self._works.begin(self._clock.now()) as work:
            if not self._leases.settle(
                work, sending, state=verdict.state, next_try_at=verdict.next_try_at,
                failure=failure, tried=tried,
            ):  # fmt: skip
                return  # our lease was given to another, or a receipt came: that holds
            if verdict.state is MessageState.UNNEEDED:
                return
            if message.kind is Kind.PROMPT:
                if verdict.is_final:
                    prompting.settled(work, message, verdict.state, reference)
                elif tried and not busy:
                    prompting.faltered(work, message)
                return
            if not verdict.is_final:
                if tried and not busy:
                    reach.faltered(work, message)
                return
            sent = verdict.state is MessageState.SENT
            # A provider's words may repeat an address: the record refers to them.
            detail = {} if failure is None else work.wording(message.org, message.alert, failure)
            if reference is not None and message.channel == Channel.TWILIO_VOICE:
                detail = {"call": reference}
            work.write(
                Act.DELIVERED if sent else Act.UNDELIVERED, org=message.org, actor=PLATFORM,
                alert=message.alert, contact=message.recipient, channel=message.channel,
                attempt=message.attempt, state=verdict.state.value, **detail,
            )  # fmt: skip
            if not sent or self._lost(work, message):
                reach.failed(work, message)

    def _lost(self, work: Work, message: Message) -> bool:
        """Whether the provider said that it did not arrive before we noted that it was taken."""
        found = posted(work, message.org, message.key)
        assert found is not None
        state = outbox.after_receipt(found.state, found.receipt)
        if state is found.state:
            return False
        stand(work, message.org, message.key, state, found.receipt)
        work.write(
            Act.UNDELIVERED, org=message.org, actor=PLATFORM, alert=message.alert,
            contact=message.recipient, channel=message.channel, attempt=message.attempt,
            state=state.value, failure=NOT_ARRIVED,
        )  # fmt: skip
        return True
