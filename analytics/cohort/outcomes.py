"""What became of an episode: its baseline, outcome, adherence and load, from its weeks."""

from __future__ import annotations

import polars as pl

from analytics.cohort.adherence import episode_adherence, episode_adherence_capped
from analytics.cohort.intensity import mean_load, progression
from analytics.vocabulary.schema import Episodes
from analytics.vocabulary.settings import Settings

COMPLETE_SHARE = 2 / 3  # an outcome is complete when it was seen in the last third of the horizon


def add_outcomes(episodes: pl.DataFrame, weeks: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The episodes with all columns of Episodes.

    Outcome pain is the weekly pain of the last observed week from 1 to the horizon: one rating is no outcome.

    >>> found = an.add_outcomes(an.describe_episodes(journal, settings), weeks, settings)
    >>> (found["pain_reduction"] - (found["baseline_pain"] - found["outcome_pain"])).abs().max() < 1e-9
    True
    """
    horizon = settings.definitions.horizon_weeks
    rated = weeks.filter(pl.col("pain").is_not_null())
    later = rated.filter(pl.col("week").is_between(1, horizon)).sort("episode_id", "week")
    last = later.group_by("episode_id").agg(
        pl.col("week").last().alias("outcome_week"), pl.col("pain").last().alias("outcome_pain")
    )
    first = rated.filter(pl.col("week") == 0).select("episode_id", week_0=pl.col("pain"))
    work = weeks.sort("episode_id", "week").group_by("episode_id").agg(
        episode_adherence, episode_adherence_capped, mean_load, mean_rpe=pl.col("mean_rpe").mean(),
        progression=progression,
    )  # fmt: skip
    joined = episodes
    for part in (last, first, work):
        joined = joined.join(part, on="episode_id", how="left", maintain_order="left")
    joined = joined.with_columns(
        baseline_source=pl.when(pl.col("baseline_pain").is_not_null())
        .then(pl.lit("intake"))
        .when(pl.col("week_0").is_not_null())
        .then(pl.lit("week 0")),
        baseline_pain=pl.coalesce("baseline_pain", "week_0"),
        complete=(pl.col("outcome_week") > horizon * COMPLETE_SHARE).fill_null(False),
    ).with_columns(pain_reduction=pl.col("baseline_pain") - pl.col("outcome_pain"))
    whole = Episodes.cast(joined.select(Episodes.column_names()))
    return whole.sort("clinic_id", "patient_id", "starts_on")
