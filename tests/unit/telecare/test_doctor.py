"""What the doctor says of how people come in."""

from __future__ import annotations

import pytest

from telecare.doctor import examine
from telecare.settings import Settings


def said(settings: Settings, **differs: str) -> list[str]:
    findings = examine(settings.model_copy(update=differs))
    return [each.sentence for each in findings if "password alone" in each.sentence]


def test_a_desk_others_reach_is_not_opened_by_a_password_alone(sqlite_settings: Settings) -> None:
    reached = {"base_url": "https://desk.example"}
    (sentence,) = said(sqlite_settings, **reached)
    assert 'TELECARE_SECOND_FACTOR_ROLES="operator supervisor"' in sentence
    (half,) = said(sqlite_settings, bind="0.0.0.0", second_factor_roles="operator")
    assert "to supervisor:" in half


@pytest.mark.parametrize(
    "differs",
    [{}, {"base_url": "https://desk.example", "second_factor_roles": "operator supervisor"},
     {"base_url": "https://desk.example", "oidc_issuer": "https://id.council.example"}],
)  # fmt: skip
def test_a_desk_on_this_machine_or_with_a_second_factor_is_well(
    sqlite_settings: Settings, differs: dict[str, str]
) -> None:
    assert said(sqlite_settings, **differs) == []
