"""Limits and rules of XmR charts: a plain loop agrees, units do not matter, stable series seldom signal."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.models.control_chart import FEWEST, FIRM, control_chart

MIRROR = {
    "": "", "above limits": "below limits", "rising": "falling", "close to upper": "close to lower",
    "above centre": "below centre",
}  # fmt: skip
MIRROR |= {down: up for up, down in MIRROR.items()}
SMALL = st.lists(st.integers(0, 6).map(float), min_size=FEWEST, max_size=40)  # with many ties


def series_of(values, *, clinic="a", measure="x") -> pl.DataFrame:
    """One chart, a value a month."""
    months = [date(2000 + at // 12, at % 12 + 1, 1) for at in range(len(values))]
    frame = {"clinic_id": clinic, "measure": measure, "month": months, "patients": 20, "value": list(values)}
    return pl.DataFrame(frame, schema_overrides={"value": pl.Float64, "month": pl.Date})


def signals_of(values) -> list[str]:
    """What each point tells."""
    return control_chart(series_of(values)).points["signal"].to_list()


def by_hand(y: list[float]) -> list[str]:
    """The same rules once more, point by point, as one would apply them with a ruler."""
    n, mean = len(y), sum(y) / len(y)
    moved = [abs(b - a) for a, b in pairwise(y)]
    kept = [m for m in moved if m <= 3.267 * sum(moved) / len(moved) + 1e-9]
    reach = 2.66 * sum(kept) / len(kept)
    side = [0 if abs(v - mean) < 1e-9 else (1 if v > mean else -1) for v in y]
    out = [abs(v - mean) > reach + 1e-9 for v in y]
    close = [not o and abs(v - mean) > 2 / 3 * reach + 1e-9 for v, o in zip(y, out, strict=True)]
    two, seven = [False] * n, [False] * n
    for window in (range(first, first + 3) for first in range(n - 2)):
        if abs(sum(side[at] for at in window)) == 3 and sum(close[at] for at in window) >= 2:
            for at in window:
                two[at] = two[at] or close[at]
    for first in range(n - 6):
        if abs(sum(side[first : first + 7])) == 7:
            seven[first : first + 7] = [True] * 7
    names = [("above limits", "below limits"), ("rising", "falling"), ("close to upper", "close to lower"),
             ("above centre", "below centre")]  # fmt: skip
    told = []
    for at, trend in enumerate(trends_by_hand(y)):
        holds = [out[at], trend != 0, two[at], seven[at]]
        way = trend if trend and not out[at] else side[at]
        told.append(names[holds.index(True)][0 if way > 0 else 1] if any(holds) else "")
    return told


def trends_by_hand(y: list[float]) -> list[int]:
    """Windows of seven among the points that differ from the one before; a later window has the last word."""
    heads = [at for at in range(len(y)) if at == 0 or y[at] != y[at - 1]]
    trend = [0] * len(y)
    for first in range(len(heads) - 6):
        steps = {b > a for a, b in pairwise([y[at] for at in heads[first : first + 7]])}
        end = heads[first + 7] if first + 7 < len(heads) else len(y)
        if len(steps) == 1:
            trend[heads[first] : end] = [1 if steps == {True} else -1] * (end - heads[first])
    return trend


@given(SMALL)
def test_a_plain_loop_tells_the_same(values):
    """Also where values repeat, turn and lie on the centre."""
    assert signals_of(values) == by_hand(values)


@settings(max_examples=30)
@given(st.lists(SMALL, min_size=2, max_size=4))
def test_charts_do_not_touch_each_other(many):
    """Several clinics and measures at once are each as alone, whatever the order of the rows."""
    frames = [series_of(values, clinic=f"c{at // 2}", measure=f"m{at % 2}") for at, values in enumerate(many)]
    shuffled = pl.concat(frames).sample(fraction=1.0, shuffle=True, seed=1)
    alone = pl.concat(control_chart(frame).points for frame in frames).sort("clinic_id", "measure", "month")
    assert control_chart(shuffled).points.equals(alone)


@given(SMALL, st.integers(-50, 50), st.sampled_from([0.25, 2.0, 8.0]))
def test_units_do_not_matter(values, shift, scale):
    """Another zero and unit move the limits along and leave the signals."""
    first = control_chart(series_of(values))
    moved = control_chart(series_of([shift + scale * value for value in values]))
    assert moved.points["signal"].to_list() == first.points["signal"].to_list()
    for name in ("centre", "lower", "upper", "near_lower", "near_upper"):
        expected = shift + scale * first.points[name][0]
        assert moved.points[name][0] == pytest.approx(expected, abs=1e-9)


@given(SMALL)
def test_upside_down_mirrors_the_signals(values):
    """And where less is better, it means the same."""
    first = control_chart(series_of(values))
    turned = control_chart(series_of([-value for value in values]), better={"x": -1})
    assert turned.points["signal"].to_list() == [MIRROR[one] for one in first.points["signal"]]
    assert turned.points["meaning"].to_list() == first.points["meaning"].to_list()


def test_a_tie_neither_breaks_nor_lengthens_a_trend():
    """Seven rising numbers and a repeat among them are a trend of eight points; six and a repeat are none."""
    noise = [0.0, 20, 0, 20, 0, 20]  # wide limits, so that no other rule speaks
    assert signals_of([*noise, 7, 8, 9, 10, 10, 11, 12, 13])[6:] == ["rising"] * 8
    assert signals_of([*noise, 7, 8, 9, 9, 10, 11, 12])[6:] == [""] * 7


def test_an_equal_series_has_limits_at_its_value_and_no_signal():
    """Nor does a last bit of a mean make one."""
    chart = control_chart(series_of([0.1 + 0.2, *[0.3] * 13]))
    assert set(chart.points["signal"]) == {""}
    assert chart.icons["upper"][0] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("count", "variation", "trial"),
    [(1, "not enough data", True), (FEWEST - 1, "not enough data", True), (FEWEST, "common cause", True),
     (FIRM - 1, "common cause", True), (FIRM, "common cause", False)],
)  # fmt: skip
def test_few_points(count, variation, trial):
    """Below five no limits, below twelve trial limits."""
    row = control_chart(series_of([1.0, 2.0] * 6)[:count]).icons.row(0, named=True)
    assert (row["variation"], row["trial"], row["points"]) == (variation, trial, count)
    assert (row["upper"] is None) == (variation == "not enough data")


def test_a_gap_is_passed_over():
    """Its neighbours stand beside each other; the limits are told for it all the same."""
    values = [1.0, 2, None, 1, 2, 1, 2]
    gapped, whole = (
        control_chart(series_of(some)) for some in (values, [value for value in values if value])
    )
    assert gapped.icons["upper"][0] == whole.icons["upper"][0]
    assert gapped.points["upper"].null_count() == 0
    assert gapped.points["signal"][2] == ""


def test_nothing_gives_nothing():
    """No row, and only empty values."""
    assert control_chart(series_of([])).icons.height == 0
    row = control_chart(series_of([None, None]), targets={"x": 1.0}).icons.row(0, named=True)
    assert (row["variation"], row["assurance"], row["points"]) == ("not enough data", "not enough data", 0)


@pytest.mark.parametrize(
    ("target", "better", "expected"),
    [(9, 1, "will be missed"), (-9, 1, "will be met"), (9, -1, "will be met"), (-9, -1, "will be missed"),
     (1.5, 1, "may or may not be met"), (9, 0, "no target")],
)  # fmt: skip
def test_assurance(target, better, expected):
    """A target beyond the limits is met or missed by the way that is better."""
    chart = control_chart(series_of([1.0, 2] * 6), better={"x": better}, targets={"x": target})
    assert chart.icons["assurance"][0] == expected


def test_limits_end_where_the_measure_does():
    """A share's upper limit is no more than 1."""
    row = control_chart(series_of([0.9, 1.0] * 6), ranges={"x": (0, 1)}).icons.row(0, named=True)
    assert row["upper"] == 1
    assert row["lower"] == pytest.approx(0.95 - 0.266)


