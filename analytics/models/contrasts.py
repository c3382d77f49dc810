"""Contrasts: what the trajectory says between two kinds of patient at one week, in NPRS points."""

from __future__ import annotations

import polars as pl
from scipy import stats

from analytics.models.diagnostics import leave_one_out
from analytics.models.formula import INTERCEPT
from analytics.models.inference import contrast_table
from analytics.models.predictors import time_terms
from analytics.vocabulary.over import Over
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

CONTRASTS = {
    "contrast": pl.String, "week": pl.Int32, "estimate": pl.Float64, "se": pl.Float64, "df": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "p": pl.Float64, "meaning": pl.String,
}  # fmt: skip
INFLUENCE = {
    "clinic_id": pl.String, "contrast": pl.String, "week": pl.Int32, "estimate": pl.Float64,
    "change": pl.Float64, "change_in_se": pl.Float64,
}  # fmt: skip
KEPT, MISSED = 0.9, 0.5  # the two adherences that METHODS compares
UNIT = "Pain reduction in NPRS points, positive is better"
MEANINGS = {
    "adherence_between": "patients who kept 90 % of the plan throughout, less patients who kept 50 %, "
    "otherwise alike: an association, not an effect",
    "adherence_within": "the same patient after a week with 90 % of the plan done, less after a week with "
    "50 %: an association, not an effect",
    "load_between": "patients with a mean weekly load at the upper quartile, less patients at the lower "
    "quartile, otherwise alike: an association, not an effect",
    "mean_reduction": "baseline less expected pain of the average patient: a course, not an effect",
}


def trajectory_contrasts(fit: Fit, weeks: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one comparison at week 6 or the horizon, in NPRS points of pain reduction (more is better).

    `meaning` says what is compared; standard errors, df and intervals are Kenward-Roger's. No week is told
    beyond the last rated one; a comparison whose terms the model lacks has no row.

    >>> an.trajectory_contrasts(fit, weeks, settings)["week"].unique().sort().to_list()
    [6, 12]
    """
    asked = _asked(fit, weeks, settings)
    if not asked:
        return pl.DataFrame(schema=CONTRASTS)
    found = contrast_table(fit, asked)
    told = _named(found).with_columns(
        pl.col("estimate", "low", "high") + _start(fit),
        meaning=UNIT + ": " + pl.col("contrast").replace_strict(MEANINGS),
    )
    beyond = (told["estimate"] / told["se"]).abs().to_numpy()
    p = pl.Series("p", 2 * stats.t.sf(beyond, told["df"].to_numpy()))
    return told.with_columns(p).select(*CONTRASTS).sort("contrast", "week")


def trajectory_influence(
    fit: Fit, weeks: pl.DataFrame, settings: Settings, *, over: Over = map
) -> pl.DataFrame:
    """One row is one comparison of `trajectory_contrasts` from all clinics but one, `clinic_id`.

    The model is fitted again without it. `change`: what that moves, in NPRS points; `change_in_se`: in
    standard errors of the whole comparison. No rows where there is one clinic only. `over`: as `map`.

    >>> an.trajectory_influence(fit, weeks, settings)["clinic_id"].n_unique()
    8
    """
    asked = _asked(fit, weeks, settings)
    if not asked or fit.overall["clinics"].item() < 2:
        return pl.DataFrame(schema=INFLUENCE)
    told = _named(leave_one_out(fit, asked, over=over)).with_columns(pl.col("estimate") + _start(fit))
    return told.select(*INFLUENCE).sort("clinic_id", "contrast", "week")


def _asked(fit: Fit, weeks: pl.DataFrame, settings: Settings) -> dict[str, dict[str, float]]:
    """Weights of the terms, for each comparison and week that can be told, as "comparison week"."""
    horizon = settings.definitions.horizon_weeks
    rated = weeks.filter(pl.col("pain").is_not_null())
    told = rated.filter(pl.col("week").is_in([6, horizon])).select("week").unique().sort("week")
    times = told.select("week", **time_terms(settings)).to_dicts() if fit.terms.height else []
    return {
        f"{name} {at['week']}": _weights(fit, name, at=at)
        for at in times
        for name in MEANINGS
        if _has_terms(fit, name)
    }


def _named(found: pl.DataFrame) -> pl.DataFrame:
    part = pl.col("contrast").str.split(" ").list
    return found.with_columns(part.first(), part.last().cast(pl.Int32).alias("week"))


def _start(fit: Fit) -> pl.Expr:
    """The average patient's baseline, which its pain is taken from; other comparisons have none."""
    return pl.when(pl.col("contrast") == "mean_reduction").then(fit.scaling["baseline_pain"]).otherwise(0.0)


def with_time(fit: Fit, columns: dict[str, float], at: dict[str, float]) -> dict[str, float]:
    """Weights of the terms of these columns, alone and with time, at one week; only terms of the model."""
    weights = columns | {f"{term}:{name}": value * at[term] for name, value in columns.items() for term in at}
    return {term: weights[term] for term in fit.terms["term"] if term in weights}


def _has_terms(fit: Fit, name: str) -> bool:
    measure, _, part = name.partition("_")
    return name == "mean_reduction" or f"{measure}_{_COLUMN[part]}" in fit.scaling


_COLUMN = {"between": "mean", "within": "lag"}


def _weights(fit: Fit, name: str, *, at: dict[str, float]) -> dict[str, float]:
    """Weights of the terms, turned so that less pain counts as more."""
    if name == "mean_reduction":
        weights = _average_pain(fit, at)
    else:
        measure, _, part = name.partition("_")
        gap = KEPT - MISSED if measure == "adherence" else fit.scaling["load 75%"] - fit.scaling["load 25%"]
        weights = with_time(fit, {f"{measure}_{_COLUMN[part]}": gap}, at)
    return {term: -weight for term, weight in weights.items()}


def _average_pain(fit: Fit, at: dict[str, float]) -> dict[str, float]:
    """Weights of the average patient's pain at one week: every week as that patient's own average week."""
    own = {name: value for name, value in fit.scaling.items() if not name.endswith("_lag")}
    return with_time(fit, {INTERCEPT: 1.0} | own | at, at)
