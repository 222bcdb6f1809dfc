"""What can be set from outside, by environment variables that begin with `TELECARE_`."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from telecare.errors import SettingsError

SESSION_HOURS = "12 responder=24 family=168"


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
    mqtt_ws_port: int = Field(default=0, ge=0, le=65535)
    """MQTT over plain WebSocket at /mqtt, for a proxy that ends TLS. 0 switches it off."""
    mqtt_wss_port: int = Field(default=0, ge=0, le=65535)
    """MQTT over WebSocket and TLS. 0 switches it off."""
    device_messages_per_s: float = Field(default=100.0, gt=0)
    """What one device may publish in the long run, each KiB like a message more; what is over it
    waits. Calls for help never do."""
    gateway_processes: int = Field(default=1, ge=1, le=64)
    """How many gateways share the ports, each with a lane of its own."""
    tls_certificate: Path | None = None
    """PEM chain for MQTT over TLS; unset means a self-made one in the data folder."""
    tls_key: Path | None = None
    device_ca_certificate: Path | None = None
    """PEM of the authority that signs devices' certificates, and the chain above it; unset means
    one of our own in the data folder, made when the first device asks."""
    device_ca_key: Path | None = None
    """Its key, PEM; only the responder's process needs to read it."""
    device_certificate_days: int = Field(default=365, ge=1, le=3650)
    sip_port: int = Field(default=0, ge=0, le=65535)
    """SIP of careline units (SCAIP, NOW-IP) over UDP and TCP. 0 switches it off."""
    sips_port: int = Field(default=0, ge=0, le=65535)
    """The same over TLS. 0 switches it off."""
    sip_trusted: str = ""
    """Networks, separated by commas, whose units need no secret: an operator's private one."""
    sip_stray_org: str | None = None
    """The organisation whose desk sees calls of unregistered units from trusted networks."""
    call_target: str | None = None
    """SIP or tel URI that units call for voice, where an organisation names none."""
    brokers: Path | None = None
    """A file (TOML) of other people's brokers to listen to; see docs/brokers.md."""
    base_url: str | None = None
    """Where people reach the pages, for links in messages; default http://BIND:HTTP_PORT."""
    log_level: str = "INFO"
    lane_number: int = Field(default=1, ge=1)
    """Which lane this process writes, when several of its kind run."""

    fall_model: Path | None = None
    """Made by `telecare train falls`; judges falls at the wrist instead of the shipped model."""

    second_factor_roles: str = ""
    """Roles, apart by spaces, who may do nothing before they have set up an authenticator."""

    breached_passwords: Path | None = None
    """A list of stolen passwords (SHA-1, in order, as Have I Been Pwned gives it away): nobody
    may choose one of them. Unset: only what is easily guessed is refused."""
    session_hours: str = SESSION_HOURS
    """How long a session lasts at most: hours for everybody, then by role."""
    lock_minutes: float = Field(default=20.0, ge=0, le=720)
    """A desk that nobody's hand touched for so long locks itself; 0: only by hand."""

    oidc_issuer: str | None = None
    """An identity provider (OpenID Connect) people may sign in by. Unset means: by password."""
    oidc_client: str = "telecare"
    oidc_secret: SecretStr | None = None
    oidc_name: str = "your organisation's account"
    """What the sign-in page calls it."""

    smtp_host: str | None = None
    """Unset means: no e-mail leaves this installation, and plans that need it say so."""
    smtp_port: int = 25
    smtp_username: str | None = None
    smtp_password: SecretStr | None = None
    smtp_starttls: bool = False
    smtp_sender: str = "telecare@localhost"

    notify_api_key: SecretStr | None = None
    """GOV.UK Notify. Unset means: no text messages or letters by it."""
    notify_url: str = "https://api.notifications.service.gov.uk"
    notify_sms_template: str | None = None
    """Id of a text message template whose whole body is `((message))`."""
    notify_letter_template: str | None = None
    """Id of a letter template with `((heading))` and `((message))`."""
    notify_callback_token: SecretStr | None = None
    """What Notify shows as bearer token with its receipts; unset means: none is believed."""

    twilio_account: str | None = None
    """Account SID. Unset means: no text messages or telephone calls by Twilio."""
    twilio_token: SecretStr | None = None
    """Auth token: signs in, and proves that a receipt is Twilio's."""
    twilio_number: str | None = None
    """The number of ours that calls and texts, as +44..."""
    twilio_url: str = "https://api.twilio.com"

    push_subject: str | None = None
    """mailto: or https: address under which push services reach us; unset means: no web push."""
    push_hosts: str = (
        "fcm.googleapis.com updates.push.services.mozilla.com web.push.apple.com "
        "*.notify.windows.com"
    )
    """Push services we speak to; a subscription elsewhere is not taken."""

    webhook_secret: SecretStr | None = None
    """Signs webhooks. Unset means: none leave."""
    webhook_hosts: str = ""
    """The only hosts (host or host:port) webhooks go to; others are refused."""
    apprise_schemes: str = ""
    """Services of apprise that may be used, such as `tgram matrixs ntfys`; empty means: none."""
    rural_factor: float = Field(default=1.4, ge=1.0, le=5.0)
    """Road kilometres for each kilometre as the crow flies, for who is nearest."""
    routing_url: str | None = None
    """A routing server that speaks OSRM's table service; unset means: straight lines."""
    lone_worker_minutes: float = Field(default=20.0, ge=1.0, le=240.0)
    """How long a responder may be at a home before we ask whether they are safe."""
    lone_worker_answers_minutes: float = Field(default=5.0, ge=0.5, le=60.0)
    """How long they have to say so before the desk is called."""
    video_url: str | None = Field(default=None, pattern=r"^https://[^\s{}]+\{room\}[^\s{}]*$")
    """Where visits by video take place, as https://video.example/{room}; unset means: there are
    no links for visits."""
    simulated_people: str | None = None
    """Where simulated people show what they were sent. Set by `telecare demo`: to them e-mail and
    texts go although the clock is not real, by providers on this machine only."""
    console: bool = False
    """Messages are printed where the responder runs, for trying things out."""
    watch_url: str | None = None
    """Where the auditor beats to, outside this installation: whoever listens there raises the
    alarm when no beat has come for five minutes. Unset means nobody outside watches."""
    watch_token: SecretStr | None = None
    """Sent as a bearer token with every beat."""

    @field_validator("log_level")
    @classmethod
    def _is_a_level(cls, named: str) -> str:
        if named.upper() not in logging.getLevelNamesMapping():
            raise ValueError("write DEBUG, INFO, WARNING, ERROR or CRITICAL")
        return named.upper()

    @property
    def public_url(self) -> str:
        """Base of links given to people, without a trailing slash."""
        return (self.base_url or f"http://{self.bind}:{self.http_port}").rstrip("/")

    def make_data_dir(self) -> None:
        """The data folder is there, private to its owner. Raises `SettingsError`."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise SettingsError(
                f"TELECARE_DATA_DIR: the folder {self.data_dir} cannot be made: {error.strerror}; "
                "name another."
            ) from None

    def environment(self) -> dict[str, str]:
        """These settings as environment variables for a child process; a secret it can read
        from the same file as we stays there.
        """
        result = {}
        folder = _secrets_folder()
        for name in type(self).model_fields:
            value = getattr(self, name)
            kept = (
                folder and isinstance(value, SecretStr) and (folder / f"telecare_{name}").exists()
            )
            if value is None or kept:
                continue
            plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            result[f"TELECARE_{name.upper()}"] = plain
        return result


def _secrets_folder() -> Path | None:
    named = os.environ.get("TELECARE_SECRETS_DIR") or os.environ.get("CREDENTIALS_DIRECTORY")
    return Path(named) if named else None


def load_settings() -> Settings:
    """Settings from the environment and from files named like the variables in lower case, in
    TELECARE_SECRETS_DIR or where the service manager puts credentials (CREDENTIALS_DIRECTORY).

    Raises `SettingsError` with one sentence per fault.
    """
    folder = _secrets_folder()
    if folder and not folder.is_dir():
        raise SettingsError(f"TELECARE_SECRETS_DIR: there is no folder {folder}; make it.")
    try:
        settings = Settings(_secrets_dir=folder)  # type: ignore[call-arg]
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
