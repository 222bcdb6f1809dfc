"""Evidence is drawn so that it can be read, by eye and by ear."""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from responder.web.pictures import pictures
from telecare.messages import Evidence, EvidenceSeries

LONDON = ZoneInfo("Europe/London")
SVG = "{http://www.w3.org/2000/svg}"


def drawn(evidence: Evidence) -> list[ET.Element]:
    """Each picture parsed, which also proves it is well-formed."""
    texts = pictures(evidence, zone=LONDON, key="s1")
    return [
        ET.fromstring(text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
        for text in texts
    ]


def words(picture: ET.Element) -> str:
    return " ".join(picture.itertext())


def test_a_fall_shows_its_movement_with_the_impact_marked() -> None:
    series = EvidenceSeries(name="movement", x=[-1.0, 0.0, 1.0], y=[1.0, 4.2, 1.0], unit="g")
    (picture,) = drawn(Evidence(series=[series], marks={"impact": 0.0, "still_from": 0.8}))
    assert picture.find(f"{SVG}polyline") is not None
    description = picture.findtext(f"{SVG}desc")
    assert description is not None
    assert "highest 4.2 g at 0.0 s" in description
    assert "impact at 0.0 s" in description
    assert "still from" in words(picture)


def test_nights_stand_against_the_persons_own_usual_band() -> None:
    series = EvidenceSeries(
        name="bathroom at night",
        x=[0, 1, 2],
        y=[2, 3, 7],
        labels=["8 Mar", "9 Mar", "10 Mar"],
        usual_low=1,
        usual_high=3,
    )
    (picture,) = drawn(Evidence(series=[series]))
    unusual = [r for r in picture.iter(f"{SVG}rect") if "pic-unusual" in r.get("class", "")]
    assert len(unusual) == 1
    assert "10 Mar 7" in words(picture)
    assert "usual 1 to 3" in words(picture)


def test_a_day_by_room_says_when_each_room_was_last_used_in_the_homes_own_time() -> None:
    around = datetime(2026, 7, 10, 2, 0, tzinfo=UTC)  # 03:00 in London
    rooms = [
        EvidenceSeries(name="bathroom", x=[-3600.0, -600.0], y=[1.0, 1.0]),
        EvidenceSeries(name="kitchen", x=[-7200.0], y=[1.0]),
    ]
    (picture,) = drawn(Evidence(around=around, series=rooms, marks={"door": -300.0}))
    assert "bathroom: 2 times, last at 02:50" in words(picture)
    assert "kitchen: 1 times, last at 01:00" in words(picture)


def test_hours_under_a_night_with_a_clock_change_are_the_hours_it_had() -> None:
    around = datetime(2026, 3, 29, 4, 0, tzinfo=UTC)
    rooms = [EvidenceSeries(name="hall", x=[-5 * 3600.0, 0.0], y=[1.0, 1.0])]
    (picture,) = drawn(Evidence(around=around, series=rooms))
    hours = [
        t.text
        for t in picture.iter(f"{SVG}text")
        if (t.text or "").endswith(":00") and len(t.text or "") == 5
    ]
    assert hours == ["23:00", "00:00", "02:00", "03:00", "04:00", "05:00"]


def test_names_from_a_device_cannot_become_markup() -> None:
    rude = '<script>alert("x")</script>'
    series = EvidenceSeries(name=rude, x=[0.0], y=[1.0], labels=[rude])
    text = "".join(pictures(Evidence(series=[series], marks={rude: 0.0}), zone=LONDON, key="s1"))
    assert "<script" not in text
    assert "&lt;script" in text


def test_pictures_carry_no_inline_style_which_the_pages_policy_forbids() -> None:
    series = EvidenceSeries(name="nights", x=[0], y=[2], labels=["1 Mar"])
    assert "style=" not in "".join(pictures(Evidence(series=[series]), zone=LONDON, key="s1"))


def test_evidence_without_points_draws_nothing() -> None:
    assert drawn(Evidence(facts={"minutes": 40})) == []
    assert drawn(Evidence(series=[EvidenceSeries(name="empty", x=[], y=[])])) == []


def test_one_single_point_is_drawn_without_dividing_by_nothing() -> None:
    series = EvidenceSeries(name="movement", x=[0.0], y=[0.0], unit="g")
    assert len(drawn(Evidence(series=[series]))) == 1
