"""A real nginx with the settings that we ship, on free ports of this machine."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from telecare.authority import TlsFiles, own_tls
from tests.harness.postgres import free_port
from tests.harness.waiting import until

DEPLOY = Path(__file__).parent.parent.parent / "deploy" / "nginx"
_ITSELF = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/itself.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/telecare.conf;
}}
"""


def binary() -> str | None:
    """Debian keeps servers where not everybody looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Nginx:
    """In front of the pages, as `docs/runbook.md` has it set up."""

    def __init__(self, folder: Path, port: int, authority: Path) -> None:
        self.port = port
        self.address = f"https://127.0.0.1:{port}"
        self.trust = ssl.create_default_context(cafile=str(authority))
        """For clients that have reason to believe its certificate."""
        self._folder = folder

    def client(self, source: str = "127.0.0.1", **more: object) -> httpx.Client:
        """Somebody's browser that comes from `source`, an address of this machine."""
        way = httpx.HTTPTransport(verify=self.trust, local_address=source)
        return httpx.Client(transport=way, base_url=self.address, timeout=20, **more)  # type: ignore[arg-type]

    @property
    def logged(self) -> str:
        """Everything it wrote down."""
        return "".join(each.read_text() for each in self._folder.glob("*.log"))


def shipped(changes: Mapping[str, str]) -> str:
    """Our settings for this machine. Fails the test if one of `changes` has nothing to change."""
    settings = (DEPLOY / "telecare.conf").read_text()
    for old, new in changes.items():
        assert settings.count(old) == 1, f"{old!r} stands {settings.count(old)} times"
        settings = settings.replace(old, new)
    return settings


@contextmanager
def nginx(folder: Path, pages: int, sockets: int = 9, *, level: str = "crit") -> Iterator[Nginx]:
    """One before the pages at the port `pages` and the MQTT over WebSocket at `sockets`; of faults
    it writes down those of a `level`.

    Skips the test, and says so, where there is none.
    """
    command = binary()
    if command is None:
        pytest.skip("nginx is missing: install Debian's nginx-light")
    files: TlsFiles = own_tls(folder)
    folder, port = folder / "nginx", free_port()
    folder.mkdir(parents=True)
    user = "user root;" if os.geteuid() == 0 else ""  # the tests' folders are root's alone
    (folder / "nginx.conf").write_text(_ITSELF.format(folder=folder, user=user))
    (folder / "telecare.conf").write_text(
        shipped(
            {
                "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
                "127.0.0.1:8080": f"127.0.0.1:{pages}",
                "127.0.0.1:8084": f"127.0.0.1:{sockets}",
                "/etc/telecare/desk.pem": str(files.certificate),
                "/etc/telecare/desk.key": str(files.key),
                "/var/log/nginx/telecare.log": f"{folder}/access.log",
                "/var/log/nginx/telecare-error.log crit": f"{folder}/error.log {level}",
                "/opt/telecare/deploy/nginx": str(DEPLOY),
            }
        )
    )
    with (folder / "said.log").open("wb") as said:
        running = subprocess.Popen(
            [command, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"],
            stdout=said, stderr=said,
        )  # fmt: skip
    made = Nginx(folder, port, files.authority)
    try:
        until(lambda: running.poll() is not None or _answers(made), "nginx answers", 30)
        assert running.poll() is None, made.logged
        yield made
    finally:
        running.terminate()
        running.wait(30)


def _answers(made: Nginx) -> bool:
    try:
        with made.client() as client:
            client.get("/healthz")
    except httpx.TransportError:
        return False
    return True
