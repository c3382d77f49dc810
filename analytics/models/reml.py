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

Array = NDArray[np.float64]

# A gradient of the criterion (-2 log likelihood per unit of theta) below this moves it by less than 1e-5.
FLAT = 0.01


@dataclass(frozen=True, slots=True)
class Sums:
    """What the criterion needs of the rows: Z'Z and Z'[X y] of each inner group, [X y]'[X y] of all.

    `starts`: for each level (inner first) where its groups begin among the units of the level below.
    """

    zz: Array
    zxy: Array
    xyxy: Array
    starts: tuple[NDArray[np.intp], ...]
    rows: int

    @property
    def theta_length(self) -> int:
        """Numbers in `theta`: one lower triangle for each level."""
        width = self.zz.shape[1]
        return len(self.starts) * width * (width + 1) // 2


@dataclass(frozen=True, slots=True)
class Solution:
    """Generalised least squares at one theta: criterion (-2 REML log likelihood), b, its covariance, s2."""

    criterion: float
    estimate: Array
    covariance: Array
    sigma2: float


def sum_up(x: Array, y: Array, z: Array, *, starts: tuple[NDArray[np.intp], ...]) -> Sums:
    """The sums of rows that are sorted by group."""
    xy = np.column_stack([x, y])
    zz = np.add.reduceat(z[:, :, None] * z[:, None, :], starts[0], axis=0)
    zxy = np.add.reduceat(z[:, :, None] * xy[:, None, :], starts[0], axis=0)
    return Sums(zz, zxy, xy.T @ xy, starts, len(y))


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
    rest, logdet = sums.xyxy, 0.0
    for level in _absorb(sums, theta, sums.zxy):
        rest = rest - np.tensordot(level.zr, level.gain @ level.zr, axes=((0, 1), (0, 1)))
        logdet += level.logdet
    root = np.linalg.cholesky(rest)  # of [X y]' V^-1 [X y]; the last row ends in the residual's length
    inverse = np.linalg.inv(root[:-1, :-1])
    free = sums.rows - len(inverse)
    sigma2 = float(root[-1, -1] ** 2) / free
    logdet += 2 * float(np.log(np.diag(root)[:-1]).sum())
    criterion = free * (1 + np.log(2 * np.pi * sigma2)) + logdet
    return Solution(float(criterion), inverse.T @ root[-1, :-1], sigma2 * inverse.T @ inverse, sigma2)


def predict_effects(sums: Sums, theta: Array, estimate: Array) -> Array:
    """Best linear unbiased predictions: one row is one inner group's u plus its outer group's v."""
    residual = sums.zxy @ np.append(-estimate, 1.0)[:, None]
    levels = list(_absorb(sums, theta, residual))
    effect = np.zeros_like(levels[-1].zr)
    for level, starts in zip(reversed(levels), (*reversed(sums.starts[1:]), None), strict=True):
        effect = effect + level.gain @ (level.zr - level.zz @ effect)
        if starts is not None:
            effect = np.repeat(effect, np.diff(np.append(starts, len(sums.zz))), axis=0)
    return effect[:, :, 0]


@dataclass(frozen=True, slots=True)
class _Level:
    """One level's Z'V^-1 Z and Z'V^-1 R, gain L K^-1 L' and log |K|, with K = I + L'Z'V^-1 Z L."""

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
        kernel = np.eye(len(factor)) + factor.T @ zz @ factor
        gain = factor @ np.linalg.solve(kernel, np.broadcast_to(factor.T, kernel.shape))
        yield _Level(zz, zr, gain, float(np.linalg.slogdet(kernel)[1].sum()))
        zz, zr = zz - zz @ gain @ zz, zr - zz @ gain @ zr


def maximise(sums: Sums, starts: list[Array]) -> tuple[Array, bool]:
    """The theta of the lowest criterion from all starts, and whether it is flat there. Zeros are exact."""
    diagonal = _diagonal(sums)
    bounds = [(0.0 if free else None, None) for free in diagonal]
    tries = [
        minimize(
            lambda theta: solve(sums, theta).criterion,
            start,
            jac="3-point",
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-14, "gtol": 1e-6, "maxiter": 500},
        )
        for start in starts
    ]
    theta = _drop_zeros(sums, min(tries, key=lambda found: found.fun).x)
    return theta, bool(np.abs(_gradient(sums, theta)).max() < FLAT)


def _diagonal(sums: Sums) -> NDArray[np.bool_]:
    width = sums.zz.shape[1]
    rows, columns = np.tril_indices(width)
    return np.tile(rows == columns, len(sums.starts))


def _drop_zeros(sums: Sums, theta: Array) -> Array:
    """Set to exactly zero what the data cannot tell from zero: the criterion rises by less than 1e-7."""
    lowest = solve(sums, theta).criterion
    for at in np.flatnonzero(_diagonal(sums)):
        trial = theta.copy()
        trial[at] = 0.0
        if solve(sums, trial).criterion < lowest + 1e-7:
            theta = trial
    return theta


def _gradient(sums: Sums, theta: Array, *, step: float = 1e-5) -> Array:
    """Central differences; the criterion is even in a diagonal entry, so it is flat at a zero of its own."""
    moves = np.eye(len(theta)) * step
    return np.array(
        [(solve(sums, theta + m).criterion - solve(sums, theta - m).criterion) / (2 * step) for m in moves]
    )
