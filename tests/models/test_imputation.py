"""Draws of the missing weeks: as the model's own distribution has them, the same from run to run."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from recovery.stopping import SETTINGS, Stopping, network

from analytics.models.missing.draws import draw_effects, draw_variances, make_sampler
from analytics.models.missing.imputation import draw_imputations, fit_imputation
from analytics.models.mixed import Random, fit_mixed

LEVELS = (Random("clinic", slope="t"), Random("person", slope="t"))


@pytest.fixture(scope="module")
def small():
    """Four clinics of six patients of six weeks, some unrated; one patient never rated."""
    rng = np.random.default_rng(5)
    clinic, person = np.repeat(np.arange(4), 36), np.repeat(np.arange(24), 6)
    t = np.tile(np.arange(6.0), 24)
    own = rng.normal(size=(24, 2)) * (1.0, 0.2)
    wide = rng.normal(size=(4, 2)) * (0.7, 0.1)
    y = 5 - 0.3 * t + (own[person] + wide[clinic]) @ np.array([1, 0]) + rng.normal(0, 0.7, 144)
    y = y + t * (own[person, 1] + wide[clinic, 1])
    seen = (rng.random(144) > 0.25) & (person != 7)
    rows = pl.DataFrame(
        {"clinic": clinic, "person": person, "t": t, "y": pl.Series(np.where(seen, y, np.nan))}
    )
    return rows.with_columns(pl.col("y").fill_nan(None))


@pytest.fixture(scope="module")
def sampler(small):
    fit = fit_mixed(small, "y ~ t", random=LEVELS)
    return make_sampler(fit, small.filter(pl.col("y").is_null()))


def dense(sampler, small):
    """Mean and covariance of each person's effects (clinic's and own) given all rated rows at once."""
    engine = sampler.engine
    turn, scale = engine.basis.turn, engine.basis.y_scale
    outer, inner = (scale**2 * engine.point.sigma2 * turn @ d @ turn.T for d in engine.point.d)
    rated = small.drop_nulls("y")
    t, people, clinics = (rated[name].to_numpy() for name in ("t", "person", "clinic"))
    z = np.column_stack([np.ones(len(t)), t])
    v = (people[:, None] == people) * (z @ inner @ z.T) + (clinics[:, None] == clinics) * (z @ outer @ z.T)
    v = v + np.eye(len(t)) * scale**2 * engine.point.sigma2
    beta = engine.basis.back @ engine.point.estimate + engine.basis.offset
    left = rated["y"].to_numpy() - np.column_stack([np.ones(len(t)), t]) @ beta
    found = {}
    for person in range(24):
        across = (people == person)[:, None] * (z @ inner) + (clinics == person // 6)[:, None] * (z @ outer)
        mean = across.T @ np.linalg.solve(v, left)
        found[person] = mean, inner + outer - across.T @ np.linalg.solve(v, across)
    return found


@pytest.mark.parametrize("person", [0, 7, 23])
def test_effects_have_the_conditional_mean_and_variance(sampler, small, person):
    """Against the whole covariance of all rows; also of a person who was never rated."""
    engine, rng = sampler.engine, np.random.default_rng(3)
    known = (engine.point.estimate, engine.point.d, engine.point.sigma2)
    drawn = np.array([draw_effects(sampler, known, rng) for _ in range(4000)])
    order = pl.concat([engine.ids, small.filter(pl.col("y").is_null()).select("clinic", "person")])
    at = order.unique(maintain_order=True)["person"].to_list().index(person)
    own = engine.basis.y_scale * drawn[:, at] @ engine.basis.turn.T
    mean, covariance = dense(sampler, small)[person]
    assert own.mean(axis=0) == pytest.approx(mean, abs=5 * np.sqrt(covariance.diagonal().max() / 4000))
    assert np.cov(own.T) == pytest.approx(covariance, abs=0.12 * covariance.diagonal().max())


def test_variances_are_drawn_about_their_estimates_and_are_variances(sampler):
    engine, rng = sampler.engine, np.random.default_rng(3)
    drawn = [draw_variances(engine, rng) for _ in range(4000)]
    sigma2 = np.array([one[1] for one in drawn])
    assert (sigma2 > 0).all()
    error = np.sqrt(engine.inference.spread[-1, -1]) / engine.point.sigma2
    assert np.log(sigma2).std() == pytest.approx(error, rel=0.08)
    assert np.median(sigma2) == pytest.approx(engine.point.sigma2, rel=0.03)


def test_a_variance_of_zero_can_be_drawn_from(small):
    """No clinic differs: the fit is singular, and draws are finite all the same."""
    even = small.with_columns(y=pl.col("y") - pl.col("y").mean().over("clinic") + 5)
    fit = fit_mixed(even, "y ~ t", random=LEVELS)
    assert fit.overall["singular"].item()
    own = make_sampler(fit, even.filter(pl.col("y").is_null()))
    rng = np.random.default_rng(1)
    for _ in range(50):
        theta, _ = draw_variances(own.engine, rng)
        effects = draw_effects(own, (own.engine.point.estimate, own.engine.point.d, 1.0), rng)
        assert np.isfinite(theta).all()
        assert np.isfinite(effects).all()


@pytest.fixture(scope="module")
def made():
    weeks, episodes, _ = network(1, Stopping(clinics=5, patients=20))
    return weeks, episodes, fit_imputation(weeks, episodes, SETTINGS)


def test_a_draw_depends_on_seed_and_number_alone(made):
    weeks, episodes, model = made
    five, two = (list(draw_imputations(model, imputations=count, seed=9)) for count in (5, 2))
    assert all(a.tobytes() == b.tobytes() for a, b in zip(five, two, strict=False))
    again = fit_imputation(weeks.sample(fraction=1, shuffle=True, seed=1), episodes, SETTINGS)
    shuffled = next(draw_imputations(again, imputations=1, seed=9))
    assert shuffled == pytest.approx(five[0], abs=1e-6)
    other = next(draw_imputations(model, imputations=1, seed=10))
    assert not np.allclose(other, five[0])
    assert not np.allclose(five[1], five[0])


def test_every_missing_week_has_its_place_and_no_other_has(made):
    _, _, model = made
    missing = model.marked.filter("missing").sort("place")
    assert missing["place"].to_list() == list(range(missing.height))
    assert (
        model.marked.filter(~pl.col("missing"))["place"].null_count() == model.marked.height - missing.height
    )
    assert len(next(draw_imputations(model, imputations=1, seed=1))) == missing.height
    assert model.data.frame["place"].drop_nulls().sort().to_list() == list(range(missing.height))


def test_the_model_holds_every_term_of_the_trajectory(made):
    from analytics.models.trajectory import fit_trajectory

    weeks, episodes, model = made
    asked = fit_trajectory(weeks, episodes, SETTINGS)
    assert set(asked.terms["term"]) <= set(model.fit.terms["term"])
    assert "log_week:baseline_pain" in model.fit.terms["term"]


def test_too_few_patients_are_a_reason_and_no_crash():
    weeks, episodes, _ = network(1, Stopping(clinics=2, patients=5))
    model = fit_imputation(weeks, episodes, SETTINGS)
    assert model.fit is None
    assert "fewer than 30 patients" in model.reason
    assert list(draw_imputations(model, imputations=2, seed=1)) == []


def test_one_clinic_is_modelled_by_its_patients():
    weeks, episodes, _ = network(1, Stopping(clinics=1, patients=60))
    model = fit_imputation(weeks, episodes, SETTINGS)
    assert model.fit is not None
    assert np.isfinite(next(draw_imputations(model, imputations=1, seed=1))).all()


def test_work_known_in_few_rated_weeks_has_no_term_of_its_own():
    """A plan that ends when its patient stops: the model must not tell hundreds of weeks by ten."""
    weeks, episodes, _ = network(1, Stopping(clinics=5, patients=30))
    rated = pl.col("pain").is_not_null()
    ends = weeks.with_columns(adherence_capped=pl.when(rated).then("adherence_capped"))
    model = fit_imputation(ends, episodes, SETTINGS)
    assert model.fit is not None
    assert "adherence_unknown" not in model.fit.terms["term"]
    often = (pl.col("week") % 3 == 0) & rated
    told = weeks.with_columns(load=pl.when(~often).then("load"))
    model = fit_imputation(told, episodes, SETTINGS)
    assert model.fit is not None
    assert "load_unknown" in model.fit.terms["term"]


def test_who_was_discharged_or_is_not_there_yet_is_not_filled():
    weeks, episodes, _ = network(1, Stopping(clinics=5, patients=20))
    who = episodes["episode_id"][0]
    settings = SETTINGS.model_copy(update={"as_of": date(2026, 3, 1)})  # a Sunday: week 7 has just ended
    model = fit_imputation(weeks, episodes, settings)
    assert model.marked.filter("missing")["week"].max() == 7
    gone = episodes.with_columns(
        discharged_on=pl.when(pl.col("episode_id") == who).then(date(2026, 1, 20)).otherwise("discharged_on")
    )
    model = fit_imputation(weeks, gone, SETTINGS)
    own = model.marked.filter(episode_id=who)
    assert own.filter("missing", pl.col("week") > 1).height == 0
    assert own["whole"].to_list() == [True, True] + [False] * 11
