"""Theta: variances written so that zero and a perfect correlation are points like any other.

theta holds the free entries of each level's lower triangular L, outermost level first; D = L L' is the
covariance of its random effects relative to the residual variance (Bates et al. 2015, J Stat Softw 67(1),
section 3). Everything is smooth there, and no bound is needed: L and -L are the same variance.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analytics.models.engine.design import Array, Level

# A diagonal entry of L below this is a variance of zero; the search sets such entries to exactly zero.
ZERO = 1e-7


def triangles(levels: tuple[Level, ...], theta: Array, q: int) -> tuple[Array, ...]:
    """The lower triangular L of each level."""
    out, at = [], 0
    for level in levels:
        root = np.zeros((q, q))
        for entry in level.entries:
            root[entry] = theta[at]
            at += 1
        out.append(root)
    return tuple(out)


def chain(levels: tuple[Level, ...], roots: tuple[Array, ...], slope: Array) -> tuple[Array, Array]:
    """Derivative of D's free entries by theta, and what the slope adds to the second."""
    size = len(slope)
    jacobian, second, base = np.zeros((size, size)), np.zeros((size, size)), 0
    for level, root in zip(levels, roots, strict=True):
        for r, (a, b) in enumerate(level.entries):
            weight = slope[base + r]
            for s, (c, d) in enumerate(level.entries):
                jacobian[base + r, base + s] = (a == c) * root[b, d] + (b == c) * root[a, d]
                for t, (e, f) in enumerate(level.entries):
                    if d == f:
                        second[base + s, base + t] += weight * ((a == c) * (b == e) + (b == c) * (a == e))
        base += len(level.entries)
    return jacobian, second


def upright(levels: tuple[Level, ...], theta: Array) -> Array:
    """L and L with a column turned are the same variance: the diagonal is told as not below zero."""
    out, at = theta.copy(), 0
    for level in levels:
        own = dict(zip(level.entries, range(at, at + len(level.entries)), strict=True))
        for column in level.columns:
            if out[own[column, column]] < 0:
                for (_, b), place in own.items():
                    out[place] = -out[place] if b == column else out[place]
        at += len(level.entries)
    return out


def is_singular(levels: tuple[Level, ...], theta: Array) -> bool:
    """Whether a variance is zero or a correlation perfect."""
    diagonal = [a == b for level in levels for a, b in level.entries]
    return bool((np.abs(theta[np.array(diagonal)]) < ZERO).any())


def inside(levels: tuple[Level, ...], theta: Array) -> Array:
    """A place to search from: as theta, but off every boundary."""
    diagonal = np.array([a == b for level in levels for a, b in level.entries])
    return np.where(diagonal & (np.abs(theta) < 1e-3), 0.1, theta)


def perfect_correlations(levels: tuple[Level, ...], theta: Array) -> Iterator[Array]:
    """Both ways of making each level's slope follow its intercept, as large as it is."""
    at = 0
    for level in levels:
        own = dict(zip(level.entries, range(at, at + len(level.entries)), strict=True))
        for (row, column), place in own.items():
            if row != column:
                for side in (1.0, -1.0):
                    out = theta.copy()
                    out[place] = side * np.hypot(theta[place], theta[own[row, row]])
                    out[own[row, row]] = 0.0
                    yield out
        at += len(level.entries)
