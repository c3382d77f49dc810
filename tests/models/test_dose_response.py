"""The curves against a planted truth and by hand; their grid, their support, and when there are none."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from recovery.simulated import SETTINGS, Truth, network

from analytics.models.dose_response import bend_tests, dose_curve, dose_surface, fit_dose_response
from analytics.models.predictors import case_mix_terms
from analytics.models.splines import spline_knots, spline_terms
from analytics.models.trajectory import fit_trajectory

TRUTH = Truth(clinics=8, patients=75, effect=1.0)
SMALL = Truth(clinics=3, patients=20)
AT_12 = np.log1p(12)


def saturating(kept):
    """Points of pain reduction at week 12 by mean adherence: nothing is gained above 80 %."""
    return 10 * (1.6 * kept - kept**2)


def planted(seed, truth, curve=None):
    """A network in which pain also falls by `curve` of a patient's own mean adherence."""
    weeks, episodes = network(seed, truth)
    if curve is None:
        return weeks, episodes
    own = pl.col("adherence_capped").filter(pl.col("week") < 12).mean().over("episode_id")
    kept = weeks.select(own).to_series().to_numpy()
    fall = curve(kept) * np.log1p(weeks["week"].to_numpy()) / AT_12
    return weeks.with_columns(pl.col("pain") - pl.Series(fall)), episodes


@pytest.fixture(scope="module")
def bent():
    return fit_dose_response(*planted(3, TRUTH, saturating), SETTINGS)


@pytest.fixture(scope="module")
def rows(bent):
    return bent.rows.collect()


@pytest.fixture(scope="module")
def people(rows):
    """One row is one patient, as told."""
    means = rows.group_by("patient_id").agg(pl.col("adherence_mean", "load_mean").mean())
    return means.select("patient_id", adherence="adherence_mean", load=100 * pl.col("load_mean"))


@pytest.fixture(scope="module")
def curve(bent):
    return dose_curve(bent, SETTINGS)


@pytest.fixture(scope="module")
def surface(bent):
    return dose_surface(bent, SETTINGS)


@pytest.fixture(scope="module")
def estimates(bent):
    return dict(bent.terms.select("term", "estimate").iter_rows())


def test_terms_are_the_trajectorys_and_the_bends(bent):
    straight = fit_trajectory(*planted(3, TRUTH, saturating), SETTINGS)
    bends = {f"{measure}_mean_bend{at}" for measure in ("adherence", "load") for at in (1, 2)}
    more = set(bent.terms["term"]) - set(straight.terms["term"])
    assert more == bends | {f"log_week:{bend}" for bend in bends}
    assert set(straight.terms["term"]) < set(bent.terms["term"])
    assert bent.overall["n"].item() == straight.overall["n"].item()
    assert set(case_mix_terms()) & set(bent.terms["term"])


def test_knots_are_the_centiles_of_patients(bent, people):
    knots = [bent.scaling[f"adherence knot {at}"] for at in (1, 2, 3, 4)]
    assert knots == pytest.approx(spline_knots(people["adherence"]))
    assert knots == pytest.approx(np.quantile(people["adherence"], [0.05, 0.35, 0.65, 0.95]))


def test_a_planted_curve_is_found(bent, curve):
    """What was planted: the curve, and one point for always against never by the network itself."""
    found = curve.filter(pl.col("measure") == "adherence")
    middle = bent.rows.collect().group_by("patient_id").agg(pl.col("adherence_mean").mean())
    median = middle["adherence_mean"].median()
    at = found["at"].to_numpy()
    truth = saturating(at) - saturating(median) + TRUTH.effect * (at - median)
    inside = (found["low"].to_numpy() <= truth) & (truth <= found["high"].to_numpy())
    assert inside.mean() > 0.9
    np.testing.assert_allclose(found["estimate"], truth, atol=0.35)
    assert bend_tests(bent).filter(measure="adherence")["p"].item() < 1e-6


def test_a_flat_load_stays_flat(bent, curve):
    found = curve.filter(pl.col("measure") == "load")
    assert (found["low"] < 0.05).all()
    assert (found["high"] > -0.05).all()
    assert bend_tests(bent).filter(measure="load")["p"].item() > 0.05


