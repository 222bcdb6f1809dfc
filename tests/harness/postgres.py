"""A real PostgreSQL for the tests: the URL given, a local cluster, or a container.

The cluster lives in a temporary folder on a free port and runs as its own user, because
PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOWEST_PORT, PORTS = 15_000, 17_000
"""Below those that a system gives to outgoing connections (Linux: from 32768 on): a server that is
killed finds its port again."""


def free_port() -> int:
    """A loopback port nobody uses at this moment, by TCP or UDP."""
    while True:
        port = LOWEST_PORT + secrets.randbelow(PORTS)
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def binaries_of() -> Path | None:
    """The folder of PostgreSQL's own programs."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name), reverse=True
    )
    for folder in folders:
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@contextmanager
def postgres_server() -> Iterator[str | None]:
    """Yield the URL of a server whose user may create databases, or None if there is none."""
    given = os.environ.get("TELECARE_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    binaries = binaries_of()
    if binaries is not None:
        with _cluster(binaries) as cluster:
            yield cluster.url
        return
    with _container() as url:
        yield url


class Cluster:
    """A server in a folder of its own, which may be stopped and started."""

    def __init__(self, binaries: Path, folder: Path, user: dict[str, object]) -> None:
        self._binaries, self._folder, self._user = binaries, folder, user
        self._port = free_port()
        self.url = f"postgresql://telecare@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        self._run("initdb", "-U", "telecare", "-A", "trust", "-E", "UTF8")

    def start(self) -> None:
        """Returns when it answers."""
        # No power is ever cut here, so its fsync would prove nothing and cost minutes.
        options = (
            f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1 "
            "-c max_connections=300 -c fsync=off -c full_page_writes=off"
        )
        self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def kill(self) -> None:
        """The first of its processes is killed, as on a machine that is out of memory, and it is
        started again, as a supervisor would.
        """
        self.die()
        self.start_again()

    def die(self) -> None:
        """The first of its processes is killed."""
        first = (self._folder / "data" / "postmaster.pid").read_text().split()[0]
        os.kill(int(first), signal.SIGKILL)

    def start_again(self) -> None:
        """After it died: those of its processes that were left behind have to notice first."""
        for _ in range(100):
            try:
                return self.start()
            except subprocess.CalledProcessError:
                time.sleep(0.1)
        raise AssertionError("PostgreSQL did not start again")

    def crash(self) -> None:
        """Every server process ends at once, as if killed; the next start recovers."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), "-D", str(self._folder / "data"), *arguments]
        subprocess.run(  # type: ignore[call-overload]
            command, check=True, capture_output=True, cwd=self._folder, **self._user
        )


@contextmanager
def private_cluster() -> Iterator[Cluster | None]:
    """A server of the test's own, to be crashed; None where there are no binaries of it."""
    binaries = binaries_of()
    if binaries is None:
        yield None
        return
    with _cluster(binaries) as cluster:
        yield cluster


@contextmanager
def _cluster(binaries: Path) -> Iterator[Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="telecare-postgres-"))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    cluster = Cluster(binaries, folder, as_user)
    cluster.create()
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.crash()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _container() -> Iterator[str | None]:
    try:
        import docker  # noqa: PLC0415 - both are only needed where an engine answers
        from testcontainers.postgres import PostgresContainer  # noqa: PLC0415

        docker.from_env().ping()
    except Exception:  # noqa: BLE001 - no engine answers, whatever the reason
        yield None
        return
    with PostgresContainer("postgres:16", driver=None) as container:
        yield container.get_connection_url()
