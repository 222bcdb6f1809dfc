"""SIP messages as bytes: read with limits, framed on streams, answered to where they came from.

The reading proper is sipmessage's; here stand the limits it has not, and the repairs that
real units need (folded lines, spaces before the colon).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b

import msgspec
from sipmessage import URI, Address, Message, Request, Response

MESSAGE_LIMIT = 64 * 1024
HEAD_LIMIT = 16 * 1024
"""Bytes of all headers together."""
LINE_LIMIT = 2048
HEADERS_LIMIT = 64
_MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BRANCH = re.compile(r";\s*branch\s*=\s*([^;,\s]{1,256})", re.IGNORECASE)
_TAG = re.compile(r";\s*tag\s*=\s*([^;,\s]{1,256})", re.IGNORECASE)
_RPORT = re.compile(r";\s*rport(?=\s*(?:;|$))", re.IGNORECASE)


class Malformed(Exception):
    """The bytes are no SIP message; the text says why."""


class Came(msgspec.Struct, frozen=True):
    """From where a message came, as the socket tells."""

    transport: str
    """UDP, TCP or TLS."""
    host: str
    port: int

    @property
    def is_reliable(self) -> bool:
        """Whether the transport repeats what was lost by itself."""
        return self.transport != "UDP"


def parse(data: bytes) -> Request | Response:
    """The message in `data`, with the headers every message must have; raises `Malformed`."""
    if len(data) > MESSAGE_LIMIT:
        raise Malformed("It is larger than we take.")
    head, found, body = data.lstrip(b"\r\n").partition(b"\r\n\r\n")
    if not found:
        raise Malformed("Its headers have no end.")
    lines = _lines(head)
    try:
        message = Message.parse("\r\n".join([*lines, "", ""]).encode())
        sequence = message.cseq
    except Exception as error:  # noqa: BLE001 - another's parser and a stranger's bytes
        raise Malformed(f"It cannot be read ({type(error).__name__}).") from None
    if any(message.headers.get(name) is None for name in _MANDATORY):
        raise Malformed("A header that every message must have is missing.")
    if isinstance(message, Request) and sequence.method != message.method:
        raise Malformed("Its CSeq names another method.")
    message.body = _body(message, body)
    return message


def _lines(head: bytes) -> list[str]:
    if len(head) > HEAD_LIMIT:
        raise Malformed("Its headers are larger than we take.")
    # A byte is a character: not everybody writes UTF-8, and a name comes back as it was written.
    text = re.sub(r"\r\n[ \t]+", " ", head.decode("latin-1"))
    first, *headers = text.split("\r\n")
    if len(headers) > HEADERS_LIMIT or any(len(line) > LINE_LIMIT for line in (first, *headers)):
        raise Malformed("Its headers are more or longer than we take.")
    if _CONTROL.search(first) or any(_CONTROL.search(line) for line in headers):
        raise Malformed("Its headers hold control characters.")
    repaired = [_addressed(first)]
    for line in headers:
        name, found, value = line.partition(":")
        if not found or not name.strip():
            raise Malformed("A header has no name.")
        repaired.append(f"{name.strip()}: {value.strip()}")
    return repaired


def _addressed(first: str) -> str:
    """The first line. Whom they meant we do not ask: an address nobody can read stops no alarm."""
    method, _, rest = first.strip().partition(" ")
    uri, _, version = rest.rpartition(" ")
    if version.upper() != "SIP/2.0":
        return first
    try:
        URI.parse(uri)
    except Exception:  # noqa: BLE001 - another's parser and a stranger's bytes
        uri = "sip:telecare.invalid"
    return f"{method} {uri} {version.upper()}"


def _body(message: Request | Response, body: bytes) -> bytes:
    """Of a stream it is cut already; a datagram comes whole, whatever its sender counted."""
    length = message.headers.get("Content-Length") or ""
    is_number = length.isascii() and length.isdigit() and len(length) <= 8
    return body[: int(length)] if is_number else body


class Stream:
    """Cuts a stream of bytes into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._looked = 0
        self._needed = 0

    def feed(self, data: bytes) -> Iterator[Request | Response]:
        """The messages that are whole now, one by one: what is sound before something malformed is
        heard. Raises `Malformed`, after which the stream is lost.
        """
        self._buffer += data
        while (whole := self._next()) is not None:
            yield parse(whole)

    def _next(self) -> bytes | None:
        buffer = self._buffer
        if not self._needed:
            while buffer.startswith((b"\r", b"\n")):  # keepalives of RFC 5626
                del buffer[: len(buffer) - len(buffer.lstrip(b"\r\n"))]
                self._looked = 0
            end = buffer.find(b"\r\n\r\n", max(0, self._looked - 3))
            if end < 0:
                self._looked = len(buffer)
                if len(buffer) > HEAD_LIMIT:
                    raise Malformed("Its headers are larger than we take.")
                return None
            self._needed = end + 4 + _length(bytes(buffer[:end]))
            if self._needed > MESSAGE_LIMIT:
                raise Malformed("It is larger than we take.")
        if len(buffer) < self._needed:
            return None
        whole = bytes(buffer[: self._needed])
        del buffer[: self._needed]
        self._looked = self._needed = 0
        return whole


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() in (b"content-length", b"l"):
            text = value.strip()
            if not text.isdigit() or len(text) > 8:
                raise Malformed("Its Content-Length is no number.")
            return int(text)
    return 0


