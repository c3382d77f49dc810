"""Before and after by band of baseline pain, and what of the fall would come without treatment."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analytics.models.regression_to_mean import (
    BANDS,
    BEFORE_AFTER,
    INTAKE,
    NEXT_WEEK,
    before_after,
    expected_regression,
    reliability_of_start,
)

MEAN, SD = 6.0, 1.5


def patients(size=4000, *, reliability=0.7, treated=0.0, seed=1, ratings=1):
    """Eligible episodes and their weeks: level + a rating's own error; treatment lowers the later ratings."""
    rng = np.random.default_rng(seed)
    level = rng.normal(MEAN, SD * np.sqrt(reliability), size)
    error = SD * np.sqrt(1 - reliability)
    intake = level + rng.normal(0, error, size)
    week = {at: level + rng.normal(0, error / np.sqrt(ratings), size) for at in (0, 1)}
    outcome = level - treated + rng.normal(0, error, size)
    ids = [f"p{at:05}" for at in range(size)]
    eligible = pl.DataFrame(
        {"clinic_id": ["a" if at % 2 else "b" for at in range(size)], "patient_id": ids, "episode_id": ids,
         "baseline_pain": intake, "baseline_source": "intake", "pain_reduction": intake - outcome}
    )  # fmt: skip
    weeks = pl.concat(
        pl.DataFrame({"episode_id": ids, "week": at, "pain": pain}) for at, pain in week.items()
    )
    return eligible, weeks


def rows(frame):
    return {(row["clinic_id"], row["band"]): row for row in frame.iter_rows(named=True)}


@pytest.mark.parametrize("ratings", [1, 3])
@pytest.mark.parametrize("reliability", [0.3, 0.7, 0.9])
def test_reliability_is_found_also_where_the_second_rating_is_a_mean(reliability, ratings):
    found, source = reliability_of_start(*patients(20_000, reliability=reliability, ratings=ratings))
    assert found == pytest.approx(reliability, abs=0.02)
    assert source == INTAKE


def test_leaving_out_low_baselines_does_not_lower_it():
    """The correlation falls where a range is cut; what regresses does not."""
    eligible, weeks = patients(20_000)
    cut = eligible.filter(pl.col("baseline_pain") > MEAN)
    found, _ = reliability_of_start(cut, weeks)
    both = cut.join(weeks.filter(pl.col("week") == 0), on="episode_id")
    assert found == pytest.approx(0.7, abs=0.03)
    assert both.select(pl.corr("baseline_pain", "pain")).item() < 0.6


def test_without_intakes_week_0_and_week_1_tell_it():
    eligible, weeks = patients(20_000)
    found, source = reliability_of_start(eligible.with_columns(baseline_source=pl.lit("week 0")), weeks)
    assert (found, source) == (pytest.approx(0.7, abs=0.02), NEXT_WEEK)


def test_from_too_few_pairs_nothing_is_said():
    eligible, weeks = patients(29)
    assert reliability_of_start(eligible, weeks) == (None, None)
    assert before_after(eligible, weeks)["expected_from_regression"].null_count() > 0
    assert before_after(eligible, weeks)["fall"].null_count() == 0


def test_the_same_rating_from_everybody_tells_nothing():
    eligible, weeks = patients(100)
    flat = eligible.with_columns(baseline_pain=pl.lit(6.0))
    assert reliability_of_start(flat, weeks.with_columns(pain=pl.lit(6.0))) == (None, None)


def test_without_treatment_all_of_a_bands_fall_was_expected():
    found = rows(before_after(*patients(200_000)))
    for band in BANDS:
        row = found["network", band]
        assert row["fall"] == pytest.approx(row["expected_from_regression"], abs=0.04)
    assert found["network", "7-10"]["expected_from_regression"] > 0.4
    assert found["network", "1-6.9"]["expected_from_regression"] < -0.15


def test_with_treatment_the_fall_is_more_by_what_it_does():
    found = rows(before_after(*patients(200_000, treated=1.5)))
    for band in BANDS:
        row = found["network", band]
        assert row["fall"] - row["expected_from_regression"] == pytest.approx(1.5, abs=0.04)


def test_for_a_tail_of_normal_baselines_it_is_barnetts_formula():
    eligible, weeks = patients(200_000)
    tail = rows(before_after(eligible.filter(pl.col("baseline_pain") < 11), weeks))["network", "7-10"]
    formula = expected_regression((MEAN, SD), tail["reliability"], cutoff=7.0)
    assert tail["expected_from_regression"] == pytest.approx(formula, abs=0.01)


def test_means_and_interval_of_a_band():
    eligible, weeks = patients(600, treated=1)
    row = rows(before_after(eligible, weeks))["a", "1-6.9"]
    own = eligible.filter(pl.col("clinic_id") == "a", pl.col("baseline_pain") < 7)
    fall = own["pain_reduction"].to_numpy()
    reach = stats.t.ppf(0.975, fall.size - 1) * fall.std(ddof=1) / np.sqrt(fall.size)
    assert row["patients"] == fall.size
    assert [row["fall"], row["low"], row["high"]] == pytest.approx(
        [fall.mean(), fall.mean() - reach, fall.mean() + reach]
    )
    assert row["baseline"] == pytest.approx(own["baseline_pain"].mean())
    assert row["baseline"] - row["outcome"] == pytest.approx(row["fall"])


def test_bands_share_the_patients_out():
    frame = before_after(*patients(600))
    parts = frame.filter(pl.col("band") != "all").group_by("clinic_id").agg(pl.col("patients").sum())
    whole = frame.filter(pl.col("band") == "all").select("clinic_id", "patients")
    assert parts.sort("clinic_id").equals(whole.sort("clinic_id"))


def test_of_all_patients_together_nothing_is_expected():
    frame = before_after(*patients(600)).filter(pl.col("band") == "all")
    assert frame["expected_from_regression"].null_count() == frame.height == 3


def test_a_patient_of_two_episodes_is_one(make_episodes, weeks):
    both = [
        {"clinic_id": "a", "patient_id": "p", "episode_id": f"e{at}", "baseline_pain": pain,
         "pain_reduction": 1.0, "baseline_source": "intake"}
        for at, pain in enumerate((3.0, 9.0))
    ]  # fmt: skip
    found = rows(before_after(make_episodes(both), weeks))
    assert set(found) == {("a", "1-6.9"), ("a", "all"), ("network", "1-6.9"), ("network", "all")}
    assert found["a", "all"]["patients"] == 1
    assert found["a", "all"]["low"] is None


def test_nobody(make_episodes, eligible, weeks):
    found = before_after(eligible.clear(), weeks.clear())
    assert found.is_empty()
    assert dict(found.schema) == BEFORE_AFTER
