"""The lab's figures: every row is drawn, nothing is let through unescaped, and nothing is worked out."""

from __future__ import annotations

import json
import math
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.exhibits.lab.adherence import states_figure
from analytics.exhibits.lab.calibration import calibration_figure
from analytics.exhibits.lab.courses import courses_figure
from analytics.exhibits.lab.estimates import estimates_figure
from analytics.exhibits.lab.gaps import gaps_figure
from analytics.exhibits.lab.intensity import histogram_figure
from analytics.exhibits.lab.panels import grid, spaced, steps
from analytics.vocabulary.errors import InputError

EVIL = "<img src=x onerror=alert(1)>"


def courses(groups=("acute", "chronic"), measures=("pain",)):
    rows = [
        {"measure": measure, "group": group, "at": float(at), "patients": 20, "value": 6.0 - at + place,
         "low": 5.5 - at + place, "high": 6.5 - at + place}
        for measure in measures for place, group in enumerate(groups) for at in range(3)
    ]  # fmt: skip
    return pl.DataFrame(rows)


def lines(exhibit):
    return [trace for trace in exhibit.figure["data"] if "lines+markers" in trace.get("mode", "")]


def texts(exhibit):
    return [note["text"] for note in exhibit.figure["layout"]["annotations"]]


def test_each_group_is_a_line_named_where_it_ends():
    made = courses_figure(courses(), title="How?", unit="Points")
    assert [trace["y"] for trace in lines(made)] == [[6.0, 5.0, 4.0], [7.0, 6.0, 5.0]]
    assert {"<b>acute</b>", "<b>chronic</b>", "Points"} == set(texts(made))
    assert made.figure["layout"]["showlegend"] is False


def test_one_group_needs_no_name():
    assert texts(courses_figure(courses(["all"]), title="How?", unit="Points")) == ["Points"]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6])
def test_each_measure_is_a_panel_and_panels_do_not_overlap(count):
    names = [f"m{at}" for at in range(count)]
    made = courses_figure(courses(measures=names), title="How?", unit={"m0": "Share of x"})
    layout = made.figure["layout"]
    axes = [f"axis{'' if at == 0 else at + 1}" for at in range(count)]
    boxes = [(*layout[f"x{axis}"]["domain"], *layout[f"y{axis}"]["domain"]) for axis in axes]
    for at, (left, right, low, high) in enumerate(boxes):
        assert 0 <= left < right <= 1.0001
        assert 0 <= low < high <= 1
        for other in boxes[at + 1 :]:
            assert right <= other[0] or other[1] <= left or high <= other[2] or other[3] <= low
    assert layout["yaxis"]["tickformat"] == ".0%"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_weeks_are_marked_where_data_are_and_not_behind_a_name(count):
    long = pl.concat([courses(measures=[f"m{at}" for at in range(count)])] * 5).with_columns(
        at=(pl.int_range(pl.len()).over("measure", "group") % 13).cast(pl.Float64)
    )
    layout = courses_figure(long, title="How?", unit="Points").figure["layout"]
    for axis in [f"xaxis{'' if at == 0 else at + 1}" for at in range(count)]:
        marks = layout[axis]["tickvals"]
        assert marks[0] == 0
        assert marks[-1] == 12
        assert layout[axis]["range"][1] > 12.3


@given(low=st.floats(-300, 300), span=st.floats(0.01, 400), most=st.integers(3, 14))
def test_marks_are_even_few_and_within_the_data(low, span, most):
    marks = steps(low, low + span, most=most)
    assert len(marks) <= most
    assert all(low - 1e-6 * span <= mark <= low + span + 1e-6 * span for mark in marks)
    gaps = [after - before for before, after in pairwise(marks)]
    assert all(math.isclose(gap, gaps[0], rel_tol=1e-6) for gap in gaps)


def test_a_hidden_point_is_a_gap_in_line_and_band():
    hidden = courses(["all"]).with_columns(pl.when(pl.col("at") != 1).then(pl.col("value", "low", "high")))
    made = courses_figure(hidden, title="How?", unit="Points")
    assert lines(made)[0]["y"] == [6.0, None, 4.0]
    assert lines(made)[0]["connectgaps"] is False
    bands = [trace for trace in made.figure["data"] if trace.get("fill") == "toself"]
    assert [band["x"] for band in bands] == [[0.0, 0.0], [2.0, 2.0]]


@pytest.mark.parametrize("make", [
    lambda: courses_figure(courses([EVIL, "b"]), title="How?", unit=EVIL.replace("<", "")),
    lambda: estimates_figure(pl.DataFrame({"label": [EVIL], "estimate": [1.0], "k": [EVIL]}), title="How?",
                             unit="Points", kind="k"),
    lambda: gaps_figure(pl.DataFrame({"label": [EVIL], "part": [EVIL], "estimate": [1.0], "low": [0.0],
                                      "high": [2.0]}), title="How?", unit="Points"),
])  # fmt: skip
def test_names_are_escaped_in_figure_and_table(make):
    made = make()
    assert "<img" not in json.dumps(made.figure)
    assert "<img" not in made.table


