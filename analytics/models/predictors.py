"""Predictors: the fixed vocabulary of model columns, each a named expression; none is made from data."""

from __future__ import annotations

import polars as pl

from analytics.models.splines import spline_terms
from analytics.vocabulary.columns import AGE_BANDS, PHASES, RISKS
from analytics.vocabulary.settings import Settings

# What a patient does in a week, in the model's units; load in hundreds of CR-10 x minutes.
WORK = {"adherence": pl.col("adherence_capped"), "load": pl.col("load") / 100}

# Intake columns and their categories; the first is the reference. Missing is a category of its own.
CATEGORIES = {
    "phase": PHASES,
    "start_back": (*RISKS, "unknown"),
    "age_band": AGE_BANDS,
    "post_surgical": ("false", "true", "unknown"),
}


def time_terms(settings: Settings) -> dict[str, pl.Expr]:
    """Columns of time since the start, as functions of `week`; the first has the random slopes.

    `log`: log(1 + week), most of the change early. `spline`: week and the bend of a restricted cubic spline
    with knots at 10, 50 and 90 % of the horizon (the quantiles of three knots: Harrell 2015, table 2.3).
    """
    if settings.definitions.week_term == "log":
        return {"log_week": pl.col("week").cast(pl.Float64).log1p()}
    knots = [share * settings.definitions.horizon_weeks for share in (0.1, 0.5, 0.9)]
    return dict(zip(("week_line", "week_bend"), spline_terms("week", knots).values(), strict=True))


def case_mix_terms() -> dict[str, pl.Expr]:
    """What a patient brought along: baseline pain in NPRS points, and 0/1 for each category but the first."""
    terms = {"baseline_pain": pl.col("baseline_pain")}
    for column, (_, *others) in CATEGORIES.items():
        value = pl.col(column).cast(pl.String).fill_null("unknown")
        terms |= {f"{column}_{other}": (value == other).cast(pl.Float64) for other in others}
    return terms


def split_terms(measure: str) -> dict[str, pl.Expr]:
    """A measure of last week's work as the patient's mean and the deviation from it.

    Needs `<measure>_mean`: the mean over the episode's complete weeks, so that both add up to last week's
    value.
    """
    mean = pl.col(f"{measure}_mean")
    return {f"{measure}_mean": mean, f"{measure}_lag": pl.col(measure) - mean}


def varying(frame: pl.DataFrame, names: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that take more than one value; a category that nobody (or everybody) has makes no term."""
    return tuple(name for name in names if frame[name].drop_nulls().n_unique() > 1)


def families(columns: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """What a formula may call by one name: each family, and its terms among these columns.

    `case_mix`: all that a patient brought along. `phase`, `start_back`, `age_band`, `post_surgical`: the
    categories of one. `work`: means and deviations of last week's adherence and load. A column with
    such a name goes before the family.
    """
    named = {name: tuple(f"{name}_{other}" for other in others) for name, (_, *others) in CATEGORIES.items()}
    named["case_mix"] = tuple(case_mix_terms())
    named["work"] = tuple(name for measure in WORK for name in split_terms(measure))
    found = {name: tuple(term for term in terms if term in columns) for name, terms in named.items()}
    return {name: terms for name, terms in found.items() if terms}
