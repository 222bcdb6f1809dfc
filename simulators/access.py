"""A way onto the desk for whoever runs a demo or looks at a replay."""

from __future__ import annotations

import secrets
from pathlib import Path

import msgspec

from simulators.keyring import write_private
from telecare.errors import InvalidInput
from telecare.register import Register
from telecare.register.people import Person
from telecare.vocabulary import Role


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """One operator's sign-in, and a token for machines; written with mode 0600."""

    url: str
    username: str
    password: str
    api_token: str


def access_for(register: Register, org: str, url: str, path: Path) -> Access:
    """The operator kept in `path`, or a new one if there is none; `url` is always today's.

    Raises `InvalidInput` when the file is there but cannot be read.
    """
    known = _kept(path)
    if known is None:
        known = _new_operator(register, org)
    access = msgspec.structs.replace(known, url=url)
    write_private(path, msgspec.json.format(msgspec.json.encode(access), indent=2) + b"\n")
    return access


def _kept(path: Path) -> Access | None:
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Access)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise InvalidInput(f"{path} is damaged; delete it, and a new operator is made.") from None


def _new_operator(register: Register, org: str) -> Access:
    """An account of its own even where an older one's password is lost."""
    taken = {person.username for person in register.people.people(org)}
    stem = "operator" if org == "demo" else f"{org}-operator"
    username = next(
        name for name in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if name not in taken
    )
    password = secrets.token_urlsafe(12)
    register.people.add(
        Person(
            org=org,
            person=username,
            username=username,
            name="Olivia Operator",
            role=Role.OPERATOR,
        ),
        password,
    )
    _, token = register.people.issue_token(org, Role.OPERATOR)
    return Access(url="", username=username, password=password, api_token=token)
