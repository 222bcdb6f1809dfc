"""Receive, decode, commit, acknowledge: in this order, whatever happens in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import msgspec
import pytest

from gateway import service as service_module
from gateway.decoders.native import decode
from gateway.dialects import Interpreter
from gateway.identity import Identity
from gateway.intake import Arrival, Intake, take_in_dialect
from gateway.safekeeping import Settled
from gateway.service import Service
from gateway.sessions.notes import Received, SessionKey
from gateway.timestamps import Tolerance
from telecare.clock import HandClock
from telecare.errors import InvalidInput, StoreUnavailable
from telecare.observe import Heart
from telecare.vocabulary import SignalKind
from tests.harness.waiting import until

pytestmark = pytest.mark.anyio

RECEIVED = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
HUB = Identity("oak", "home-7", "hub-7")


class Disk:
    """A store that remembers the order of what was done with it."""

    def __init__(self) -> None:
        self.commits: list[list[Intake]] = []
        self.known: set[str] = set()
        self.trouble: Exception | None = None
        self.refuses = ""
        """Id of a reading that this store will not have."""
        self.refuses_notes = False

    def commit(self, intakes: Sequence[Intake]) -> list[bool]:
        if self.trouble is not None:
            raise self.trouble
        ids = [each.reading.id for each in intakes if each.reading is not None]
        if self.refuses in ids:
            raise ValueError(self.refuses)
        if self.refuses_notes and any(each.note is not None for each in intakes):
            raise InvalidInput("This is longer than what can be kept.")
        self.commits.append(list(intakes))
        repeated = []
        for each in intakes:
            name = each.reading.id if each.reading is not None else ""
            repeated.append(name in self.known)
            self.known |= {name} - {""}
        return repeated

    def probe(self) -> None:
        if self.trouble is not None:
            raise self.trouble

    def tidy(self) -> bool:
        return False


class Source:
    """Remembers what it was told, and what was on disk at that moment."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.told: list[Settled] = []
        self.on_disk_when_told: list[int] = []
        self.went_on = 0
        self.changed = asyncio.Event()

    def settled(self, settled: Sequence[Settled]) -> None:
        self.told += settled
        self.on_disk_when_told += [sum(map(len, self._disk.commits))] * len(settled)
        self.changed.set()

    def go_on(self) -> None:
        self.went_on += 1
        self.changed.set()

    async def until_told(self, count: int) -> None:
        while len(self.told) < count:
            self.changed.clear()
            await self.changed.wait()


@asynccontextmanager
async def running(service: Service) -> AsyncIterator[None]:
    task = asyncio.create_task(service.run())
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def message(name: str, kind: str = "reading") -> Arrival:
    return Arrival(HUB, kind, f'{{"id": "{name}", "type": "pendant"}}'.encode(), RECEIVED)


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
def heart(tmp_path: Path) -> Heart:
    return Heart(tmp_path, "gateway-1")


@pytest.fixture
def service(disk: Disk, heart: Heart, clock: HandClock) -> Service:
    return Service(disk, decode, clock, heart)


async def test_nobody_is_told_before_it_is_on_disk(service: Service, disk: Disk) -> None:
    source = Source(disk)
    async with running(service):
        for number in range(1, 101):
            service.offer(source, message(f"m-{number}"), number)
        await source.until_told(100)
    assert [each.token for each in source.told] == list(range(1, 101))
    assert all(
        on_disk >= position for position, on_disk in enumerate(source.on_disk_when_told, start=1)
    )


async def test_what_queued_up_is_one_commit(service: Service, disk: Disk) -> None:
    source = Source(disk)
    for number in range(1, 51):
        service.offer(source, message(f"m-{number}"), number)
    async with running(service):
        await source.until_told(50)
    assert [len(commit) for commit in disk.commits] == [50]


@pytest.mark.parametrize(
    "press",
    [
        message("p-1", "alarm"),
        Arrival(HUB, "reading", b'{"action": "single"}', RECEIVED, dialect="zigbee2mqtt"),
        Arrival(HUB, "alarm/left", b'{"id": "p-1"}', RECEIVED),
    ],
    ids=["ours", "of a button that somebody named reading", "written oddly"],
)
async def test_readings_wait_for_one_another_and_an_alarm_waits_for_no_timer(
    service: Service, disk: Disk, monkeypatch: pytest.MonkeyPatch, press: Arrival
) -> None:
    monkeypatch.setattr(service_module, "PACE_SECONDS", 3600.0)
    source = Source(disk)
    async with running(service):
        service.offer(source, message("m-1"), 1)
        await source.until_told(1)  # in a quiet moment nothing waits
        service.offer(source, message("m-2"), 2)
        await asyncio.sleep(0.01)
        service.offer(source, message("m-3"), 3)
        service.offer(source, press, 4)
        await source.until_told(4)
    assert [len(commit) for commit in disk.commits] == [1, 3]


