"""What becomes of one message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.admission import identity_of
from gateway.decoders.native import Statement, decode
from gateway.dialects import Interpreter
from gateway.identity import Identity
from gateway.intake import BYTES_KEPT, Arrival, Intake, take_in, take_in_dialect
from gateway.timestamps import Tolerance
from telecare.register.device import Device
from telecare.vocabulary import (
    ClaimOfTime,
    DeviceKind,
    QuarantineReason,
    ReadingKind,
    SignalKind,
)

RECEIVED = datetime(2026, 3, 10, 2, 53, 10, tzinfo=UTC)
HUB = Identity("oak", "home-7", "hub-7")


def take(kind: str, payload: bytes, **more: bool | int) -> Intake:
    arrival = Arrival(HUB, kind, payload, RECEIVED, **more)  # type: ignore[arg-type]
    return take_in(arrival, decode, Tolerance())


def test_a_press_is_a_reading_and_a_signal_at_once() -> None:
    intake = take("alarm", b'{"id": "p-1", "type": "pendant", "room": "living_room"}')
    reading, signal = intake.reading, intake.signal
    assert reading is not None
    assert signal is not None
    assert (reading.org, reading.home, reading.device) == ("oak", "home-7", "hub-7")
    assert reading.kind is ReadingKind.ALARM
    assert (signal.kind, signal.type, signal.explicit) == (SignalKind.ALARM, "pendant", True)
    assert signal.why == "Pendant pressed (living room)."
    assert (signal.source, signal.reading) == ("gateway", "p-1")
    assert intake.quarantined is None


def test_the_identity_is_the_credentials_never_the_payloads() -> None:
    intake = take("reading", b'{"id": "1", "type": "motion", "device": "hub-8", "org": "elm"}')
    assert intake.reading is not None
    assert (intake.reading.org, intake.reading.device) == ("oak", "hub-7")
    assert intake.reading.data == {"device": "hub-8", "org": "elm"}


def test_motion_is_no_signal() -> None:
    intake = take("reading", b'{"id": "1", "type": "motion"}')
    assert intake.reading is not None
    assert intake.signal is None


@pytest.mark.parametrize("kind", ["heartbeat", "acceleration", "location", "status"])
def test_some_kinds_need_no_type(kind: str) -> None:
    intake = take(kind, b'{"id": "1"}')
    assert intake.reading is not None
    assert intake.reading.type == kind


@pytest.mark.parametrize("kind", ["alarm", "reading"])
def test_others_say_nothing_without_one(kind: str) -> None:
    intake = take(kind, b'{"id": "1"}')
    assert intake.quarantined is not None
    assert intake.quarantined.why == "The field type is missing."


UPLINK = "application/7/device/a84041000181c061/event/up"


def of_dialect(device: Device, decoded: str, *, topic: str = UPLINK) -> list[Intake]:
    arrival = Arrival(
        identity_of(device), topic, f'{{"object": {decoded}}}'.encode(), RECEIVED,
        dialect="chirpstack",
    )  # fmt: skip
    return take_in_dialect(arrival, Interpreter(), Tolerance())


@pytest.mark.parametrize("pressed", ['{"press": "short"}', '{"status": 1}', '{"Alarm": 1}'])
def test_the_press_of_whatever_is_on_file_as_a_pendant_calls_for_help(pressed: str) -> None:
    """In its maker's words, and though nobody has written down what its button means."""
    pendant = Device(org="oak", device="button-4", home="home-7", kind=DeviceKind.PENDANT)
    (intake,) = of_dialect(pendant, pressed)
    assert intake.signal is not None
    assert (intake.signal.type, intake.signal.explicit) == ("pendant", True)
    for quiet in ('{"status": 0}', '{"battery": 90}', '{"motion": true}', '{"Alarm": 0}'):
        assert [each.signal for each in of_dialect(pendant, quiet)] == [None], quiet
    (unreadable,) = of_dialect(pendant, '{"press"')
    assert unreadable.signal is not None
    assert unreadable.signal.kind is SignalKind.UNREADABLE_ALARM


