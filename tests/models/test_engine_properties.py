"""The engine against the model written out row by row (dense.py), and what must not change its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pytest
from models.dense import first_differences, make_dense, second_differences, variances_of

from analytics.models.components import likelihood_ratio
from analytics.models.diagnostics import leave_one_out
from analytics.models.effects import random_effects
from analytics.models.engine.search import look
from analytics.models.engine.theta import triangles
from analytics.models.inference import contrast_table, plain_covariance
from analytics.models.mixed import Random, fit_mixed

ONE = pl.col("y") * 0 + 1
X = [ONE, pl.col("x"), pl.col("week"), pl.col("x") * pl.col("week"), pl.col("girl")]
FORMULA = "y ~ x * week + girl"
CLINIC, PERSON = Random("clinic", slope="week"), Random("person", slope="week")


@cache
def rows(seed=1, clinics=(1.0, 0.4)):
    """5 clinics of 2 to 4 people, each with their own weeks of 6; people are numbered anew in each clinic."""
    rng = np.random.default_rng(seed)
    out = []
    for clinic in range(5):
        far = clinics * rng.normal(size=2)
        for person in range(4 - clinic % 3):
            own, x, girl = rng.normal(0, (1.2, 0.5)), rng.normal(), bool(rng.random() < 0.5)
            for week in np.flatnonzero(rng.random(6) < 0.75):
                y = 4 + 0.5 * x - 0.3 * week + 0.2 * girl + far @ (1, week) + own @ (1, week)
                y += rng.normal(0, 0.7)
                load, ratings = rng.normal(), int(rng.integers(1, 6))
                out.append((f"clinic {clinic}", person, float(week), x, girl, load, ratings, y))
    names = ("clinic", "person", "week", "x", "girl", "load", "ratings", "y")
    return pl.DataFrame(out, schema=names, orient="row")


@dataclass(frozen=True)
class Case:
    formula: str
    x: list[pl.Expr]
    random: tuple[Random, ...]
    weights: str | None = None
    method: str = "REML"
    alike: bool = False  # clinics do not differ

    @property
    def rows(self):
        return rows(seed=7, clinics=(0.0, 0.0)) if self.alike else rows()


CASES = {
    "both levels": Case(FORMULA, X, (CLINIC, PERSON)),
    "both levels ML": Case(FORMULA, X, (CLINIC, PERSON), method="ML"),
    "weights": Case(FORMULA, X, (CLINIC, PERSON), weights="ratings"),
    "weights ML": Case(FORMULA, X, (CLINIC, PERSON), weights="ratings", method="ML"),
    "uncorrelated": Case(
        FORMULA, X, (Random("clinic", slope="week", correlated=False), Random("person", slope="week", correlated=False))
    ),
    "one of them uncorrelated": Case(FORMULA, X, (Random("clinic", slope="week", correlated=False), PERSON)),
    "slopes of people only": Case(FORMULA, X, (Random("clinic"), PERSON), weights="ratings"),
    "slopes of clinics only": Case(FORMULA, X, (CLINIC, Random("person"))),
    "two slopes": Case("y ~ x + week + load", [*X[:3], pl.col("load")], (CLINIC, Random("person", slope="load"))),
    "intercepts": Case("y ~ 1", [ONE], (Random("clinic"), Random("person"))),
    "no intercept": Case("y ~ 0 + week + girl", [pl.col("week"), pl.col("girl")], (CLINIC, Random("person"))),
    "one level": Case(FORMULA, X, (Random("clinic", slope="week"),)),
    "one level ML": Case(FORMULA, X, (Random("clinic", slope="week"),), method="ML"),
    "alike": Case("y ~ x + week", X[:3], (Random("clinic"), Random("person")), alike=True),
    "alike, slopes": Case(FORMULA, X, (CLINIC, PERSON), alike=True),
    "alike, slopes ML": Case(FORMULA, X, (CLINIC, PERSON), alike=True, method="ML"),
    "one level, weights": Case("y ~ x + week", X[:3], (Random("clinic"),), weights="ratings"),
}  # fmt: skip
each_case = pytest.mark.parametrize("case", CASES)


@cache
def fitted(case):
    asked = CASES[case]
    return fit_mixed(asked.rows, asked.formula, random=asked.random, weights=asked.weights, method=asked.method)


@cache
def dense(case):
    asked = CASES[case]
    return make_dense(asked.rows, asked.x, asked.random, weights=asked.weights, reml=asked.method == "REML")


@cache
def variances(case):
    return variances_of(fitted(case), dense(case))


def at_edge(case):
    return fitted(case).overall["singular"].item()


def close(found, expected, *, rtol=1e-7, atol=0.0):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rtol, atol=atol)


@each_case
def test_criterion_estimates_and_their_covariance(case):
    fit, brute, at = fitted(case), dense(case), variances(case)
    assert fit.overall["converged"].item()
    close(fit.overall["criterion"].item(), brute.criterion(at), rtol=1e-10)
    close(fit.terms["estimate"], brute.estimate(at), rtol=1e-8)
    plain = brute.covariance(at)
    close(plain_covariance(fit), plain, rtol=1e-8, atol=1e-8 * np.abs(plain).max())


@each_case
def test_no_variances_nearby_or_far_do_better(case):
    """The slope of the dense criterion is zero; and it is higher wherever one tries."""
    brute, at, rng = dense(case), variances(case), np.random.default_rng(2)
    if not at_edge(case):
        assert np.abs(first_differences(brute.criterion, at)).max() < 1e-5
    lowest = brute.criterion(at)
    for size in np.repeat([0.01, 0.1, 0.5, 2.0], 10):
        trial = at + size * rng.normal(size=len(at)) * (np.abs(at) + 0.05)
        if np.linalg.eigvalsh(brute.v(trial))[0] > 1e-3 and is_covariance(brute, trial):
            assert brute.criterion(trial) > lowest - 1e-8


def is_covariance(brute, values):
    """Whether each level's matrix of these values is a covariance."""
    named = dict(zip(brute.names, values, strict=True))
    pairs = [name for name in named if name[2]]
    return all(value >= 0 for name, value in named.items() if not name[2]) and all(
        named[g, a, None] * named[g, b, None] >= named[g, a, b] ** 2 for g, a, b in pairs
    )


