"""Invented people stay invented."""

from __future__ import annotations

import re

from simulators.people import person


def test_the_first_twenty_residents_have_names_of_their_own() -> None:
    assert len({person(1, number).name for number in range(20)}) == 20


def test_telephones_are_those_kept_for_drama_and_mail_goes_nowhere() -> None:
    for number in range(40):
        resident = person(2, number)
        assert re.fullmatch(r"\+44 1632 960\d{3}", resident.phone)
        for contact in resident.contacts:
            assert re.fullmatch(r"\+44 7700 900\d{3}", contact.phone)
            assert contact.email.endswith("@example.org")


def test_everybody_has_somebody_with_a_key_and_the_same_seed_the_same_people() -> None:
    for number in range(40):
        assert person(3, number) == person(3, number)
        assert person(3, number).contacts[0].keyholder
        assert re.fullmatch(r"\d{4}", person(3, number).keysafe)
