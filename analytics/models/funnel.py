"""Funnel: between which limits chance alone keeps a clinic's mean, and when clinics differ more than that.

Spiegelhalter 2005, Statistics in Medicine 24:1185. Alert at 95 %, alarm at 99.8 % (NHS PROMs).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Array = NDArray[np.float64]

# Lower and upper 95 %, lower and upper 99.8 %: what is outside is expected of 5 % and of 0.2 % of clinics.
LEVELS = (0.025, 0.975, 0.001, 0.999)
OUTSIDE = {"95": 0.05, "998": 0.002}
TAIL = 0.10  # of the clinics at either end, before overdispersion is judged (Spiegelhalter 2005, section 6)
LEAST_CLINICS = 10  # with fewer, a tenth at either end is not one clinic
PIECES, REACH = 2**13, 10.0  # of the grid; standard deviations of a mean on either side
POOL = 2**12  # cells in which a large pool is kept


def mean_limits(pool: Array, sizes: Sequence[int], levels: Sequence[float] = LEVELS) -> Array:
    """Percentiles of the mean of n values drawn from the pool: one row a size, one column a level.

    The bootstrap of Neuburger 2011 (BMJ Quality & Safety 20:1020), asymmetric where outcomes are skewed,
    taken to infinitely many resamples: the distribution of a sum is found by Fourier's transform, so there
    is no seed and no noise in the tails. Values are split between the two nearest points of a grid.
    """
    centre, sd = float(pool.mean()), float(pool.std())
    if sd == 0:
        return np.full((len(sizes), len(levels)), centre)
    values, weights = _thinned(pool - centre)
    found = {size: _of_sum(values / sd, weights, size, levels) for size in sorted(set(sizes))}
    return centre + np.array([sd * found[size] / size for size in sizes]).reshape(len(sizes), len(levels))


def _thinned(values: Array) -> tuple[Array, Array]:
    """Values and their weights; many values as points of a fine grid that keeps their mean."""
    if values.size <= POOL:
        return values, np.full(values.size, 1 / values.size)
    low, step = values.min(), np.ptp(values) / (POOL - 1)
    return low + step * np.arange(POOL), _spread((values - low) / step, np.ones(values.size), POOL)


def _spread(places: Array, weights: Array, cells: int) -> Array:
    """The weights on the points of a circle of cells, each between the two nearest; they sum to 1."""
    whole = np.floor(places)
    part = weights * (places - whole)
    at = whole.astype(np.int64) % cells
    found = np.bincount(at, weights - part, cells) + np.bincount((at + 1) % cells, part, cells)
    return found / found.sum()


def _of_sum(values: Array, weights: Array, size: int, levels: Sequence[float]) -> Array:
    """Percentiles of the sum of so many values of mean 0 and sd 1."""
    step = 2 * REACH * np.sqrt(size) / PIECES
    chances = np.fft.irfft(np.fft.rfft(_spread(values / step, weights, PIECES)) ** size, PIECES)
    chances = np.fft.fftshift(chances.clip(0))
    below = np.cumsum(chances) - chances / 2
    return np.interp(levels, below / chances.sum(), step * (np.arange(PIECES) - PIECES // 2))


def widened(df: int, levels: Sequence[float] = LEVELS) -> Array:
    """By how much limits grow since the spread of patients is an estimate: t beside the normal."""
    return stats.t.ppf(levels, df) / stats.norm.ppf(levels)


def with_overdispersion(limits: Array, tau: float, levels: Sequence[float] = LEVELS) -> Array:
    """Limits around 0 that also allow clinics to differ by a standard deviation of tau."""
    return np.sign(limits) * np.hypot(limits, tau * stats.norm.ppf(levels))


def overdispersion(
    z: Array, errors: Array, *, tails: Literal["winsorised", "dropped"] = "winsorised"
) -> tuple[float, float]:
    """phi, the mean square of the z scores (1 by chance alone), and tau squared, in units of errors squared.

    A tenth at either end is pulled in to the percentile (or dropped, as in SHMI), so that a few clinics that
    do stand out do not widen the limits that would show them; tau squared is DerSimonian and Laird's.
    """
    if tails == "winsorised":
        kept, weights = np.clip(z, *np.quantile(z, (TAIL, 1 - TAIL))), 1 / errors**2
    else:
        cut = int(TAIL * z.size)
        order = np.argsort(z, kind="stable")[cut : z.size - cut]
        kept, weights = z[order], 1 / errors[order] ** 2
    phi = float(np.mean(kept**2))
    excess = kept.size * phi - (kept.size - 1)
    room = weights.sum() - (weights**2).sum() / weights.sum()
    return phi, max(0.0, float(excess / room))


def is_overdispersed(phi: float, clinics: int) -> bool:
    """Clinics differ by more than chance: their winsorised z scores exceed what 1 in 20 networks has.

    Else a tau that is noise would widen the limits, and fewer clinics than named would be outside by chance.
    """
    return clinics >= LEAST_CLINICS and phi * clinics > float(stats.chi2.ppf(0.95, clinics - 1))


def poisson_limits(expected: Array, levels: Sequence[float] = LEVELS) -> Array:
    """Exact limits of a count over its expectation, 1 being as expected: one row an expected count.

    The percentiles of counts by their relation to chi-square, as in FunnelPlotR.
    """
    lower = [stats.chi2.ppf(level, 2 * expected) for level in levels if level < 1 / 2]
    upper = [stats.chi2.ppf(level, 2 * (expected + 1)) for level in levels if level > 1 / 2]
    found = dict(zip([*sorted(levels, key=lambda at: at > 1 / 2)], [*lower, *upper], strict=True))
    return np.column_stack([found[level] / (2 * expected) for level in levels])
