"""Planning: what is assumed, and power by simulation against counting, a formula and dense matrices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS, Truth, network
from scipy import stats

from analytics.models.inference import contrast_table
from analytics.models.mixed import Random, fit_mixed
from analytics.models.planning.designs import Assumptions, assumptions_of, study_designs
from analytics.models.planning.imagined import FORMULA, contrasts, frame_of, imagine, known_variances
from analytics.models.planning.power import LEVELS, expected_power, study_power
from analytics.models.trajectory import fit_trajectory
from analytics.vocabulary.errors import InputError

PLAIN = Assumptions()
SIZE = {"clinics": 6, "patients": 8, "weeks": 6}


def study(seed=1, assumptions=PLAIN, size=SIZE):
    return imagine(size, assumptions, np.random.default_rng(seed))


def test_an_imagined_study_is_like_its_assumptions():
    assumptions = replace(PLAIN, dropout=0.05, unrated=0.1, clinic_sd=0.5)
    drawn = study(assumptions=assumptions, size={"clinics": 200, "patients": 50, "weeks": 12})
    last = (drawn.seen * np.arange(1, 13)).max(axis=1)
    assert drawn.seen.mean(axis=0)[0] == pytest.approx(0.95 * 0.9, abs=0.01)
    assert drawn.seen.mean(axis=0)[11] == pytest.approx(0.95**12 * 0.9, abs=0.02)
    assert (last == 0).mean() < 0.07
    mean, lag = drawn.x[:, 0, 0], drawn.x[..., 1]
    assert mean[last == 12].var() == pytest.approx(0.05**2 + 0.15**2 + 0.2**2 / 11, rel=0.1)
    assert np.abs((lag * drawn.seen).sum(axis=1)).max() < 1e-10
    clinics = drawn.pain[:, 0].reshape(200, 50)
    between = 0.5**2 + (0.15 * np.log(2)) ** 2
    assert clinics.mean(axis=1).var() == pytest.approx(between + clinics.var(axis=1).mean() / 50, rel=0.25)
    arms = drawn.x[::50, 0, 2]
    assert arms.sum() == 100
    assert set(arms) == {0.0, 1.0}


def test_known_variances_are_generalised_least_squares():
    """Against V made in full."""
    assumptions = replace(PLAIN, clinic_correlation=0.4, patient_correlation=-0.3, dropout=0.1)
    drawn = study(assumptions=assumptions)
    frame = frame_of(drawn)
    patient, clinic, time = (frame[name].to_numpy() for name in ("patient", "clinic", "log_week"))
    z = np.column_stack([np.ones(len(time)), time])
    v = assumptions.residual_sd**2 * np.eye(len(time))
    for ids, d in zip((clinic, patient), assumptions.covariances(), strict=True):
        v += (ids[:, None] == ids) * (z @ d @ z.T)
    work = frame.select("adherence_mean", "adherence_lag", "arm").to_numpy()
    x = np.column_stack([z, work, work * time[:, None]])
    covariance = np.linalg.inv(x.T @ np.linalg.solve(v, x))
    terms = ["intercept", "log_week", "adherence_mean", "adherence_lag", "arm"]
    terms += [f"log_week:{name}" for name in terms[2:]]
    weights = np.array([[row.get(term, 0) for term in terms] for row in contrasts(6).values()])
    estimate, variance = known_variances(drawn, assumptions)
    np.testing.assert_allclose(variance, np.diag(weights @ covariance @ weights.T), rtol=1e-9)
    expected = weights @ covariance @ x.T @ np.linalg.solve(v, frame["pain"].to_numpy())
    np.testing.assert_allclose(estimate, expected, rtol=1e-8, atol=1e-10)


def test_one_fit_serves_every_size_of_difference():
    """Adding a difference to the outcome moves the estimate by it, and neither error nor df."""
    frame = frame_of(study(size=SIZE | {"patients": 20}))
    moved = frame.with_columns(pain=pl.col("pain") - 0.7 * pl.col("arm") * pl.col("log_week") / np.log(7))
    one, two = (
        contrast_table(fit_mixed(rows, FORMULA, random=LEVELS), contrasts(6)).filter(contrast="arm")
        for rows in (frame, moved)
    )
    assert two["estimate"].item() == pytest.approx(one["estimate"].item() - 0.7, abs=1e-7)
    assert two["se"].item() == pytest.approx(one["se"].item(), rel=1e-6)
    assert two["df"].item() == pytest.approx(one["df"].item(), rel=1e-5)


def test_power_is_the_share_of_studies_that_find_it():
    """The chances that are averaged, against plain counting in the same studies (recovery/ has many more)."""
    designs = study_designs(clinics=8, patients=12, weeks=6, effect=0.8)
    found = study_power(PLAIN, designs, replications=30, seed=3)
    size, counted = designs.drop("effect").row(0, named=True), {}
    for at in range(30):
        drawn = imagine(size, PLAIN, np.random.default_rng([3, 8, 12, 6, at]))
        told = contrast_table(fit_mixed(frame_of(drawn), FORMULA, random=LEVELS), contrasts(6))
        for row in told.to_dicts():
            end = stats.t.ppf(0.975, row["df"]) * row["se"]
            counted.setdefault(row["contrast"], []).append(abs(row["estimate"] + 0.8) > end)
    for row in found.to_dicts():
        share = np.mean(counted[row["contrast"]])
        assert row["power_low"] <= row["power"] <= row["power_high"]
        assert abs(share - row["power"]) < 3 * np.sqrt(max(share * (1 - share), 0.01) / 30), row["contrast"]
        assert row["coverage"] == pytest.approx(1 - row["type_one"])


def test_simulation_and_formula_agree_where_variances_are_well_told():
    designs = study_designs(clinics=24, patients=15, weeks=6, effect=[0.4, 0.8])
    found = study_power(replace(PLAIN, clinic_sd=0.5), designs, replications=30)
    assert found.height == 6
    assert (found["se"] / found["se_expected"]).is_between(0.9, 1.1).all()
    assert (found["power"] - found["power_expected"]).abs().max() < 0.1
    assert found["type_one"].is_between(0.03, 0.07).all()
    assert found["failed"].to_list() == [0.0] * 6


def test_the_formula_for_two_arms_is_the_design_effect_of_trials():
    """One random intercept of clinics, nothing else: variance 4 (clinic + rest / patients) / clinics."""
    simple = replace(
        PLAIN, clinic_sd=0.5, clinic_slope_sd=0, patient_sd=1, patient_slope_sd=0, dropout=0, unrated=0
    )
    found = expected_power(simple, study_designs(clinics=20, patients=30, weeks=12, effect=0.5))
    arm = found.filter(contrast="arm").row(0, named=True)
    # a patient's level at the last week: the mean of its weeks, and a line in time that all share
    time = np.log1p(np.arange(1, 13))
    line = (time[-1] - time.mean()) ** 2 / ((time - time.mean()) ** 2).sum()
    rest = 1 + simple.residual_sd**2 * (1 / 12 + line)
    assert arm["se_expected"] == pytest.approx(np.sqrt(4 / 20 * (0.5**2 + rest / 30)), rel=0.01)
    assert arm["df_expected"] == 18


def test_more_clinics_more_patients_more_weeks_and_a_larger_effect_give_more_power():
    found = expected_power(
        PLAIN, study_designs(clinics=[8, 16], patients=[20, 40], weeks=[6, 12], effect=[0.3, 0.6])
    )
    for name in ("clinics", "patients", "effect"):
        keys = [key for key in ("clinics", "patients", "weeks", "effect", "contrast") if key != name]
        steps = found.sort(*keys, name).with_columns(step=pl.col("power_expected").diff().over(keys))
        assert (steps["step"].drop_nulls() > -0.005).all(), name
        assert steps["step"].max() > 0.1, name
    assert found["power_expected"].null_count() == 0
    assert not found["power_expected"].is_nan().any()


def test_a_designs_numbers_do_not_hang_on_what_else_is_asked():
    both = study_designs(clinics=[6, 8], patients=8, weeks=4, effect=0.5)
    alone = study_power(PLAIN, both.tail(1), replications=5)
    found = study_power(PLAIN, both, replications=5).tail(3)
    assert found.equals(alone)
    assert not study_power(PLAIN, both.tail(1), replications=5, seed=2).equals(alone)


def test_a_study_that_cannot_be_fitted_is_counted_and_not_made_up():
    hopeless = replace(PLAIN, dropout=0.98)
    found = study_power(hopeless, study_designs(clinics=2, patients=2, weeks=2, effect=1.0), replications=4)
    assert found["failed"].to_list() == [1.0] * 3
    assert found["power"].null_count() == 3


def test_what_is_assumed_comes_from_the_study_at_hand():
    weeks, episodes = network(1, Truth(clinics=12, patients=60))
    weeks = weeks.with_columns(state=pl.lit("done"))
    fit = fit_trajectory(weeks, episodes, SETTINGS)
    found = assumptions_of(fit, weeks)
    assert found.residual_sd == pytest.approx(0.8, abs=0.05)
    assert found.patient_sd == pytest.approx(1.0, abs=0.1)
    assert found.patient_slope_sd == pytest.approx(0.3, abs=0.1)
    assert found.unrated == pytest.approx(0.1, abs=0.02)
    # a patient's habit differs by sd 0.8 of log odds, a week by 0.6 and five draws
    assert 0.08 < found.adherence_patient_sd < 0.2
    assert 0.15 < found.adherence_week_sd < 0.3
    assert found.adherence_clinic_sd < 0.05
    wary = assumptions_of(fit, weeks, cautious=True)
    assert wary.clinic_sd > found.clinic_sd
    assert wary.patient_sd == found.patient_sd
    assert found.frame().height == 12
    assert "residual_sd" in repr(found)


def test_dropout_is_told_from_weeks_that_no_export_covers_yet():
    """Ten patients of 12 weeks, five last rated in week 3; five more began two weeks ago and stay."""
    rows = [(f"a{at}", week, week <= (3 if at < 5 else 12), "done") for at in range(10) for week in range(13)]
    rows += [
        (f"b{at}", week, week <= 2, "done" if week <= 2 else "unknown")
        for at in range(5)
        for week in range(13)
    ]
    told = [(one, "c", week, 5.0 if rated else None, state) for one, week, rated, state in rows]
    weeks = pl.DataFrame(told, schema=["episode_id", "clinic_id", "week", "pain", "state"], orient="row")
    from analytics.models.planning.designs import _follow_up

    assert _follow_up(weeks)["dropout"] == pytest.approx(5 / (5 * 4 + 5 * 12 + 5 * 2))
    assert _follow_up(weeks)["unrated"] == 0


@pytest.mark.parametrize(
    "change", [{"residual_sd": 0.0}, {"dropout": 1.2}, {"clinic_correlation": 2.0}, {"unrated": float("nan")}]
)
def test_no_study_is_like_that(change):
    with pytest.raises(InputError):
        replace(PLAIN, **change)


def test_what_cannot_be_planned_is_refused_in_words():
    with pytest.raises(InputError, match="at least 2 clinics"):
        study_designs(clinics=1, patients=20, effect=0.5)
    with pytest.raises(InputError, match="at most"):
        study_designs(clinics=1000, patients=1000, effect=0.5)
    with pytest.raises(InputError, match="two replications"):
        study_power(PLAIN, study_designs(clinics=4, patients=4, effect=0.5), replications=1)
    rows = frame_of(study(size=SIZE | {"patients": 20}))
    other = fit_mixed(rows, "pain ~ arm", random=(Random("patient"),))
    with pytest.raises(InputError, match="over clinics and patients"):
        assumptions_of(other, pl.DataFrame())


def test_without_plans_nothing_is_planned():
    weeks, episodes = network(1, Truth(clinics=4, patients=30))
    weeks = weeks.with_columns(state=pl.lit("done"))
    fit = fit_trajectory(weeks, episodes, SETTINGS)
    with pytest.raises(InputError, match="plans"):
        assumptions_of(fit, weeks.with_columns(adherence_capped=pl.lit(None, pl.Float64)))
