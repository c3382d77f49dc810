"""Generalised estimating equations: what goes with an outcome on average, rows of a cluster being alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from analytics.models.estimating.design_matrix import columns_of, runs_of, standardised
from analytics.models.estimating.equations import Array, Clusters, Family, Solution, mean_of, solve
from analytics.models.estimating.few_clusters import Correction, contrasts_of, robust_covariance
from analytics.models.formula import INTERCEPT, Formula, read_formula, term_expression
from analytics.models.predictors import families
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

# METHODS 3.3: with fewer clinics the plain sandwich is too small (Mancl and DeRouen 2001 see it up to 40).
FEW_CLUSTERS = 40
# Below it a t interval with Satterthwaite's df is rough: Tipton 2015, Psychol Methods 20: 375.
FEW_DF = 4
LINKS: dict[Family, str] = {"binomial": "logit", "gaussian": "identity"}
Working = Literal["exchangeable", "independence"]


@dataclass(frozen=True, slots=True)
class Gee:
    """What a fit leaves behind for contrasts: its rows, formula, terms and solution.

    `back`: leads from the coefficients of standardised columns to those of the data's. `correction`: of the
    robust covariance for few clusters.
    """

    data: pl.DataFrame
    formula: Formula
    names: tuple[str, ...]
    family: Family
    back: Array
    solution: Solution
    correction: Correction

    def matrix(self, frame: pl.DataFrame) -> Array:
        """One row is one row of the frame, one column a term."""
        return columns_of(frame, self.formula, self.names)


def fit_gee(
    data: pl.DataFrame,
    formula: str,
    *,
    cluster: str,
    family: Family = "binomial",
    working: Working = "exchangeable",
) -> Fit:
    """What goes with the outcome on average over all clusters; `terms` are log odds (binomial) or its units.

    `formula`: as `fit_mixed` reads it. `cluster`: the column whose rows are alike (a clinic). `family`:
    binomial (an outcome of 0 and 1, logit) or gaussian (identity). `working`: exchangeable, one correlation
    alpha for any two rows of a cluster, or independence; errors are robust to a wrong choice. An alpha below
    0 is taken as 0, with a warning (our choice: clinics are not less alike inside than strangers, and a
    negative one has no meaning for clusters of all sizes). With fewer than 40 clusters the covariance is
    Kauermann and Carroll's and t has Satterthwaite's df, else Liang and Zeger's and normal. Rows without a
    value are dropped and counted. Raises InputError for what cannot be fitted.

    >>> rows = pl.DataFrame({"clinic": list("aabbcc"), "kept": [1, 3, 2, 5, 4, 6], "better": [0, 1] * 3})
    >>> fit_gee(rows, "better ~ kept", cluster="clinic").terms["term"].to_list()
    ['intercept', 'kept']
    """
    read = _read(data, formula, cluster=cluster)
    if family not in LINKS or working not in ("exchangeable", "independence"):
        raise InputError(
            "A GEE is binomial or gaussian, its working correlation exchangeable or independence."
        )
    rows = _complete(data, read, cluster=cluster)
    y = rows.select(term_expression((read.outcome,))).to_series().to_numpy()
    if family == "binomial" and not np.isin(y, (0, 1)).all():
        raise InputError(f"The outcome '{read.outcome}' must be 0 or 1 in a binomial model.")
    if np.ptp(y) == 0:
        raise InputError(f"The outcome '{read.outcome}' is the same in every row.")
    names, lost, x, back = standardised(rows, read)
    starts, sizes = runs_of(rows[cluster])
    solution = solve(Clusters(x, y, starts, sizes, family), exchangeable=working == "exchangeable")
    correction: Correction = "kauermann_carroll" if len(sizes) < FEW_CLUSTERS else "none"
    engine = Gee(rows, read, names, family, back, solution, correction)
    return _fit(engine, working=working, dropped=data.height - rows.height, lost=lost)


def gee_contrasts(
    fit: Fit, weights: dict[str, dict[str, float]], *, correction: Correction | None = None
) -> pl.DataFrame:
    """One row is one contrast: a weighted sum of a GEE's terms, with se, df, p and 95 % interval.

    `weights`: of the terms, for each contrast by name; a term that is not named has weight 0. `correction`:
    none, kauermann_carroll or mancl_derouen in place of the fit's own.

    >>> rows = pl.DataFrame({"clinic": list("aabbcc"), "kept": [1, 3, 2, 5, 4, 6], "better": [0, 1] * 3})
    >>> fit = fit_gee(rows, "better ~ kept", cluster="clinic")
    >>> gee_contrasts(fit, {"two more": {"kept": 2.0}})["estimate"].round(2).to_list()
    [2.43]
    """
    engine = engine_of(fit)
    unknown = sorted({term for row in weights.values() for term in row} - set(engine.names))
    if unknown:
        raise InputError(f"The model has no term '{unknown[0]}'. It has: {', '.join(engine.names)}.")
    matrix = np.array([[row.get(name, 0.0) for name in engine.names] for row in weights.values()])
    found = contrast_rows(engine, matrix.reshape(len(weights), len(engine.names)), correction=correction)
    return found.select(pl.Series("contrast", list(weights), dtype=pl.String), pl.all())


def contrast_rows(engine: Gee, matrix: Array, *, correction: Correction | None = None) -> pl.DataFrame:
    """One row is one row of weights of the terms, with its error and interval."""
    return contrasts_of(engine.solution, matrix @ engine.back, correction=correction or engine.correction)


def engine_of(fit: Fit) -> Gee:
    """What a GEE left behind; InputError where the fit is no GEE."""
    if not isinstance(fit.engine, Gee):
        raise InputError("This fit is no GEE: it was fitted otherwise, or not at all.")
    return fit.engine


def _read(data: pl.DataFrame, formula: str, *, cluster: str) -> Formula:
    known = families(tuple(data.columns)) | {name: (name,) for name in data.columns}
    read = read_formula(formula, known=known)
    if cluster not in data.columns:
        raise InputError(f"The data have no column '{cluster}'.")
    for name in dict.fromkeys([read.outcome, *(name for term in read.terms for name in term)]):
        if not (data.schema[name].is_numeric() or data.schema[name] == pl.Boolean):
            raise InputError(f"'{name}' is not a number: it cannot be a term of the model.")
    return read


def _complete(data: pl.DataFrame, read: Formula, *, cluster: str) -> pl.DataFrame:
    """The rows that have all of the model's columns, sorted by cluster."""
    columns = [read.outcome, *(name for term in read.terms for name in term)]
    numbers = [pl.selectors.by_name(name).as_expr().cast(pl.Float64) for name in dict.fromkeys(columns)]
    rows = data.filter(pl.col(cluster).is_not_null(), *(number.is_finite() for number in numbers))
    if rows[cluster].n_unique() < 2:
        raise InputError(f"A GEE needs rows of at least two of '{cluster}'.")
    return rows.sort(cluster, maintain_order=True)


