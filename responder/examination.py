"""What `telecare doctor` asks of the duty: does the record hold, and can anybody be reached?"""

from __future__ import annotations

from collections.abc import Iterator

from responder.looks import chain_report
from responder.store import Reads
from telecare.clock import clock_of
from telecare.doctor import Finding
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
