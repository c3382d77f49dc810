"""Shrinkage: what must hold of any set of units, beside simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from analytics.models.shrinkage import dersimonian_laird, rank_intervals, restricted_likelihood, shrunken

UNITS = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.05, 1.5)), min_size=4, max_size=25).map(
    lambda rows: tuple(np.array(rows).T)
)


@effort(max_examples=60, deadline=None)
@given(UNITS)
def test_units_are_drawn_towards_the_mean_and_never_past_it(units):
    differences, errors = units
    pooled = restricted_likelihood(differences, errors)
    middle, error = shrunken(differences, errors, pooled)
    away, left = differences - pooled.mean, middle - pooled.mean
    assert (away * left >= -1e-12).all()
    assert (np.abs(left) <= np.abs(away) + 1e-12).all()
    assert (error > 0).all()


@effort(max_examples=60, deadline=None)
@given(UNITS, st.floats(0.01, 100))
def test_the_unit_of_measurement_does_not_matter(units, scale):
    differences, errors = units
    for pool in (dersimonian_laird, restricted_likelihood):
        first, second = pool(differences, errors), pool(scale * differences, scale * errors)
        assert second.mean == pytest.approx(scale * first.mean, rel=1e-4, abs=1e-6 * scale)
        assert second.tau2 == pytest.approx(scale**2 * first.tau2, rel=1e-3, abs=1e-5 * scale**2)
        assert second.q == pytest.approx(first.q)


@effort(max_examples=40, deadline=None)
@given(UNITS)
def test_no_other_variance_is_more_likely(units):
    differences, errors = units
    found = restricted_likelihood(differences, errors).tau2

    def deviance(tau2):
        weights = 1 / (errors**2 + tau2)
        centre = (weights * differences).sum() / weights.sum()
        return np.log(weights.sum()) - np.log(weights).sum() + (weights * (differences - centre) ** 2).sum()

    others = np.concatenate([[0.0], np.geomspace(1e-4, 50, 300)])
    assert deviance(found) <= min(deviance(tau2) for tau2 in others) + 1e-6


def test_units_that_are_all_alike_have_no_variance_between_them():
    same, errors = np.full(8, 0.3), np.linspace(0.1, 0.4, 8)
    for pool in (dersimonian_laird, restricted_likelihood):
        assert pool(same, errors).tau2 == 0
        assert pool(same, errors).i2(8) == 0


@pytest.mark.parametrize("apart", [0.0, 0.3, 0.5])
def test_intervals_hold_the_truth_and_ranks(apart):
    """Clinics of 30 patients that truly differ: 95 % intervals of shrunken differences hold at least 93 %."""
    rng = np.random.default_rng(12)
    held, inside, off, raw = [], [], [], []
    for _ in range(120):
        errors = rng.uniform(0.25, 0.45, 20)
        truth = rng.normal(0, apart, 20)
        seen = truth + rng.normal(0, errors)
        middle, error = shrunken(seen, errors, restricted_likelihood(seen, errors))
        held.append(np.abs(middle - truth) <= 1.96 * error)
        off.append((middle - truth) ** 2)
        raw.append((seen - truth) ** 2)
        low, high = rank_intervals(middle, error, seed=1)
        place = 1 + np.argsort(np.argsort(-truth))
        inside.append((low <= place) & (place <= high))
    assert 0.93 <= np.mean(held) <= 0.999
    assert np.mean(off) < 0.75 * np.mean(raw)
    if apart:
        assert np.mean(inside) > 0.92


def test_ranks_of_clinics_that_are_all_alike_cannot_be_told():
    low, high = rank_intervals(np.zeros(8), np.full(8, 0.2), seed=3)
    assert (low == 1).all()
    assert (high == 8).all()


def test_ranks_of_clinics_far_apart_are_sure():
    low, high = rank_intervals(np.arange(8.0), np.full(8, 0.01), seed=3)
    assert low.tolist() == high.tolist() == list(range(8, 0, -1))


def test_the_same_seed_draws_the_same_ranks():
    units = np.random.default_rng(1).normal(size=30), np.full(30, 0.4)
    for first, second in zip(rank_intervals(*units, seed=9), rank_intervals(*units, seed=9), strict=True):
        assert first.tolist() == second.tolist()
