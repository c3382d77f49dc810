"""The REML criterion of nested random effects, exactly, from small sums over each group.

y = X b + Z (u + v) + e: u ~ N(0, s2 L1 L1') for each inner group, v ~ N(0, s2 L2 L2') for each outer group,
e ~ N(0, s2). `theta` holds the lower triangles of L1 and L2, inner first, as in lme4: a variance of zero is
a point like any other (Bates et al. 2015, J Stat Softw 67(1), section 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Array = NDArray[np.floating]

# A gradient of the criterion (-2 log likelihood per unit of theta) below this moves it by less than 1e-5.
FLAT = 0.01
# No search beyond random effects a thousand times the residual: there the sums lose half of their digits.
LIMIT = 1000.0


@dataclass(frozen=True, slots=True)
class Sums:
    """What the criterion needs of the rows: Z'Z and Z'[X r] of each inner group, [X r]'[X r] of all.

    r = y - X `shift`, what ordinary least squares leaves over: sums of squares of y itself would cost digits.
    `starts`: for each level (inner first) where its groups begin among the units of the level below.
    """

    zz: Array
    zxr: Array
    xrxr: Array
    shift: Array
    starts: tuple[NDArray[np.intp], ...]
    rows: int


@dataclass(frozen=True, slots=True)
class Solution:
    """Generalised least squares at one theta: criterion (-2 REML log likelihood), b, its covariance, s2."""

    criterion: float
    estimate: Array
    covariance: Array
    sigma2: float


def sum_up(x: Array, y: Array, z: Array, *, starts: tuple[NDArray[np.intp], ...]) -> Sums:
    """The sums of rows that are sorted by group."""
    shift = np.linalg.lstsq(x, y, rcond=None)[0]
    xr = np.column_stack([x, y - x @ shift])
    zz = np.add.reduceat(z[:, :, None] * z[:, None, :], starts[0], axis=0)
    zxr = np.add.reduceat(z[:, :, None] * xr[:, None, :], starts[0], axis=0)
    return Sums(zz, zxr, xr.T @ xr, shift, starts, len(y))


def factors(theta: Array, width: int) -> list[Array]:
    """The lower triangular L of each level, inner first."""
    size = width * (width + 1) // 2
    found = []
    for at in range(0, len(theta), size):
        factor = np.zeros((width, width))
        factor[np.tril_indices(width)] = theta[at : at + size]
        found.append(factor)
    return found


def solve(sums: Sums, theta: Array) -> Solution:
    """Profiled REML at theta, and the fixed effects that belong to it."""
    rest, logdet = sums.xrxr, 0.0
    for level in _absorb(sums, theta, sums.zxr):
        rest = rest - np.tensordot(level.zr, level.gain @ level.zr, axes=((0, 1), (0, 1)))
        logdet += level.logdet
    root = np.linalg.cholesky(rest)  # of [X r]' V^-1 [X r]; its last row ends in the residual's length
    inverse = np.linalg.inv(root[:-1, :-1])
    free = sums.rows - len(inverse)
    sigma2 = float(root[-1, -1] ** 2) / free
    logdet += 2 * float(np.log(np.diag(root)[:-1]).sum())
    criterion = free * (1 + np.log(2 * np.pi * sigma2)) + logdet
    estimate = sums.shift + inverse.T @ root[-1, :-1]
    return Solution(float(criterion), estimate, sigma2 * inverse.T @ inverse, sigma2)


def predict_effects(sums: Sums, theta: Array, estimate: Array) -> Array:
    """Best linear unbiased predictions: one row is one inner group's u plus its outer group's v."""
    residual = sums.zxr @ np.append(sums.shift - estimate, 1.0)[:, None]
    levels = list(_absorb(sums, theta, residual))
    effect = np.zeros_like(levels[-1].zr)
    for level, starts in zip(reversed(levels), (*reversed(sums.starts[1:]), None), strict=True):
        effect = effect + level.gain @ (level.zr - level.zz @ effect)
        if starts is not None:
            effect = np.repeat(effect, np.diff(np.append(starts, len(sums.zz))), axis=0)
    return effect[:, :, 0]


@dataclass(frozen=True, slots=True)
class _Level:
    """One level's Z'V^-1 Z and Z'V^-1 R, gain D K^-1 and log |K|, with D = L L' and K = I + Z'V^-1 Z D."""

    zz: Array
    zr: Array
    gain: Array
    logdet: float


def _absorb(sums: Sums, theta: Array, zr: Array) -> Iterator[_Level]:
    """Take each level's random effects into V in turn, inner first, by Woodbury's identity."""
    zz = sums.zz
    for number, factor in enumerate(factors(theta, zz.shape[1])):
        if number:
            zz, zr = (np.add.reduceat(part, sums.starts[number], axis=0) for part in (zz, zr))
        variance = factor @ factor.T
        kernel = np.eye(len(factor)) + zz @ variance
        shrink = np.linalg.inv(kernel)
        yield _Level(zz, zr, variance @ shrink, float(np.linalg.slogdet(kernel)[1].sum()))
        zz, zr = shrink @ zz, shrink @ zr


def maximise(sums: Sums, starts: list[Array]) -> tuple[Array, bool]:
    """The theta of the lowest criterion from all starts, and whether it is flat there. Zeros are exact.

    No bound at zero is needed: L and -L are the same variance.
    """
    tries = [
        minimize(
            lambda theta: solve(sums, theta).criterion,
            start,
            jac="3-point",
            method="L-BFGS-B",
            bounds=[(-LIMIT, LIMIT)] * len(start),
            options={"ftol": 1e-15, "gtol": 1e-5, "maxiter": 500},
        )
        for start in starts
    ]
    theta = _drop_zeros(sums, min(tries, key=lambda found: found.fun).x)
    return theta, bool(np.abs(_gradient(sums, theta)).max() < FLAT)


def _drop_zeros(sums: Sums, theta: Array) -> Array:
    """Set to exactly zero what the data cannot tell from zero: the criterion rises by less than 1e-7."""
    lowest = solve(sums, theta).criterion
    rows, columns = np.tril_indices(sums.zz.shape[1])
    for at in np.flatnonzero(np.tile(rows == columns, len(sums.starts))):
        trial = theta.copy()
        trial[at] = 0.0
        if solve(sums, trial).criterion < lowest + 1e-7:
            theta = trial
    return theta


def _gradient(sums: Sums, theta: Array, *, step: float = 1e-5) -> Array:
    """By central differences."""
    moves = np.eye(len(theta)) * step
    return np.array(
        [(solve(sums, theta + m).criterion - solve(sums, theta - m).criterion) / (2 * step) for m in moves]
    )
