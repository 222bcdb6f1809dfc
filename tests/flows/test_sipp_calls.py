"""Real SIPp calls with the sample messages of real units, over UDP and TCP."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.nowip import message_of
from telecare.clock import HandClock
from telecare.settings import Settings
from telecare.vocabulary import ReadingKind
from tests.harness.careline import LOOPBACK_TRUSTED, unit_account
from tests.harness.door import World, open_door, world_of
from tests.harness.sipp import Call, needs_sipp, sipp

pytestmark = needs_sipp
DESK = "sip:arc@example.org"

SAMPLES = {
    "iotcomms": Call("5550001", "<mrq><ref>787025300001</ref><cha>1</cha><mty>ME</mty>"
        "<cid>5550001</cid><dty>0004</dty><stc>0010</stc><crd>gsm:+447700900123</crd></mrq>"),
    "essence heartbeat": Call("26317", "<mrq><ref>00001A85</ref><cha>0</cha><mty>PI</mty>"
        "<cid>26317</cid><dty>02</dty><did>00</did><crd>no-voice:</crd><stc>102</stc></mrq>"),
    "possum heartbeat": Call("10149471", "<mrq><mty>PI</mty><ref>1998218577</ref>"
        "<cid>10149471</cid><dty>2</dty></mrq>"),
    "telealarm heartbeat": Call("999998", "<mrq><ref>v6l7eiuzBTfybE7j</ref><cid>999998</cid>"
        "<dty>0002</dty><mty>PI</mty><stc>0009</stc><lco>002</lco><crd>gsm:</crd>"
        "<cha>0</cha></mrq>"),
    "essence alarm": Call("26317", "<mrq><ref>00001883</ref><cha>0</cha><mty>ME</mty>"
        "<cid>26317</cid><dty>02</dty><did>00</did><crd>gsm:+447700900123</crd>"
        "<stc>010</stc></mrq>"),
    "possum pendant": Call("10149471", "<mrq><ref>1193308443</ref><cid>10149471</cid>"
        "<dty>3</dty><stc>10</stc><crd>gsm:</crd></mrq>"),
    "telealarm malfunction": Call("999998", "<mrq><ref>lmepivnFqmI8Jvv1</ref><cid>999998</cid>"
        "<dty>0002</dty><mty>ME</mty><stc>0067</stc><crd>gsm:</crd><cha>0</cha></mrq>"),
    "doro alarm": Call("8031372", "<mrq><ref>803137200003</ref><mty>ME</mty><cid> 8031372</cid>"
        "<dty>0004</dty><stc>0010</stc><crd>gsm:+</crd></mrq>"),
}  # fmt: skip
"""What units of these makers really send (telephone numbers replaced)."""


def register_all(world: World) -> None:
    for user in sorted({each.user for each in SAMPLES.values()}):
        unit_account(world, f"unit-{user}", user)


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_the_sample_messages_of_five_makers(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, transport: str
) -> None:
    with world_of(sqlite_settings, clock) as world:
        register_all(world)
        with open_door(sqlite_settings, clock, sip=LOOPBACK_TRUSTED, call_target=DESK) as door:
            calls = list(SAMPLES.values())
            answers = sipp("call", door.sip_ports[0], calls, tmp_path, transport=transport)
        assert [(each.kind, each.type) for each in world.readings()] == [
            (ReadingKind.ALARM, "pull_cord"),
            (ReadingKind.HEARTBEAT, "heartbeat"),
            (ReadingKind.HEARTBEAT, "heartbeat"),
            (ReadingKind.HEARTBEAT, "heartbeat"),
            (ReadingKind.ALARM, "local_unit"),
            (ReadingKind.ALARM, "pendant"),
            (ReadingKind.STATUS, "malfunction"),
            (ReadingKind.ALARM, "pull_cord"),
        ]
        voice = f"<mre>1</mre><cre>62</cre><tnu>{DESK}</tnu>"
        assert set(answers) == {
            "<mrs><ref>787025300001</ref><snu>0</snu></mrs>",  # cha 1: the centre calls back
            "<mrs><ref>00001A85</ref><snu>0</snu></mrs>",
            "<mrs><ref>1998218577</ref><snu>0</snu></mrs>",
            "<mrs><ref>v6l7eiuzBTfybE7j</ref><snu>0</snu></mrs>",
            f"<mrs><ref>00001883</ref><snu>0</snu>{voice}</mrs>",
            f"<mrs><ref>1193308443</ref><snu>0</snu>{voice}</mrs>",
            f"<mrs><ref>lmepivnFqmI8Jvv1</ref><snu>0</snu>{voice}</mrs>",
            f"<mrs><ref>803137200003</ref><snu>0</snu>{voice}</mrs>",
        }


def test_a_transaction_repeated_is_answered_again_and_taken_once(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path
) -> None:
    with world_of(sqlite_settings, clock) as world:
        register_all(world)
        with open_door(sqlite_settings, clock, sip=LOOPBACK_TRUSTED) as door:
            answers = sipp("repeat", door.sip_ports[0], [SAMPLES["possum pendant"]], tmp_path)
        assert len(world.signals()) == 1
        assert len(set(answers)) == 1


def test_a_scheme_calls(sqlite_settings: Settings, clock: HandClock, tmp_path: Path) -> None:
    with world_of(sqlite_settings, clock) as world:
        unit_account(world, "flat-7", "12345678", unit="0007")
        body = message_of("1", "11001234567800070190700" + "0", "02:53:10").decode()
        with open_door(sqlite_settings, clock, sip=LOOPBACK_TRUSTED) as door:
            call = Call("12345678", body, "application/xml")
            (answer,) = set(sipp("call", door.sip_ports[0], [call], tmp_path))
        assert answer == (
            "<ATM><version>1.5</version><type>A</type><data>.</data>"
            "<time>02:53:10</time><mac>00A0F8123456</mac></ATM>"
        )
        (signal,) = world.signals()
        assert (signal.home, signal.type, signal.room) == ("home-flat-7", "pendant", "bedroom")


@pytest.mark.parametrize("transport", ["u1", "t1"])
def test_a_keepalive(
    sqlite_settings: Settings, clock: HandClock, tmp_path: Path, transport: str
) -> None:
    with open_door(sqlite_settings, clock, sip=LOOPBACK_TRUSTED) as door:
        calls = [SAMPLES["possum pendant"]]
        assert sipp("options", door.sip_ports[0], calls, tmp_path, transport=transport) == []
