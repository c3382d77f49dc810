"""Search: the variances of highest (restricted) likelihood, by Newton's method with exact derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.models.engine.compressed import Compressed
from analytics.models.engine.design import Array, Level
from analytics.models.engine.likelihood import Moments, moments
from analytics.models.engine.theta import chain, diagonal, perfect_correlations, triangles, upright

STEPS = 60  # our choice: a search takes about a dozen; more means that it does not end
# Converged: the norm of the criterion's gradient by theta; and no direction bends down by more than this.
FLAT, LEVEL = 1e-6, -1e-4
# No search beyond random effects so many times the residual's sd: there is no residual then.
FURTHEST = 1e4
# What a criterion's own rounding can hide, as a share of it.
NOISE = 4e-14


@dataclass(frozen=True, slots=True)
class Point:
    """The model at one theta, residual variance and fixed effects profiled out, in the basis' units.

    `criterion` = -2 log (restricted) likelihood; its `gradient` and `hessian` are by theta, `slope` and
    `bend` by the free entries of D. `estimate`, `covariance` (per residual variance): of the fixed effects.
    """

    theta: Array
    d: tuple[Array, ...]
    criterion: float
    sigma2: float
    free: int
    estimate: Array
    covariance: Array
    moments: Moments
    slope: Array
    bend: Array
    gradient: Array
    hessian: Array

    @property
    def norm(self) -> float:
        """Length of the gradient."""
        return float(np.linalg.norm(self.gradient))

    @property
    def curvature(self) -> float:
        """The least of the criterion's second derivatives, over all directions of theta."""
        return float(np.linalg.eigvalsh(self.hessian)[0])


def search(cells: Compressed, levels: tuple[Level, ...], *, reml: bool, start: Array | None = None) -> Point:
    """The lowest criterion; zeros are exact.

    Where an intercept hardly varies, only the length of its slope's row of L matters, and the search may
    creep round that circle: it then begins again from where the correlation is perfect.
    """
    plain = diagonal(levels).astype(float)
    point = _descend(
        cells, levels, look(cells, levels, plain if start is None else start, reml=reml), reml=reml
    )
    if point.norm >= FLAT:
        again = [look(cells, levels, theta, reml=reml) for theta in perfect_correlations(levels, point.theta)]
        ends = [point, *(_descend(cells, levels, one, reml=reml) for one in again)]
        point = min(ends, key=lambda end: (end.norm >= FLAT, end.criterion))
    return _exact_zeros(cells, levels, point, reml=reml)


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def look(cells: Compressed, levels: tuple[Level, ...], theta: Array, *, reml: bool) -> Point:
    """The model at one theta; its criterion is not finite where that cannot be told."""
    roots = triangles(levels, theta, len(cells.zz))
    d = tuple(root @ root.T for root in roots)
    found = moments(cells, levels, d)
    x = found.whole[:-1, :-1]
    covariance = np.linalg.inv(x)
    covariance = (covariance + covariance.T) / 2
    estimate = covariance @ found.whole[:-1, -1]
    ends = np.append(-estimate, 1.0)
    free = cells.rows - len(estimate) if reml else cells.rows
    rss = float(ends @ found.whole @ ends)
    log_det = found.log_det - cells.log_weights
    if reml:
        log_det += float(np.linalg.slogdet(x)[1])
    slope, bend = _derivatives(found, covariance, ends, free=free, reml=reml)
    jacobian, second = chain(levels, roots, slope)
    return Point(
        theta, d, free * (1 + np.log(2 * np.pi * rss / free)) + log_det, rss / free, free, estimate,
        covariance, found, slope, bend, jacobian.T @ slope, jacobian.T @ bend @ jacobian + second,
    )  # fmt: skip


def _derivatives(
    found: Moments, covariance: Array, ends: Array, *, free: int, reml: bool
) -> tuple[Array, Array]:
    """Of the profiled criterion by the free entries of D."""
    rss = float(ends @ found.whole @ ends)
    felt = found.first @ ends  # R'V^-1 G_r V^-1 (y - X b)
    square = felt @ ends
    curve = np.einsum("a,rsab,b->rs", ends, found.second, ends)
    pulled = felt[:, :-1] @ covariance @ felt[:, :-1].T
    slope = found.trace - free * square / rss
    bend = -found.traces + free * (2 * (curve - pulled) / rss - np.outer(square, square) / rss**2)
    if reml:
        moved = covariance @ found.first[:, :-1, :-1]
        slope = slope - np.einsum("raa->r", moved)
        bend = bend + 2 * np.einsum("ab,rsba->rs", covariance, found.second[:, :, :-1, :-1])
        bend = bend - np.einsum("rab,sba->rs", moved, moved)
    return slope, (bend + bend.T) / 2


def _descend(cells: Compressed, levels: tuple[Level, ...], point: Point, *, reml: bool) -> Point:
    """Newton's steps, downhill also where the criterion bends the wrong way, each held to a length."""
    reach = 2.0
    for _ in range(STEPS):
        if (point.norm < FLAT / 100 and point.curvature > LEVEL) or np.abs(point.theta).max() > FURTHEST:
            break
        step = _step(point, reach)
        new = look(cells, levels, point.theta + step, reml=reml)
        if _better(new, point):
            foretold = step @ point.gradient + step @ point.hessian @ step / 2
            close = (new.criterion - point.criterion) < 0.5 * foretold
            reach = max(reach, 2 * float(np.linalg.norm(step))) if close else reach
            stuck = new.norm >= point.norm and abs(new.criterion - point.criterion) < NOISE * abs(
                point.criterion
            )
            point = new
            if stuck:
                break
        else:
            reach = float(np.linalg.norm(step)) / 4
            if reach < 1e-12:
                break
    return point


def _better(new: Point, old: Point) -> bool:
    """Lower; or, where the criterion's rounding hides which is, flatter."""
    noise = NOISE * (abs(old.criterion) + 1)
    if not np.isfinite(new.criterion):
        return False
    return new.criterion < old.criterion - noise or (
        new.criterion < old.criterion + noise and new.norm < old.norm
    )


def _step(point: Point, reach: float) -> Array:
    """Newton's step with every curvature taken as upward; out of a saddle along what bends down."""
    bends, ways = np.linalg.eigh(point.hessian)
    floor = 1e-8 * np.abs(bends).max() + 1e-300
    along = -(ways.T @ point.gradient) / np.maximum(np.abs(bends), floor)
    along = np.clip(along, -FURTHEST, FURTHEST)
    if point.norm < FLAT and bends[0] < LEVEL:
        along[0] = 0.1
    step = ways @ along
    return step * min(1.0, reach / (np.linalg.norm(step) + 1e-300))


def _exact_zeros(cells: Compressed, levels: tuple[Level, ...], point: Point, *, reml: bool) -> Point:
    """Entries of L that the data cannot tell from zero are zero: neither criterion nor gradient tells."""
    on, tiny = diagonal(levels), np.abs(point.theta) < 1e-3
    for at in (*np.flatnonzero(tiny & on), *np.flatnonzero(tiny & ~on)):
        theta = point.theta.copy()
        theta[at] = 0.0
        trial = look(cells, levels, theta, reml=reml)
        if trial.criterion < point.criterion + NOISE * abs(point.criterion) and trial.norm < max(
            FLAT, 2 * point.norm
        ):
            point = trial
    return replace(point, theta=upright(levels, point.theta))