def test_nothing_to_draw_says_so():
    for made in (
        courses_figure(courses().clear(), title="How?", unit="Points"),
        estimates_figure(
            pl.DataFrame(schema={"label": pl.String, "estimate": pl.Float64}), title="?", unit="x"
        ),
        gaps_figure(pl.DataFrame(schema={"label": pl.String, "estimate": pl.Float64}), title="?", unit="x"),
        states_figure(pl.DataFrame(schema={"week": pl.Int32, "state": pl.String})),
        histogram_figure(pl.DataFrame(), title="?", unit="x"),
        calibration_figure(pl.DataFrame()),
    ):
        assert made.figure is None
        assert "nothing" in made.body


def test_estimates_stand_in_the_order_of_the_frame_with_their_numbers():
    frame = pl.DataFrame(
        {"term": ["b_b", "a"], "value": [1.0, -2.0], "low": [0.5, -3.0], "high": [1.5, -1.0]}
    )
    made = estimates_figure(frame, title="How?", unit="Points")
    assert made.figure["layout"]["yaxis"]["ticktext"] == ["b b", "a"]
    assert texts(made) == ["1.00 (0.50 to 1.50)", "−2.00 (−3.00 to −1.00)"]
    assert made.figure["layout"]["shapes"][0]["x0"] == 0
    assert (
        estimates_figure(frame, title="?", unit="Points", zero=None).figure["layout"].get("shapes", []) == []
    )


def test_an_interval_without_an_end_goes_off_the_figure_in_an_arrow():
    frame = pl.DataFrame(
        {"label": ["a", "b"], "estimate": [1.0, 1.2], "low": [0.5, 0.9], "high": [1.5, math.inf]}
    )
    made = estimates_figure(frame, title="How?", unit="Points")
    (trace,) = made.figure["data"]
    assert "triangle-right" in trace["marker"]["symbol"]
    assert "triangle-left" not in trace["marker"]["symbol"]
    assert max(x for x in trace["x"] if x is not None) <= made.figure["layout"]["xaxis"]["range"][1]
    assert texts(made)[1] == "1.20 (0.90 to ∞)"


def test_shares_are_whole_percents_unless_all_are_small():
    frame = pl.DataFrame({"label": ["a"], "estimate": [0.634], "low": [0.571], "high": [0.693]})
    unit = "Share of patients"
    assert texts(estimates_figure(frame, title="?", unit=unit)) == ["63 % (57 to 69)"]
    small = frame.with_columns(pl.col("estimate", "low", "high") / 20)
    assert texts(estimates_figure(small, title="?", unit=unit)) == ["3.2 % (2.9 to 3.5)"]


def test_an_estimate_that_is_not_known_keeps_its_row():
    frame = pl.DataFrame({"label": ["a", "b"], "estimate": [1.0, None]})
    assert texts(estimates_figure(frame, title="How?", unit="Points")) == ["1.00", "not known"]


def test_an_estimate_needs_a_name():
    with pytest.raises(InputError, match="label"):
        estimates_figure(pl.DataFrame({"estimate": [1.0]}), title="How?", unit="Points")


def test_gaps_are_panels_with_one_axis():
    frame = pl.DataFrame({"label": ["a", "b"] * 2, "part": ["total"] * 2 + ["rest"] * 2,
                          "estimate": [1.0, -1.0, 0.5, None], "low": [0.0, -2.0, 0.0, None],
                          "high": [2.0, 0.0, 1.0, None]})  # fmt: skip
    made = gaps_figure(frame, title="How?", unit="Points")
    layout = made.figure["layout"]
    assert layout["xaxis"]["range"] == layout["xaxis2"]["range"] == [-2.1, 2.1]
    assert [trace["y"] for trace in made.figure["data"]] == [[0, 1], [0]]
    assert texts(made) == ["total", "rest"]


def test_states_add_up():
    weeks = pl.DataFrame({"week": [0, 0, 1, 1], "state": ["done", "done", "done", "not_logged"]})
    made = states_figure(weeks)
    assert [sum(trace["y"]) for trace in made.figure["data"]] == [3, 1, 0]
    assert "covered, none logged: 1 (25 %)" in made.summary


def test_calibration_shows_what_was_logged_first():
    rows = [
        {"contrast": contrast, "week": week, "assuming": assuming, "naive": 0.5, "naive_low": 0.4,
         "naive_high": 0.6, "corrected": 0.7, "low": 0.5, "high": 0.9}
        for contrast in ("adherence_between", "adherence_within") for week in (6, 12)
        for assuming in ("over-reporting alone", "classical error")
    ]  # fmt: skip
    made = calibration_figure(pl.DataFrame(rows))
    assert made.data.height == 6
    assert made.figure["layout"]["yaxis"]["ticktext"][0] == "between patients: as logged"
    assert "week 12" in made.summary


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=12), st.floats(0.1, 10))
def test_names_are_moved_apart_and_keep_their_order(values, apart):
    moved = spaced(values, apart=apart)
    order = sorted(range(len(values)), key=values.__getitem__)
    gaps = [moved[b] - moved[a] for a, b in pairwise(order)]
    assert all(gap >= apart * (1 - 1e-6) for gap in gaps)


def test_names_that_do_not_touch_stay():
    assert spaced([1.0, 5.0], apart=1.0) == [1.0, 5.0]
    assert grid(1, below="x")[0][0]["width"] == 1
