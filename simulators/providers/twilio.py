"""Twilio, as its documentation has it: texts, and calls that fetch what to say.

Basic authentication; errors come as `{"code", "message", "more_info", "status"}`; receipts
and fetches are forms signed with the auth token. A call that is answered asks us for TwiML,
and its person presses `presses` when it gathers a digit. A number that ends in 000 is none.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx
from defusedxml.ElementTree import fromstring
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from twilio.request_validator import RequestValidator

from simulators.providers.moods import Behaviour, Mood, Postbag
from simulators.providers.serving import out_of_sorts
from telecare.clock import Clock

API = "/2010-04-01/Accounts"


@dataclass
class Spoken:
    """What somebody heard and pressed in one call."""

    to: str
    sentences: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    pressed: str | None = None


@dataclass
class Twilio:
    """One account at Twilio."""

    clock: Clock
    account: str = field(default_factory=lambda: "AC" + secrets.token_hex(16))
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    number: str = "+441632960990"
    presses: str | None = "1"
    """The key whoever picks up presses; None: nobody picks up."""

    def __post_init__(self) -> None:
        self.behaviour = Behaviour(self.clock)
        self.texts: list[dict[str, str]] = []
        self.calls: list[Spoken] = []
        self.refused: list[int] = []
        self.postbag = Postbag(self._signed)
        self._ringing: list[tuple[dict[str, str], str]] = []
        self.app = _app(self)

    def deliver(self) -> None:
        """Send the receipts that wait; telephones that ring are answered first."""
        ringing, self._ringing = self._ringing, []
        for form, sid in ringing:
            self._ring(form, sid)
        self.postbag.deliver(self.behaviour.mood)

    def take_text(self, form: dict[str, str]) -> str:
        """It is theirs from now on; its SID."""
        sid = "SM" + secrets.token_hex(16)
        self.texts.append(form)
        if self.behaviour.mood is not Mood.LOSES:
            last = "undelivered" if self.behaviour.mood is Mood.FAILS else "delivered"
            for status in ("sent", last):
                self._say(form, {"MessageSid": sid, "MessageStatus": status, "SmsSid": sid,
                                 "SmsStatus": status})  # fmt: skip
        return sid

    def take_call(self, form: dict[str, str]) -> str:
        """It rings from now on; its SID."""
        sid = "CA" + secrets.token_hex(16)
        if self.behaviour.mood is not Mood.LOSES:
            self._ringing.append((form, sid))
        return sid

    def _ring(self, form: dict[str, str], sid: str) -> None:
        spoken = Spoken(form["To"])
        self.calls.append(spoken)
        status = "no-answer"
        if self.presses is not None and self.behaviour.mood is not Mood.FAILS:
            status = "completed"
            self._talk(form, sid, spoken)
        self._say(form, {"CallSid": sid, "CallStatus": status, "Direction": "outbound-api"})

    def _talk(self, form: dict[str, str], sid: str, spoken: Spoken) -> None:
        said = {"CallSid": sid, "CallStatus": "in-progress"}
        address: str | None = form["Url"]
        while address is not None:
            answer = httpx.post(
                address, data=said, trust_env=False,
                headers={"X-Twilio-Signature": self.signature(address, said)},
            )  # fmt: skip
            answer.raise_for_status()
            root = fromstring(answer.text)
            for say in root.iter("Say"):
                spoken.sentences.append(say.text or "")
                spoken.voices.append(say.get("voice", ""))
            gather = root.find("Gather")
            if gather is None or spoken.pressed is not None or not self.presses:
                return
            spoken.pressed = self.presses
            address = urljoin(address, gather.get("action", ""))
            said = {**said, "Digits": self.presses}

    def _say(self, form: dict[str, str], said: dict[str, str]) -> None:
        if form.get("StatusCallback"):
            whole = {"AccountSid": self.account, "To": form["To"], "From": form["From"], **said}
            self.postbag.put(whole, form["StatusCallback"])

    def _signed(self, receipt: dict[str, str], address: str) -> int:
        headers = {"X-Twilio-Signature": self.signature(address, receipt)}
        return httpx.post(address, data=receipt, headers=headers, trust_env=False).status_code

    def signature(self, address: str, form: dict[str, str]) -> str:
        """How Twilio signs a request to `address`."""
        return str(RequestValidator(self.token).compute_signature(address, form))


def _app(twilio: Twilio) -> FastAPI:
    app = FastAPI(title="Twilio", openapi_url=None)

    @app.get(API + "/{account}.json")
    async def fetch(request: Request, account: str) -> Response:
        refusal = await out_of_sorts(twilio.behaviour) or _who(twilio, request, account)
        return refusal or JSONResponse({"sid": account, "status": "active"})

    @app.post(API + "/{account}/Messages.json")
    async def message(request: Request, account: str) -> Response:
        return await _take(twilio, request, account, twilio.take_text, "Body")

    @app.post(API + "/{account}/Calls.json")
    async def call(request: Request, account: str) -> Response:
        return await _take(twilio, request, account, twilio.take_call, "Url")

    return app


async def _take(twilio: Twilio, request: Request, account: str, take: Any, wants: str) -> Response:
    refusal = await out_of_sorts(twilio.behaviour) or _who(twilio, request, account)
    form = {key: str(value) for key, value in (await request.form()).items()}
    refusal = refusal or _refusal(twilio, form, wants)
    if refusal is not None:
        twilio.refused.append(refusal.status_code)
        return refusal
    sid = take(form)
    if twilio.behaviour.mood is Mood.ANSWER_LOST:
        await asyncio.sleep(twilio.behaviour.hang_seconds)
    said = {"sid": sid, "status": "queued", "to": form["To"], "from": form["From"],
            "account_sid": account, "direction": "outbound-api"}  # fmt: skip
    return JSONResponse(said, 201)


def _who(twilio: Twilio, request: Request, account: str) -> Response | None:
    given = httpx.BasicAuth(twilio.account, twilio.token)._auth_header  # noqa: SLF001
    if account != twilio.account or request.headers.get("authorization") != given:
        return _error(401, 20003, "Authenticate")
    return None


def _refusal(twilio: Twilio, form: dict[str, str], wants: str) -> Response | None:
    number = form.get("To", "")
    if not re.fullmatch(r"\+\d{8,15}", number) or number.endswith("000"):
        return _error(400, 21211, f"The 'To' number {number} is not a valid phone number.")
    if form.get("From") != twilio.number:
        return _error(400, 21212, "The 'From' number is not a valid phone number.")
    if not form.get(wants):
        return _error(400, 21602, "Message body is required.")
    if twilio.behaviour.mood is Mood.REFUSES:
        return _error(400, 21610, "Attempt to send to unsubscribed recipient")
    if not twilio.behaviour.has_room():
        return _error(429, 20429, "Too Many Requests")
    return None


def _error(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse(
        {"code": code, "message": message, "more_info": more, "status": status}, status
    )
