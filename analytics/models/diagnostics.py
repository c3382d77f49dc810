"""Diagnostics: whether a model's errors look as it assumes, and whether one clinic alone makes its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.effects import random_effects
from analytics.models.engine.basis import seen_and_blind
from analytics.models.engine.compressed import Compressed, without
from analytics.models.engine.design import Array, Level
from analytics.models.engine.search import search
from analytics.models.engine.theta import inside
from analytics.models.engine.units import Units
from analytics.models.inference import contrasts_of, usual_method, weights_matrix
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.over import Over
from analytics.vocabulary.results import Fit

AT_ONCE = 50  # fits of one job: what they share is handed over once
MUCH = 1_000_000  # groups times cells from which processes that fit side by side are worth their start
PERCENTS = np.arange(1, 100) / 100
QUANTILES = {"of": pl.String, "expected": pl.Float64, "observed": pl.Float64, "groups": pl.Int64}


def quantiles(fit: Fit) -> pl.DataFrame:
    """Percentiles 1 to 99 of the residuals and of the predicted random effects, beside a normal's.

    `of`: "residual", or a group and a term; `expected`: the normal quantile; `observed`: in standard
    deviations from the mean; `groups`: how many values the percentiles are of. No rows where nothing was
    fitted.

    >>> an.quantiles(fit).height % 99
    0
    """
    if fit.engine is None:
        return pl.DataFrame(schema=QUANTILES)
    values = {"residual": fit.rows.select("residual").collect().to_series()}
    for level in fit.engine.design.levels:
        effects = random_effects(fit, level.group)
        for (term,), part in effects.group_by("term", maintain_order=True):
            values[f"{level.group} {term}"] = part["estimate"]
    return pl.concat([_quantiles(of, series.to_numpy()) for of, series in values.items()])


def _quantiles(of: str, values: np.ndarray) -> pl.DataFrame:
    spread = values.std()
    away = (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)
    return pl.DataFrame(
        {
            "of": [of] * len(PERCENTS),
            "expected": stats.norm.ppf(PERCENTS),
            "observed": np.quantile(away, PERCENTS),
            "groups": [len(values)] * len(PERCENTS),
        },
        schema=QUANTILES,
    )


def leave_one_out(
    fit: Fit, weights: dict[str, dict[str, float]] | None = None, *, over: Over = map
) -> pl.DataFrame:
    """One row is one contrast without one of the outermost groups: the model is fitted again, exactly.

    Columns: the group's own, contrast, estimate, change (without it less with all), change_in_se (in
    standard errors of the whole fit). `weights`: as in `contrast_table`; by default each term by itself. A
    contrast that the rest cannot tell has null. `over`: as `map`, runs fits side by side where they are many;
    each fit costs as much as there are groups, so that all of them cost the square of that.

    >>> an.leave_one_out(small, {"a week": {"log_week": 1.0}}).height
    8
    """
    engine = fit.engine
    if engine is None or len(engine.design.groups) < 2:
        raise InputError(
            "Only a model with two levels of groups can be fitted again without one of the outer."
        )
    group = engine.design.groups[0]
    wanted = weights or {name: {name: 1.0} for name in engine.basis.names}
    matrix = weights_matrix(engine.inference, list(wanted.values()))
    whole = contrasts_of(engine.inference, matrix, method=usual_method(engine.reml))
    ids = engine.ids.select(group).unique(maintain_order=True)
    rest = _Rest(
        engine.cells, engine.units, engine.design.levels, engine.reml, engine.point.theta,
        own=matrix @ engine.basis.back, offset=matrix @ engine.basis.offset,
    )  # fmt: skip
    jobs = [range(at, min(at + AT_ONCE, ids.height)) for at in range(0, ids.height, AT_ONCE)]
    way = over if ids.height * len(engine.cells.count) >= MUCH else map
    estimates = np.concatenate(list(way(partial(_without_each, rest), jobs)))
    change = estimates - whole["estimate"].to_numpy()
    numbers = {"estimate": estimates, "change": change, "change_in_se": change / whole["se"].to_numpy()}
    rows = ids.join(pl.DataFrame({"contrast": list(wanted)}), how="cross", maintain_order="left_right")
    found = {name: pl.Series(values.ravel()).fill_nan(None) for name, values in numbers.items()}
    return rows.with_columns(**found)


@dataclass(frozen=True, slots=True)
class _Rest:
    """What a fit without one outer group needs of the fit of all; `own` and `offset` make estimates of it."""

    cells: Compressed
    units: Units
    levels: tuple[Level, ...]
    reml: bool
    theta: Array
    own: Array
    offset: Array


def _without_each(rest: _Rest, groups: range) -> Array:
    """One row a group: the estimates without it."""
    return np.array([_without(rest, at) for at in groups])


def _without(rest: _Rest, at: int) -> Array:
    """Estimates without outer group number `at`, from the solution of all; NaN where the rest cannot tell."""
    cells, own = without(rest.cells, rest.units, at=at), rest.own
    if cells.clinic[-1] < 1:
        return np.full(len(own), np.nan)
    part, seen, blind = seen_and_blind(cells)
    point = search(part, rest.levels, reml=rest.reml, start=inside(rest.levels, rest.theta))
    untold = np.abs(own @ blind).sum(axis=1) > 1e-6 * np.linalg.norm(own, axis=1)
    return np.where(untold, np.nan, own @ seen @ point.estimate + rest.offset)
