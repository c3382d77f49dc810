"""Shrinkage: how far clinics truly differ, and what is left of each clinic's difference once chance is off.

Differences and their standard errors go in, one of each clinic; nothing here knows what they are of.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]

LEAST = 4  # clinics: with three, Morris's estimate shrinks nothing
DRAWS = 4000  # of all clinics together, for intervals of ranks
CELLS = 2_000_000  # draws x clinics, so that many clinics fit into memory
INTERVAL = (0.025, 0.975)  # 95 %


@dataclass(frozen=True, slots=True)
class Pooled:
    """Units pooled: the mean, its standard error, the variance between units, and Cochran's Q."""

    mean: float
    error: float
    tau2: float
    q: float

    def i2(self, units: int) -> float:
        """The share of the spread, in percent, that is not chance (Higgins 2002)."""
        return max(0.0, 100 * (1 - (units - 1) / self.q)) if self.q > 0 else 0.0


def dersimonian_laird(differences: Array, errors: Array) -> Pooled:
    """Random-effects mean by moments (DerSimonian & Laird 1986, Controlled Clinical Trials 7:177)."""
    weights = errors**-2.0
    q = _q(differences, weights)
    room = weights.sum() - (weights**2).sum() / weights.sum()
    return _pooled(differences, errors, tau2=max(0.0, (q - (differences.size - 1)) / room))


def restricted_likelihood(differences: Array, errors: Array) -> Pooled:
    """Random-effects mean with the variance between units by REML; 0 is an answer.

    The criterion can have a second, lower top, so the best of a coarse grid is where the search begins.
    """
    variances = errors**2
    highest = 10 * float(np.var(differences) + variances.max())

    def deviance(tau2: float) -> float:
        weights = 1 / (variances + tau2)
        return float(np.log(weights.sum()) - np.log(weights).sum() + _q(differences, weights))

    grid = highest * np.linspace(0, 1, 201) ** 3
    best = int(np.argmin([deviance(tau2) for tau2 in grid]))
    around = (grid[max(best - 1, 0)], grid[min(best + 1, 200)])
    found = optimize.minimize_scalar(
        deviance, bounds=around, method="bounded", options={"xatol": 1e-10 * highest}
    )
    tau2 = float(found.x) if found.fun < deviance(0.0) else 0.0
    return _pooled(differences, errors, tau2=tau2)


def _q(differences: Array, weights: Array) -> float:
    centre = (weights * differences).sum() / weights.sum()
    return float((weights * (differences - centre) ** 2).sum())


def _pooled(differences: Array, errors: Array, *, tau2: float) -> Pooled:
    weights = 1 / (errors**2 + tau2)
    mean = float((weights * differences).sum() / weights.sum())
    return Pooled(mean, float(weights.sum() ** -0.5), tau2, _q(differences, errors**-2.0))


def shrunken(differences: Array, errors: Array, pooled: Pooled) -> tuple[Array, Array]:
    """Each unit's difference drawn towards the mean by its own chance part, and its standard error.

    Empirical Bayes as Morris 1983 (JASA 78:47) has it: (k - 3) / (k - 1) of the chance part, since the
    variance between units is itself an estimate (with equal errors, Efron & Morris 1975), and a standard
    error that grows with what was drawn in. Needs four units.
    """
    k, total = differences.size, errors**2 + pooled.tau2
    chance = (k - 3) / (k - 1) * errors**2 / total
    away = differences - pooled.mean
    guess = 2 / (k - 3) * chance**2 * away**2 * total.mean() / total
    return pooled.mean + (1 - chance) * away, np.sqrt(errors**2 * (1 - (k - 1) / k * chance) + guess)


def rank_intervals(estimates: Array, errors: Array, *, seed: int) -> tuple[Array, Array]:
    """The 95 % interval of each unit's rank, 1 the best (Goldstein & Spiegelhalter 1996, JRSS A 159:385).

    From draws of all units at once out of their estimates and errors; the rank itself is not to be used.
    """
    draws = max(400, min(DRAWS, CELLS // max(estimates.size, 1)))
    drawn = np.random.default_rng(seed).normal(estimates, errors, (draws, estimates.size))
    ranks = 1 + np.argsort(np.argsort(-drawn, axis=1), axis=1)
    low, high = (np.quantile(ranks, at, axis=0, method="nearest") for at in INTERVAL)
    return low, high
