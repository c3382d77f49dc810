"""Random effects: how far each group is predicted from the average (BLUP), and what fits each row."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.models.engine.design import Array
from analytics.models.engine.solved import Engine
from analytics.models.engine.woodbury import absorb, times
from analytics.models.formula import INTERCEPT, term_expression, term_name
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit


def random_effects(fit: Fit, group: str) -> pl.DataFrame:
    """One row is one group's predicted deviation from the average group, intercept or slope.

    In the outcome's units (per unit of the slope): best linear unbiased prediction at the estimated
    variances. `se`: root of its conditional variance, the fixed effects taken as known, as lme4 tells it;
    `covariance`: with the group's intercept. Columns: the group's own (outermost first), term, estimate,
    se, covariance.

    >>> an.random_effects(fit, "clinic_id")["clinic_id"].n_unique()
    8
    """
    engine = fit.engine
    groups = engine.design.groups if engine else ()
    if group not in groups:
        raise InputError(f"The model has no groups called '{group}'. It has: {', '.join(groups)}.")
    outer = len(groups) == 2 and group == groups[0]
    ids = engine.ids.select(groups[: 1 + groups.index(group)])
    ids = ids.unique(maintain_order=True) if outer else ids
    effect, variance = _turned(engine, *_predicted(engine)[0 if outer else 1])
    level = engine.design.levels[groups.index(group)]
    parts = [
        ids.with_columns(
            term=pl.lit(INTERCEPT if at == 0 else engine.design.slopes[at - 1]),
            estimate=pl.lit(effect[at]),
            se=pl.lit(np.sqrt(variance[at, at].clip(0))),
            covariance=pl.lit(variance[at, 0]) if at else pl.lit(None, dtype=pl.Float64),
        )
        for at in level.columns
    ]
    return pl.concat(parts).sort(ids.columns, maintain_order=True)


Predicted = tuple[tuple[Array, Array], tuple[Array, Array]]


def _predicted(engine: Engine) -> Predicted:
    """Effects and their conditional variances in the basis' units: of the outer groups, of the inner."""
    cells, point = engine.cells, engine.point
    d1 = point.d[-1]
    d2 = point.d[0] if len(point.d) == 2 else np.zeros_like(d1)
    state = absorb(cells, d1, d2)
    ends = np.append(-point.estimate, 1.0)
    left = np.einsum("qmc,m->qc", state.f2, ends)
    up = np.einsum("abc,bc->ac", state.h2, left)
    nested = times(state.h2, state.k2)
    of_unit, clinic = cells.pattern[cells.cell], cells.clinic[cells.cell]
    k, gain = state.k[..., of_unit], state.gain[..., clinic]
    own = np.einsum("qmu,m->qu", engine.units.zr, ends)
    pulled = np.einsum("abc,bc->ac", state.gain, left)[:, clinic]
    seen = np.einsum("abu,bu->au", state.h[..., of_unit], own) - np.einsum("abu,bu->au", k, pulled)
    within = k - times(times(k, gain), k)
    return (d2 @ up, _conditional(d2, nested)), (d1 @ seen, _conditional(d1, within))


def _conditional(d: Array, n: Array) -> Array:
    """Conditional variance D - D Z'V^-1 Z D, per residual variance."""
    return d[:, :, None] - np.einsum("ab,bcn,cd->adn", d, n, d, optimize=True)


def _turned(engine: Engine, effect: Array, variance: Array) -> tuple[Array, Array]:
    """In the data's units."""
    turn, unit = engine.basis.turn, engine.basis.y_scale
    scale = unit**2 * engine.point.sigma2
    return unit * turn @ effect, scale * np.einsum("ab,bcn,dc->adn", turn, variance, turn, optimize=True)


def fitted_rows(engine: Engine) -> pl.LazyFrame:
    """The complete rows with `fitted` (random effects included) and `residual`, once they are asked for."""
    schema = engine.data.collect_schema()
    whole = pl.Schema({**schema, "fitted": pl.Float64, "residual": pl.Float64})
    return pl.defer(lambda: _fit_rows(engine).collect(), schema=whole)


def _fit_rows(engine: Engine) -> pl.LazyFrame:
    """One join of the units' effects, then one expression."""
    design, basis = engine.design, engine.basis
    taken = engine.data.collect_schema().names()
    names = [f"{'_' * max(map(len, taken))}effect{at}" for at in range(len(design.slopes) + 1)]
    effects = {name: pl.lit(column) for name, column in zip(names, _together(engine), strict=True)}
    terms = {term_name(term): term_expression(term) for term in design.formula.terms}
    estimate = basis.back @ engine.point.estimate + basis.offset
    fixed = [float(b) * terms.get(name, pl.lit(1.0)) for name, b in zip(basis.names, estimate, strict=True)]
    z = [pl.lit(1.0), *(term_expression((name,)) for name in design.slopes)]
    random = [pl.col(name) * column for name, column in zip(names, z, strict=True)]
    fitted = pl.sum_horizontal(*fixed, *random)
    return (
        engine.data.filter(pl.all_horizontal(column.is_not_null() for column in design.columns()))
        .join(engine.ids.with_columns(**effects).lazy(), on=list(design.groups), maintain_order="left")
        .with_columns(fitted=fitted, residual=term_expression((design.formula.outcome,)) - fitted)
        .drop(names)
    )


def _together(engine: Engine) -> Array:
    """Each unit's effects with its clinic's, in the data's units."""
    (outer, _), (inner, _) = _predicted(engine)
    whole = inner + outer[:, engine.cells.clinic[engine.cells.cell]]
    return engine.basis.y_scale * engine.basis.turn @ whole
