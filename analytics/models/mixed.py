"""The seam of the linear mixed model: a frame goes in, a Fit comes out; nobody else knows how it is fitted.

statsmodels' MixedLM, checked (first_fit.py), starts the search; the exact REML criterion (reml.py) ends it,
and the normal equations are verified on the rows before anything is published.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.design import INTERCEPT, Design, make_design
from analytics.models.first_fit import first_fit
from analytics.models.reml import Array, Solution, Sums, factors, maximise, predict_effects, solve
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

METHOD = "REML (statsmodels' MixedLM as a checked start, then the exact criterion)"
DF_METHOD = (
    "containment, conservative: outermost groups less the terms constant in them, for these terms and the "
    "random slope; innermost groups less all terms, for the others"
)


def fit_mixed(
    frame: pl.DataFrame,
    *,
    outcome: str,
    fixed: tuple[str, ...],
    slope: str | None,
    groups: tuple[str, str] | tuple[str],
) -> Fit:
    """Fixed effects of `outcome` on the columns `fixed`, over groups that differ at random; by REML.

    `groups`: outermost first, e.g. ("clinic_id", "episode_id"); the inner one is nested in the outer. Each
    has a random intercept and, where `slope` names a column, a random slope of it, freely correlated. Rows
    with a missing value in a column of the model are dropped and counted; a column that others already span
    is dropped and named. A variance of zero is an answer: `overall.singular`. Intervals are t intervals
    whose degrees of freedom follow a containment rule that errs on the wide side (`overall.df_method`),
    never z. `overall.converged` is false, with a warning, where the search did not end or the normal
    equations do not hold: such numbers are not to be published. Standard errors take the variances as known.
    All is reported in the units of the frame. Raises InputError for too few rows or groups.
    """
    design = make_design(frame, outcome=outcome, fixed=fixed, slope=slope, groups=groups)
    sums = design.sums
    if sums.xrxr[-1, -1] <= 1e-20 * (1 + design.y @ design.y):
        raise InputError(f"'{outcome}' does not vary beyond its columns: there is nothing to model.")
    start, notes = first_fit(design)
    theta, flat = maximise(sums, _starts(sums, start))
    solution = solve(sums, theta)
    rows = _rows(design, sums, theta=theta, estimate=solution.estimate)
    sound = flat and _normal_equations_hold(design, rows)
    lost = tuple(f"'{name}' was dropped: other columns already say it" for name in design.lost)
    broken = () if sound else ("not converged: these numbers are not to be published",)
    back = np.linalg.inv(design.r)
    covariance = back @ solution.covariance @ back.T
    df = _degrees_of_freedom(design, slope=slope, groups=groups)
    overall = _overall(design, solution, theta=theta, groups=groups, slope=slope)
    return Fit(
        terms=_terms(design.names, back @ solution.estimate, np.sqrt(np.diag(covariance)), df=df),
        overall=overall.with_columns(converged=pl.lit(sound)),
        rows=rows,
        covariance=tuple(tuple(map(float, row)) for row in covariance),
        warnings=(*lost, *notes, *broken),
        formula=_formula(outcome, design.names, slope=slope, groups=groups),
    )


def t_table(estimate: Array, se: Array, df: Array) -> dict[str, Array]:
    """Estimates with their t statistic, two-sided p and 95 % interval, as columns."""
    reach = stats.t.ppf(0.975, df) * se
    statistic = estimate / se
    return {
        "estimate": estimate, "se": se, "df": df, "statistic": statistic,
        "p": 2 * stats.t.sf(np.abs(statistic), df), "low": estimate - reach, "high": estimate + reach,
    }  # fmt: skip


def _terms(names: tuple[str, ...], estimate: Array, se: Array, *, df: Array) -> pl.DataFrame:
    return pl.DataFrame({"term": list(names), **t_table(estimate, se, df)})


def _starts(sums: Sums, first: Array | None) -> list[Array]:
    """Where the search begins: standard deviations as large as the residual's, and statsmodels' own."""
    width, levels = sums.zz.shape[1], len(sums.starts)
    plain = np.eye(width)[np.tril_indices(width)]
    starts: list[Array] = [np.tile(plain, levels)]
    if first is not None:
        starts.append(np.concatenate([first, *[0.3 * plain] * (levels - 1)]))
    return starts


def _rows(design: Design, sums: Sums, *, theta: Array, estimate: Array) -> pl.DataFrame:
    """The rows of the model with what it fits to each, random effects included, and what is left over."""
    effects = predict_effects(sums, theta, estimate)
    sizes = np.diff(np.append(design.starts[0], len(design.y)))
    fitted = design.q @ estimate + (design.z * np.repeat(effects, sizes, axis=0)).sum(axis=1)
    return design.frame.with_columns(fitted=pl.lit(fitted), residual=pl.lit(design.y - fitted))


def _normal_equations_hold(design: Design, rows: pl.DataFrame) -> bool:
    """Henderson: at the solution residuals are orthogonal to every fixed column (seen on rows, not sums)."""
    left = np.abs(design.q.T @ rows["residual"].to_numpy())
    return bool(left.max() < 1e-7 * np.linalg.norm(design.y))


def _degrees_of_freedom(design: Design, *, slope: str | None, groups: tuple[str, ...]) -> Array:
    constant = design.frame.with_columns(pl.lit(1.0).alias(INTERCEPT)).group_by(groups[0])
    varies = constant.agg(pl.col(design.names).n_unique()).select(pl.col(design.names).max() > 1).row(0)
    outer, inner = (design.frame.select(part).n_unique() for part in (groups[:1], groups))
    above = max(outer - len(varies) + sum(varies), 1)
    below = max(inner - len(varies), 1)
    at_top = [not moves or name == slope for name, moves in zip(design.names, varies, strict=True)]
    return np.where(at_top, above, below).astype(float)


def _overall(
    design: Design, solution: Solution, *, theta: Array, groups: tuple[str, ...], slope: str | None
) -> pl.DataFrame:
    width = design.z.shape[1]
    found = factors(theta, width)[::-1]
    scaled = [design.turn @ factor @ factor.T @ design.turn.T * solution.sigma2 for factor in found]
    parts = [f"{group}: {_variance_words(d, slope)}" for group, d in zip(groups, scaled, strict=True)]
    criterion = solution.criterion + 2 * float(np.log(np.abs(np.diag(design.r))).sum())
    return pl.DataFrame(
        {
            "n": len(design.y),
            "dropped": design.dropped,
            "patients": design.frame.select(groups).n_unique(),
            "clinics": design.frame.select(groups[:1]).n_unique(),
            "method": METHOD,
            "criterion": criterion,
            "variances": "; ".join([*parts, f"residual {solution.sigma2:.6g}"]),
            "singular": any(np.diag(factor).min() == 0 for factor in found),
            "df_method": DF_METHOD,
        }
    )


def _variance_words(covariance: Array, slope: str | None) -> str:
    words = f"{INTERCEPT} {covariance[0, 0]:.6g}"
    if slope is None:
        return words
    return f"{words}, {slope} {covariance[1, 1]:.6g}, covariance {covariance[0, 1]:.6g}"


def _formula(outcome: str, names: tuple[str, ...], *, slope: str | None, groups: tuple[str, ...]) -> str:
    random = "1" if slope is None else f"1 + {slope}"
    levels = [f"({random} | {':'.join(groups[:depth])})" for depth in range(1, len(groups) + 1)]
    return f"{outcome} ~ {' + '.join(['1', *names[1:], *levels])}"
