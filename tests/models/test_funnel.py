"""Limits of chance: beside resamples, exact distributions, and what must hold of any pool of patients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from scipy import stats

from analytics.models import funnel
from analytics.models.funnel import (
    LEVELS,
    is_overdispersed,
    mean_limits,
    overdispersion,
    poisson_limits,
    widened,
    with_overdispersion,
)

POOLS = (
    st.lists(st.floats(-10, 10), min_size=5, max_size=60).map(np.array).filter(lambda pool: pool.std() > 0.01)
)


@pytest.mark.parametrize("size", [2, 10, 30, 150])
def test_limits_are_those_of_many_resamples(size):
    """What the bootstrap finds with 200,000 resamples, within four of its own standard errors."""
    rng = np.random.default_rng(2)
    pool = rng.gamma(1.5, 2.0, 300)
    means = np.zeros(200_000)
    for _ in range(size):
        means += pool[rng.integers(0, pool.size, means.size)] / size
    found = mean_limits(pool, [size])[0]
    for level, limit in zip(LEVELS, found, strict=True):
        error = np.sqrt(level * (1 - level) / means.size)
        assert abs((means < limit).mean() - level) < 4 * error


def test_of_a_normal_pool_limits_are_the_normals():
    pool = stats.norm.ppf((np.arange(20_000) + 0.5) / 20_000)
    for size in (10, 200, 2000):
        exact = stats.norm.ppf(LEVELS) * pool.std() / np.sqrt(size)
        assert mean_limits(pool, [size])[0] == pytest.approx(exact, rel=2e-3)


def test_of_an_exponential_pool_limits_are_gammas():
    pool = stats.expon.ppf((np.arange(20_000) + 0.5) / 20_000)
    for size in (10, 40):
        exact = stats.gamma.ppf(LEVELS, size) / size
        assert mean_limits(pool, [size])[0] == pytest.approx(exact, rel=4e-3)


@pytest.mark.parametrize("share", [0.1, 0.6, 0.9])
def test_of_noughts_and_ones_limits_lie_within_one_patient_of_the_binomials(share):
    pool = np.repeat([0.0, 1.0], [round(1000 * (1 - share)), round(1000 * share)])
    for size in (10, 30, 150):
        exact = stats.binom.ppf(LEVELS, size, share) / size
        assert np.abs(mean_limits(pool, [size])[0] - exact).max() <= 1 / size + 1e-9


def test_a_large_pool_is_thinned_without_a_difference():
    pool = np.random.default_rng(8).gamma(2.0, 1.5, 50_000)
    found = mean_limits(pool, [10, 100, 1000])
    few = mean_limits(np.quantile(pool, (np.arange(4000) + 0.5) / 4000), [10, 100, 1000])
    assert found == pytest.approx(few, rel=5e-3)


# three of ten are a thousand ways, one of which is the highest of all: the 99.9 % limit is a tie
TIED = np.array([0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 6.0, 1.25, 2.90625, 0.25])


def _ends(pool: np.ndarray, size: int) -> list[np.ndarray]:
    """The ends of each percentile: where chances add up to its level exactly, all between them is one."""
    near = ([level + side for level in LEVELS] for side in (-1e-6, 1e-6))
    return [mean_limits(pool, [size], levels)[0] for levels in near]


@effort(max_examples=60, deadline=None)
@given(POOLS, st.integers(2, 400), st.floats(0.1, 10), st.floats(-5, 5))
@example(TIED, 3, 1.0, 0.0)
def test_limits_move_and_stretch_with_the_pool(pool, size, scale, shift):
    low, high = _ends(pool, size)
    fine = 2 * funnel.REACH * pool.std() / np.sqrt(size) / funnel.PIECES
    moved = (mean_limits(scale * pool + shift, [size])[0] - shift) / scale
    turned = -mean_limits(-pool, [size])[0][[1, 0, 3, 2]]
    for found in (moved, turned):
        assert (found >= low - 4 * fine).all()
        assert (found <= high + 4 * fine).all()


@effort(max_examples=60, deadline=None)
@given(POOLS, st.integers(2, 400))
def test_limits_are_in_order_and_around_the_mean(pool, size):
    low, high, lowest, highest = mean_limits(pool, [size])[0]
    step = 2 * funnel.REACH * pool.std() / np.sqrt(size) / funnel.PIECES
    # each value is split between two points of the grid: half a step of sd at most, and 3.1 sd is 1 in 1,000
    fine = step * (1 + 3.1 * np.sqrt(size) / 2)
    assert pool.min() - fine <= lowest <= low <= high <= highest <= pool.max() + fine
    assert lowest <= pool.mean() + fine
    assert highest >= pool.mean() - fine


def test_skew_shows_in_the_limits():
    pool = stats.expon.ppf((np.arange(2000) + 0.5) / 2000)
    low, high, lowest, highest = mean_limits(pool, [10])[0] - pool.mean()
    assert high > 1.3 * -low
    assert highest > 1.6 * -lowest
    low, high = mean_limits(pool, [2000])[0][:2] - pool.mean()
    assert high == pytest.approx(-low, rel=0.05)


def test_patients_who_are_all_alike_have_no_limits():
    assert mean_limits(np.full(20, 2.0), [10]).tolist() == [[2.0] * 4]


def test_few_patients_widen_limits_as_t_does():
    assert widened(10)[1] == pytest.approx(stats.t.ppf(0.975, 10) / 1.959964, rel=1e-6)
    assert (np.diff([widened(df) for df in (20, 60, 1000)], axis=0) < 0).all()
    assert widened(10**7) == pytest.approx(np.ones(4), abs=1e-5)


def test_overdispersion_adds_variances():
    normal = stats.norm.ppf(LEVELS)
    assert with_overdispersion(0.3 * normal, 0.4) == pytest.approx(0.5 * normal)
    skewed = np.array([-0.5, 0.7, -0.8, 1.3])
    assert with_overdispersion(skewed, 0.0) == pytest.approx(skewed)


def test_phi_is_one_by_chance_and_tau_is_found_where_clinics_differ():
    rng = np.random.default_rng(4)
    errors = rng.uniform(0.1, 0.3, 4000)
    by_chance, none = overdispersion(rng.normal(0, 1, 4000), errors, tails="dropped")
    assert by_chance < 1
    assert none == 0
    apart = rng.normal(0, np.hypot(0.4, errors)) / errors
    phi, tau2 = overdispersion(apart, errors)
    assert phi > 3
    assert 0.27 < np.sqrt(tau2) < 0.4  # pulling in the tails takes about a quarter of it


def test_a_few_outliers_do_not_widen_the_limits():
    rng = np.random.default_rng(6)
    z, errors = rng.normal(size=60), np.full(60, 0.2)
    z[:3] = 9.0
    phi, _ = overdispersion(z, errors)
    assert (z**2).mean() > 4
    assert not is_overdispersed(phi, 60)


def test_overdispersion_is_not_judged_of_few_clinics():
    assert is_overdispersed(3.0, 10)
    assert not is_overdispersed(3.0, 9)


def test_without_true_differences_limits_are_hardly_ever_widened():
    rng = np.random.default_rng(7)
    for clinics in (10, 30, 200):
        errors = np.full(clinics, 0.2)
        phis = [overdispersion(rng.normal(size=clinics), errors)[0] for _ in range(400)]
        assert np.mean([is_overdispersed(phi, clinics) for phi in phis]) <= 0.03


@given(st.integers(1, 300))
def test_poisson_limits_hold_just_the_counts_that_are_no_surprise(expected):
    """Exact: were either limit the mean, so extreme a count as the expected one would be as rare as named."""
    low, high = poisson_limits(np.array([float(expected)]), (0.025, 0.975))[0] * expected
    assert stats.poisson.cdf(expected, high) == pytest.approx(0.025, rel=1e-6)
    assert stats.poisson.sf(expected - 1, low) == pytest.approx(0.025, rel=1e-6)
