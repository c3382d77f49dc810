"""The trajectory's columns, its contrasts against a hand calculation, and when it cannot be fitted."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS, Truth, network
from scipy import stats

from analytics.models.inference import plain_covariance
from analytics.models.predictors import case_mix_terms, time_terms
from analytics.models.trajectory import fit_trajectory, trajectory_contrasts

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


@pytest.fixture(scope="module")
def rows(fit):
    return fit.rows.collect()


def test_terms_are_the_fixed_vocabulary(fit):
    work = [f"{measure}_{part}" for measure in ("adherence", "load") for part in ("mean", "lag")]
    expected = {"intercept", *time_terms(SETTINGS), *work, *(f"log_week:{name}" for name in work)}
    assert expected <= set(fit.terms["term"])
    assert set(fit.terms["term"]) - expected <= set(case_mix_terms())


def test_last_weeks_work_is_set_beside_this_weeks_pain(rows, study):
    weeks, _ = study
    row = rows.row(10, named=True)
    before = weeks.filter(pl.col("episode_id") == row["episode_id"], pl.col("week") == row["week"] - 1)
    assert row["adherence"] == before["adherence_capped"].item()
    assert row["load"] == pytest.approx(before["load"].item() / 100)
    assert row["log_week"] == pytest.approx(np.log1p(row["week"]))


def test_between_and_within_add_up_and_do_not_overlap(rows):
    whole = rows["adherence_mean"] + rows["adherence_lag"]
    np.testing.assert_allclose(whole, rows["adherence"], atol=1e-12)
    within = rows.group_by("episode_id").agg(pl.col("adherence_lag").mean())["adherence_lag"]
    assert within.abs().max() < 1e-12


def test_every_week_from_one_to_the_horizon_is_in_or_counted(fit, rows):
    row = fit.overall.row(0, named=True)
    assert row["n"] + row["dropped"] == 60 * 12
    assert (row["patients"], row["clinics"]) == (60, 3)
    assert (rows.height, rows["week"].min()) == (row["n"], 1)


def test_a_patient_with_two_episodes_is_one_patient(study):
    weeks, episodes = (
        frame.with_columns(pl.col("patient_id").replace("patient0001", "patient0000")) for frame in study
    )
    row = fit_trajectory(weeks, episodes, SETTINGS).overall.row(0, named=True)
    assert row["patients"] == 59


@pytest.fixture(scope="module")
def terms(fit):
    return dict(fit.terms.select("term", "estimate").iter_rows())


@pytest.fixture(scope="module")
def told(fit, study):
    table = trajectory_contrasts(fit, study[0], SETTINGS)
    return {(row["contrast"], row["week"]): row for row in table.iter_rows(named=True)}


def spread(fit, weights):
    """Root of a weighted sum's variance, with every covariance of its terms."""
    vector = np.array([weights.get(term, 0.0) for term in fit.terms["term"]])
    return np.sqrt(vector @ np.array(fit.covariance) @ vector)


@pytest.mark.parametrize("week", [6, 12])
@pytest.mark.parametrize(("contrast", "column"), [("between", "adherence_mean"), ("within", "adherence_lag")])
def test_adherence_by_hand(told, fit, terms, contrast, column, week):
    """0.4 x (its term + log(1 + w) x its term with time), turned round; the interval is a t interval."""
    row, time = told[f"adherence_{contrast}", week], np.log1p(week)
    product = f"log_week:{column}"
    assert row["estimate"] == pytest.approx(-0.4 * (terms[column] + time * terms[product]))
    assert row["se"] == pytest.approx(spread(fit, {column: 0.4, product: 0.4 * time}))
    reach = stats.t.ppf(0.975, row["df"]) * row["se"]
    assert (row["low"], row["high"]) == pytest.approx((row["estimate"] - reach, row["estimate"] + reach))
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(row["estimate"]) / row["se"], row["df"]))


def test_load_between_by_hand(told, rows, terms):
    """From the lower to the upper quartile of patients, each patient once."""
    loads = rows.group_by("patient_id").agg(pl.col("load_mean").mean())["load_mean"].to_numpy()
    gap, time = np.subtract(*np.quantile(loads, [0.75, 0.25])), np.log(7)
    per_unit = terms["load_mean"] + time * terms["log_week:load_mean"]
    assert told["load_between", 6]["estimate"] == pytest.approx(-gap * per_unit)


def test_mean_reduction_by_hand(told, fit, rows, terms):
    """The average patient's baseline, less what the model expects of that patient in the week."""
    numbers = sorted({"baseline_pain", *terms} & set(rows.columns))
    average = (
        rows.group_by("patient_id").agg(pl.col(numbers).mean()).select(numbers).mean().row(0, named=True)
    )
    time = np.log(13)
    own = {name: value for name, value in average.items() if not name.endswith("_lag")} | {"log_week": time}
    weights = {"intercept": 1.0} | own
    weights |= {f"log_week:{name}": time * own[name] for name in ("adherence_mean", "load_mean")}
    pain = sum(weight * terms[name] for name, weight in weights.items())
    row = told["mean_reduction", 12]
    assert row["estimate"] == pytest.approx(average["baseline_pain"] - pain)
    assert row["se"] == pytest.approx(spread(fit, weights))
    assert row["p"] == pytest.approx(2 * stats.t.sf(row["estimate"] / row["se"], row["df"]))


def test_degrees_of_freedom_are_kenward_rogers(told, fit):
    """Few clinics tell the average course, many weeks what goes with a week's work; z would know no df."""
    assert fit.overall["df_method"].item().startswith("Kenward-Roger")
    assert 1 < told["mean_reduction", 12]["df"] < 10
    assert told["adherence_within", 12]["df"] > 50
    adjusted, plain = (np.diag(np.array(found)) for found in (fit.covariance, plain_covariance(fit)))
    assert (adjusted > 0.999 * plain).all()


def test_each_says_what_it_means_and_that_it_is_no_effect(told):
    assert len(told) == 8
    assert all(
        "not an effect" in row["meaning"] and "positive is better" in row["meaning"] for row in told.values()
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
