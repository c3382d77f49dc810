"""The trajectory finds what a simulated network was made with."""

from __future__ import annotations

import polars as pl
import pytest
from recovery.simulated import SETTINGS, Truth, network

from analytics.models.trajectory import fit_trajectory, trajectory_contrasts


def contrasts_of(seed, truth):
    weeks, episodes = network(seed, truth)
    fit = fit_trajectory(weeks, episodes, SETTINGS)
    table = trajectory_contrasts(fit, weeks, SETTINGS)
    return fit, {(row["contrast"], row["week"]): row for row in table.iter_rows(named=True)}


@pytest.fixture(scope="module")
def recovered():
    truth = Truth()
    return truth, *contrasts_of(7, truth)


@pytest.mark.parametrize("week", [6, 12])
@pytest.mark.parametrize("contrast", ["adherence_between", "adherence_within"])
def test_the_truth_lies_in_the_interval(recovered, contrast, week):
    truth, _, found = recovered
    row = found[contrast, week]
    assert row["low"] < truth.contrast(week) < row["high"]


def test_the_within_patient_contrast_is_close(recovered):
    truth, _, found = recovered
    row = found["adherence_within", 12]
    assert row["estimate"] == pytest.approx(truth.contrast(12), abs=0.12)
    assert row["high"] - row["low"] < 0.4


def test_load_does_nothing_and_is_found_to(recovered):
    _, fit, found = recovered
    row = found["load_between", 12]
    assert row["low"] < 0 < row["high"]
    assert fit.overall["converged"].item()


def test_mean_reduction_is_the_observed_one(recovered):
    """Nobody drops out here, so the model's average fall is the plain mean of the rated week 12."""
    truth, _, found = recovered
    weeks, episodes = network(7, truth)
    last = weeks.filter(pl.col("week") == 12).drop_nulls("pain").join(episodes, on="episode_id")
    plain = (last["baseline_pain"] - last["pain"]).mean()
    assert found["mean_reduction", 12]["estimate"] == pytest.approx(plain, abs=0.15)


@pytest.mark.parametrize("seed", [1, 2])
def test_within_patients_it_holds_though_pain_drives_adherence(seed):
    truth = Truth(clinics=6, patients=40, feedback=0.3)
    _, found = contrasts_of(seed, truth)
    row = found["adherence_within", 12]
    assert row["low"] < truth.contrast(12) < row["high"]


def test_no_effect_is_not_invented():
    truth = Truth(clinics=6, patients=40, effect=0.0)
    _, found = contrasts_of(3, truth)
    for week in (6, 12):
        row = found["adherence_within", week]
        assert row["low"] < 0 < row["high"]
