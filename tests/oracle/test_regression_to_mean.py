"""Regression to the mean against published answers, and against chosen people who are measured again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.models.regression_to_mean import expected_regression

# Barnett et al. 2005 (IJE 34:215), equation 1, worked out in R: mean 60, sd 15, everybody at or below 40.
PUBLISHED = {0.5: 13.48601, 0.3: 18.88042, 0.7: 8.091607, 0.9: 2.697202}
OF_SEVERAL = {2: 8.540831, 3: 6.284458, 4: 4.97754}


@pytest.mark.parametrize(("reliability", "answer"), PUBLISHED.items())
def test_one_measurement(reliability, answer):
    found = expected_regression((60, 15), reliability, cutoff=40, above=False)
    assert found == pytest.approx(answer, rel=5e-7)


@pytest.mark.parametrize(("measurements", "answer"), OF_SEVERAL.items())
def test_chosen_by_the_mean_of_several(measurements, answer):
    found = expected_regression((60, 15), 0.5, cutoff=40, above=False, measurements=measurements)
    assert found == pytest.approx(answer, rel=5e-7)


@given(st.floats(0.05, 0.95), st.floats(-2, 2), st.floats(0.1, 20), st.integers(1, 5))
def test_above_and_below_mirror_each_other(reliability, away, sd, measurements):
    high = expected_regression((5, sd), reliability, cutoff=5 + away * sd, measurements=measurements)
    low = expected_regression(
        (5, sd), reliability, cutoff=5 - away * sd, above=False, measurements=measurements
    )
    assert high == pytest.approx(low)
    assert high > 0


def test_a_perfect_measurement_does_not_move_and_a_worthless_one_moves_all_the_way():
    assert expected_regression((6, 2), 1.0, cutoff=8) == 0
    rng = np.random.default_rng(8)
    noise = rng.normal(6, 2, 1_000_000)
    assert expected_regression((6, 2), 0.0, cutoff=8) == pytest.approx(noise[noise > 8].mean() - 6, abs=0.01)


@pytest.mark.parametrize(("reliability", "cutoff", "above", "measurements"), [
    (0.6, 7.0, True, 1), (0.8, 5.0, True, 1), (0.5, 4.0, False, 1), (0.4, 7.0, True, 3),
])  # fmt: skip
def test_people_measured_again(reliability, cutoff, above, measurements):
    rng = np.random.default_rng(5)
    size, (mean, sd) = 1_000_000, (6.0, 2.0)
    truth = rng.normal(mean, sd * np.sqrt(reliability), size)
    noise = sd * np.sqrt(1 - reliability)
    first = truth + rng.normal(0, noise / np.sqrt(measurements), size)
    again = truth + rng.normal(0, noise, size)
    chosen = first > cutoff if above else first < cutoff
    moved = (first - again)[chosen].mean() * (1 if above else -1)
    found = expected_regression(
        (mean, sd), reliability, cutoff=cutoff, above=above, measurements=measurements
    )
    assert found == pytest.approx(moved, abs=0.02)
