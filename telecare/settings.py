"""What can be set from outside, by environment variables that begin with `TELECARE_`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from telecare.errors import SettingsError


class Settings(BaseSettings):
    """One installation's settings; every process of it is given the same ones."""

    model_config = SettingsConfigDict(env_prefix="TELECARE_", frozen=True)

    data_dir: Path = Path("var")
    """Holds the embedded databases, keys, the clock line and beats. Private to the owner."""
    database_url: SecretStr | None = None
    """postgresql://... for production; unset means SQLite files in the data folder."""
    bind: str = "127.0.0.1"
    """The address every server listens on."""
    http_port: int = Field(default=8080, ge=0, le=65535)
    mqtt_port: int = Field(default=1883, ge=0, le=65535)
    """Plain MQTT. 0 switches the listener off (production: TLS only)."""
    mqtts_port: int = Field(default=8883, ge=0, le=65535)
    """MQTT over TLS. 0 switches the listener off."""
    tls_certificate: Path | None = None
    """PEM chain for MQTT over TLS; unset means a self-made one in the data folder."""
    tls_key: Path | None = None
    base_url: str | None = None
    """Where people reach the pages, for links in messages; default http://BIND:HTTP_PORT."""
    log_level: str = "INFO"
    lane_number: int = Field(default=1, ge=1)
    """Which lane this process writes, when several of its kind run."""

    fall_model: Path | None = None
    """Made by `telecare train falls`; judges falls at the wrist instead of the shipped model."""

    smtp_host: str | None = None
    """Unset means: no e-mail leaves this installation, and plans that need it say so."""
    smtp_port: int = 25
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    smtp_sender: str = "telecare@localhost"

    @property
    def public_url(self) -> str:
        """Base of links given to people, without a trailing slash."""
        return (self.base_url or f"http://{self.bind}:{self.http_port}").rstrip("/")

    def environment(self) -> dict[str, str]:
        """These settings as environment variables for a child process."""
        result = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            if value is None:
                continue
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            result[f"TELECARE_{name.upper()}"] = plain
        return result


def load_settings() -> Settings:
    """Settings from the environment; raises `SettingsError` with one sentence per fault."""
    try:
        settings = Settings()
    except ValidationError as error:
        faults = "; ".join(
            f"TELECARE_{str(fault['loc'][0]).upper()}: {fault['msg']}" for fault in error.errors()
        )
        raise SettingsError(f"Settings cannot be used. {faults}") from None
    url = settings.database_url
    if url and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
        raise SettingsError(
            "TELECARE_DATABASE_URL must begin with postgresql://; leave it unset for SQLite files."
        )
    return settings