def test_what_is_written_down_of_a_pendants_button_holds() -> None:
    means = {"dialects": ["chirpstack"], "sensors": {"a84041000181c061": {"alarm": "panic"}}}
    pendant = Device(
        org="oak", device="button-4", home="home-7", kind=DeviceKind.PENDANT,
        settings={"bridge": means},
    )  # fmt: skip
    (intake,) = of_dialect(pendant, '{"press": "short"}')
    assert intake.signal is not None
    assert intake.signal.type == "panic"


def test_an_alarm_of_an_unknown_kind_is_an_alarm() -> None:
    signal = take("alarm", b'{"id": "1", "type": "epilepsy"}').signal
    assert signal is not None
    assert signal.type == "epilepsy"
    assert signal.why.endswith("epilepsy.")


def test_a_late_press_says_how_late() -> None:
    payload = b'{"id": "1", "type": "pendant", "at": "2026-03-09T23:53:10Z"}'
    intake = take("alarm", payload)
    assert intake.signal is not None
    assert intake.signal.late
    assert intake.signal.why == "Pendant pressed; it reached us 3 hours late."
    assert intake.signal.raised_at == RECEIVED, "duties count from here"


def test_a_will_bears_that_it_is_one_and_an_alarm_in_it_counts() -> None:
    gone = take("status", b'{"id": "1", "state": "offline", "will": false}', will=True).reading
    assert gone is not None
    assert gone.data == {"state": "offline", "will": True}
    assert not gone.is_word
    cut = take("alarm", b'{"id": "2", "type": "panic"}', will=True)
    assert cut.signal is not None
    assert cut.signal.explicit


def test_a_press_on_a_withdrawn_device_is_still_shown() -> None:
    signal = take("alarm", b'{"id": "1", "type": "pendant"}', withdrawn=True).signal
    assert signal is not None
    assert signal.why == "Pendant pressed, on a device whose access was withdrawn."


def test_an_unreadable_alarm_is_kept_and_somebody_asks() -> None:
    intake = take("alarm", b"\xffhelp")
    assert intake.reading is None
    assert intake.quarantined is not None
    assert intake.quarantined.payload == b"\xffhelp"
    assert intake.signal is not None
    assert intake.signal.kind is SignalKind.UNREADABLE_ALARM
    assert intake.signal == take("alarm", b"\xffhelp").signal, "the same bytes, the same signal"


@pytest.mark.parametrize("kind", ["alarm/left", "Alarm", "ALARM", "alarm/"])
def test_an_alarm_topic_written_oddly_is_still_one(kind: str) -> None:
    intake = take(kind, b'{"id": "1", "type": "pendant"}')
    assert intake.quarantined is not None
    assert intake.quarantined.reason is QuarantineReason.UNKNOWN_KIND
    assert intake.signal is not None


def test_of_an_unreadable_reading_the_tec_team_hears_once_a_day() -> None:
    first, second = (take("reading", payload).signal for payload in (b"nonsense", b"[1"))
    assert first is not None
    assert second is not None
    assert first.kind is SignalKind.EQUIPMENT
    assert not first.explicit
    assert first.id == second.id


def test_what_a_broker_kept_of_a_press_is_no_alarm_but_a_job_for_the_tec_team() -> None:
    intake = take("alarm", b'{"id": "1", "type": "pendant"}', retain=True)
    assert intake.signal is not None
    assert intake.signal.kind is SignalKind.EQUIPMENT
    assert intake.reading is None
    assert intake.quarantined is not None
    assert intake.quarantined.reason is QuarantineReason.RETAINED_EVENT


def test_a_retained_status_is_a_state_and_welcome() -> None:
    assert take("status", b'{"id": "1"}', retain=True).reading is not None


def test_what_was_too_large_is_kept_in_part() -> None:
    intake = take("alarm", b"x" * 70_000, missing=5_000_000)
    assert intake.quarantined is not None
    assert intake.quarantined.reason is QuarantineReason.TOO_LARGE
    assert len(intake.quarantined.payload) == BYTES_KEPT
    assert intake.quarantined.size == 5_070_000
    assert intake.signal is not None


