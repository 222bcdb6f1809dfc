"""The whole installation learns: an outcome reaches the detectors, a question is answered."""

from __future__ import annotations

import pytest
from paho.mqtt import publish

from telecare.settings import Settings
from tests.harness.installation import Installation, installation
from tests.harness.waiting import until


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_an_outcome_is_learnt_and_a_setting_tried_and_put_in_force(settings: Settings) -> None:
    with installation(settings) as world:
        device = world.telecare("device", "add", "--org", "dorset", "--home", "home-1",
                                "--kind", "hub", "hub-1")  # fmt: skip
        publish.single(
            "telecare/v1/dorset/hub-1/up/alarm", '{"id": "a-1", "type": "pendant"}', qos=1,
            hostname="127.0.0.1", port=settings.mqtt_port, client_id=device["username"],
            auth={"username": device["username"], "password": device["password"]},
        )  # fmt: skip
        world.sign_in_with_token("dorset", "supervisor")
        until(lambda: len(world.alerts()) == 1, "the press is in the queue")
        here = f"/api/v1/alerts/{world.alerts()[0]['id']}"
        assert world.http.post(f"{here}/claim").is_success
        closed = {"outcome": "false_alarm", "text": "sat on it", "false_alarm_cause": "user"}
        assert world.http.post(f"{here}/resolve", json=closed).is_success
        (row,) = world.http.get("/api/v1/judgement").json()
        assert (row["kind"], row["false"], row["real"]) == ("alarm.pendant", 1, 0)
        until(lambda: _learnt(world), "the detectors have learnt of it")

        world.kill("detectors")
        body = {"detector": "falls", "setting": "threshold", "value": 0.6}
        asked = world.http.post("/api/v1/homes/home-1/tunings", json=body).json()
        tuning = f"/api/v1/tunings/{asked['id']}"
        until(
            lambda: world.http.get(tuning).json()["state"] == "proposed",
            "the detectors have answered, killed in between",
        )
        decided = world.http.post(f"{tuning}/decision", json={"accept": True}).json()
        assert decided["state"] == "accepted"
        assert decided["applied_at"]
        home = world.http.get("/api/v1/homes/home-1").json()["home"]
        assert home["settings"] == {"falls": {"threshold": 0.6}}


def _learnt(world: Installation) -> bool:
    figure = 'telecare_figure{figure="verdicts_learnt",process="detectors-1"} 1.0'
    return figure in world.http.get("/metrics").text