def test_a_planted_line_is_not_called_curved():
    """Of ten networks with a straight truth, more than two p-values below 5 % come up once in 90 times."""
    found = [
        bend_tests(fit_dose_response(*planted(seed, Truth(clinics=6, patients=40)), SETTINGS)).select("p")
        for seed in range(20, 30)
    ]
    p = np.array([one.to_series().to_numpy() for one in found])
    assert ((p < 0.05).sum(axis=0) <= 2).all()


def test_a_point_of_the_curve_by_hand(bent, curve, people, estimates):
    """Basis at the point less basis at the median, times terms and terms with time; less pain is better."""
    row = curve.filter(measure="load").row(4, named=True)
    knots = [bent.scaling[f"load knot {at}"] for at in (1, 2, 3, 4)]
    where = pl.DataFrame({"load_mean": [row["at"] / 100, people["load"].median() / 100]})
    basis = where.select(**spline_terms("load_mean", knots))
    difference = dict(zip(basis.columns, np.subtract(*basis.to_numpy()), strict=True))
    weights = difference | {f"log_week:{name}": AT_12 * value for name, value in difference.items()}
    assert row["estimate"] == pytest.approx(-sum(weights[name] * estimates[name] for name in weights))
    vector = np.array([weights.get(term, 0.0) for term in bent.terms["term"]])
    se = np.sqrt(vector @ np.array(bent.covariance) @ vector)
    # hundreds of degrees of freedom: t and z agree to a hundredth
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * se, rel=0.01)


def test_the_grid_is_between_the_centiles_and_no_further(curve, people):
    for measure in ("adherence", "load"):
        own = curve.filter(measure=measure)
        assert own.height == 21
        assert own["at"].is_sorted()
        ends = np.quantile(people[measure], [0.05, 0.95])
        assert (own["at"][0], own["at"][-1]) == pytest.approx(tuple(ends))
    assert curve["week"].unique().to_list() == [12]


def test_support_counts_each_patient_at_the_nearest_point(curve, people):
    own = curve.filter(measure="adherence")
    at, step = own["at"].to_numpy(), own["at"][1] - own["at"][0]
    away = np.abs(people["adherence"].to_numpy()[:, None] - at)
    near = (away <= step / 2 + 1e-12).sum(axis=0)
    assert np.abs(near - own["patients"].to_numpy()).max() <= 1  # a patient half-way belongs to one side
    assert own["patients"].sum() == (away.min(axis=1) <= step / 2 + 1e-12).sum()
    assert own["patients"].sum() <= people.height


def test_the_surface_is_the_sum_of_the_curves(surface):
    """The model has no interaction: a step of load is worth the same at every adherence."""
    table = surface.pivot("load", index="adherence", values="estimate").drop("adherence").to_numpy()
    steps = np.diff(table, axis=1)
    shared = steps[:, np.isfinite(steps).sum(axis=0) > 1]
    assert shared.shape[1] >= 3
    assert (np.nanmax(shared, axis=0) - np.nanmin(shared, axis=0)).max() < 1e-9


def test_at_one_load_the_surface_steps_as_the_curve_does(surface, curve):
    """Seven points of adherence against 21 of the same ends: every one of the seven is nearly met."""
    own = curve.filter(measure="adherence")
    told = surface.drop_nulls("estimate")
    most = told.group_by("load").len().sort("len", "load")["load"][-1]
    along = told.filter(pl.col("load") == most)
    read_off = np.interp(along["adherence"], own["at"], own["estimate"])
    apart = along["estimate"].to_numpy() - read_off
    assert np.ptp(apart) < 0.01


def test_the_surface_is_told_where_enough_patients_are(surface, people):
    assert surface.height == 7 * 7
    assert surface.columns == ["adherence", "load", "estimate", "low", "high", "patients"]
    few = SETTINGS.disclosure.min_patients
    told = pl.col("estimate").is_not_null()
    assert surface.filter(told)["patients"].min() >= few
    assert surface.filter(~told)["patients"].max() < few
    assert surface.filter(told)["patients"].sum() > 300
    assert surface["patients"].sum() <= people.height