def _fit(engine: Gee, *, working: Working, dropped: int, lost: list[str]) -> Fit:
    solution, y = engine.solution, term_expression((engine.formula.outcome,))
    terms = contrast_rows(engine, np.eye(len(engine.names)))
    raw = engine.back @ robust_covariance(solution, engine.correction) @ engine.back.T
    linear = engine.matrix(engine.data) @ engine.back @ solution.estimate
    fitted = pl.Series("fitted", mean_of(engine.family, linear))
    columns = [name for name in engine.names if name != INTERCEPT]
    first = "1" if INTERCEPT in engine.names else "0"
    return Fit(
        terms=terms.select(pl.Series("term", engine.names), pl.all()),
        overall=_overall(engine, working=working, dropped=dropped),
        rows=engine.data.with_columns(fitted).with_columns(residual=y - pl.col("fitted")).lazy(),
        covariance=tuple(tuple(map(float, row)) for row in raw),
        warnings=_warnings(engine, terms, lost, exchangeable=working == "exchangeable"),
        formula=f"{engine.formula.outcome} ~ {' + '.join([first, *columns])}",
        engine=engine,
    )


def _overall(engine: Gee, *, working: Working, dropped: int) -> pl.DataFrame:
    few = "Kauermann-Carroll covariance, Satterthwaite"
    return pl.DataFrame(
        {
            "n": engine.data.height,
            "dropped": dropped,
            "clinics": len(engine.solution.parts),
            "method": f"GEE, {LINKS[engine.family]} link, {working} working correlation",
            "alpha": engine.solution.alpha,
            "phi": engine.solution.phi,
            "converged": engine.solution.converged,
            "df_method": few if engine.correction != "none" else "the normal distribution",
        }
    )


def _warnings(engine: Gee, terms: pl.DataFrame, lost: list[str], *, exchangeable: bool) -> tuple[str, ...]:
    few = terms.filter(pl.col("df") < FEW_DF).height
    alone = terms["df"].null_count()
    below = exchangeable and engine.solution.found < 0
    return (
        *(f"'{name}' was dropped: other columns already say it" for name in lost),
        *["rows of one cluster are less alike than of two: taken as not alike (alpha 0)"] * below,
        *[f"{few} terms have fewer than {FEW_DF} df: their intervals are rough"] * bool(few),
        *[f"{alone} terms have no error: one cluster alone carries them"] * bool(alone),
        *["not converged: these numbers are not to be published"] * (not engine.solution.converged),
    )