def test_a_shift_is_found_and_dated():
    """Nine periods three standard deviations higher: the last icon, and since when."""
    noise = np.random.default_rng(5).normal(0, 0.3, 30)
    noise[21:] += 3 * 0.3
    row = control_chart(series_of(noise)).icons.row(0, named=True)
    assert (row["variation"], row["run"], str(row["since"])) == ("improving", 9, "2001-10-01")
    worse = control_chart(series_of(-noise)).icons.row(0, named=True)
    assert worse["variation"] == "concerning"
    assert control_chart(series_of(noise), better={"x": 0}).icons["variation"][0] == "changed"


def test_stable_series_seldom_signal():
    """2,000 charts of 24 points without a change: 0.5 % of points outside, a signal in 1 of 50 last icons."""
    values = np.random.default_rng(7).normal(0, 1, (2000, 24))
    months = [date(2000 + at // 12, at % 12 + 1, 1) for at in range(24)]
    frame = pl.DataFrame(
        {
            "clinic_id": np.repeat([f"c{at:04d}" for at in range(2000)], 24), "measure": "x",
            "month": months * 2000, "patients": 20, "value": values.ravel(),
        }
    )  # fmt: skip
    chart = control_chart(frame)
    outside = chart.points["signal"].is_in(["above limits", "below limits"]).sum() / chart.points.height
    assert 0.002 < outside < 0.010
    assert 0.01 < (chart.icons["variation"] != "common cause").sum() / chart.icons.height < 0.03
