"""A device came in with the successor of its credential: a fact, stored like any other.

The register is not ours to write. Who keeps it reads this in our lane and ends the credential
before.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from gateway.admission import Admitted
from gateway.intake import Arrival
from telecare.vocabulary import CREDENTIAL_SHOWN, ReadingKind


def proof_of(admitted: Admitted, now: datetime) -> Arrival | None:
    """The status to store for a sign-in; None when nothing new was proved by it.

    Once for each credential: its id is the credential's mark.
    """
    if not admitted.successor or admitted.is_withdrawn:
        return None
    said = {
        "id": f"credential-{admitted.successor}",
        "type": CREDENTIAL_SHOWN,
        "credential": admitted.successor,
    }
    return Arrival(admitted.identity, ReadingKind.STATUS.value, msgspec.json.encode(said), now)
