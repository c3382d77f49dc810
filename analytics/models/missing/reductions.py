"""Reductions: whose pain, at which week of care, a mean over all who began in time is made of."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.models.missing.completed import interval, make_means, mean_table, sums_of
from analytics.vocabulary.settings import Settings

REDUCTION = "mean_reduction"
WEEKLY, RATED, UNRATED = WEEKLY_MEASURES = ("weekly_pain", "weekly_pain_rated", "weekly_pain_filled")


def mean_rows(marked: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Pain reduction at week 6 and the horizon, and pain of each week: the rows of each mean."""
    horizon = settings.definitions.horizon_weeks
    asked = marked.filter("asked", pl.col("week") > 0).with_columns(
        pain=pl.when(pl.col("place").is_null()).then("pain").otherwise(0.0)
    )
    weekly = asked.with_columns(measure=pl.lit(WEEKLY), fixed="pain", sign=pl.lit(1.0))
    parts = [weekly]
    parts += [weekly.filter(kind).with_columns(measure=pl.lit(name)) for name, kind in _KINDS.items()]
    for week in sorted({min(6, horizon), horizon}):
        last = outcome_weeks(asked, week)
        fixed = pl.col("baseline_pain") - pl.col("pain")
        parts.append(last.with_columns(measure=pl.lit(REDUCTION), fixed=fixed, sign=pl.lit(-1.0)))
    names = ("measure", "week", "clinic_id", "patient_id", "fixed", "sign", "place")
    return pl.concat(part.select(names) for part in parts)


_KINDS = {RATED: "rated", UNRATED: "missing"}


def outcome_weeks(asked: pl.DataFrame, week: int) -> pl.DataFrame:
    """Of each episode that began in time, its last week of care up to `week`: `week` itself unless it ended.

    Whoever was discharged is compared at the end of care, not filled in after it.
    """
    until = asked.filter("began", pl.col("week") <= week)
    last = until.filter(pl.col("week") == pl.col("week").max().over("episode_id"))
    return last.with_columns(week=pl.lit(week, dtype=pl.Int32))


def seen_means(marked: pl.DataFrame, settings: Settings, *, carried: bool) -> pl.DataFrame:
    """Mean reduction from what was rated alone: at the outcome week, or at the last rating up to it."""
    asked = marked.filter("asked", pl.col("week") > 0).with_columns(
        place=pl.lit(None, dtype=pl.Int64), sign=pl.lit(1.0), measure=pl.lit(REDUCTION)
    )
    asked = asked.filter("rated") if carried else asked
    horizon = settings.definitions.horizon_weeks
    parts = [outcome_weeks(asked, week).filter("rated") for week in sorted({min(6, horizon), horizon})]
    rows = pl.concat(parts).with_columns(fixed=pl.col("baseline_pain") - pl.col("pain"))
    means = make_means(rows)
    nothing = np.zeros(0)
    table = mean_table(means, sums_of(means, nothing, nothing), least=settings.comparison.min_episodes)
    return interval(table)
