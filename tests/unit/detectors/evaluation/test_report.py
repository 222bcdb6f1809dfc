"""A report says the same to a reader, to a machine and on paper."""

from __future__ import annotations

from detectors.evaluation.page import page
from detectors.evaluation.report import Curve, Plot, Report, Row, Table

REPORT = Report(
    title="Falls",
    figures={"f1": 0.98123456789, "auc": None},
    tables=[
        Table(
            title="wrist",
            columns=("f1",),
            rows=[
                Row(name="naive", figures={"f1": 0.8}, note="published <0.8>"),
                Row(name="ours", figures={"f1": 0.981}, reached=False),
            ],
        )
    ],
    remarks=["Nobody fell who did not mean to."],
    plots=[
        Plot(
            title="ROC",
            x_label="false alarms",
            y_label="found",
            curves=[Curve(name="ours", x=[0, 1], y=[0, 1])],
        )
    ],
)


def test_a_machine_finds_our_figures_at_the_top_and_every_row_beneath() -> None:
    told = REPORT.for_machines()

    assert told["f1"] == 0.981235
    assert told["auc"] is None
    assert [row["name"] for row in told["tables"][0]["rows"]] == ["naive", "ours"]


def test_a_goal_not_reached_is_said() -> None:
    assert [row.verdict for row in REPORT.tables[0].rows] == ["published <0.8>", "not reached"]


def test_the_page_holds_the_table_the_remark_and_the_drawn_curve() -> None:
    written = page("The judgement", [REPORT])

    assert "not reached" in written
    assert "Nobody fell who did not mean to." in written
    assert "<svg" in written
    assert "published &lt;0.8&gt;" in written


def test_the_same_report_gives_the_same_page() -> None:
    assert page("The judgement", [REPORT]) == page("The judgement", [REPORT])
