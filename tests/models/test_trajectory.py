"""The trajectory's columns, its contrasts against a hand calculation, and when it cannot be fitted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS, Truth, network
from scipy import stats

from analytics.models.predictors import case_mix_terms, time_terms
from analytics.models.trajectory import fit_trajectory, trajectory_contrasts
from analytics.vocabulary.results import Fit

SMALL = Truth(clinics=3, patients=20)
SPLINE = SETTINGS.model_copy(
    update={"definitions": SETTINGS.definitions.model_copy(update={"week_term": "spline"})}
)


@pytest.fixture(scope="module")
def study():
    return network(1, SMALL)


@pytest.fixture(scope="module")
def fit(study):
    return fit_trajectory(*study, SETTINGS)


def test_terms_are_the_fixed_vocabulary(fit):
    work = [f"{measure}_{part}" for measure in ("adherence", "load") for part in ("mean", "lag")]
    expected = {"intercept", *time_terms(SETTINGS), *work, *(f"log_week:{name}" for name in work)}
    assert expected <= set(fit.terms["term"])
    assert set(fit.terms["term"]) - expected <= set(case_mix_terms())


def test_last_weeks_work_is_set_beside_this_weeks_pain(fit, study):
    weeks, _ = study
    row = fit.rows.row(10, named=True)
    before = weeks.filter(pl.col("episode_id") == row["episode_id"], pl.col("week") == row["week"] - 1)
    assert row["adherence"] == before["adherence_capped"].item()
    assert row["load"] == pytest.approx(before["load"].item() / 100)
    assert row["log_week"] == pytest.approx(np.log1p(row["week"]))


def test_between_and_within_add_up_and_do_not_overlap(fit):
    whole = fit.rows["adherence_mean"] + fit.rows["adherence_lag"]
    np.testing.assert_allclose(whole, fit.rows["adherence"], atol=1e-12)
    within = fit.rows.group_by("episode_id").agg(pl.col("adherence_lag").mean())["adherence_lag"]
    assert within.abs().max() < 1e-12


def test_every_week_from_one_to_the_horizon_is_in_or_counted(fit):
    row = fit.overall.row(0, named=True)
    assert row["n"] + row["dropped"] == 60 * 12
    assert (row["patients"], row["clinics"]) == (60, 3)
    assert fit.rows["week"].min() == 1


def test_a_patient_with_two_episodes_is_one_patient(study):
    weeks, episodes = (
        frame.with_columns(pl.col("patient_id").replace("patient0001", "patient0000")) for frame in study
    )
    row = fit_trajectory(weeks, episodes, SETTINGS).overall.row(0, named=True)
    assert row["patients"] == 59


HAND = {
    # term: estimate, standard error, degrees of freedom
    "intercept": (1.0, 0.1, 5.0), "log_week": (-0.5, 0.2, 5.0), "baseline_pain": (0.8, 0.05, 50.0),
    "adherence_mean": (-0.4, 0.3, 50.0), "adherence_lag": (0.0, 0.2, 60.0),
    "log_week:adherence_mean": (-1.0, 0.1, 50.0), "log_week:adherence_lag": (-1.2, 0.15, 60.0),
    "load_mean": (-0.1, 0.05, 50.0), "log_week:load_mean": (-0.02, 0.01, 50.0),
}  # fmt: skip
SCALING = {"baseline_pain": 6.0, "adherence_mean": 0.7, "load_mean": 3.0, "load 25%": 2.0, "load 75%": 4.0}


@pytest.fixture
def by_hand():
    """A fit whose terms are independent but for one pair, so that variances can be added by hand."""
    names, values = list(HAND), np.array(list(HAND.values()))
    covariance = np.diag(values[:, 1] ** 2)
    pair = names.index("adherence_mean"), names.index("log_week:adherence_mean")
    covariance[pair] = covariance[pair[::-1]] = -0.02
    terms = pl.DataFrame({"term": names, "estimate": values[:, 0], "se": values[:, 1], "df": values[:, 2]})
    scaling = SCALING | {"adherence_lag": 0.0}
    fit = Fit(terms, pl.DataFrame(), pl.DataFrame(), tuple(map(tuple, covariance.tolist())), scaling=scaling)
    weeks = pl.DataFrame({"week": [6, 12, 12], "pain": [3.0, 2.0, None]}, schema_overrides={"week": pl.Int32})
    table = trajectory_contrasts(fit, weeks, SETTINGS)
    return {(row["contrast"], row["week"]): row for row in table.iter_rows(named=True)}


@pytest.mark.parametrize("week", [6, 12])
def test_adherence_between_by_hand(by_hand, week):
    """0.4 x (0.4 + log(1 + w)) points; the variance holds both terms and twice their covariance."""
    row, time = by_hand["adherence_between", week], np.log(1 + week)
    variance = 0.4**2 * (0.3**2 + time**2 * 0.1**2 - 2 * time * 0.02)
    reach = stats.t.ppf(0.975, 50) * np.sqrt(variance)
    assert row["estimate"] == pytest.approx(0.4 * (0.4 + time))
    assert row["se"] == pytest.approx(np.sqrt(variance))
    assert (row["low"], row["high"]) == pytest.approx((row["estimate"] - reach, row["estimate"] + reach))
    assert row["df"] == 50
    assert row["p"] == pytest.approx(2 * stats.t.sf(row["estimate"] / row["se"], 50))


def test_adherence_within_by_hand(by_hand):
    row, time = by_hand["adherence_within", 12], np.log(13)
    assert row["estimate"] == pytest.approx(0.4 * 1.2 * time)
    assert row["se"] == pytest.approx(0.4 * np.sqrt(0.2**2 + time**2 * 0.15**2))
    assert row["df"] == 60


def test_load_between_by_hand(by_hand):
    row, time = by_hand["load_between", 6], np.log(7)
    assert row["estimate"] == pytest.approx((4 - 2) * (0.1 + 0.02 * time))


def test_mean_reduction_by_hand(by_hand):
    """6 less 1 - 0.5 t + 0.8 x 6 - 0.4 x 0.7 - 0.1 x 3 - t (0.7 + 0.02 x 3); the fewest df count."""
    row, time = by_hand["mean_reduction", 12], np.log(13)
    pain = 1 - 0.5 * time + 0.8 * 6 - 0.4 * 0.7 - 0.1 * 3 - time * (1.0 * 0.7 + 0.02 * 3)
    assert row["estimate"] == pytest.approx(6 - pain)
    assert row["df"] == 5


def test_each_says_what_it_means_and_that_it_is_no_effect(by_hand):
    assert len(by_hand) == 8
    assert all(
        "not an effect" in row["meaning"] and "positive is better" in row["meaning"]
        for row in by_hand.values()
    )


def test_no_week_beyond_the_last_rated_one(fit, study):
    weeks, _ = study
    told = trajectory_contrasts(fit, weeks.filter(pl.col("week") < 12), SETTINGS)
    assert told["week"].unique().to_list() == [6]


def test_too_few_patients_is_said_in_words(study):
    weeks, episodes = study
    few = fit_trajectory(weeks, episodes.head(29), SETTINGS)
    assert few.warnings[0].startswith("not fitted: fewer than 30 patients")
    assert few.overall["n"].item() == 0
    assert not few.terms.height
    assert trajectory_contrasts(few, weeks, SETTINGS).columns == [
        "contrast", "week", "estimate", "se", "df", "low", "high", "p", "meaning",
    ]  # fmt: skip


@pytest.mark.parametrize("change", [{"pain": None}, {"week": 1}])
def test_no_pain_or_one_week_only(study, change):
    weeks, episodes = study
    if "pain" in change:
        weeks = weeks.with_columns(pain=pl.lit(None, dtype=pl.Float64))
    else:
        weeks = weeks.filter(pl.col("week") <= 1)
    found = fit_trajectory(weeks, episodes, SETTINGS)
    assert found.warnings[0].startswith("not fitted")
    assert found.overall.columns == fit_trajectory(weeks.clear(), episodes.clear(), SETTINGS).overall.columns


def test_an_unfitted_model_has_the_columns_of_a_fitted_one(fit, study):
    weeks, episodes = study
    empty = fit_trajectory(weeks, episodes.clear(), SETTINGS)
    assert empty.overall.schema == fit.overall.schema
    assert empty.terms.schema == fit.terms.schema


def test_one_clinic_is_fitted_over_its_patients(study):
    weeks, episodes = network(2, Truth(clinics=1, patients=40))
    found = fit_trajectory(weeks, episodes, SETTINGS)
    assert found.formula.endswith("+ (1 + log_week | episode_id)")
    assert found.overall.select("patients", "clinics").row(0) == (40, 1)


def test_a_measure_that_is_hardly_known_is_left_out(study):
    weeks, episodes = study
    thin = weeks.with_columns(load=pl.when(pl.col("week") < 3).then("load"))
    found = fit_trajectory(thin, episodes, SETTINGS)
    assert found.warnings[0] == "load was left out: known in too few rated weeks"
    assert not found.terms.filter(pl.col("term").str.contains("load")).height
    told = trajectory_contrasts(found, thin, SETTINGS)["contrast"].unique()
    assert set(told) == {"adherence_between", "adherence_within", "mean_reduction"}


def test_the_spline_agrees_with_the_logarithm_on_the_effect(study):
    weeks, episodes = study
    found = fit_trajectory(weeks, episodes, SPLINE)
    assert {"week_line", "week_bend"} <= set(found.terms["term"])
    told = trajectory_contrasts(found, weeks, SPLINE)
    row = told.filter(pl.col("contrast") == "adherence_within", pl.col("week") == 6).row(0, named=True)
    assert row["low"] < SMALL.contrast(6) < row["high"]


def test_the_bend_is_straight_after_the_last_knot():
    line = pl.DataFrame({"week": [0, 1, 11, 12, 13]}).select(**time_terms(SPLINE))["week_bend"].to_numpy()
    assert line[0] == line[1] == 0
    assert line[4] - line[3] == pytest.approx(line[3] - line[2])


def test_the_same_input_gives_the_same_numbers(fit, study):
    again = fit_trajectory(*study, SETTINGS)
    assert again.terms.equals(fit.terms)
    assert again.overall.equals(fit.overall)
