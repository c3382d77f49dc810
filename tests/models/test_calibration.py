"""Diary error: what each assumption makes of a slope, on data whose answer is known by arithmetic."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS
from recovery.test_calibration import Planted, network

from analytics.models.contrasts import trajectory_contrasts
from analytics.models.diary.agreement import between_less_within
from analytics.models.diary.calibration import (
    CALIBRATED,
    CLASSICAL,
    PROPORTIONAL,
    SCALE,
    calibrate,
    fit_adherence,
)
from analytics.models.diary.validation import NICOLSON_2018, Validation
from analytics.models.diary.weekly_error import WEEKLY, calibrate_weeks
from analytics.models.trajectory import fit_trajectory
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

SURE = Validation(1.25, 0.6, 0.6 - 1e-9, 0.6 + 1e-9)


def a_fit(means, *, lags=0.2, weeks=10, **columns):
    """A fit that holds what calibrate reads: patients' means, deviations of fixed size, intake columns."""
    count = len(means)
    signs = np.tile([-lags, lags], weeks // 2)
    rows = pl.DataFrame(
        {"patient_id": [f"p{at:04}" for at in range(count)], "adherence_mean": means} | columns
    )
    rows = rows.select(pl.all().repeat_by(weeks).explode()).with_columns(
        adherence_lag=pl.lit(np.tile(signs, count))
    )
    return Fit(pl.DataFrame({"term": ["adherence_mean"]}), pl.DataFrame(), rows.lazy(), ())


def a_contrast(name="adherence_between", estimate=0.5, se=0.1):
    reach = 1.96 * se
    numbers = {"estimate": estimate, "se": se, "df": 1e6, "low": estimate - reach, "high": estimate + reach}
    return pl.DataFrame([{"contrast": name, "week": 12} | numbers])


def by_assumption(frame):
    return {row["assuming"]: row for row in frame.iter_rows(named=True)}


MEANS = np.random.default_rng(3).normal(0.7, 0.15, 400)


def test_the_three_assumptions_of_the_published_validation():
    found = by_assumption(calibrate(a_contrast(), a_fit(MEANS)))
    assert found[SCALE]["lambda"] == pytest.approx(176 / 220)
    assert found[PROPORTIONAL]["lambda"] == pytest.approx(0.52 * 176 / 220)
    assert found[CLASSICAL]["lambda"] == pytest.approx(0.52**2 * 176 / 220)
    for row in found.values():
        assert row["corrected"] == pytest.approx(0.5 / row["lambda"])
        assert row["low"] < row["corrected"] < row["high"]
    assert found[CLASSICAL]["high"] > 4 * found[CLASSICAL]["corrected"] / 2


def test_a_sure_validation_adds_nothing_to_the_naive_interval():
    for row in calibrate(a_contrast(), a_fit(MEANS), validation=SURE).iter_rows(named=True):
        assert row["low"] == pytest.approx(row["naive_low"] / row["lambda"], abs=0.02 / row["lambda"])
        assert row["high"] == pytest.approx(row["naive_high"] / row["lambda"], abs=0.02 / row["lambda"])


def test_an_unsure_ratio_widens_the_interval():
    wide = replace(SURE, ratio_low=1.0, ratio_high=1.5625)
    narrow, wider = (
        by_assumption(calibrate(a_contrast(se=0.01), a_fit(MEANS), validation=one))[SCALE]
        for one in (SURE, wide)
    )
    assert wider["corrected"] == narrow["corrected"]
    assert wider["high"] / wider["low"] == pytest.approx(1.5625, rel=0.05)
    assert narrow["high"] - narrow["low"] < 0.2 * (wider["high"] - wider["low"])


def test_lambda_is_the_slope_of_truth_on_diary_among_patients_alike_in_case_mix():
    """The closed form against least squares on 200,000 people whose truth is known."""
    rng = np.random.default_rng(1)
    pain = rng.normal(6, 1.5, 200_000)
    truth = 0.6 - 0.05 * (pain - 6) + rng.normal(0, 0.1, pain.size)
    diary = 1.25 * truth + rng.normal(0, 0.12, pain.size)
    x = np.column_stack([np.ones(pain.size), diary, pain])
    slope = np.linalg.lstsq(x, truth, rcond=None)[0][1]
    r = float(np.corrcoef(truth, diary)[0, 1])
    validation = Validation(1.25, r, r - 1e-9, r + 1e-9)
    fit = a_fit(diary, weeks=2, baseline_pain=pain)
    found = by_assumption(calibrate(a_contrast(), fit, validation=validation))
    assert found[CLASSICAL]["lambda"] == pytest.approx(slope, rel=0.02)
    assert r**2 / 1.25 > 1.1 * slope, "case-mix matters here, or the test would show nothing"


def test_how_far_the_truth_would_lie_apart():
    found = by_assumption(calibrate(a_contrast(), a_fit(MEANS), validation=SURE))
    spread = MEANS.std(ddof=1) / 1.25
    assert found[PROPORTIONAL]["truth_sd"] == pytest.approx(spread)
    assert found[CLASSICAL]["truth_sd"] == pytest.approx(0.6 * spread)


def test_where_diaries_may_tell_nothing_there_is_no_upper_limit():
    weak = Validation(1.25, 0.2, -0.1, 0.45)
    row = by_assumption(calibrate(a_contrast(), a_fit(MEANS), validation=weak))[CLASSICAL]
    assert row["high"] == np.inf
    assert np.isfinite(row["low"])


def test_within_a_patient_only_the_factor_is_known():
    found = calibrate(a_contrast("adherence_within"), a_fit(MEANS))
    assert found["assuming"].to_list() == [SCALE]


def test_error_that_is_new_every_week():
    """noise = share x (1 - r^2) x variance of means x (weeks - 1), against the variance of deviations."""
    told = a_contrast("adherence_within"), a_fit(MEANS)
    row = by_assumption(calibrate(*told, validation=SURE, weekly=0.2))[CLASSICAL]
    noise = 0.2 * (1 - 0.36) * MEANS.var(ddof=1) * 9
    assert row["lambda"] == pytest.approx((1 - noise / 0.2**2) / 1.25)
    assert row["truth_sd"] == pytest.approx(np.sqrt(0.2**2 - noise) / 1.25)
    ruled_out = by_assumption(calibrate(*told, validation=SURE, weekly=0.9))[CLASSICAL]
    assert ruled_out["lambda"] == 0
    assert [ruled_out[name] for name in ("corrected", "low", "high")] == [None] * 3


def test_share_by_share_it_thins_more():
    found = calibrate_weeks(a_contrast("adherence_within"), a_fit(MEANS), shares=(0.0, 0.1, 0.2, 0.9))
    assert found["weekly_share"].to_list() == [0.0, 0.1, 0.2, 0.9]
    assert found["lambda"].is_sorted(descending=True)
    assert found["corrected"].null_count() == 1
    assert dict(found.schema) == WEEKLY
    assert calibrate_weeks(a_contrast(), a_fit(MEANS)).height == 0


def test_the_same_seed_gives_the_same_bytes_and_another_nearly_so():
    one, again, other = (calibrate(a_contrast(), a_fit(MEANS), seed=seed) for seed in (1, 1, 2))
    assert one.equals(again)
    assert not one.equals(other)
    assert other["low"].to_numpy() == pytest.approx(one["low"].to_numpy(), rel=0.03)


def test_simex_agrees():
    """As much error again is added to diaries, and the slope is led back to none (Cook and Stefanski 1994).

    By the rational extrapolant, exact for a linear model; each error is added and subtracted (antithetic).
    """
    planted = Planted(effect=3.0, ratio=1.0, habit=0.12)
    weeks, people = network(11, replace(planted, habit=0.0))
    rng = np.random.default_rng(5)

    def erring(diaries, error):
        own = pl.DataFrame({"episode_id": people["episode_id"], "error": error})
        wrong = pl.col("adherence_capped") + pl.col("error")
        return (
            diaries.join(own, on="episode_id", maintain_order="left")
            .with_columns(adherence_capped=wrong)
            .drop("error")
        )

    logged = erring(weeks, rng.normal(0, planted.habit, people.height))
    naive, fit, contrasts = between(logged, people)
    more = [sign * error for error in rng.normal(0, planted.habit, (20, people.height)) for sign in (1, -1)]
    twice = np.mean([between(erring(logged, error), people)[0] for error in more])
    simex = 1 / (1 / naive - (1 / twice - 1 / naive))
    r = float(np.sqrt(1 - planted.habit**2 / fit.rows.collect().unique("patient_id")["adherence_mean"].var()))
    validation = Validation(1.0, r, r - 1e-9, r + 1e-9)
    found = calibrate(contrasts, fit, validation=validation).filter(pl.col("week") == 12)
    row = by_assumption(found.filter(pl.col("contrast") == "adherence_between"))[CLASSICAL]
    assert naive < 0.75 * row["corrected"]
    assert simex == pytest.approx(row["corrected"], rel=0.02)


def between(weeks, people):
    fit = fit_adherence(weeks, people, SETTINGS)
    contrasts = trajectory_contrasts(fit, weeks, SETTINGS)
    wanted = contrasts.filter(pl.col("contrast") == "adherence_between", pl.col("week") == 12)
    return wanted["estimate"].item(), fit, contrasts


@pytest.mark.parametrize("numbers", [
    (0.0, 0.5, 0.3, 0.7), (1.2, 1.1, 0.3, 0.7), (1.2, 0.5, 0.6, 0.7), (1.2, -0.1, -0.3, 0.2),
])  # fmt: skip
def test_a_validation_that_nobody_can_have_found(numbers):
    with pytest.raises(InputError, match="validation"):
        Validation(*numbers)


def test_half_an_interval_of_the_ratio():
    with pytest.raises(InputError, match="both limits"):
        Validation(1.2, 0.5, 0.3, 0.7, ratio_low=1.0)


def test_a_share_beyond_one():
    with pytest.raises(InputError, match="between 0 and 1"):
        calibrate(a_contrast(), a_fit(MEANS), weekly=1.5)


def test_a_model_with_load_is_refused():
    fit = replace(a_fit(MEANS), terms=pl.DataFrame({"term": ["adherence_mean", "load_mean"]}))
    with pytest.raises(InputError, match="Load rests on the same diaries"):
        calibrate(a_contrast(), fit)


def test_contrasts_of_other_things_have_no_row():
    found = calibrate(a_contrast("load_between"), a_fit(MEANS))
    assert found.height == 0
    assert dict(found.schema) == CALIBRATED
    assert NICOLSON_2018.ratio == 1.25


def test_between_less_within_is_their_difference():
    weeks, people = network(4, Planted())
    weeks = weeks.with_columns(load=100 * pl.col("adherence_capped") + pl.col("week"))
    fit = fit_trajectory(weeks, people, SETTINGS)
    contrasts = trajectory_contrasts(fit, weeks, SETTINGS)
    told = {(row["contrast"], row["week"]): row["estimate"] for row in contrasts.iter_rows(named=True)}
    found = between_less_within(fit, weeks, SETTINGS)
    assert found["week"].to_list() == [6, 12]
    for row in found.iter_rows(named=True):
        apart = told["adherence_between", row["week"]] - told["adherence_within", row["week"]]
        assert row["estimate"] == pytest.approx(apart, abs=1e-9)
        assert row["low"] < row["estimate"] < row["high"]


def test_without_plans_it_is_said():
    weeks, episodes = network(1, Planted())[:2]
    bare = weeks.with_columns(adherence_capped=pl.lit(None, pl.Float64))
    with pytest.raises(InputError, match="plans"):
        fit_adherence(bare, episodes, SETTINGS)
