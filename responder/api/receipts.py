"""Where providers tell what became of messages. Public, and believed only when proved.

Notify shows a token of ours; Twilio signs the address and the form. A receipt for a message
we do not know is refused like one that is not proved: nothing is learnt by trying.
"""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from responder.api.parts import Parts, WithParts
from responder.channels.twilio_account import is_from_twilio
from responder.outgoing.outbox import Receipt
from telecare.errors import Forbidden, NotFound

router = APIRouter(prefix="/receipts", include_in_schema=False)

_NOTIFY = {
    "delivered": Receipt.DELIVERED,
    "permanent-failure": Receipt.FAILED,
    "temporary-failure": Receipt.FAILED,
    "technical-failure": Receipt.FAILED,
}
_TWILIO = {
    "delivered": Receipt.DELIVERED, "read": Receipt.DELIVERED, "completed": Receipt.DELIVERED,
    "undelivered": Receipt.FAILED, "failed": Receipt.FAILED, "busy": Receipt.FAILED,
    "no-answer": Receipt.FAILED, "canceled": Receipt.FAILED,
}  # fmt: skip
"""A call that is `completed` was picked up, if only by a machine: heard, not answered."""
REFUSAL = "This is no receipt of ours."


async def signed_form(request: Request, parts: WithParts) -> dict[str, str]:
    """The form of a request that Twilio made. Raises `Forbidden` for anybody else's."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    signature = request.headers.get("x-twilio-signature", "")
    if not is_from_twilio(parts.settings, path, form, signature):
        raise Forbidden(REFUSAL)
    return form


async def proved_receipt(request: Request, parts: WithParts) -> dict[str, object]:
    """What Notify says. Raises `Forbidden` for anybody who does not know our token."""
    token = parts.settings.notify_callback_token
    shown = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if token is None or not hmac.compare_digest(shown, token.get_secret_value().encode()):
        raise Forbidden(REFUSAL)
    try:
        said = await request.json()
    except ValueError:
        raise Forbidden(REFUSAL) from None
    return said if isinstance(said, dict) else {}


SignedForm = Annotated[dict[str, str], Depends(signed_form)]


@router.post("/notify")
def notify(
    said: Annotated[dict[str, object], Depends(proved_receipt)], parts: WithParts
) -> Response:
    """GOV.UK Notify's delivery receipt."""
    org, _, key = str(said.get("reference") or "").partition(".")
    return _received(parts, org, key, _NOTIFY.get(str(said.get("status"))))


@router.post("/twilio/{kind}/{org}/{key}")
def twilio(kind: str, org: str, key: str, form: SignedForm, parts: WithParts) -> Response:
    """Twilio's status of a text (`message`) or of a telephone call (`call`)."""
    named = {"message": "MessageStatus", "call": "CallStatus"}.get(kind, "")
    return _received(parts, org, key, _TWILIO.get(form.get(named, "")))


def _received(parts: Parts, org: str, key: str, said: Receipt | None) -> Response:
    if said is not None:  # on its way, or a word we do not know: nothing follows
        try:
            parts.desk.receipt(org, key, said)
        except NotFound:
            raise Forbidden(REFUSAL) from None
    return Response(status_code=204)
