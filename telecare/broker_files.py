"""The register as another broker's configuration: Mosquitto's files, and EMQX's.

Pure: text from devices and passwords. A broker's own files cannot say "revoked, but show the
press": a device that is revoked is simply not in them.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable, Mapping, Sequence
from hashlib import pbkdf2_hmac

import msgspec

from telecare.register.devices import Device, username_of
from telecare.register.grants import EVERY_DOWN, EVERY_UP, grants_of

ITERATIONS = 101
"""Mosquitto's own number. Enough: the secrets are 256 random bits, so nobody tries them all."""
_SALT_BYTES = 12
DROPPED = "$SYS/broker/publish/messages/dropped"
"""Where Mosquitto counts the messages it threw away."""


class Hashed(msgspec.Struct, frozen=True):
    """A password as Mosquitto keeps it: PBKDF2 with SHA-512."""

    salt: str
    digest: str

    @property
    def line(self) -> str:
        """As in a password file."""
        return f"$7${ITERATIONS}${self.salt}${self.digest}"


def hashed(password: str, salt: bytes | None = None) -> Hashed:
    """`password` under a fresh salt, unless one is given."""
    salt = salt or secrets.token_bytes(_SALT_BYTES)
    digest = pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return Hashed(base64.b64encode(salt).decode(), base64.b64encode(digest).decode())


def access_list(orgs: Sequence[str], devices: Iterable[Device], gateway: str) -> str:
    """Mosquitto's `acl_file`: each device its own tree, the gateway those of `orgs`."""
    lines = [
        "# Who may say and hear what. Written by `telecare devices export mosquitto`.",
        "# What is not named here is denied; of $SYS the gateway alone hears what was lost.",
        "",
        f"user {gateway}",
        f"topic read {DROPPED}",
    ]
    for org in orgs:
        lines += [f"topic read {EVERY_UP.format(org=org)}"]
        lines += [f"topic write {EVERY_DOWN.format(org=org)}"]
    words = {"publish": "write", "subscribe": "read"}
    for device in devices:
        lines += ["", f"user {username_of(device.org, device.device)}"]
        lines += [f"topic {words[grant.act]} {grant.filter}" for grant in grants_of(device)]
    return "\n".join(lines) + "\n"


def password_file(passwords: Mapping[str, Hashed]) -> str:
    """Mosquitto's `password_file`."""
    return "".join(f"{username}:{each.line}\n" for username, each in passwords.items())


def dynamic_security(
    orgs: Sequence[str],
    devices: Sequence[Device],
    gateway: str,
    passwords: Mapping[str, Hashed],
) -> bytes:
    """The state file of Mosquitto's dynamic security plugin; a role for each client.

    A device without a password here cannot sign in until it is given one.
    """
    rules: list[dict[str, object]] = _hears(DROPPED)
    for org in orgs:
        rules += _hears(EVERY_UP.format(org=org)) + _says(EVERY_DOWN.format(org=org))
    roles = [_role(gateway, rules)]
    for device in devices:
        rules = []
        for grant in grants_of(device):
            rules += _says(grant.filter) if grant.act == "publish" else _hears(grant.filter)
        roles.append(_role(username_of(device.org, device.device), rules))
    state = {
        "defaultACLAccess": {
            "publishClientSend": False,
            "publishClientReceive": False,
            "subscribe": False,
            "unsubscribe": True,
        },
        "clients": [_client(str(role["rolename"]), passwords) for role in roles],
        "groups": [],
        "roles": roles,
    }
    return msgspec.json.format(msgspec.json.encode(state), indent=1) + b"\n"


def _client(username: str, passwords: Mapping[str, Hashed]) -> dict[str, object]:
    client: dict[str, object] = {
        "username": username,
        "roles": [{"rolename": username, "priority": 0}],
    }
    own = passwords.get(username)
    if own is not None:
        client |= {"password": own.digest, "salt": own.salt, "iterations": ITERATIONS}
    return client


def _role(username: str, rules: list[dict[str, object]]) -> dict[str, object]:
    return {"rolename": username, "acls": rules}


def _says(pattern: str) -> list[dict[str, object]]:
    return [_rule("publishClientSend", pattern)]


def _hears(pattern: str) -> list[dict[str, object]]:
    return [_rule("subscribePattern", pattern), _rule("publishClientReceive", pattern)]


def _rule(kind: str, pattern: str) -> dict[str, object]:
    return {"acltype": kind, "topic": pattern, "priority": 0, "allow": True}


LISTENER = """\
# What a Mosquitto needs beside its listener and TLS. One of the two ways, not both.
allow_anonymous false
# Nobody takes over another device's connection with its client id.
use_username_as_clientid true
max_packet_size 262144
# What waits for the gateway while it is away: kept on disk, and far more than a storm brings.
persistence true
persistence_location {folder}/
autosave_interval 1
max_queued_messages 100000
max_queued_bytes 268435456
max_inflight_messages 1000
{security}"""
BY_FILES = "password_file {folder}/passwords\nacl_file {folder}/acl\n"
BY_PLUGIN = (
    "# plugin /usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so\n"
    "# plugin_opt_config_file {folder}/dynamic-security.json\n"
)


def listener_settings(folder: str) -> str:
    """The part of `mosquitto.conf` that uses the other files."""
    both = BY_FILES.format(folder=folder) + BY_PLUGIN.format(folder=folder)
    return LISTENER.format(folder=folder, security=both)


_EMQX = """\
# EMQX 5 asks us who a device is and what it may do. Put a token that was made with
# `telecare token create --org {org} --role tec` in both places of TOKEN, and let only EMQX read
# this file: inside quotes EMQX replaces no variables of its environment.
authentication = [
  {{
    mechanism = password_based
    backend = http
    method = post
    url = "{url}/api/v1/brokers/emqx/authenticate"
    headers {{
      "content-type" = "application/json"
      authorization = "Bearer TOKEN"
    }}
    body {{ username = "${{username}}", password = "${{password}}" }}
  }},
  # Of whoever is no device of {org}: the account with which the gateway signs in here.
  {{
    mechanism = password_based
    backend = built_in_database
    user_id_type = username
  }}
]
authorization {{
  no_match = deny
  deny_action = disconnect
  sources = [
    {{
      type = http
      enable = true
      method = post
      url = "{url}/api/v1/brokers/emqx/authorize"
      headers {{
        "content-type" = "application/json"
        authorization = "Bearer TOKEN"
      }}
      body {{ username = "${{username}}", topic = "${{topic}}", action = "${{action}}" }}
    }},
    # What the gateway may do; all else is denied.
    {{
      type = built_in_database
      enable = true
    }}
  ]
}}
"""


def emqx_settings(org: str, url: str) -> str:
    """The part of EMQX's configuration that asks the responder at `url`."""
    return _EMQX.format(org=org, url=url)