@each_case
def test_gradient_and_hessian_at_any_place(case):
    """Not only at the solution: at random theta, the search's exact derivatives against differences."""
    fit, brute = fitted(case), dense(case)
    engine, reml = fit.engine, CASES[case].method == "REML"
    levels, turn = engine.design.levels, engine.basis.turn
    free, called = len(brute.y) - brute.x.shape[1] * reml, ("intercept", *engine.design.slopes)

    def profiled(theta):
        """The dense criterion with the residual variance at its best."""
        ratios = dict.fromkeys(brute.names, 1.0)
        for level, root in zip(levels, triangles(levels, theta, len(turn)), strict=True):
            d = turn @ root @ root.T @ turn.T
            for a, b in level.entries:
                ratios[level.group, called[b], None if a == b else called[a]] = d[a, b]
        values = np.array(list(ratios.values()))
        left = brute.y - brute.x @ brute.estimate(values)
        sigma2 = left @ np.linalg.solve(brute.v(values), left) / free
        return brute.criterion(sigma2 * values)

    rng = np.random.default_rng(3)
    units = fit.overall["criterion"].item() - engine.point.criterion
    for _ in range(3):
        theta = rng.normal(size=len(engine.point.theta))
        found = look(engine.cells, levels, theta, reml=reml)
        close(found.criterion + units, profiled(theta), rtol=1e-10)
        close(found.gradient, first_differences(profiled, theta), rtol=1e-5, atol=1e-5)
        close(found.hessian, second_differences(profiled, theta), rtol=1e-4, atol=1e-4)


@each_case
def test_random_effects(case):
    fit, brute = fitted(case), dense(case)
    for level in CASES[case].random:
        estimate, se = brute.effects(variances(case), level.group)
        found = random_effects(fit, level.group)
        terms = list(dict.fromkeys(found["term"]))
        keys = found.columns[: found.columns.index("term")]
        assert found.filter(term="intercept").select(keys).rows() == brute.groups[level.group]
        for at, term in enumerate(terms):
            own = found.filter(term=term)
            close(own["estimate"], estimate[:, at], rtol=1e-6, atol=1e-7)
            close(own["se"], se[:, at], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].method == "REML"])
def test_kenward_roger(case):
    fit, brute = fitted(case), dense(case)
    adjusted, df = brute.kenward_roger(variances(case))
    close(fit.covariance, adjusted, rtol=1e-6, atol=1e-7 * np.abs(adjusted).max())
    close(fit.terms["se"], np.sqrt(np.diag(adjusted)), rtol=1e-7)
    close(fit.terms["df"], df, rtol=1e-6)


@each_case
def test_satterthwaite(case):
    fit, brute, names = fitted(case), dense(case), fitted(case).terms["term"]
    if at_edge(case):
        pytest.skip("at an edge their derivative by the variance is not the one by its root")
    found = contrast_table(fit, {name: {name: 1.0} for name in names}, method="satterthwaite")
    close(found["df"], brute.satterthwaite(variances(case)), rtol=1e-4)
    close(found["se"], np.sqrt(np.diag(brute.covariance(variances(case)))), rtol=1e-8)


@each_case
def test_fitted_and_residual_make_the_outcome(case):
    fit, brute, at = fitted(case), dense(case), variances(case)
    found = fit.rows.collect()
    close(found["fitted"] + found["residual"], found["y"], rtol=1e-12)
    expected = brute.x @ brute.estimate(at)
    for level in CASES[case].random:
        effects, terms = brute.effects(at, level.group)[0], [t for g, t in brute.z if g == level.group]
        expected += sum(
            brute.z[level.group, term] @ column for term, column in zip(terms, effects.T, strict=True)
        )
    close(found["fitted"], expected, rtol=1e-8)
    assert found.drop("fitted", "residual").equals(CASES[case].rows)


def test_edges_are_among_the_cases_and_insides_too():
    edges = [at_edge(case) for case in CASES]
    assert 3 <= sum(edges) <= 6
