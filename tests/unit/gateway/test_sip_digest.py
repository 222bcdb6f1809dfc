"""Digest: proves who speaks, each answer once, and costs a stranger nothing of ours."""

from __future__ import annotations

from hashlib import md5

import pytest

from gateway.sources import sip_digest
from gateway.sources.sip_digest import (
    NONCE_SECONDS,
    Challenger,
    Proven,
    Unproven,
    parameters_of,
)

SECRETS = {"oak.unit-7": "s3cret"}


def answer(challenge: str, *, secret: str = "s3cret", count: str = "00000001", **more: str) -> str:
    given = parameters_of(challenge)
    fields = {"username": "oak.unit-7", "realm": given["realm"], "nonce": given["nonce"],
              "uri": "sip:arc@h", "qop": "auth", "nc": count, "cnonce": "c"} | more  # fmt: skip

    def digest(text: str) -> str:
        return md5(text.encode(), usedforsecurity=False).hexdigest()

    first = digest(f"{fields['username']}:{fields['realm']}:{secret}")
    second = digest(f"MESSAGE:{fields['uri']}")
    middle = f"{fields['nonce']}:"
    if fields["qop"]:
        middle += f"{fields['nc']}:{fields['cnonce']}:auth:"
    fields["response"] = digest(f"{first}:{middle}{second}")
    return "Digest " + ", ".join(f'{name}="{text}"' for name, text in fields.items() if text)


def check(challenger: Challenger, header: str, now: float = 1.0, host: str = "h") -> object:
    return challenger.check(header, "MESSAGE", now, host, SECRETS.get)


def test_who_knows_the_secret_is_believed() -> None:
    challenger = Challenger()
    challenge = challenger.challenge(0.0, "h")
    assert check(challenger, answer(challenge)) == Proven("oak.unit-7")
    assert check(challenger, answer(challenge, count="00000002")) == Proven("oak.unit-7")
    assert check(challenger, answer(challenger.challenge(0.0, "h"), qop="")) == Proven("oak.unit-7")


def test_an_answer_counts_once_from_one_place_and_for_a_while() -> None:
    challenger = Challenger()
    header = answer(challenger.challenge(0.0, "h"))
    assert check(challenger, header, host="elsewhere") == Unproven(stale=True)
    assert check(challenger, header) == Proven("oak.unit-7")
    assert check(challenger, header) == Unproven(stale=True)
    late = answer(challenger.challenge(0.0, "h"))
    assert check(challenger, late, now=NONCE_SECONDS + 2) == Unproven(stale=True)
    assert check(Challenger(), late) == Unproven(stale=True), "another process's challenge"


def test_of_too_many_challenges_the_one_not_answered_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sip_digest, "NONCES_KEPT", 2)
    challenger = Challenger()
    headers = [answer(challenger.challenge(0.0, "h")) for _ in range(3)]
    assert [check(challenger, each) for each in headers] == [Proven("oak.unit-7")] * 3
    assert [check(challenger, each) for each in headers[1:]] == [Unproven(stale=True)] * 2


def test_a_wrong_secret_is_known_as_such() -> None:
    challenger = Challenger()
    challenge = challenger.challenge(0.0, "h")
    assert check(challenger, answer(challenge, secret="guess")) == Unproven(tried=True)
    assert check(challenger, answer(challenge, username="oak.nobody")) == Unproven(tried=True)
    assert check(challenger, answer(challenge, realm="elsewhere")) == Unproven(tried=True)


@pytest.mark.parametrize(
    "header",
    [
        "", "Digest", "Basic b2FrOnB3", "Digest nonsense", 'Digest username="', "Digest =,=,=",
        'Digest username="oak.unit-7", nonce="--", response="ü"',
        'Digest username="oak.unit-7", nonce="zz-zz-zz", nc=zzzzzzzz, response="x"',
        "Digest " + 'a="",' * 10_000 + "!",
        'Digest a="' + '\\"' * 10_000,
    ],
)  # fmt: skip
def test_nonsense_proves_nothing_and_ends_soon(header: str) -> None:
    assert isinstance(check(Challenger(), header), Unproven)
