"""What `telecare doctor` asks of the duty: does the record hold, and can anybody be reached?"""

from __future__ import annotations

from collections.abc import Iterator

from responder.directory import RegisterDirectory
from responder.looks import chain_report
from responder.planning import Planning
from responder.store import Reads
from responder.wiring import senders_of
from telecare.clock import clock_of
from telecare.doctor import Finding
from telecare.register import open_register
from telecare.settings import Settings
from telecare.store.migrate import open_database


def examine(settings: Settings) -> Iterator[Finding]:
    """One finding for each organisation's record, and one for the way to the contacts."""
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
    if clock_of(settings.data_dir).is_real:
        yield Finding(
            settings.smtp_host is not None,
            f"E-mail to contacts leaves by {settings.smtp_host}."
            if settings.smtp_host
            else "No message can reach a contact: set TELECARE_SMTP_HOST.",
        )


def examine_plans(settings: Settings) -> Iterator[Finding]:
    """For each organisation: every plan, home, rota and scheme that at some minute of the next
    fortnight reaches nobody; one good finding where there is none.
    """
    clock = clock_of(settings.data_dir)
    register = open_register(settings, clock)
    try:
        planning = Planning(RegisterDirectory(register), list(senders_of(settings, clock)))
        for each in register.homes.organisations():
            faults = list(planning.nightly(each.org, clock.now()))
            for fault in faults:
                where = f"{each.org}, home {fault.home}" if fault.home else each.org
                yield Finding(False, f"{where}: {fault.sentence}")
            if not faults:
                yield Finding(True, f"Every plan of {each.org} reaches somebody at all times.")
    finally:
        register.close()
