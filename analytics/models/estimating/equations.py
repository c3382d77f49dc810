"""Generalised estimating equations solved: coefficients, how alike a cluster's rows are, each cluster's part.

With an exchangeable working correlation and a canonical link (logit, identity) every sum over rows of a
cluster shrinks to p x p matrices, so that no matrix of a cluster's rows is ever made (Liang and Zeger 1986,
Biometrika 73: 13; the inverse of the correlation by Sherman and Morrison).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analytics.vocabulary.errors import InputError

Array = NDArray[np.floating]
Family = Literal["binomial", "gaussian"]

STEPS = 60  # a dozen suffice where a solution is
SETTLED = 1e-10  # of a coefficient per standard deviation of its column
ALIKE = 0.999  # nearer to 1 the correlation has no inverse
SEPARATED = 25.0  # a predicted log odds beyond this is a share of 0 or 1: the data have no finite answer


@dataclass(frozen=True, slots=True)
class Clusters:
    """Rows sorted by cluster: `x` (a column each term, measured in its own standard deviation), `y`.

    `starts`: where each cluster's rows begin; `sizes`: how many they are.
    """

    x: Array
    y: Array
    starts: NDArray[np.intp]
    sizes: Array
    family: Family

    def total(self, values: Array) -> Array:
        """The sum over each cluster's rows."""
        return np.add.reduceat(values, self.starts, axis=0)


@dataclass(frozen=True, slots=True)
class Solution:
    """`alpha`: correlation of two rows of a cluster; `phi`: mean square of the Pearson residuals.

    `parts`: each cluster's information D'V^-1 D, and `scores` its D'V^-1 (y - mu), both times phi.
    `found`: alpha before it was taken as 0 where below.
    """

    estimate: Array
    alpha: float
    found: float
    phi: float
    parts: Array
    scores: Array
    converged: bool


def solve(clusters: Clusters, *, exchangeable: bool) -> Solution:
    """Alternate steps of the coefficients and of alpha, from the answer for independent rows.

    Raises InputError where a fitted share runs to 0 or 1 (separation) or the terms cannot be told apart.
    """
    estimate, alpha, found = np.zeros(clusters.x.shape[1]), 0.0, 0.0
    independent, settled, left = True, False, STEPS  # independent rows first, as R does
    while left and not settled:
        if not independent and exchangeable:
            found = likeness(clusters, _working(clusters, estimate)[1])
            alpha = min(max(found, 0.0), ALIKE)
        change = _step(clusters, estimate, alpha)
        estimate, far, left = estimate + change, float(np.abs(change).max()), left - 1
        settled = far < SETTLED and not (independent and exchangeable)
        independent = independent and far > SETTLED
    parts, scores = _by_cluster(clusters, estimate, alpha)
    phi = float(np.mean(_working(clusters, estimate)[1] ** 2))
    return Solution(estimate, alpha, found, phi, parts, scores, settled)


def likeness(clusters: Clusters, residual: Array) -> float:
    """The mean product of two Pearson residuals of one cluster over their mean square, as geepack has it."""
    pairs = float((clusters.sizes * (clusters.sizes - 1)).sum())
    if not pairs:
        return 0.0
    square = residual**2
    products = clusters.total(residual) ** 2 - clusters.total(square)
    return float(products.sum() / pairs / square.mean())


def mean_of(family: Family, linear: Array) -> Array:
    """The expected outcome at a linear predictor."""
    return 1 / (1 + np.exp(-linear)) if family == "binomial" else linear


def _working(clusters: Clusters, estimate: Array) -> tuple[Array, Array, Array]:
    """Root of the variance function, Pearson residuals, and the weighted columns, at some coefficients."""
    linear = clusters.x @ estimate
    if clusters.family == "gaussian":
        return np.ones_like(linear), clusters.y - linear, clusters.x
    if np.abs(linear).max() > SEPARATED:
        raise InputError("Some terms tell the outcome without fail: no finite odds ratio exists for them.")
    mean = mean_of("binomial", linear)
    root = np.sqrt(mean * (1 - mean))
    return root, (clusters.y - mean) / root, clusters.x * root[:, None]


def _damping(sizes: Array, alpha: float) -> Array:
    return alpha / (1 + (sizes - 1) * alpha)


def _step(clusters: Clusters, estimate: Array, alpha: float) -> Array:
    _, residual, z = _working(clusters, estimate)
    damping, sums = _damping(clusters.sizes, alpha), clusters.total(z)
    information = z.T @ z - (sums * damping[:, None]).T @ sums
    score = z.T @ residual - sums.T @ (damping * clusters.total(residual))
    try:
        return np.linalg.solve(information, score)
    except np.linalg.LinAlgError:
        raise InputError("The terms of the model cannot be told apart in these rows.") from None


def _by_cluster(clusters: Clusters, estimate: Array, alpha: float) -> tuple[Array, Array]:
    _, residual, z = _working(clusters, estimate)
    damping, sums = _damping(clusters.sizes, alpha), clusters.total(z)
    size = z.shape[1]
    parts = np.empty((len(clusters.sizes), size, size))
    for a in range(size):  # a pair of columns at a time: all at once would hold rows x p x p numbers
        for b in range(a + 1):
            own = clusters.total(z[:, a] * z[:, b]) - damping * sums[:, a] * sums[:, b]
            parts[:, a, b] = parts[:, b, a] = own
    scores = clusters.total(z * residual[:, None]) - (damping * clusters.total(residual))[:, None] * sums
    return parts / (1 - alpha), scores / (1 - alpha)
