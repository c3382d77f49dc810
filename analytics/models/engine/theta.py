"""Theta: variances written so that zero and a perfect correlation are points like any other.

theta holds the free entries of each level's lower triangular L, outermost level first; D = L L' is the
covariance of its random effects relative to the residual variance (Bates et al. 2015, J Stat Softw 67(1),
section 3). Everything is smooth there, and no bound is needed: L and -L are the same variance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from analytics.models.engine.design import Array, Level

# A diagonal entry of L below this is a variance of zero; the search sets such entries to exactly zero.
ZERO = 1e-7


def places(levels: tuple[Level, ...]) -> Iterator[tuple[Level, dict[tuple[int, int], int]]]:
    """Each level, and where in theta its entries stand."""
    at = 0
    for level in levels:
        yield level, dict(zip(level.entries, range(at, at + len(level.entries)), strict=True))
        at += len(level.entries)


def diagonal(levels: tuple[Level, ...]) -> NDArray[np.bool_]:
    """Which entries of theta are diagonal ones of L."""
    return np.array([a == b for level in levels for a, b in level.entries])


def triangles(levels: tuple[Level, ...], theta: Array, q: int) -> tuple[Array, ...]:
    """The lower triangular L of each level."""
    out = []
    for _, own in places(levels):
        root = np.zeros((q, q))
        for entry, place in own.items():
            root[entry] = theta[place]
        out.append(root)
    return tuple(out)


def chain(levels: tuple[Level, ...], roots: tuple[Array, ...], slope: Array) -> tuple[Array, Array]:
    """Derivative of D's free entries by theta, and what the slope adds to the second."""
    jacobian, second = np.zeros((len(slope), len(slope))), np.zeros((len(slope), len(slope)))
    for (_, own), root in zip(places(levels), roots, strict=True):
        for (a, b), r in own.items():
            for (c, d), s in own.items():
                jacobian[r, s] = (a == c) * root[b, d] + (b == c) * root[a, d]
                for (e, f), t in own.items():
                    if d == f:
                        second[s, t] += slope[r] * ((a == c) * (b == e) + (b == c) * (a == e))
    return jacobian, second


def upright(levels: tuple[Level, ...], theta: Array) -> Array:
    """L and L with a column turned are the same variance: the diagonal is told as not below zero."""
    out = theta.copy()
    for level, own in places(levels):
        for column in level.columns:
            if out[own[column, column]] < 0:
                turned = [place for (_, b), place in own.items() if b == column]
                out[turned] = -out[turned]
    return out


def is_singular(levels: tuple[Level, ...], theta: Array) -> bool:
    """Whether a variance is zero or a correlation perfect."""
    return bool((np.abs(theta[diagonal(levels)]) < ZERO).any())


def inside(levels: tuple[Level, ...], theta: Array) -> Array:
    """A place to search from: as theta, but off every boundary."""
    return np.where(diagonal(levels) & (np.abs(theta) < 1e-3), 0.1, theta)


def perfect_correlations(levels: tuple[Level, ...], theta: Array) -> Iterator[Array]:
    """Both ways of making each level's slope follow its intercept, as large as it is."""
    for _, own in places(levels):
        for (row, column), place in own.items():
            if row != column:
                for side in (1.0, -1.0):
                    out = theta.copy()
                    out[place] = side * np.hypot(theta[place], theta[own[row, row]])
                    out[own[row, row]] = 0.0
                    yield out
