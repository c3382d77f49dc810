"""What was asked for in each patient-week, and what that makes of an episode."""

from __future__ import annotations

import polars as pl

from analytics.cohort.episodes import WHO
from analytics.cohort.weeks import WEEK
from analytics.vocabulary.weekly_practice import EpisodePractice

_each = pl.col("sessions_per_week")
# Minutes a week that the plan asks for.
plan_minutes = (pl.col("minutes_per_session") * _each).alias("plan_minutes")
plan_rpe = pl.col("target_rpe").alias("plan_rpe")
# CR-10 x minutes a week that the plan asks for: the session load of Foster 2001, JSCR 15:109, as prescribed.
plan_load = (pl.col("target_rpe") * pl.col("minutes_per_session") * _each).alias("plan_load")
plan_level = pl.col("plan_step").alias("plan_level")
plan_pain = pl.col("pain_at_prescription").alias("plan_pain")


def _higher(name: str) -> pl.Expr:
    return (pl.col(name) > pl.col(name).shift().over("episode_id")).cast(pl.Float64)


# 1 where the week's plan is longer, harder or a step higher than the one of the week before, else 0; a plan
# that is harder and shorter is raised too. Of what both weeks tell; empty where that is nothing.
_parts = ("plan_minutes", "plan_rpe", "plan_level")
plan_raised = pl.max_horizontal(*map(_higher, _parts)).alias("plan_raised")

# Days of bed rest in the bands of the article (at most four days) and of Deyo 1986, NEJM 315:1064 (two).
bed_rest_band = (
    pl.when(pl.col("bed_rest_days") <= 2).then(pl.lit("0-2"))
    .when(pl.col("bed_rest_days") <= 4).then(pl.lit("3-4"))
    .when(pl.col("bed_rest_days") > 4).then(pl.lit(">4"))
    .alias("bed_rest_band")
)  # fmt: skip

_first = pl.col("week") == 0
ball_days_wk1 = pl.col("ball_days").filter(_first).first().alias("ball_days_wk1")
practice_days_wk1 = pl.col("practice_days").filter(_first).first().alias("practice_days_wk1")
started_simple = (
    pl.when(pl.col("plan_load").count() > 0)
    .then(pl.col("plan_load").drop_nulls().first() <= pl.col("plan_load").min())
    .alias("started_simple")
)
raised_share = pl.col("plan_raised").mean().alias("raised_share")
weeks_told = pl.col("flare").count().cast(pl.Int32).alias("weeks_told")
flare_weeks = pl.col("flare").sum().cast(pl.Int32).alias("flare_weeks")
first_flare = pl.col("week").filter(pl.col("flare") == 1).min().alias("first_flare")
flares_per_100_weeks = (100 * pl.col("flare").mean()).alias("flares_per_100_weeks")

OVER_EPISODE = (
    ball_days_wk1, practice_days_wk1, started_simple, raised_share, weeks_told, flare_weeks, first_flare,
    flares_per_100_weeks,
)  # fmt: skip


def planned(rows: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """The weeks with the plan that holds on their first day: the latest that began, unless it has ended."""
    begins = pl.col("starts_on") + pl.duration(days=WEEK * pl.col("week"))
    asked = plans.rename({"level": "plan_step"}).with_columns(plan_from=pl.col("valid_from"))
    held = (
        rows.with_columns(begins.alias("begins"))
        .with_row_index("place")
        .sort("begins")
        .join_asof(
            asked.sort("valid_from", maintain_order=True), left_on="begins", right_on="valid_from", by=WHO,
            strategy="backward", check_sortedness=False,
        )
        .sort("place")
    )  # fmt: skip
    holds = pl.col("valid_to").is_null() | (pl.col("begins") <= pl.col("valid_to"))
    told = (pl.col("plan_from"), plan_minutes, plan_rpe, plan_load, plan_level, plan_pain)
    return held.with_columns(pl.when(holds).then(one) for one in told).with_columns(plan_raised)


def episode_practice(practice: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """The episodes with what was done over each (EpisodePractice): rows and order of `episodes` stay.

    `practice`: weekly_practice. The flare-up rate is per 100 weeks that tell; a week is told by its sessions.

    >>> import polars as pl
    >>> weeks = {"episode_id": ["e", "e"], "week": [0, 1], "ball_days": [3, 1], "practice_days": [3, 2]}
    >>> told = pl.DataFrame(weeks).with_columns(flare=pl.Series([0.0, 1.0]), plan_load=60.0, plan_raised=0.0)
    >>> made = episode_practice(told, pl.DataFrame({"episode_id": ["e"], "bed_rest_days": [3]}))
    >>> made.select("ball_days_wk1", "bed_rest_band", "first_flare", "flares_per_100_weeks").row(0)
    (3, '3-4', 1, 50.0)
    """
    over = practice.sort("episode_id", "week").group_by("episode_id", maintain_order=True).agg(*OVER_EPISODE)
    made = episodes.join(over, on="episode_id", how="left", maintain_order="left")
    made = made.with_columns(bed_rest_band)
    told = EpisodePractice.cast(made.select(EpisodePractice.column_names()))
    return episodes.hstack(told.drop("episode_id").get_columns())
