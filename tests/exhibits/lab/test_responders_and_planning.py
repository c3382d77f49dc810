"""Curves, odds and power as figures: what is drawn is what the frames say, and nothing is let through."""

from __future__ import annotations

import json

import polars as pl

from analytics.exhibits.lab.planning import power_figure
from analytics.exhibits.lab.responders import odds_figure, responder_curve_figure

EVIL = "<script>alert('x')</script>"


def curve(*groups):
    rows = [
        {"group": group, "points": float(at), "share": 1 - at / 10, "low": 0.9 - at / 12, "high": 1 - at / 20,
         "patients": 50}
        for group in groups
        for at in range(11)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def power(**change):
    row = {"contrast": "arm", "clinics": 6, "patients": 20, "weeks": 12, "effect": 0.5, "power": 0.4,
           "power_low": 0.3, "power_high": 0.5, "power_expected": 0.42, "detectable": 0.9, "coverage": 0.95,
           "failed": 0.0}  # fmt: skip
    return pl.DataFrame([row | change, row | {"clinics": 24, "power": 0.9} | change])


def test_a_curve_is_a_band_and_a_line_for_each_group():
    exhibit = responder_curve_figure(curve("low", "high"))
    band, line, *rest = exhibit.figure["data"]
    assert len(rest) == 2
    assert band["fill"] == "toself"
    assert len(band["x"]) == 22
    assert line["name"] == "low (50 patients)"
    assert line["y"][2] == 0.8
    assert "low 80.0 % (73.3 % to 90.0 %)" in exhibit.summary
    dashes = {trace["line"]["dash"] for trace in exhibit.figure["data"] if "name" in trace}
    assert len(dashes) == 2  # not told by colour alone


def test_more_groups_than_can_be_told_apart_stand_in_the_table():
    exhibit = responder_curve_figure(curve(*"abcdef"))
    assert len(exhibit.figure["data"]) == 8
    assert "2 more groups" in exhibit.summary
    assert exhibit.data.height == 66


def test_odds_stand_on_a_log_axis_with_their_numbers_beside():
    odds = pl.DataFrame(
        {"comparison": ["adherence", "rare"], "odds_ratio": [2.0, None], "low": [1.0, None],
         "high": [4.0, None], "df": [5.0, None], "p": [0.05, None]}
    )  # fmt: skip
    exhibit = odds_figure(odds)
    assert exhibit.figure["layout"]["xaxis"]["type"] == "log"
    (dots,) = exhibit.figure["data"]
    assert dots["x"] == [2.0]
    assert dots["error_x"]["array"] == [2.0]
    assert dots["error_x"]["arrayminus"] == [1.0]
    texts = [note["text"] for note in exhibit.figure["layout"]["annotations"]]
    assert texts == ["2.00 (1.00 to 4.00)", "not known"]


def test_power_shows_the_simulation_and_the_formula():
    exhibit = power_figure(power())
    simulated, formula = exhibit.figure["data"]
    assert simulated["x"] == [6, 24]
    assert simulated["y"] == [0.4, 0.9]
    assert simulated["error_y"]["arrayminus"][0] == 0.1
    assert formula["y"] == [0.42, 0.42]
    assert formula["marker"]["symbol"].endswith("-open")
    assert "6 clinics 40.0 % (30.0 % to 50.0 %)" in exhibit.summary


def test_lines_are_named_by_what_differs():
    frame = pl.concat([power(), power(weeks=6)])
    names = [trace["name"] for trace in power_figure(frame).figure["data"] if "name" in trace]
    assert names == ["6 weeks", "12 weeks"]


def test_nothing_to_draw_is_said():
    assert responder_curve_figure(curve("a").clear()).figure is None
    assert (
        odds_figure(pl.DataFrame(schema={"comparison": pl.String, "odds_ratio": pl.Float64})).figure is None
    )
    lost = power().with_columns(power=pl.lit(None, dtype=pl.Float64))
    assert power_figure(lost).figure is None


def test_what_a_frame_says_is_escaped():
    odds = pl.DataFrame({"comparison": [EVIL], "odds_ratio": [2.0], "low": [1.0], "high": [4.0]})
    for exhibit in (
        responder_curve_figure(curve(EVIL)),
        odds_figure(odds),
        power_figure(power(contrast=EVIL)),
    ):
        assert "<script" not in exhibit.table
        assert "<script" not in json.dumps(exhibit.figure)
