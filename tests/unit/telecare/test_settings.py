"""Can secrets come from files, so that no environment shows them?"""

from __future__ import annotations

from pathlib import Path

import pytest

from telecare.errors import SettingsError
from telecare.settings import Settings, load_settings


def test_a_secret_is_read_from_a_file_named_like_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "telecare_twilio_token").write_text("from the file\n")
    monkeypatch.setenv("TELECARE_SECRETS_DIR", str(tmp_path))
    settings = load_settings()
    assert settings.twilio_token is not None
    assert settings.twilio_token.get_secret_value() == "from the file"
    assert "from the file" not in repr(settings)
    assert "TELECARE_TWILIO_TOKEN" not in settings.environment(), "a child reads it from there too"


def test_credentials_of_the_service_manager_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "telecare_webhook_secret").write_text("kept")
    monkeypatch.delenv("TELECARE_SECRETS_DIR", raising=False)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert load_settings().webhook_secret is not None


def test_a_folder_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELECARE_SECRETS_DIR", "/nowhere/at/all")
    with pytest.raises(SettingsError, match="/nowhere/at/all"):
        load_settings()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = Settings(data_dir=tmp_path / "file" / "var")
    with pytest.raises(SettingsError, match="TELECARE_DATA_DIR: the folder"):
        settings.make_data_dir()


@pytest.mark.parametrize("level", ["INFOO", "loud", "", "7"])
def test_a_level_of_logs_there_is_not_is_refused_and_those_there_are_named(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELECARE_LOG_LEVEL", level)
    with pytest.raises(SettingsError, match=r"TELECARE_LOG_LEVEL: .*DEBUG, INFO, WARNING"):
        load_settings()


@pytest.mark.parametrize(("named", "level"), [("debug", "DEBUG"), ("warn", "WARN")])
def test_a_level_of_logs_may_be_written_small(
    named: str, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELECARE_LOG_LEVEL", named)
    assert load_settings().log_level == level
