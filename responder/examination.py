"""What `telecare doctor` asks of the duty: does the record hold, and can anybody be reached?"""

from __future__ import annotations

from collections.abc import Iterator

from responder.channels.base import Provider
from responder.channels.configured import senders_of
from responder.seeing.looks import chain_report
from responder.store import Reads
from responder.whom.directory import RegisterDirectory
from responder.whom.people import Channel
from responder.whom.planning import Planning
from responder.whom.ways import TEXTING
from telecare.clock import Clock, clock_of
from telecare.doctor import Finding
from telecare.errors import ChannelRefused, ChannelUnavailable
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import open_database

_TOGETHER = (
    ("notify_api_key", ("notify_sms_template", "notify_letter_template")),
    ("twilio_account", ("twilio_token", "twilio_number")),
    ("webhook_secret", ("webhook_hosts",)),
)
"""A setting, and those of which one at least (Twilio: all) must go with it."""


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding for each organisation's record, and one for each way to the contacts."""
    database = open_database(settings, "responder")
    try:
        reads = Reads(database)
        for org in reads.organisations():
            report = chain_report(reads, org)
            yield Finding(
                report.whole,
                f"The record of {org} holds: {report.entries} entries."
                if report.whole
                else f"The record of {org} was changed or cut at entry {report.broken_at}: keep "
                "this database as it is and compare it with the last backup.",
            )
    finally:
        database.close()
    clock = clock_of(settings.data_dir)
    if not clock.is_real:
        return
    yield from _unnumbered(settings, clock)
    senders = _senders(settings, clock)
    yield from _half_set(settings)
    yield from (_answers(sender) for sender in senders.values())
    if not senders:
        yield Finding(False, "No message can reach a contact: set TELECARE_SMTP_HOST.")
    elif Channel.TWILIO_VOICE not in senders and not set(TEXTING) & senders.keys():
        yield Finding(
            True, "No text or call wakes anybody at night: docs/channels.md says how to add one."
        )


def _senders(settings: Settings, clock: Clock) -> dict[Channel, Provider]:
    """The channels this installation has; what a browser gave up is not written down here."""
    return senders_of(settings, clock, lambda _org, _endpoint: None)


def _answers(sender: Provider) -> Finding:
    name = sender.channel.words
    try:
        return Finding(True, f"By {name}: {sender.check()}")
    except (ChannelRefused, ChannelUnavailable) as failure:
        return Finding(False, f"By {name}: {failure}")


def _unnumbered(settings: Settings, clock: Clock) -> Iterator[Finding]:
    register = open_register(settings, clock)
    try:
        for each in register.organisations.organisations():
            if not each.telephone:
                yield Finding(
                    True,
                    f"No page of {each.org} for families and responders says what number to ring: "
                    f"set it with `telecare org telephone {each.org} NUMBER`.",
                )
    finally:
        register.close()


def _half_set(settings: Settings) -> Iterator[Finding]:
    for first, others in _TOGETHER:
        if getattr(settings, first) is None:
            continue
        missing = [each for each in others if not getattr(settings, each)]
        enough = not missing or (first == "notify_api_key" and len(missing) < len(others))
        if not enough:
            wanted = " and ".join(f"TELECARE_{each.upper()}" for each in missing)
            yield Finding(
                False, f"TELECARE_{first.upper()} is set and does nothing yet: set {wanted} too."
            )
    if settings.notify_api_key and settings.notify_callback_token is None:
        yield Finding(
            True,
            "Receipts of Notify are not believed: set TELECARE_NOTIFY_CALLBACK_TOKEN to the "
            "token you gave Notify, or a second text leaves after half a minute each time.",
        )


def examine_plans(settings: Settings) -> Iterator[Finding]:
    """For each organisation: every plan, home, rota and scheme that at some minute of the next
    fortnight reaches nobody; one good finding where there is none.
    """
    clock = clock_of(settings.data_dir)
    register = open_register(settings, clock)
    try:
        planning = Planning(RegisterDirectory(register), list(_senders(settings, clock)))
        for each in register.organisations.organisations():
            faults = list(planning.nightly(each.org, clock.now()))
            for fault in faults:
                where = f"{each.org}, home {fault.home}" if fault.home else each.org
                yield Finding(False, f"{where}: {fault.sentence}")
            if not faults:
                yield Finding(True, f"Every plan of {each.org} reaches somebody at all times.")
    finally:
        register.close()
