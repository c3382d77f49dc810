"""What each figure draws is what the released cells say."""

from __future__ import annotations

import polars as pl
from exhibits.made_up import CLINIC, RULES, make_cells

from analytics.exhibits.adherence import adherence_figure
from analytics.exhibits.disclosure import release_cells
from analytics.exhibits.dose_response import dose_picture
from analytics.exhibits.intensity import load_figure
from analytics.exhibits.responders import responder_figure
from analytics.exhibits.trajectory import trajectory_figure
from analytics.vocabulary.records import NETWORK


def own(cells, subject, measure):
    return cells.filter(
        pl.col("clinic_id") == CLINIC, pl.col("subject") == subject, pl.col("measure") == measure
    ).sort("group", "week")


def named(exhibit, name):
    return next(trace for trace in exhibit.figure["data"] if trace.get("name") == name)


def test_the_trajectory_draws_the_means(release):
    exhibit = trajectory_figure(release.cells, name="Willow")
    means = own(release.cells, "pain", "pain")
    assert named(exhibit, "Willow")["y"] == means["value"].to_list()
    assert named(exhibit, "Willow")["x"] == list(range(13))
    assert "Willow: 5.8 in week 0, 3.0 in week 12 (about 20 patients; 95 % interval" in exhibit.summary


def test_a_suppressed_week_is_a_gap_in_line_and_band():
    cells = make_cells().with_columns(
        patients=pl.when(pl.col("week") == 4, pl.col("clinic_id") == CLINIC).then(3).otherwise("patients")
    )
    exhibit = trajectory_figure(release_cells(cells, RULES), name="Willow")
    line = named(exhibit, "Willow")
    assert line["y"][4] is None
    assert line["connectgaps"] is False
    band = exhibit.figure["data"][exhibit.figure["data"].index(line) - 1]
    assert band["fill"] == "toself"
    assert 4 not in band["x"]
    assert band["x"].count(None) == 1
    assert band["x"][:9] == [0, 1, 2, 3, 3, 2, 1, 0, None]
    assert "Not shown, because of too few patients: week 4." in exhibit.summary


def test_the_network_is_dashed_and_grey(release):
    for make in (trajectory_figure, load_figure, responder_figure, adherence_figure):
        network = named(make(release.cells, name="Willow"), "All clinics")
        assert network["line"]["dash"] != "solid"
        assert network["line"]["color"] == "#767676"


def test_the_three_states_stay_apart(release):
    exhibit = adherence_figure(release.cells, name="Willow")
    bars = {t["name"]: t for t in exhibit.figure["data"] if t["type"] == "bar"}
    assert list(bars) == ["done", "not logged", "unknown"]
    drawn = [sum(parts[at] or 0 for parts in (bar["y"] for bar in bars.values())) for at in range(13)]
    assert all(total <= 1.0001 for total in drawn)
    states = own(release.cells, "adherence", "state")
    first = states.filter(pl.col("group") == "done", pl.col("week") == 0)["value"].item()
    assert f'<td class="number">{100 * first:.0f} %</td>' in exhibit.table


def test_the_usual_band_begins_at_80_percent(release):
    shape = adherence_figure(release.cells, name="Willow").figure["layout"]["shapes"][0]
    assert (shape["y0"], shape["y1"], shape["yref"]) == (0.8, 1.0, "y")


def test_rounded_parts_that_pass_their_total_are_drawn_within_it():
    rows = [(CLINIC, "adherence", "state", g, 0, "share", n, 53, n / 53, None, None)
            for g, n in (("done", 33), ("not_logged", 13), ("unknown", 8))]  # fmt: skip
    cells = release_cells(pl.DataFrame(rows, schema=make_cells().schema, orient="row"), RULES)
    assert cells["value"].sum() > 1
    bars = [t["y"][0] for t in adherence_figure(cells, name="W").figure["data"] if t["type"] == "bar"]
    assert abs(sum(bars) - 1) < 1e-3


def test_the_responder_curve_is_in_the_order_of_its_thresholds(release):
    exhibit = responder_figure(release.cells, name="Willow")
    curve = named(exhibit, "Willow")
    assert curve["x"] == [step / 2 for step in range(17)]
    shown = [y for y in curve["y"] if y is not None]
    assert shown == sorted(shown, reverse=True)
    assert exhibit.figure["layout"]["shapes"][0]["x0"] == 2
    at_two = own(release.cells, "responders", "at_least").filter(pl.col("group") == "2.0")["value"].item()
    assert f"Willow {100 * at_two:.0f} %" in exhibit.summary


def test_a_threshold_of_ten_comes_after_nine():
    rows = [
        (NETWORK, "responders", "at_least", f"{at}.0", None, "share", 40 - at, 50, 0.5, None, None)
        for at in (10, 9, 2)
    ]
    cells = release_cells(pl.DataFrame(rows, schema=make_cells().schema, orient="row"), RULES)
    assert responder_figure(cells, name="All").figure["data"][0]["x"] == [2, 9, 10]


def test_the_dose_picture_has_a_mark_a_shown_group(release):
    exhibit = dose_picture(release.cells, name="Willow")
    blue = [t for t in exhibit.figure["data"] if t["marker"]["color"] == "#0072B2"]
    groups = own(release.cells, "dose", "pain_reduction")
    assert sum(len(t["y"]) - 1 for t in blue) == groups["value"].count() < 9
    assert [t["name"] for t in blue] == ["lower third", "middle third", "upper third"]
    assert "not what causes what" in exhibit.summary
    assert exhibit.table.count("<table") == 2


def test_the_dose_picture_of_a_tiny_clinic_is_the_networks():
    exhibit = dose_picture(release_cells(make_cells(size=20), RULES), name="Willow")
    grey = [t for t in exhibit.figure["data"] if t["marker"]["color"] == "#767676"]
    assert sum(len(t["y"]) - 1 for t in grey) == 9
    assert "All clinics, middle third of load" in exhibit.summary