async def test_an_alarm_gets_a_receipt_and_a_repeat_says_so(service: Service, disk: Disk) -> None:
    source = Source(disk)
    async with running(service):
        service.offer(source, message("m-1"), 1)
        service.offer(source, message("p-1", "alarm"), 2)
        await source.until_told(2)
        service.offer(source, message("p-1", "alarm"), 3)
        await source.until_told(3)
    receipts = [each.receipt for each in source.told]
    assert receipts[0] is None
    assert receipts[1] is not None
    assert (receipts[1].id, receipts[1].duplicate) == ("p-1", False)
    assert receipts[2] is not None
    assert receipts[2].duplicate


async def test_while_the_database_is_away_nobody_is_told_and_nothing_is_lost(
    disk: Disk, heart: Heart, clock: HandClock
) -> None:
    regained: list[bool] = []
    service = Service(disk, decode, clock, heart, regain=lambda: regained.append(True))
    source = Source(disk)
    disk.trouble = StoreUnavailable()
    async with running(service):
        service.offer(source, message("p-1", "alarm"), 1)
        await asyncio.sleep(0.2)
        assert source.told == []
        disk.trouble = None
        await source.until_told(1)
    assert len(disk.commits) == 1
    assert regained


async def test_health_says_that_the_database_is_away(
    service: Service, disk: Disk, tmp_path: Path
) -> None:
    disk.trouble = StoreUnavailable()
    beat = tmp_path / "beats" / "gateway-1.json"
    async with running(service):
        await asyncio.to_thread(until, beat.exists)
    said = msgspec.json.decode(beat.read_bytes())
    assert said["working"] is False
    assert "database does not answer" in said["detail"]


async def test_a_disk_slow_to_take_the_beat_keeps_no_sender_waiting(
    disk: Disk, clock: HandClock, tmp_path: Path
) -> None:
    written, begun = Event(), Event()

    class SlowHeart(Heart):
        def beat(self, **_: object) -> None:
            begun.set()
            assert written.wait(10)

    service = Service(disk, decode, clock, SlowHeart(tmp_path, "gateway-1"))
    source = Source(disk)
    async with running(service):
        await asyncio.to_thread(begun.wait)
        service.offer(source, message("p-1", "alarm"), 1)
        async with asyncio.timeout(10):
            await source.until_told(1)
        written.set()


async def test_a_note_the_store_refuses_stands_in_nobodys_way_and_takes_no_press_with_it(
    service: Service, disk: Disk
) -> None:
    """As PostgreSQL refused a client id that no index holds: every commit, for ever."""
    source = Source(disk)
    disk.refuses_notes = True
    note = Received(SessionKey("oak", "hub-7", "c"), "e-1", 7)
    async with running(service):
        service.offer(source, Arrival(HUB, "", b"", RECEIVED, note=note), 1)
        service.offer(source, msgspec.structs.replace(message("p-1", "alarm"), note=note), 2)
        service.note(source, HUB, Intake(note=note))
        service.offer(source, message("p-2", "alarm"), 3)
        await source.until_told(4)
    assert disk.known == {"p-1", "p-2"}
    assert [each.token for each in source.told] == [0, 0, 0, 3], "what is not kept is not promised"


async def test_a_message_the_store_refuses_is_set_aside_with_its_note_and_answered(
    service: Service, disk: Disk
) -> None:
    source = Source(disk)
    disk.refuses = "m-13"
    note = Received(SessionKey("oak", "hub-7", "c"), "e-1", 7)
    async with running(service):
        service.offer(source, msgspec.structs.replace(message("m-13"), note=note), 5)
        await source.until_told(1)
    ((kept,),) = disk.commits
    assert kept.quarantined is not None
    assert (kept.note, source.told[0].token) == (note, 5), "else it is said again for ever"


async def test_one_message_the_store_refuses_stands_in_nobodys_way(
    service: Service, disk: Disk
) -> None:
    source = Source(disk)
    disk.refuses = "m-13"
    for number in range(1, 31):
        service.offer(source, message(f"m-{number}"), number)
    async with running(service):
        await source.until_told(30)
    assert [each.token for each in source.told] == list(range(1, 31))
    assert disk.known == {f"m-{number}" for number in range(1, 31)} - {"m-13"}
    set_aside = [each.quarantined for commit in disk.commits for each in commit]
    assert sum(each is not None for each in set_aside) == 1


async def test_a_message_of_several_statements_is_set_aside_whole_and_its_alarm_is_asked_about(
    service: Service, disk: Disk
) -> None:
    source, statements = Source(disk), b'{"smoke": true, "temperature": 21.5, "humidity": 40}'
    smoke = Arrival(HUB, "kitchen", statements, RECEIVED, dialect="zigbee2mqtt")
    (first, *_) = take_in_dialect(smoke, Interpreter(), Tolerance())
    assert first.reading is not None
    disk.refuses = first.reading.id
    for token, arrival in enumerate((message("m-1"), smoke, message("m-2")), start=1):
        service.offer(source, arrival, token)
    async with running(service):
        await source.until_told(5)
    assert [each.token for each in source.told if each.token] == [1, 2, 3]
    assert disk.known == {"m-1", "m-2"}, "half of a message is never stored"
    (kept,) = [each for commit in disk.commits for each in commit if each.quarantined]
    assert kept.signal is not None
    assert kept.signal.kind is SignalKind.UNREADABLE_ALARM


