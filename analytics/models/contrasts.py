"""Contrasts: what the trajectory says between two kinds of patient at one week, in NPRS points."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.models.design import INTERCEPT
from analytics.models.mixed import t_table
from analytics.models.predictors import time_terms
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

CONTRASTS = {
    "contrast": pl.String, "week": pl.Int32, "estimate": pl.Float64, "se": pl.Float64, "df": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "p": pl.Float64, "meaning": pl.String,
}  # fmt: skip
KEPT, MISSED = 0.9, 0.5  # the two adherences that METHODS compares
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

    `meaning` says what is compared. `df` is the smallest of the terms that take part. No week is told
    beyond the last rated one; a comparison whose terms the model lacks has no row.
    """
    horizon = settings.definitions.horizon_weeks
    rated = weeks.filter(pl.col("pain").is_not_null())
    asked = rated.filter(pl.col("week").is_in([6, horizon])).select("week").unique().sort("week")
    times = asked.select("week", **time_terms(settings)).to_dicts() if fit.terms.height else []
    rows = [_contrast(fit, name, at=at) for at in times for name in MEANINGS if _has_terms(fit, name)]
    return pl.DataFrame(rows, schema=CONTRASTS).sort("contrast", "week")


def _has_terms(fit: Fit, name: str) -> bool:
    measure, _, part = name.partition("_")
    return name == "mean_reduction" or f"{measure}_{_COLUMN[part]}" in fit.scaling


_COLUMN = {"between": "mean", "within": "lag"}


def _contrast(fit: Fit, name: str, *, at: dict[str, float]) -> dict[str, object]:
    """Weights of the terms, then estimate and t interval."""
    average = name == "mean_reduction"
    weights = _average_pain(fit, at) if average else _difference(fit, name, at)
    vector = np.array([weights.get(term, 0.0) for term in fit.terms["term"]])
    baseline = fit.scaling.get("baseline_pain", 0.0) if average else 0.0
    estimate = baseline - vector @ fit.terms["estimate"].to_numpy()
    se = np.sqrt(vector @ np.array(fit.covariance) @ vector)
    df = fit.terms["df"].to_numpy()[vector != 0].min()
    told = {key: float(value) for key, value in t_table(estimate, se, df).items() if key in CONTRASTS}
    meaning = f"Pain reduction in NPRS points, positive is better: {MEANINGS[name]}"
    return {"contrast": name, "week": int(at["week"]), **told, "meaning": meaning}


def _difference(fit: Fit, name: str, at: dict[str, float]) -> dict[str, float]:
    """Weights of the difference in pain between a high and a low adherence or load, at one week."""
    measure, _, part = name.partition("_")
    column = f"{measure}_{_COLUMN[part]}"
    gap = KEPT - MISSED if measure == "adherence" else fit.scaling["load 75%"] - fit.scaling["load 25%"]
    return {column: gap} | {f"{term}:{column}": gap * value for term, value in at.items()}


def _average_pain(fit: Fit, at: dict[str, float]) -> dict[str, float]:
    """Weights of the average patient's pain at one week: every week as that patient's own average week."""
    own = {name: value for name, value in fit.scaling.items() if not name.endswith("_lag")}
    over_time = {f"{term}:{name}": at[term] * value for term in at for name, value in own.items()}
    return {INTERCEPT: 1.0} | own | at | over_time
