"""XML of strangers: small, flat, and without anything that grows when it is read."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from gateway.decoders.native import Unreadable
from telecare.vocabulary import QuarantineReason

SIZE_LIMIT = 16 * 1024
"""Bytes; the longest message the standards allow is a tenth of it."""
TEXT_LIMIT = 512
"""Characters kept of one element."""
ELEMENTS_LIMIT = 128


def children_of(payload: bytes) -> tuple[str, dict[str, str]]:
    """The root's name and the text of all elements below it, by name; the first one counts.

    Names in lower case and without namespace, text without spaces around it. Raises
    `Unreadable`; document types and entities are refused, not expanded.
    """
    if len(payload) > SIZE_LIMIT:
        raise Unreadable(QuarantineReason.TOO_LARGE, "The XML is larger than we take.")
    try:
        root: Element = fromstring(payload.strip(b"\0 \t\r\n"), forbid_dtd=True)
    except DefusedXmlException:
        raise _wrong("The XML declares a document type or entities.") from None
    except (ParseError, ValueError, LookupError):
        raise _wrong("The payload is not XML.") from None
    found: dict[str, str] = {}
    for count, element in enumerate(root.iter()):
        if count > ELEMENTS_LIMIT:
            raise _wrong("The XML has too many elements.")
        if element is not root and isinstance(element.tag, str):
            found.setdefault(_name(element), (element.text or "").strip()[:TEXT_LIMIT])
    return _name(root), found


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2].lower()[:64]


def _wrong(why: str) -> Unreadable:
    return Unreadable(QuarantineReason.WRONG_TYPE, why)