async def test_senders_are_held_back_when_we_are_full_and_go_on(
    service: Service, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "QUEUE_LIMIT", 10)
    source = Source(disk)
    for number in range(1, 11):
        service.offer(source, message(f"m-{number}"), number)
    assert (service.is_full, service.is_full_for_calls) == (True, False)
    for number in range(11, 21):
        service.offer(source, message(f"p-{number}", "alarm"), number)
    assert service.is_full_for_calls, "or who cannot be held back could fill the machine"
    service.hold_back(source)
    async with running(service):
        await source.until_told(20)
    assert source.went_on == 1
    assert not service.is_full


async def test_an_alarm_behind_more_than_a_commit_takes_waits_for_no_timer_either(
    service: Service, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_module, "PACE_SECONDS", 3600.0)
    monkeypatch.setattr(service_module, "COMMIT_LIMIT", 10)
    source = Source(disk)
    for number in range(1, 26):
        service.offer(source, message(f"m-{number}"), number)
    service.offer(source, message("p-1", "alarm"), 26)
    async with running(service):
        await source.until_told(26)
    assert [len(commit) for commit in disk.commits] == [10, 10, 6]


async def test_the_next_commit_does_not_wait_until_senders_were_told_of_the_last(
    heart: Heart, clock: HandClock
) -> None:
    has_begun, may_end, second_is_safe = Event(), Event(), Event()

    class Drive(Disk):
        def commit(self, intakes: Sequence[Intake]) -> list[bool]:
            (second_is_safe if self.commits else has_begun).set()
            assert may_end.wait(30)
            return super().commit(intakes)

    class Busy(Source):
        def settled(self, settled: Sequence[Settled]) -> None:
            assert second_is_safe.wait(30)
            super().settled(settled)

    disk = Drive()
    service, source = Service(disk, decode, clock, heart), Busy(disk)
    async with running(service):
        service.offer(source, message("p-1", "alarm"), 1)
        assert await asyncio.to_thread(has_begun.wait, 30)
        service.offer(source, message("p-2", "alarm"), 2)
        may_end.set()
        await source.until_told(2)


async def test_a_fault_of_ours_while_telling_ends_the_process(service: Service, disk: Disk) -> None:
    class Broken(Source):
        def settled(self, settled: Sequence[Settled]) -> None:
            raise RuntimeError(settled)

    service.offer(Broken(disk), message("p-1", "alarm"), 1)
    with pytest.raises(ExceptionGroup) as ended:
        async with asyncio.timeout(30):
            await service.run()
    assert ended.group_contains(RuntimeError)


async def test_large_messages_fill_the_queue_by_their_bytes(service: Service, disk: Disk) -> None:
    arrival = Arrival(HUB, "acceleration", b"x" * 256 * 1024, RECEIVED)
    source = Source(disk)
    for number in range(1, 17):
        assert not service.is_full
        service.offer(source, arrival, number)
    assert service.is_full, "what comes next would wait a second and more for a slow disk"
    async with running(service):
        await source.until_told(16)
    assert not service.is_full, "and what is on disk fills it no more"


async def test_a_fault_that_no_setting_aside_can_cure_ends_the_process(
    service: Service, disk: Disk
) -> None:
    disk.trouble = ValueError("the disk speaks in tongues")
    service.offer(Source(disk), message("m-1"), 1)
    with pytest.raises(ExceptionGroup):
        await service.run()


async def test_what_came_in_is_filed_in_peace_and_not_in_a_storm(
    clock: HandClock, heart: Heart, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.service.BEAT_SECONDS", 0.05)
    monkeypatch.setattr("gateway.service.BREATH_SECONDS", 0.01)

    class Cabinet(Disk):
        """Has three pieces to file when it is begun with."""

        left = 0
        filed = asyncio.Event()

        def tidy(self) -> bool:
            self.left = max(0, self.left - 1)
            if not self.left:
                loop.call_soon_threadsafe(self.filed.set)
            return self.left > 0

    loop, disk = asyncio.get_running_loop(), Cabinet()
    service, source = Service(disk, decode, clock, heart), Source(disk)
    async with running(service):
        await asyncio.wait_for(disk.filed.wait(), 30)
        assert service.is_calm()
        number = 0
        async with asyncio.timeout(30):
            while service.is_calm():
                for _ in range(10):
                    number += 1
                    service.offer(source, message(f"m-{number}"), number)
                await asyncio.sleep(0.001)
        disk.left = 3
        disk.filed.clear()
        await asyncio.wait_for(disk.filed.wait(), 30)
        assert service.is_calm()
