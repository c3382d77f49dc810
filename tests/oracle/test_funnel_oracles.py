"""Funnel, meta-analysis and shrinkage beside published numbers and what R's packages give."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from analytics.models.funnel import mean_limits, overdispersion, poisson_limits
from analytics.models.shrinkage import dersimonian_laird, restricted_likelihood, shrunken

# The 13 trials of BCG against tuberculosis (Colditz 1994, JAMA 271:698; R package metadat, dat.bcg):
# with and without tuberculosis among the vaccinated, then among the others.
BCG = np.array(
    [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
        (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
        (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197), (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)  # fmt: skip
# FunnelPlotR's own tests (nhs-r-community/FunnelPlotR): six units.
SEEN = np.array([100.0, 150, 180, 80, 120, 225])
EXPECTED = np.array([108.0, 112, 165, 95, 100, 220])
# Hits in the first 45 at-bats of 18 players of 1970 (Efron & Morris 1975, JASA 70:311, table 1).
HITS = np.array([18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7])


@pytest.fixture
def log_risks():
    """Log relative risk of each trial, and its standard error."""
    ill, well, ill_other, well_other = BCG.T
    ratio = np.log(ill / (ill + well)) - np.log(ill_other / (ill_other + well_other))
    return ratio, np.sqrt(1 / ill - 1 / (ill + well) + 1 / ill_other - 1 / (ill_other + well_other))


def test_dersimonian_and_lairds_variance(log_risks):
    """metafor, rma(method="DL")."""
    found = dersimonian_laird(*log_risks)
    assert found.q == pytest.approx(152.2330081, rel=1e-9)
    assert found.tau2 == pytest.approx(0.3087602629, rel=1e-9)
    assert (found.mean, found.error) == pytest.approx((-0.7141172, 0.1787421), abs=5e-8)
    assert found.i2(13) == pytest.approx(92.1173, abs=5e-5)


def test_restricted_likelihoods_variance(log_risks):
    """metafor, rma(method="REML"); Stata's meta gives the same."""
    found = restricted_likelihood(*log_risks)
    assert found.tau2 == pytest.approx(0.3132433, abs=5e-8)
    assert (found.mean, found.error) == pytest.approx((-0.7145323, 0.1797815), abs=5e-8)


def test_the_fixed_mean_is_that_of_no_variance(log_risks):
    """metafor, rma(method="EE"): the mean where trials do not differ."""
    ratio, error = log_risks
    weights = error**-2
    assert (weights * ratio).sum() / weights.sum() == pytest.approx(-0.4302852, abs=5e-8)
    alike = dersimonian_laird((weights * ratio).sum() / weights.sum() + 1e-6 * ratio, error)
    assert alike.tau2 == 0
    assert alike.mean == pytest.approx(-0.4302852, abs=1e-5)


def test_overdispersion_by_the_care_quality_commission():
    """FunnelPlotR, sr_method "CQC": square roots of ratios, a tenth at either end pulled in."""
    error = 1 / (2 * np.sqrt(EXPECTED))
    phi, tau2 = overdispersion((np.sqrt(SEEN / EXPECTED) - 1) / error, error)
    assert phi == pytest.approx(2.3271782576, rel=1e-9)
    assert tau2 == pytest.approx(0.003439780154, rel=1e-9)


def test_overdispersion_by_the_mortality_indicator():
    """FunnelPlotR, sr_method "SHMI": logs of ratios, the tails dropped."""
    error = 1 / np.sqrt(EXPECTED)
    phi, tau2 = overdispersion(np.log(SEEN / EXPECTED) / error, error, tails="dropped")
    assert phi == pytest.approx(2.948033, abs=5e-7)
    assert tau2 == pytest.approx(0.01947753058, rel=1e-9)


def test_exact_poisson_limits():
    """FunnelPlotR's limits without overdispersion."""
    found = poisson_limits(np.array([15.0, 20, 30]))
    reference = [
        [0.5596924, 1.649348, 0.3862650, 2.082907],
        [0.6108260, 1.544419, 0.4479107, 1.902094],
        [0.6746958, 1.427562, 0.5289724, 1.702771],
    ]
    assert found == pytest.approx(np.array(reference), abs=1e-6)


def test_limits_of_roots_of_ratios_are_squared():
    """FunnelPlotR draws 1 +- z s for CQC, half of the right width; squared they are near the exact ones."""
    exact = poisson_limits(np.array([100.0]), (0.025, 0.975))[0]
    root = 1 + np.array([-1.96, 1.96]) / (2 * np.sqrt(100))
    assert exact == pytest.approx([0.8136, 1.2163], abs=5e-5)
    assert np.abs(root**2 - exact).max() < 0.012
    assert np.abs(root - exact).min() > 0.08


def test_limits_of_rare_events_are_poissons():
    """The same machinery that limits clinics' means, on a pool where one patient in 1,000 has the event."""
    pool = np.append(np.zeros(999), 1.0)
    found = mean_limits(pool, [20_000], (0.025, 0.975))[0] * 20_000
    assert np.abs(found - stats.poisson.ppf((0.025, 0.975), 20)).max() <= 1


def test_baseball():
    """Efron & Morris 1977 (Scientific American 236:119): the factor is .212, Clemente's .400 becomes .294."""
    average = HITS / 45
    error = np.full(18, np.sqrt(average.mean() * (1 - average.mean()) / 45))
    pooled = restricted_likelihood(average, error)
    middle, _ = shrunken(average, error, pooled)
    assert pooled.mean == pytest.approx(0.265, abs=0.0005)
    assert (middle[0] - pooled.mean) / (average[0] - pooled.mean) == pytest.approx(0.212, abs=0.0005)
    assert middle[0] == pytest.approx(0.294, abs=0.0005)
