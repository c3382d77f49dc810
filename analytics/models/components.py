"""Variance components: how much groups differ, with intervals and shares; tests of what may be left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from analytics.models.engine.design import Array, Level
from analytics.models.engine.solved import Engine
from analytics.models.engine.theta import is_singular, places, triangles
from analytics.models.formula import INTERCEPT
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

COMPONENTS = {
    "group": pl.String, "term": pl.String, "other": pl.String, "variance": pl.Float64, "sd": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "share": pl.Float64,
}  # fmt: skip
Z95 = float(stats.norm.ppf(0.975))


def components_table(engine: Engine) -> pl.DataFrame:
    """One row is one variance (or covariance) between groups, or the residual one, in the outcome's units.

    `sd`: its root; for a pair (`other` named) the correlation. `low`, `high`: its 95 % interval by the delta
    method, on the scale of log sd or of Fisher's z; empty at a boundary (sd of 0, perfect correlation).
    `share` (on rows of intercepts, and the residual's): of the variance of a row, averaged over rows (Johnson
    2014, Methods Ecol Evol 5: 944). The outer share is the correlation of rows of two inner groups of one
    outer group (ICC); the sum of both shares, that of two rows of one inner group.
    """
    at = np.append(engine.point.theta, engine.point.sigma2)
    names = list(_names(engine))
    value, shown = _values(engine, at)
    low, high = _intervals(engine, at)
    columns = {"variance": value, "sd": shown, "low": low, "high": high, "share": _shares(engine, names)}
    keys = dict(zip(("group", "term", "other"), map(list, zip(*names, strict=True)), strict=True))
    return pl.DataFrame({**keys, **columns}, schema=COMPONENTS, strict=False, nan_to_null=True)


def _intervals(engine: Engine, at: Array) -> tuple[Array, Array]:
    """Ends of the delta method's intervals; NaN at a boundary. `at`: theta and the residual variance."""
    pair = np.array([other is not None for *_, other in _names(engine)])
    step = np.diag(1e-6 * np.maximum(np.abs(at), 1e-3))
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        moved = [_scaled(engine, at + one, pair) - _scaled(engine, at - one, pair) for one in step]
        by = np.array(moved).T / (2 * step.diagonal())
        reach = Z95 * np.sqrt(np.einsum("ka,ab,kb->k", by, engine.inference.spread, by))
        middle = _scaled(engine, at, pair)
        low, high = (np.where(pair, np.tanh(end), np.exp(end)) for end in (middle - reach, middle + reach))
    known = np.isfinite(low) & np.isfinite(high) & np.isfinite(middle) & ~(pair & _at_edges(engine))
    return np.where(known, low, np.nan), np.where(known, high, np.nan)


def _names(engine: Engine) -> Iterator[tuple[str, str, str | None]]:
    called = (INTERCEPT, *engine.design.slopes)
    for level in engine.design.levels:
        yield from ((level.group, called[b], None if a == b else called[a]) for a, b in _ordered(level))
    yield "residual", INTERCEPT, None


def _covariances(engine: Engine, at: Array) -> list[Array]:
    """Of each level's random effects, in the data's units."""
    turn, scale = engine.basis.turn, engine.basis.y_scale**2 * at[-1]
    roots = triangles(engine.design.levels, at[:-1], len(turn))
    return [scale * turn @ root @ root.T @ turn.T for root in roots]


def _values(engine: Engine, at: Array) -> tuple[Array, Array]:
    """Variances and covariances; sds and correlations."""
    value, shown = [], []
    for level, d in zip(engine.design.levels, _covariances(engine, at), strict=True):
        for a, b in _ordered(level):
            root = np.sqrt(d[a, a] * d[b, b])
            value.append(d[a, b])
            pair = np.clip(d[a, b] / root, -1, 1) if root > 0 else np.nan  # rounding may pass 1
            shown.append(np.sqrt(d[a, a]) if a == b else pair)
    residual = engine.basis.y_scale**2 * at[-1]
    return np.array([*value, residual]), np.array([*shown, np.sqrt(residual)])


def _ordered(level: Level) -> list[tuple[int, int]]:
    """Variances before covariances."""
    return sorted(level.entries, key=lambda entry: (entry[0] != entry[1], entry))


