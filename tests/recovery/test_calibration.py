"""Planted diary error: the naive slope misses the truth, the calibrated interval holds it as it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS

from analytics.models.contrasts import trajectory_contrasts
from analytics.models.diary.calibration import CLASSICAL, calibrate, fit_adherence
from analytics.models.diary.validation import REACH, Validation

CLINICS, PATIENTS, WEEKS = 6, 60, 13


@dataclass(frozen=True)
class Planted:
    """Points of pain between none and all of the plan at week 12; how diaries err, in shares of the plan."""

    effect: float = 3.0
    ratio: float = 1.25
    habit: float = 0.12
    weekly: float = 0.0

    def contrast(self, week: int) -> float:
        return 0.4 * self.effect * np.log1p(week) / np.log1p(12)


def truth_and_diary(rng, planted, people, baseline):
    """Of each week: what was done, and what was written. Who starts with more pain does less."""
    level = np.clip(rng.normal(0.55, 0.12, people) - 0.04 * (baseline - 6), 0.2, 0.9)[:, None]
    done = level + rng.uniform(-0.2, 0.2, (people, WEEKS))
    error = rng.normal(0, planted.habit, (people, 1)) + rng.normal(0, planted.weekly, (people, WEEKS))
    return done, planted.ratio * done + error


def network(seed, planted):
    rng = np.random.default_rng(seed)
    count = CLINICS * PATIENTS
    clinic, baseline = np.repeat(np.arange(CLINICS), PATIENTS), np.clip(rng.normal(6, 1.5, count), 1, 10)
    done, written = truth_and_diary(rng, planted, count, baseline)
    own = rng.normal(size=(count, 2)) * (0.8, 0.2) + (rng.normal(size=(CLINICS, 2)) * (0.3, 0.15))[clinic]
    time = np.log1p(np.arange(WEEKS))
    pain = (
        1 + 0.8 * baseline[:, None] + own[:, :1] + (own[:, 1:] - 0.2) * time + rng.normal(0, 0.8, done.shape)
    )
    pain[:, 1:] -= planted.effect * done[:, :-1] * time[1:] / np.log1p(12)
    ids = {
        "clinic_id": [f"clinic{at}" for at in clinic],
        "patient_id": [f"patient{at:04}" for at in range(count)],
        "episode_id": [f"episode{at:04}" for at in range(count)],
    }
    people = pl.DataFrame(ids).with_columns(
        baseline_pain=pl.lit(baseline), phase=pl.lit("chronic"), start_back=pl.lit("low"),
        age_band=pl.lit("35-49"), post_surgical=pl.lit(False),
    )  # fmt: skip
    weeks = people.select(list(ids)).select(pl.all().repeat_by(WEEKS).explode()).with_columns(
        week=pl.lit(np.tile(np.arange(WEEKS, dtype=np.int32), count)), pain=pl.lit(pain.ravel()),
        adherence_capped=pl.lit(written.ravel()), load=pl.lit(None, pl.Float64),
    )  # fmt: skip
    return weeks, people


def substudy(seed, planted, *, size):
    """Diaries of so many others beside the truth: ratio and correlation of totals, with their limits."""
    rng = np.random.default_rng((seed, 1))
    done, written = (
        part[:, :-1].mean(axis=1)
        for part in truth_and_diary(rng, planted, size, np.clip(rng.normal(6, 1.5, size), 1, 10))
    )
    r = np.corrcoef(done, written)[0, 1]
    low, high = np.tanh(np.arctanh(r) + np.array([-REACH, REACH]) / np.sqrt(size - 3))
    ratio = written.mean() / done.mean()
    error = REACH * (written - ratio * done).std(ddof=1) / np.sqrt(size) / written.mean()
    return Validation(ratio, r, low, high, ratio_low=ratio * np.exp(-error), ratio_high=ratio * np.exp(error))


def week_12(seed, planted, *, size=54, weekly=0.0):
    """The contrasts of week 12 under classical error, by name."""
    weeks, people = network(seed, planted)
    fit = fit_adherence(weeks, people, SETTINGS)
    found = calibrate(
        trajectory_contrasts(fit, weeks, SETTINGS),
        fit,
        validation=substudy(seed, planted, size=size),
        weekly=weekly,
        seed=seed,
    ).filter(pl.col("week") == 12)
    by_name = found.sort("contrast", pl.col("assuming") == CLASSICAL).unique(
        "contrast", keep="last", maintain_order=True
    )
    return {row["contrast"]: row for row in by_name.iter_rows(named=True)}


def coverage(planted, seeds, contrast="adherence_between", **options):
    """Share of networks whose naive and whose calibrated interval hold the truth; both slopes."""
    truth = planted.contrast(12)
    rows = [week_12(seed, planted, **options)[contrast] for seed in seeds]
    naive = np.mean([row["naive_low"] < truth < row["naive_high"] for row in rows])
    held = np.mean([row["low"] < truth < row["high"] for row in rows])
    return naive, held, np.mean([row["naive"] for row in rows]), np.median([row["corrected"] for row in rows])


# of the error in a mean of about 12 weeks, the part that is news every week
MIXED = Planted(habit=0.1, weekly=0.15)
SHARE = (0.15**2 / 12) / (0.1**2 + 0.15**2 / 12)


def test_between_patients_the_naive_slope_misses_and_the_calibrated_interval_holds():
    naive, held, slope, corrected = coverage(Planted(), range(12), size=200)
    assert naive < 0.3
    assert held >= 9 / 12
    assert slope < 0.7 * Planted().contrast(12)
    assert corrected == pytest.approx(Planted().contrast(12), rel=0.25)


def test_habit_alone_does_not_touch_the_slope_within_patients_but_by_the_ratio():
    _, held, slope, corrected = coverage(Planted(), range(12), "adherence_within")
    assert slope == pytest.approx(Planted().contrast(12) / 1.25, abs=0.04)
    assert corrected == pytest.approx(Planted().contrast(12), abs=0.06)
    assert held >= 9 / 12


def test_news_every_week_thins_the_slope_within_patients_and_is_undone():
    _, held, slope, corrected = coverage(MIXED, range(12), "adherence_within", size=200, weekly=SHARE)
    assert slope < 0.5 * MIXED.contrast(12)
    assert corrected == pytest.approx(MIXED.contrast(12), rel=0.1)
    assert held >= 9 / 12


@pytest.mark.slow
@pytest.mark.parametrize(("planted", "contrast", "options"), [
    (Planted(), "adherence_between", {"size": 54}),
    (Planted(), "adherence_between", {"size": 200}),
    (Planted(), "adherence_within", {"size": 54}),
    (MIXED, "adherence_within", {"size": 200, "weekly": SHARE}),
])  # fmt: skip
def test_the_calibrated_interval_covers_as_often_as_it_says(planted, contrast, options):
    naive, held, slope, corrected = coverage(planted, range(1000, 1600), contrast, **options)
    print(
        f"{contrast} {options}: naive {naive:.3f}, held {held:.3f}, naive slope {slope:.3f}, {corrected:.3f}"
    )
    assert naive < 0.5
    assert 0.93 <= held <= 0.97
