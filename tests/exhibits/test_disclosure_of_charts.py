"""Charts over time give no small number away: not shown, not in a limit, not by an exact count."""

from __future__ import annotations

import polars as pl
import pytest
from exhibits.made_up import RULES
from exhibits.made_up_charts import UP_AND_DOWN, chart_of, released, series_of
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.exhibits.disclosure_of_charts import showable

SIZES = st.lists(st.integers(0, 60), min_size=6, max_size=24)


@settings(max_examples=30)
@given(SIZES, st.integers(0, 23), st.floats(-9, 9))
def test_a_hidden_period_moves_no_printed_number(sizes, at, other):
    """Whatever the number of a period of few patients is, all that leaves stays the same."""
    sizes[at % len(sizes)] = 7
    values = [UP_AND_DOWN[one % 12] for one in range(len(sizes))]
    first = released(series_of(values, patients=sizes))
    values[at % len(sizes)] = other
    second = released(series_of(values, patients=sizes))
    assert all(one.equals(two) for one, two in zip(first, second, strict=True))


@settings(max_examples=30)
@given(SIZES)
def test_no_small_or_exact_count_leaves(sizes):
    """Patients in steps of 5 from 10 on, limits of counts too; an empty period keeps its row."""
    points, icons = released(
        series_of([float(size) for size in sizes], measure="patients_started", patients=sizes)
    )
    assert points.height == len(sizes)
    for frame, names in ((points, ("patients", "value", "centre", "upper")), (icons, ("patients", "centre"))):
        for name in names:
            assert all(value % 5 == 0 for value in frame[name].drop_nulls())
    small = [0 < size < 8 for size in sizes]
    assert points["value"].is_null().to_list() == small
    assert all(value == 0 or value >= 10 for value in points["value"].drop_nulls())


def test_a_share_is_of_rounded_counts_and_hidden_where_few_meet_it():
    """33 of 48 is printed as 35 of 50; 7 of 48 not at all."""
    points, _ = released(series_of([33 / 48, 7 / 48], measure="responder", patients=48))
    assert points["value"].to_list() == [0.7, None]
    assert points["met"].to_list() == [35, None]
    assert points["patients"].to_list() == [50, None]


def test_signals_are_of_exact_numbers():
    """Shares that round to the same one make no narrow limits: chance is not taken for a change."""
    shares = [0.60, 0.62, 0.58, 0.61, 0.59, 0.63, 0.58, 0.62, 0.60, 0.64]
    points, _ = released(series_of(shares, measure="responder", patients=50))
    assert points["value"].n_unique() < 4
    assert set(points["signal"]) == {""}


def test_means_and_limits_have_two_decimals():
    """In points of pain and in shares."""
    exact = series_of([value + 0.00123 for value in UP_AND_DOWN])
    points, icons = released(exact)
    for frame, names in ((points, ["value", "centre", "lower", "near_upper"]), (icons, ["centre", "upper"])):
        for name in names:
            assert frame[name].to_list() == pytest.approx(frame[name].round(2).to_list(), abs=1e-12)
    assert showable(exact, RULES).equals(exact)
    assert chart_of(exact).points["value"][0] != points["value"][0]


def test_nothing_is_released_of_nothing():
    """Frames without rows, with all columns."""
    points, icons = released(series_of([]))
    assert points.height == icons.height == 0
    assert {"patients", "value", "signal"} <= set(points.columns)
    assert {"patients", "variation"} <= set(icons.columns)
    assert released(series_of([None, None], patients=3))[1]["patients"].to_list() == [None]
    assert isinstance(points, pl.DataFrame)
