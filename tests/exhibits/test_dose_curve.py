"""Curves and surface: what was released, no more, and told apart by every eye."""

from __future__ import annotations

import polars as pl
import pytest
from exhibits.made_up_model import make_bends, make_dose_curve, make_dose_surface, released_dose, trace

from analytics.exhibits.dose_curve import dose_curve_figure
from analytics.exhibits.dose_surface import SCALE, dose_surface_figure

MINUS = "−"


@pytest.mark.parametrize("measure", ["adherence", "load"])
def test_a_curve_is_drawn_for_its_last_week_over_its_patients(measure):
    curve = released_dose()["dose_curve"]
    exhibit = dose_curve_figure(curve, make_bends(), measure=measure)
    last = curve.filter(pl.col("measure") == measure, pl.col("week") == 12).sort("at")
    line, bars = trace(exhibit, name="Week 12"), trace(exhibit, type="bar")
    assert line["x"] == bars["x"] == last["at"].to_list()
    assert line["y"] == last["estimate"].to_list()
    assert bars["y"] == last["patients"].to_list()
    assert (line.get("yaxis", "y"), bars["yaxis"]) == ("y", "y2")
    assert exhibit.figure["layout"]["yaxis"]["zeroline"] is True


def test_nothing_is_drawn_beyond_the_patients():
    raw = make_dose_curve().filter(pl.col("measure") == "load", pl.col("week") == 12)
    drawn = dose_curve_figure(released_dose()["dose_curve"], make_bends(), measure="load")
    seen = raw.filter(pl.col("patients") >= 8)["at"]
    for one in drawn.figure["data"]:
        places = [x for x in one["x"] if x is not None]
        assert (min(places), max(places)) == (seen.min(), seen.max())
    assert raw["at"].max() > seen.max()


def test_a_hidden_part_is_a_gap_in_line_band_and_bars():
    here = (pl.col("at") == 200) & (pl.col("measure") == "load")
    curve = make_dose_curve().with_columns(
        patients=pl.when(here).then(3).otherwise("patients").cast(pl.Int64)
    )
    exhibit = dose_curve_figure(released_dose(curve)["dose_curve"], make_bends(), measure="load")
    line, band, bars = (
        trace(exhibit, name="Week 12"),
        trace(exhibit, fill="toself"),
        trace(exhibit, type="bar"),
    )
    at = line["x"].index(200)
    assert line["y"][at] is None
    assert bars["y"][at] is None
    assert line["connectgaps"] is False
    assert 200 not in band["x"]
    assert band["x"].count(None) == 1
    assert ">not shown</td>" in exhibit.table


def test_a_curve_says_its_ends_with_their_intervals():
    rows = [("adherence", at, 12, value, value - 0.1, value + 0.1, 20)
            for at, value in ((0.4, -0.52), (0.7, 0.0), (0.9, 0.305))]  # fmt: skip
    exhibit = dose_curve_figure(
        pl.DataFrame(rows, schema=make_dose_curve().schema, orient="row"), make_bends()
    )
    assert exhibit.summary.startswith(
        "At 40 % of the plan: 0.52 points more pain (95 % interval 0.42 to 0.62). "
        "At 90 % of the plan: 0.30 points less pain (95 % interval 0.20 to 0.41)."
    )
    unsure = pl.DataFrame(
        [("load", 50.0, 12, 0.1, -0.2, 0.4, 20)], schema=make_dose_curve().schema, orient="row"
    )
    said = dose_curve_figure(unsure, make_bends(), measure="load").summary
    assert (
        f"At a load of 50 a week: no clear difference (95 % interval {MINUS}0.20 to 0.40 points less)" in said
    )


def test_the_table_of_a_curve_has_every_week():
    curve = released_dose()["dose_curve"].filter(pl.col("measure") == "adherence")
    table = dose_curve_figure(curve, make_bends()).table
    assert table.count('<tr><th scope="row">') == curve.height
    assert '<th scope="row">90 %</th><td class="number">6</td>' in table


def test_a_tile_is_a_released_cell():
    surface = released_dose()["dose_surface"]
    exhibit = dose_surface_figure(surface)
    rim, tiles = exhibit.figure["data"]
    for line, load in zip(tiles["z"], tiles["y"], strict=True):
        own = surface.filter(pl.col("load") == load).sort("adherence")
        assert line == own["estimate"].to_list()
        assert tiles["x"] == own["adherence"].to_list()
    shapes = [[[value is None for value in line] for line in one["z"]] for one in (rim, tiles)]
    assert shapes[0] == shapes[1]
    assert any(value is None for line in tiles["z"] for value in line)
    assert tiles["zmin"] == -tiles["zmax"] < 0
    shown = surface["estimate"].count()
    assert exhibit.table.count('<tr><th scope="row">') == shown


def test_a_sign_stands_where_the_difference_is_clear_and_only_there():
    surface = released_dose()["dose_surface"].sort("load", "adherence")
    tiles = dose_surface_figure(surface).figure["data"][1]
    signs = [sign for line in tiles["text"] for sign in line]
    wanted = ["+" if (low or 0) > 0 else MINUS if (high or 0) < 0 else "" for low, high in
              surface.select("low", "high").iter_rows()]  # fmt: skip
    assert signs == wanted
    assert {"+", MINUS, ""} == set(signs)


def test_a_surface_that_nowhere_differs_stands():
    flat = make_dose_surface().with_columns(estimate=pl.lit(0.0), low=pl.lit(-0.1), high=pl.lit(0.1))
    exhibit = dose_surface_figure(released_dose(surface=flat)["dose_surface"])
    tiles = exhibit.figure["data"][1]
    assert tiles["zmin"] < tiles["zmax"]
    assert "no clear difference" in exhibit.summary


def linear(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


# What each kind of eye sees of linear light: Machado, Oliveira and Fernandes 2009 (IEEE TVCG 15:1291).
EYES = {
    "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.1523, 1.0526, -0.2049], [0.1145, 0.7863, 0.0992], [-0.0039, -0.0481, 1.0520]],
    "no green": [[0.3673, 0.8606, -0.2280], [0.2801, 0.6725, 0.0474], [-0.0118, 0.0429, 0.9689]],
    "no blue": [[1.2555, -0.0767, -0.1788], [-0.0784, 0.9308, 0.1476], [0.0047, 0.6914, 0.3039]],
}  # fmt: skip


@pytest.mark.parametrize("eye", EYES)
def test_less_and_more_pain_look_different_to_every_eye(eye):
    def seen(colour):
        return [max(sum(a * b for a, b in zip(row, linear(colour), strict=True)), 0) for row in EYES[eye]]

    colours = [seen(colour) for _, colour in SCALE]
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in colours]
    assert light[0] < light[1] < light[2] > light[3] > light[4]  # paler towards zero, on both sides
    for one, other in ((0, 4), (1, 3)):
        apart = (
            sum((a**0.45 - b**0.45) ** 2 for a, b in zip(colours[one], colours[other], strict=True)) ** 0.5
        )
        assert apart > 0.2


def test_the_test_of_the_bends_is_told_without_a_verdict_of_straightness():
    curve = released_dose()["dose_curve"]
    said = {of: dose_curve_figure(curve, make_bends(), measure=of).summary for of in ("adherence", "load")}
    assert "The curve is no straight line (F test of its bends, p 0.012)." in said["adherence"]
    assert (
        "That it is more than a straight line cannot be told (F test of its bends, p 0.457)." in said["load"]
    )
    assert "straight line" not in dose_curve_figure(curve, make_bends().clear()).summary
