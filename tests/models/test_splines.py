"""A curve's columns against scipy's natural spline, Harrell's formula by hand, and what they were before."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS
from scipy.interpolate import CubicSpline

from analytics.models.predictors import time_terms
from analytics.models.splines import spline_knots, spline_terms
from analytics.vocabulary.errors import InputError

KNOTS = (0.1, 0.4, 0.6, 0.9)
GRID = np.linspace(-0.5, 1.5, 201)


@pytest.fixture(scope="module")
def curve():
    return pl.DataFrame({"kept": GRID}).select(**spline_terms("kept", KNOTS))


def test_a_curve_is_the_column_and_a_bend_for_each_knot_but_two(curve):
    assert curve.columns == ["kept", "kept_bend1", "kept_bend2"]
    assert curve["kept"].to_numpy() == pytest.approx(GRID)
    assert list(spline_terms("week", (1, 6, 11))) == ["week", "week_bend1"]
    assert list(spline_terms("week", (1, 3, 6, 9, 11))) == ["week", "week_bend1", "week_bend2", "week_bend3"]


@pytest.mark.parametrize("bend", ["kept_bend1", "kept_bend2"])
def test_between_the_knots_it_is_the_natural_spline_through_them(curve, bend):
    """A natural cubic spline is the only one through its own values at the knots."""
    at_knots = pl.DataFrame({"kept": KNOTS}).select(**spline_terms("kept", KNOTS))[bend]
    natural = CubicSpline(KNOTS, at_knots, bc_type="natural")
    inside = (GRID >= 0.1) & (GRID <= 0.9)
    np.testing.assert_allclose(curve[bend].to_numpy()[inside], natural(GRID[inside]), atol=1e-12)


@pytest.mark.parametrize("bend", ["kept_bend1", "kept_bend2"])
def test_the_tails_are_straight(curve, bend):
    values = curve[bend].to_numpy()
    assert not values[GRID <= 0.1].any()
    after = np.diff(values[GRID >= 0.9])
    np.testing.assert_allclose(after, after[0], rtol=1e-9)
    assert after[0] > 0


def test_a_value_by_hand():
    """At 0.7: 0.6^3 - 0.1^3 x (0.8 / 0.3), over 0.8^2; the last knot is not yet reached."""
    made = pl.DataFrame({"kept": [0.7]}).select(**spline_terms("kept", KNOTS))
    assert made["kept_bend1"].item() == pytest.approx((0.6**3 - 0.1**3 * 0.8 / 0.3) / 0.64)
    assert made["kept_bend2"].item() == pytest.approx((0.3**3 - 0.1**3 * 0.5 / 0.3) / 0.64)


def test_the_unit_of_the_column_is_the_unit_of_the_bends():
    scaled = pl.DataFrame({"kept": GRID * 100}).select(**spline_terms("kept", [100 * at for at in KNOTS]))
    plain = pl.DataFrame({"kept": GRID}).select(**spline_terms("kept", KNOTS))
    np.testing.assert_allclose(scaled.to_numpy(), 100 * plain.to_numpy(), atol=1e-10)


def test_a_missing_value_stays_missing():
    made = pl.DataFrame({"kept": [1, None]}).select(**spline_terms("kept", KNOTS))
    assert made.row(1) == (None, None, None)


def test_knots_stand_at_the_published_quantiles():
    values = pl.Series("kept", [*range(101), None, float("nan")], strict=False).shuffle(seed=1)
    assert spline_knots(values) == (5, 35, 65, 95)


@pytest.mark.parametrize("values", [[], [None], [1.0] * 9, [0, 1] * 40, [0.2, 0.5] + [1.0] * 20])
def test_too_few_different_values_make_no_curve(values):
    with pytest.raises(InputError, match="'kept' has too few different values"):
        spline_knots(pl.Series("kept", values, dtype=pl.Float64))


@pytest.mark.parametrize("horizon", [2, 12, 26])
def test_time_is_what_it_was_before_there_was_one_spline(horizon):
    """The formula that time had of its own, with knots at 10, 50 and 90 % of the horizon."""
    definitions = SETTINGS.definitions.model_copy(update={"horizon_weeks": horizon, "week_term": "spline"})
    weeks = np.arange(horizon + 3)
    terms = time_terms(SETTINGS.model_copy(update={"definitions": definitions}))
    made = pl.DataFrame({"week": weeks}).select(**terms)
    first, middle, last = 0.1 * horizon, 0.5 * horizon, 0.9 * horizon
    a, b, c = (np.clip(weeks - knot, 0, None) ** 3 for knot in (first, middle, last))
    outer, inner = (last - first) / (last - middle), (middle - first) / (last - middle)
    assert made.columns == ["week_line", "week_bend"]
    assert made["week_line"].to_list() == weeks.tolist()
    np.testing.assert_allclose(
        made["week_bend"], (a - outer * b + inner * c) / (last - first) ** 2, rtol=1e-12, atol=1e-14
    )
