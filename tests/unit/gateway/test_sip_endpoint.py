"""On which terms careline units are heard."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from gateway.sources.sip_endpoint import Terms

TERMS = Terms((ip_network("10.7.0.0/16"), ip_network("2001:db8::/32")))


@pytest.mark.parametrize(
    ("host", "trusted"),
    [
        ("10.7.3.9", True),
        ("10.8.3.9", False),
        ("::ffff:10.7.3.9", True),  # what a socket that hears IPv6, too, calls it
        ("::ffff:10.8.3.9", False),
        ("2001:db8::7", True),
        ("2001:db8::7%eth0", True),
        ("2001:db9::7", False),
        ("unit-7", False),
        ("", False),
    ],
)
def test_a_unit_of_our_own_network_needs_no_secret(host: str, trusted: bool) -> None:
    assert TERMS.trusts(host) is trusted
