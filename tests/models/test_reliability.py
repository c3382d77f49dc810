"""How much of a first rating is there again: the slope, its interval, and what regression follows from it."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm

from analytics.models.regression_to_mean import INTAKE, NEXT_WEEK, expected_regression
from analytics.models.reliability import EXPECTED, RELIABILITY, expected_falls, rating_pairs, reliability


def ratings(size, *, share=0.7, seed=1):
    rng = np.random.default_rng(seed)
    level, error = rng.normal(6, 1.5 * np.sqrt(share), size), 1.5 * np.sqrt(1 - share)
    first, again = (level + rng.normal(0, error, size) for _ in range(2))
    return pl.DataFrame({"ratings": INTAKE, "first": first, "again": again})


def test_slope_and_interval_are_those_of_statsmodels_hc3():
    pairs = ratings(80)
    row = reliability(pairs).row(0, named=True)
    model = sm.OLS(pairs["again"].to_numpy(), sm.add_constant(pairs["first"].to_numpy()))
    fit = model.fit(cov_type="HC3", use_t=True)
    assert row["reliability"] == pytest.approx(fit.params[1], rel=1e-9)
    assert [row["low"], row["high"]] == pytest.approx(fit.conf_int()[1], rel=1e-9)


def test_the_interval_covers():
    held = [
        row["low"] < 0.7 < row["high"]
        for seed in range(400)
        for row in reliability(ratings(60, seed=seed)).iter_rows(named=True)
    ]
    assert 0.925 <= np.mean(held) <= 0.975


def test_few_pairs_and_flat_ratings_say_nothing():
    assert reliability(ratings(29)).height == 0
    flat = ratings(60).with_columns(first=pl.lit(5.0))
    assert reliability(flat).height == 0
    assert dict(reliability(flat).schema) == RELIABILITY
    assert dict(expected_falls(reliability(flat)).schema) == EXPECTED


def test_pairs_are_of_the_first_episode_of_each_patient():
    eligible = pl.DataFrame(
        {"clinic_id": "a", "patient_id": ["p", "p", "q"], "episode_id": ["p1", "p2", "q1"],
         "starts_on": [date(2026, 1, 1), date(2026, 6, 1), date(2026, 1, 1)],
         "baseline_pain": [8.0, 3.0, 6.0], "baseline_source": ["intake", "intake", "week 0"]}
    )  # fmt: skip
    weeks = pl.DataFrame(
        {
            "episode_id": ["p1", "p2", "q1", "p1", "q1"],
            "week": [0, 0, 0, 1, 1],
            "pain": [7.0, 4.0, 6.0, 5.0, 5.5],
        }
    )
    found = {(row["ratings"], row["patient_id"]): (row["first"], row["again"])
             for row in rating_pairs(eligible, weeks).iter_rows(named=True)}  # fmt: skip
    assert found == {(INTAKE, "p"): (8.0, 7.0), (NEXT_WEEK, "p"): (7.0, 5.0), (NEXT_WEEK, "q"): (6.0, 5.5)}


def test_expected_falls_are_barnetts_formula_and_more_ratings_help():
    row = reliability(ratings(500)).row(0, named=True)
    found = expected_falls(reliability(ratings(500)))
    at_7 = {group: (value, low, high) for group, at, value, low, high in found.rows() if at == 7}
    assert list(at_7) == ["one rating", "mean of 2 ratings", "mean of 3 ratings"]
    for count, (value, low, high) in enumerate(at_7.values(), start=1):
        spread = (row["mean"], row["sd"])
        formula = expected_regression(spread, row["reliability"], cutoff=7.0, measurements=count)
        assert value == pytest.approx(formula)
        assert low < value < high
    assert at_7["one rating"][0] > at_7["mean of 2 ratings"][0] > at_7["mean of 3 ratings"][0] > 0


def test_expected_falls_are_what_people_measured_again_show():
    rng = np.random.default_rng(4)
    level, error = rng.normal(6, 1.5 * np.sqrt(0.7), 1_000_000), 1.5 * np.sqrt(0.3)
    told = pl.DataFrame([["x", 9, 0.7, 0.7, 0.7, 0.7, 6.0, 1.5]], schema=RELIABILITY, orient="row")
    for count, name in ((1, "one rating"), (3, "mean of 3 ratings")):
        first = level + rng.normal(0, error / np.sqrt(count), level.size)
        again = level + rng.normal(0, error, level.size)
        formula = expected_falls(told).filter(pl.col("group") == name, pl.col("at") == 7.5)["value"].item()
        assert formula == pytest.approx((first - again)[first > 7.5].mean(), abs=0.01)
