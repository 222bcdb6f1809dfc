"""Can an address somebody gave us lead us anywhere but where settings say?"""

from __future__ import annotations

import pytest

from responder.channels.allowed_hosts import AllowedHosts
from telecare.errors import ChannelRefused

HOSTS = AllowedHosts("events.council.example, *.push.example 127.0.0.1:8099")


@pytest.mark.parametrize(
    "url",
    [
        "https://events.council.example/in",
        "https://EVENTS.council.example:443/in",
        "https://eu.push.example/send/abc",
        "http://127.0.0.1:8099/in",
    ],
)
def test_named_hosts_are_spoken_to(url: str) -> None:
    assert HOSTS.require(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://events.council.example/in",
        "https://events.council.example:8443/in",
        "https://events.council.example@evil.example/",
        "https://evil.example/?events.council.example",
        "https://evil.example/#events.council.example",
        "https://events.council.example.evil.example/",
        "https://push.example/",
        "https://evilpush.example/",
        "http://127.0.0.1:5432/",
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://events.council.example:99999/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:8099/",
        "//events.council.example/in",
        "",
    ],
)
def test_no_other_host_is(url: str) -> None:
    with pytest.raises(ChannelRefused):
        HOSTS.require(url)


def test_nothing_named_is_nowhere() -> None:
    assert not AllowedHosts("  ")
