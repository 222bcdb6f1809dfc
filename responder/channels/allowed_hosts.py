"""Where we may be sent by an address somebody gave us (SSRF): only where settings say."""

from __future__ import annotations

from urllib.parse import urlsplit

from telecare.errors import ChannelRefused

LOOPBACK = frozenset({"127.0.0.1", "localhost"})


class AllowedHosts:
    """Hosts named one by one: `host`, `host:port` or `*.domain`, apart by spaces."""

    def __init__(self, named: str) -> None:
        self._named = frozenset(named.replace(",", " ").lower().split())

    def __bool__(self) -> bool:
        return bool(self._named)

    def require(self, url: str) -> str:
        """The address, if it is https to an allowed host; `ChannelRefused` otherwise.

        Plain http is for loopback only, an address with a user name or a fragment for nobody.
        """
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError as error:
            raise ChannelRefused("This is no address we can send to.") from error
        if parts.scheme != "https" and not (parts.scheme == "http" and host in LOOPBACK):
            raise ChannelRefused("We send to https addresses only.")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ChannelRefused("This is no address we can send to.")
        if not self._has(host, port):
            raise ChannelRefused("This host is not among those we may send to.")
        return url

    def _has(self, host: str, port: int | None) -> bool:
        usual = port in (None, 443)
        if f"{host}:{port}" in self._named:
            return True
        if not usual or not host:
            return False
        return host in self._named or any(
            name.startswith("*.") and host.endswith(name[1:]) for name in self._named
        )