def test_the_median_patient_is_where_the_curve_is_zero(curve, people):
    own = curve.filter(measure="adherence")
    median = people["adherence"].median()
    assert np.interp(median, own["at"], own["estimate"]) == pytest.approx(0, abs=0.01)
    nearest = own.row((own["at"] - median).abs().arg_min(), named=True)
    assert nearest["high"] - nearest["low"] < 0.2


def test_last_rated_week_when_the_horizon_is_not_reached():
    weeks, episodes = planted(1, SMALL)
    early = weeks.with_columns(pain=pl.when(pl.col("week") < 9).then("pain"))
    found = dose_curve(fit_dose_response(early, episodes, SETTINGS), SETTINGS)
    assert found["week"].unique().to_list() == [8]


def test_patients_who_hardly_differ_get_a_line():
    """Most keep all of their plan: three of the four knots are the same."""
    weeks, episodes = planted(1, SMALL)
    kept = (
        pl.when(pl.col("patient_id").str.slice(-1).is_in(["1", "2"])).then("adherence_capped").otherwise(1.0)
    )
    fit = fit_dose_response(weeks.with_columns(adherence_capped=kept), episodes, SETTINGS)
    assert fit.warnings[0].startswith("adherence is a straight line here")
    terms = set(fit.terms["term"])
    assert "adherence_mean" in terms
    assert not any("adherence_mean_bend" in term for term in terms)
    assert bend_tests(fit)["measure"].to_list() == ["load"]
    own = dose_curve(fit, SETTINGS).filter(measure="adherence")
    steps = np.diff(own["estimate"])
    np.testing.assert_allclose(steps, steps[0], rtol=1e-6)


def test_everybody_keeps_everything():
    weeks, episodes = planted(1, SMALL)
    fit = fit_dose_response(weeks.with_columns(adherence_capped=pl.lit(1.0)), episodes, SETTINGS)
    assert fit.overall["converged"].item()
    assert set(dose_curve(fit, SETTINGS)["measure"]) == {"load"}
    assert not dose_surface(fit, SETTINGS).height


@pytest.mark.parametrize("change", ["patients", "pain", "load"])
def test_what_cannot_be_fitted_has_the_same_columns(change, curve, surface, bent):
    weeks, episodes = planted(1, SMALL)
    if change == "patients":
        episodes = episodes.head(29)
    elif change == "pain":
        weeks = weeks.with_columns(pain=pl.lit(None, dtype=pl.Float64))
    else:
        weeks = weeks.with_columns(load=pl.lit(None, dtype=pl.Float64))
    fit = fit_dose_response(weeks, episodes, SETTINGS)
    found = dose_curve(fit, SETTINGS)
    assert (found.schema, dose_surface(fit, SETTINGS).schema) == (curve.schema, surface.schema)
    assert (fit.terms.schema, fit.overall.schema) == (bent.terms.schema, bent.overall.schema)
    assert bend_tests(fit).schema == bend_tests(bent).schema
    if change == "load":
        assert set(found["measure"]) == {"adherence"}
    else:
        assert fit.warnings[0].startswith("not fitted")
        assert not found.height
    assert not dose_surface(fit, SETTINGS).height


def test_an_empty_study():
    weeks, episodes = planted(1, SMALL)
    fit = fit_dose_response(weeks.clear(), episodes.clear(), SETTINGS)
    assert fit.warnings[0].startswith("not fitted")
    assert not dose_curve(fit, SETTINGS).height


def test_the_order_of_rows_does_not_matter(bent, curve):
    weeks, episodes = planted(3, TRUTH, saturating)
    shuffled = (
        weeks.sample(fraction=1, shuffle=True, seed=2),
        episodes.sample(fraction=1, shuffle=True, seed=3),
    )
    again = fit_dose_response(*shuffled, SETTINGS)
    np.testing.assert_allclose(again.terms["estimate"], bent.terms["estimate"], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(dose_curve(again, SETTINGS)["low"], curve["low"], rtol=1e-6, atol=1e-9)
