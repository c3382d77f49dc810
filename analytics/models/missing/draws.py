"""Draws: values that a fitted mixed model could have given where none was seen.

A draw takes in turn the variances, the fixed effects given those, the effects of clinics and episodes given
both and every observed row, and a residual: all that is unknown varies, so that the imputation is proper
(Rubin 1987, chapter 4). All of it is batches of small matrices; no observed week is read again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.models.engine.design import Array, Index
from analytics.models.engine.search import look
from analytics.models.engine.solved import Engine
from analytics.models.engine.theta import diagonal
from analytics.models.formula import term_expression, term_name
from analytics.vocabulary.results import Fit

# Our choice: a root of a variance this many standard errors above 0 is drawn on the log scale, which keeps
# its right tail; nearer to 0 it is drawn as it is, and its sign does not matter: 0 is a point like any other.
CLEAR_OF_ZERO = 2.0


@dataclass(frozen=True, slots=True)
class Sampler:
    """What every draw needs. One unit is one episode, `clinic` its clinic; `x`, `z`: the rows to be drawn.

    `zz` (unit, q, q) and `zr` (unit, q, terms + 1): of the observed rows, in the basis' units, zero where an
    episode has none. `unit`: of each row that is drawn.
    """

    engine: Engine
    zz: Array
    zr: Array
    clinic: Index
    x: Array
    z: Array
    unit: Index


def make_sampler(fit: Fit, rows: pl.DataFrame) -> Sampler:
    """The sampler of these rows: the columns of the model, of which the outcome is not read."""
    engine: Engine = fit.engine
    design, groups = engine.design, list(engine.design.groups)
    ids = pl.concat([engine.ids, rows.select(groups)]).unique(maintain_order=True).with_row_index("unit")
    outer = ids[groups[0]].rank("dense").to_numpy() - 1 if len(groups) == 2 else np.zeros(ids.height)
    unit = rows.select(groups).join(ids, on=groups, how="left", maintain_order="left")["unit"]
    terms = {term_name(term): term_expression(term) for term in design.formula.terms}
    x = rows.select(terms.get(name, pl.lit(1.0)).alias(name) for name in engine.basis.names)
    z = rows.select(pl.lit(1.0).alias("1"), *(term_expression((name,)) for name in design.slopes))
    more = ids.height - engine.ids.height
    return Sampler(
        engine,
        zz=_padded(engine.units.zz, more),
        zr=_padded(engine.units.zr, more),
        clinic=outer.astype(np.intp),
        x=x.to_numpy() if rows.height else np.zeros((0, x.width)),
        z=z.to_numpy() if rows.height else np.zeros((0, z.width)),
        unit=unit.to_numpy().astype(np.intp),
    )


def _padded(sums: Array, more: int) -> Array:
    """The units first, and zeros for those that have no observed row."""
    return np.concatenate([np.moveaxis(sums, -1, 0), np.zeros((more, *sums.shape[:-1]))])


def draw_values(sampler: Sampler, rng: np.random.Generator) -> Array:
    """One value for each row to be drawn, in the outcome's units; neither cut nor rounded to the scale.

    A cut or rounded draw would be nearer to the middle of the scale than the values that it stands for, and
    means and slopes of completed data would be off (von Hippel 2013, Sociol Methods Res 42: 105).
    """
    engine = sampler.engine
    theta, sigma2 = draw_variances(engine, rng)
    point = look(engine.cells, engine.design.levels, theta, reml=engine.reml)
    root = np.linalg.cholesky(sigma2 * point.covariance)
    fixed = point.estimate + root @ rng.standard_normal(len(point.estimate))
    effects = draw_effects(sampler, (fixed, point.d, sigma2), rng) @ engine.basis.turn.T
    mean = sampler.x @ (engine.basis.back @ fixed + engine.basis.offset)
    noise = effects[sampler.unit] * sampler.z
    own = noise.sum(axis=1) + np.sqrt(sigma2) * rng.standard_normal(len(sampler.x))
    return mean + engine.basis.y_scale * own


def draw_variances(engine: Engine, rng: np.random.Generator) -> tuple[Array, float]:
    """Theta and the residual variance, from the normal approximation of their sampling distribution.

    By the observed information, on the lower triangles of the covariances: a draw is always a covariance.
    Diagonals clear of zero and the residual variance are drawn on the log scale (see CLEAR_OF_ZERO).
    """
    at = np.append(engine.point.theta, engine.point.sigma2)
    error = np.sqrt(engine.inference.spread.diagonal().clip(0))
    logged = np.append(diagonal(engine.design.levels), True) & (np.abs(at) > CLEAR_OF_ZERO * error)
    scale = np.where(logged, 1 / np.where(logged, at, 1.0), 1.0)
    sizes, ways = np.linalg.eigh(scale[:, None] * engine.inference.spread * scale)
    step = ways @ (np.sqrt(sizes.clip(0)) * rng.standard_normal(len(at)))
    drawn = np.where(logged, at * np.exp(np.where(logged, step, 0.0)), at + step)
    return drawn[:-1], float(drawn[-1])


def draw_effects(
    sampler: Sampler, known: tuple[Array, tuple[Array, ...], float], rng: np.random.Generator
) -> Array:
    """Clinic's and own effect of each unit together, given fixed effects, covariances and residual variance.

    (unit, q), in the basis' units. Clinics first, the episodes integrated out; then episodes given clinics.
    """
    fixed, d, sigma2 = known
    inner, q = d[-1], len(d[-1])
    left = sampler.zr @ np.append(-fixed, 1.0)
    gain = np.linalg.inv(np.eye(q) + sampler.zz @ inner)
    together = np.zeros((len(left), q))
    if len(d) == 2:
        told = _summed(gain @ sampler.zz, sampler.clinic)
        pull = _summed((gain @ left[..., None])[..., 0], sampler.clinic)
        spread = d[0] @ np.linalg.inv(np.eye(q) + told @ d[0])
        drawn = _drawn((spread @ pull[..., None])[..., 0], sigma2 * spread, rng)
        together = drawn[sampler.clinic]
        left = left - (sampler.zz @ together[..., None])[..., 0]
    spread = inner @ gain
    return together + _drawn((spread @ left[..., None])[..., 0], sigma2 * spread, rng)


def _summed(values: Array, clinic: Index) -> Array:
    flat = values.reshape(len(values), -1)
    sums = [np.bincount(clinic, column).astype(float) for column in flat.T]
    return np.stack(sums, axis=1).reshape(-1, *values.shape[1:])


def _drawn(mean: Array, covariance: Array, rng: np.random.Generator) -> Array:
    """Normal draws of one or two effects a group; a covariance may be zero."""
    first = np.sqrt(covariance[:, 0, 0].clip(0))
    normal = rng.standard_normal(mean.shape)
    if mean.shape[1] == 1:
        return mean + first[:, None] * normal
    across = np.divide(covariance[:, 1, 0], first, out=np.zeros_like(first), where=first > 0)
    second = np.sqrt((covariance[:, 1, 1] - across**2).clip(0))
    return mean + np.stack([first * normal[:, 0], across * normal[:, 0] + second * normal[:, 1]], axis=1)
