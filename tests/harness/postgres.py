"""A real PostgreSQL for the tests: the URL given, a local cluster, or a container.

The cluster lives in a temporary folder on a free port and runs as its own user, because
PostgreSQL refuses root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def free_port() -> int:
    """A loopback port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _binaries() -> Path | None:
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
    binaries = _binaries()
    if binaries is not None:
        with _cluster(binaries) as url:
            yield url
        return
    with _container() as url:
        yield url


@contextmanager
def _cluster(binaries: Path) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="telecare-postgres-"))
    as_user: dict[str, object] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    port = free_port()

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=folder, **as_user)  # type: ignore[call-overload]

    data = folder / "data"
    run(str(binaries / "initdb"), "-D", str(data), "-U", "telecare", "-A", "trust", "-E", "UTF8")
    # The server itself is never killed, so its fsync would prove nothing and cost minutes.
    options = (
        f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c max_connections=300 "
        "-c fsync=off -c full_page_writes=off"
    )
    control = str(binaries / "pg_ctl")
    log = str(folder / "log")
    run(control, "-D", str(data), "-w", "-l", log, "-o", options, "start")
    try:
        yield f"postgresql://telecare@127.0.0.1:{port}/postgres"
    finally:
        run(control, "-D", str(data), "-w", "-m", "immediate", "stop")
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
