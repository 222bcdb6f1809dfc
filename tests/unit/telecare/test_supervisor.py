"""What dies is started again; what is told to stop leaves nothing behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from telecare import supervisor
from telecare.clock import sleep_real, stopwatch
from telecare.errors import Conflict, SettingsError
from telecare.observe import health_of
from telecare.settings import Settings
from telecare.store.migrate import migrate
from telecare.supervisor import Service, supervise


def eventually(true: Callable[[], bool], seconds: float = 60) -> None:
    waited = stopwatch()
    while not true():
        assert waited() < seconds, "it never came true"
        sleep_real(0.02)


def test_a_service_that_ends_is_started_again_until_all_are_told_to_leave(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    # A command that ends at once will do: it is started again and again.
    ends = Service("ends", ["--help"])
    pid_file = tmp_path / "run" / "ends.pid"
    stop = threading.Event()
    program = threading.Thread(target=supervise, args=(settings, [ends]), kwargs={"stop": stop})
    program.start()

    def pid() -> str:
        return pid_file.read_text().strip() if pid_file.exists() else ""

    try:
        eventually(lambda: pid() != "")
        first = pid()
        eventually(lambda: pid() not in ("", first))
    finally:
        stop.set()
        program.join(60)
    assert not program.is_alive()
    assert not pid_file.exists()


def test_a_wrong_setting_is_said_once_and_ends_all(
    sqlite_settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    """Which only one service looks at, so that it is not noticed before all are started."""
    wrong = sqlite_settings.model_copy(update={"mqtt_port": 0, "mqtts_port": 0})
    migrate(wrong)
    waits = Service("waits", ["detectors"])
    stop = threading.Event()
    late = threading.Timer(60, stop.set)
    late.start()
    try:
        with pytest.raises(SettingsError, match="The gateway cannot start with these settings"):
            supervise(wrong, [waits, Service("gateway", ["gateway"])], stop=stop)
    finally:
        late.cancel()
    said = [line for line in capfd.readouterr().err.splitlines() if line.startswith("telecare:")]
    assert len(said) == 1, said
    assert not list((wrong.data_dir / "run").glob("*.pid"))


def test_a_second_in_the_same_folder_is_refused_and_does_not_call_the_firsts_work_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data_dir=tmp_path)
    monkeypatch.setattr(supervisor, "is_ready", lambda _: True)  # the first one's beats say so
    stop, first = threading.Event(), threading.Event()
    told: list[str] = []
    program = threading.Thread(
        target=supervise, args=(settings, []), kwargs={"stop": stop, "when_ready": first.set}
    )
    program.start()
    late = threading.Timer(60, stop.set)
    late.start()
    try:
        assert first.wait(60)
        with pytest.raises(Conflict, match="Another installation runs in"):
            supervise(settings, [], when_ready=lambda: told.append("Ready"), stop=stop)
        assert told == []
    finally:
        stop.set()
        program.join(60)
        late.cancel()
    supervise(settings, [], stop=stop)  # it left: its place is free


@contextmanager
def started_by_itself(settings: Settings, service: str) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-m", "telecare", service],
        env=os.environ | settings.environment(), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        eventually(lambda: any(settings.data_dir.glob(f"beats/{service}-*.json")), 60)
        yield
    finally:
        process.terminate()
        process.wait(20)


def test_a_service_that_somebody_started_by_itself_is_not_started_beside(
    sqlite_settings: Settings,
) -> None:
    """It would end at once, again and again, while the other's beats say that all is well."""
    migrate(sqlite_settings)
    detectors, stop = Service("detectors", ["detectors"]), threading.Event()
    stop.set()  # whoever is let in leaves at once
    with started_by_itself(sqlite_settings, "detectors"):
        with pytest.raises(Conflict, match=r"`telecare detectors` runs in .* already: stop it"):
            supervise(sqlite_settings, [detectors], stop=stop)
        second = {"TELECARE_LANE_NUMBER": "2"}  # another number is another's work
        supervise(sqlite_settings, [Service("detectors-2", ["detectors"], second)], stop=stop)
    supervise(sqlite_settings, [detectors], stop=stop)


def test_where_the_pages_port_is_taken_nobody_is_told_that_they_are_there(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The duty works at once, and said so before its pages had their door."""
    folder = sqlite_settings.data_dir
    monkeypatch.setattr(supervisor, "is_ready", lambda _: health_of(folder, "responder").working)
    duty, stop, ready = Service("responder", ["responder"]), threading.Event(), threading.Event()
    late = threading.Timer(60, stop.set)
    late.start()
    try:
        with socket.create_server(("127.0.0.1", 0)) as another:
            port = another.getsockname()[1]
            taken = sqlite_settings.model_copy(update={"http_port": port})
            with pytest.raises(SettingsError, match="The responder cannot start with these"):
                supervise(taken, [duty], when_ready=ready.set, stop=stop)
    finally:
        late.cancel()
    assert not ready.is_set()
    (said,) = [line for line in capfd.readouterr().err.splitlines() if "served" in line]
    assert said.startswith(f"telecare: The pages could not be served on 127.0.0.1:{port}; free")