def branch_of(message: Request | Response) -> str:
    """What names the transaction: the branch of the topmost Via, or what stood for it before."""
    via = first_value(message.headers.get("Via") or "")
    found = _BRANCH.search(via)
    if found and found[1].startswith("z9hG4bK"):
        return found[1]
    names = ("Call-ID", "CSeq", "From")
    return "\0".join([via, *(message.headers.get(name) or "" for name in names)])


def transaction_of(request: Request, came: Came) -> bytes:
    """Names a request and its repetitions (RFC 3261, 17.2.3), and no other.

    Some units give every request one branch, and a router shows many of them as one host: the
    whole Via, with who sent it, the call and the sender's tag tell them apart. Some give all their
    requests the same headers: a repetition says the same with the same proof, and what says
    something else is another press.
    """
    via = first_value(request.headers.get("Via") or "")
    names = ("CSeq", "Call-ID", "From", "Authorization")
    told = [request.headers.get(name) or "" for name in names]
    about = "\0".join([request.method, via, *told, came.host])
    digest = blake2b(about.encode(errors="replace"), digest_size=16)
    digest.update(b"\0" + request.body)
    return digest.digest()


def first_value(header: str) -> str:
    """The first of several comma-separated values."""
    return header.partition(",")[0].strip()


def tag_of(address: str) -> str | None:
    """The tag of a From or To header."""
    found = _TAG.search(address.rpartition(">")[2] or address)
    return found[1] if found else None


def user_of(header: str) -> str:
    """The user part of a From or To header; empty if it has none that can be read."""
    try:
        return Address.parse(header).uri.user or ""
    except Exception:  # noqa: BLE001 - another's parser and a stranger's bytes
        return ""


def respond(
    request: Request,
    came: Came,
    code: int,
    phrase: str,
    *,
    tag: str,
    headers: Iterable[tuple[str, str]] = (),
) -> bytes:
    """The bytes of a response, to be sent to where the request came from."""
    response = Response(code, phrase)
    for number, via in enumerate(request.headers.getlist("Via")):
        response.headers.add("Via", via if number else _stamped(via, came))
    to = request.headers["To"]
    response.headers.set("From", request.headers["From"])
    response.headers.set("To", to if tag_of(to) else f"{to};tag={tag}")
    response.headers.set("Call-ID", request.headers["Call-ID"])
    response.headers.set("CSeq", request.headers["CSeq"])
    for name, value in headers:
        response.headers.add(name, value)
    response.headers.set("Content-Length", "0")
    return _written(response)


def _written(message: Request | Response) -> bytes:
    """Its bytes, those of others as `_lines` read them."""
    head, end, body = bytes(message).partition(b"\r\n\r\n")
    return head.decode().encode("latin-1", "replace") + end + body


def _stamped(via: str, came: Came) -> str:
    first, comma, rest = via.partition(",")
    first = _RPORT.sub(f";rport={came.port}", first) + f";received={came.host}"
    return f"{first}{comma}{rest}"


def message_request(
    answered: Request, came: Came, *, media_type: str, body: bytes, branch: str, tag: str
) -> bytes:
    """A MESSAGE of ours to whom sent `answered`: in its dialog if it has one, else a new one."""
    user = user_of(answered.headers["From"])
    host = f"[{came.host}]" if ":" in came.host else came.host
    request = Request("MESSAGE", URI("sip", host, user or None, None, came.port), body)
    in_dialog = tag_of(answered.headers["To"]) is not None
    to, from_ = answered.headers["From"], answered.headers["To"]
    values = {
        "Via": f"SIP/2.0/{came.transport} telecare.invalid;branch={branch};rport",
        "Max-Forwards": "70",
        "From": from_ if in_dialog else f"{_without_tag(from_)};tag={tag}",
        "To": to if in_dialog else _without_tag(to),
        "Call-ID": answered.headers["Call-ID"] if in_dialog else f"{branch[7:]}@telecare.invalid",
        "CSeq": "1 MESSAGE",
        "User-Agent": "telecare",
        "Content-Type": media_type,
        "Content-Length": str(len(body)),
    }
    for name, value in values.items():
        request.headers.set(name, value)
    return _written(request)


def _without_tag(address: str) -> str:
    head, bracket, parameters = address.rpartition(">")
    return head + bracket + _TAG.sub("", parameters)