def _scaled(engine: Engine, at: Array, pair: NDArray[np.bool_]) -> Array:
    """Log sds and Fisher's z of correlations."""
    shown = _values(engine, at)[1]
    return np.where(pair, np.arctanh(np.clip(np.where(pair, shown, 0), -1, 1)), np.log(np.abs(shown)))


def _at_edges(engine: Engine) -> NDArray[np.bool_]:
    """Whether a level is at a boundary, for each of its rows; the residual never is."""
    edge = []
    for level, own in places(engine.design.levels):
        edge += [is_singular((level,), engine.point.theta[list(own.values())])] * len(own)
    return np.array([*edge, False])


def _shares(engine: Engine, names: list[tuple[str, str, str | None]]) -> list[float | None]:
    z = np.einsum("abg,g->ab", engine.cells.zz, engine.cells.patterns) / engine.cells.rows
    parts = {
        level.group: float(np.trace(d @ z))
        for level, d in zip(engine.design.levels, engine.point.d, strict=True)
    }
    parts["residual"] = 1.0
    whole = sum(parts.values())
    return [
        parts[group] / whole if term == INTERCEPT and other is None else None for group, term, other in names
    ]


def describe_variances(components: pl.DataFrame) -> str:
    """All variances of `components_table` in one line of text."""
    found = []
    for (group,), part in components.group_by("group", maintain_order=True):
        rows = part.select("term", "other", "variance").rows()
        words = [f"{'covariance' if other else term} {value:.6g}" for term, other, value in rows]
        found.append(f"{group}: {', '.join(words)}")
    residual = found.pop().replace(f": {INTERCEPT}", "")
    return "; ".join([*found, residual])


def likelihood_ratio(small: Fit, large: Fit) -> pl.DataFrame:
    """Whether the terms or variances that only `large` has are needed: one row (statistic, df, p, reference).

    A variance lies at the edge of what it can be: leaving out one variance, with its covariance, has the
    50:50 mixture of chi-squares with as many entries and with one fewer (Self and Liang 1987, J Am Stat
    Assoc 82: 605; Stram and Lee 1994, Biometrics 50: 1171); more at once, the larger chi-square, which errs
    on the cautious side. Fits by REML must have the same fixed terms, and both the same rows.

    >>> patients = an.Random("episode_id")
    >>> one = an.fit_mixed(rows, "pain ~ log_week", random=(patients,))
    >>> two = an.fit_mixed(rows, "pain ~ log_week", random=(an.Random("clinic_id"), patients))
    >>> an.likelihood_ratio(one, two)["reference"].item()
    '50:50 mixture of chi-squares with 0 and 1 df'
    """
    _check_nested(small, large)
    statistic = max(0.0, small.overall["criterion"].item() - large.overall["criterion"].item())
    df = large.overall["parameters"].item() - small.overall["parameters"].item()
    extra = _variances(large) - _variances(small)
    if extra == 1 and large.terms.height == small.terms.height:
        p = _survive(statistic, df - 1) / 2 + _survive(statistic, df) / 2
        reference = f"50:50 mixture of chi-squares with {df - 1} and {df} df"
    else:
        p = _survive(statistic, df)
        reference = f"chi-square with {df} df" + (", cautious: variances at their edge" if extra else "")
    row: dict[str, Any] = {"statistic": statistic, "df": df, "p": p, "reference": reference}
    return pl.DataFrame([row])


def _survive(statistic: float, df: int) -> float:
    return float(stats.chi2.sf(statistic, df)) if df else float(statistic <= 0)


def _variances(fit: Fit) -> int:
    return sum(len(level.columns) for level in fit.engine.design.levels)


def _check_nested(small: Fit, large: Fit) -> None:
    if small.overall["method"].item() != large.overall["method"].item():
        raise InputError("One fit is by REML, the other by ML: their likelihoods cannot be compared.")
    if small.overall["n"].item() != large.overall["n"].item():
        raise InputError("The two fits have different rows: their likelihoods cannot be compared.")
    names = set(small.terms["term"]), set(large.terms["term"])
    if small.overall["method"].item() == "REML" and names[0] != names[1]:
        raise InputError("Fits by REML with different fixed terms cannot be compared: fit both by ML.")
    if not names[0] <= names[1] or small.overall["parameters"].item() >= large.overall["parameters"].item():
        raise InputError("The first fit must be the smaller one, its terms all among the second's.")