def test_a_fault_of_our_decoder_costs_no_message() -> None:
    def broken(_: bytes) -> Statement:
        raise ZeroDivisionError

    arrival = Arrival(HUB, "alarm", b'{"id": "1"}', RECEIVED)
    intake = take_in(arrival, broken, Tolerance())
    assert intake.quarantined is not None
    assert intake.quarantined.reason is QuarantineReason.DECODER_FAILED
    assert intake.signal is not None


@given(kind=st.text(max_size=20), payload=st.binary(max_size=60), retain=st.booleans())
def test_nothing_leaves_without_a_place(kind: str, payload: bytes, retain: bool) -> None:
    intake = take(kind, payload, retain=retain)
    assert (intake.reading is None) != (intake.quarantined is None)


@given(kind=st.sampled_from(ReadingKind), payload=st.binary(max_size=60))
def test_nothing_on_an_alarm_topic_passes_silently(kind: ReadingKind, payload: bytes) -> None:
    signal = take(kind, payload).signal
    assert (signal is not None and signal.explicit) == (kind is ReadingKind.ALARM)


def test_a_clock_of_1970_does_not_move_the_event() -> None:
    payload = b'{"id": "1", "type": "pendant", "at": "1970-01-01T00:00:09Z"}'
    reading = take("alarm", payload).reading
    assert reading is not None
    assert reading.occurred_at == RECEIVED
    assert reading.time_claim is ClaimOfTime.WRONG
    assert reading.at == datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC), "the claim is kept"


def claim_of(intakes: list[Intake]) -> ClaimOfTime:
    (intake,) = intakes
    assert intake.reading is not None
    return intake.reading.time_claim


@pytest.mark.parametrize(
    "other", [Identity("oak", "home-8", "hub-8"), Identity("elm", "home-7", "hub-7")]
)
def test_what_one_hub_had_stored_is_late_though_the_clock_of_another_is_behind(
    other: Identity,
) -> None:
    """In the next home, or under the same name in another organisation."""
    tolerance = Tolerance()

    def says(who: Identity, minute: int) -> ClaimOfTime:
        """A press of ten minutes ago."""
        at, now = (RECEIVED + timedelta(minutes=each) for each in (minute - 10, minute))
        payload = f'{{"id": "p-{minute}", "type": "pendant", "at": "{at.isoformat()}"}}'.encode()
        return claim_of([take_in(Arrival(who, "alarm", payload, now), decode, tolerance)])

    assert [says(HUB, minute) for minute in range(4)] == [
        ClaimOfTime.LATE,
        *[ClaimOfTime.WRONG] * 3,
    ]
    assert says(other, 4) is ClaimOfTime.LATE
    assert says(HUB, 5) is ClaimOfTime.WRONG


def test_what_one_sensor_of_a_bridge_had_stored_is_late_though_the_clock_of_another_is_behind() -> (
    None
):
    tolerance, interpreter = Tolerance(), Interpreter()

    def says(sensor: str, minute: int) -> ClaimOfTime:
        at, now = (RECEIVED + timedelta(minutes=each) for each in (minute - 10, minute))
        payload = f'{{"temperature": 21.5, "last_seen": "{at.isoformat()}"}}'.encode()
        arrival = Arrival(HUB, sensor, payload, now, dialect="zigbee2mqtt")
        return claim_of(take_in_dialect(arrival, interpreter, tolerance))

    kitchen = [says("kitchen", minute) for minute in range(4)]
    assert kitchen == [ClaimOfTime.LATE, *[ClaimOfTime.WRONG] * 3]
    assert says("hall", 4) is ClaimOfTime.LATE


def test_a_hubs_own_history_decides_what_is_late() -> None:
    hub = Identity("oak", "home-7", "hub-7", timedelta(days=40))
    payload = b'{"id": "1", "type": "motion", "at": "2026-02-10T02:53:10Z"}'
    intake = take_in(Arrival(hub, "reading", payload, RECEIVED), decode, Tolerance())
    assert intake.reading is not None
    assert intake.reading.time_claim is ClaimOfTime.LATE
