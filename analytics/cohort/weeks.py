"""Patient-weeks: week w = floor((local date - episode start) / 7), from 0.

They run to the horizon, to discharge or to the next episode, whichever comes first.
"""

from __future__ import annotations

import polars as pl

from analytics.cohort.adherence import adherence, adherence_capped, sessions_done, state
from analytics.cohort.coverage import covered_spans
from analytics.cohort.episodes import WHO, in_time, keyed, moment
from analytics.cohort.intensity import mean_rpe, session_load, weekly_load, weekly_minutes
from analytics.cohort.pain import acute_response, baseline, pain_reduction, ratings, weekly_pain
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import PatientWeeks
from analytics.vocabulary.settings import Settings

WEEK = 7  # days
week = ((pl.col("session_date") - pl.col("starts_on")).dt.total_days() // WEEK).cast(pl.Int32).alias("week")


def weekly(journal: Journal, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week of one episode (PatientWeeks).

    Weeks without a journal are rows too, never left out.

    >>> an.weekly(journal, an.describe_episodes(journal, settings), settings)["week"].max()
    12
    """
    done = _worked_weeks(journal.sessions, episodes)
    weeks = (
        _calendar(episodes, settings)
        .join(done, on=["episode", "week"], how="left", maintain_order="left")
        .with_columns(pl.col("logged").fill_null(0))
        .with_row_index("place")
    )
    weeks = _covered(weeks, journal.coverage)
    weeks = _prescribed(weeks, journal.plans).with_columns(state)
    idle = pl.col("state") == "not_logged"
    # nothing logged is no work, where work is written down at all; else a journal without ratings would say 0
    told = {name: pl.col(name).is_not_null().any().over("episode") for name in ("load", "minutes")}
    nothing = [pl.when(idle & known).then(0.0).otherwise(name).alias(name) for name, known in told.items()]
    weeks = weeks.with_columns(sessions_done, *nothing).with_columns(adherence).with_columns(adherence_capped)
    weeks = weeks.sort("clinic_id", "patient_id", "starts_on", "week").with_columns(baseline)
    return PatientWeeks.cast(weeks.with_columns(pain_reduction).select(PatientWeeks.column_names()))


def _calendar(episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Every week of every episode that had begun by as_of."""
    following = pl.col("starts_on").shift(-1).over(WHO, order_by="starts_on")
    until = [
        pl.lit(settings.definitions.horizon_weeks),
        (pl.col("discharged_on") - pl.col("starts_on")).dt.total_days() // WEEK,
        (pl.lit(settings.as_of) - pl.col("starts_on")).dt.total_days() // WEEK,
        (following - pl.col("starts_on")).dt.total_days() // WEEK - 1,
    ]
    last = pl.min_horizontal(until).clip(lower_bound=0)
    return (
        episodes.with_row_index("episode").select(
            *WHO, "episode", "episode_id", "starts_on", pl.col("baseline_pain").alias("intake_pain"),
            pl.int_ranges(0, last + 1, dtype=pl.Int32).alias("week"),
        )
        .explode("week")
        .with_columns(week_starts=pl.col("starts_on") + pl.duration(days=WEEK * pl.col("week")))
    )  # fmt: skip


def placed(sessions: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """One row is one session in its episode, by clinic, patient and time.

    `episode`: the place of its episode among these, which are all of these patients; `starts_on`: its first
    day.
    """
    sessions = in_time(sessions)
    begun = keyed(episodes.select(*WHO, "starts_on").with_row_index("episode"), sessions, day="starts_on")
    return sessions.with_columns(moment("session_date").alias("at")).join_asof(
        begun.select("at", "episode", "starts_on"), on="at", strategy="backward"
    )


def _worked_weeks(sessions: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """One row is one week with a session: what was done, how hard, and the pain before it.

    `episode`: the place of its episode.
    """
    of_episode = placed(sessions.with_columns(session_load), episodes)
    return of_episode.group_by("episode", week).agg(
        pl.len().cast(pl.Int32).alias("logged"),
        weekly_pain, ratings, acute_response, weekly_load, weekly_minutes, mean_rpe,
        pl.col("supervised").mean().alias("supervised_share"),
        (pl.col("setting") == "home").mean().alias("home_share"),
        pl.col("flare_up").sum().cast(pl.Int32).alias("flare_ups"),
    )  # fmt: skip


def _covered(weeks: pl.DataFrame, coverage: pl.DataFrame) -> pl.DataFrame:
    """Mark the weeks of which an export holds all seven days."""
    spans = covered_spans(coverage)
    inside = (pl.col("week_starts") >= pl.col("covers_from")) & (
        pl.col("week_starts") + pl.duration(days=WEEK - 1) <= pl.col("covers_to")
    )
    held = (
        weeks.select("place", "clinic_id", "week_starts").join(spans, on="clinic_id").filter(inside)["place"]
    )
    return weeks.with_columns(covered=pl.col("place").is_in(held.implode()))


def _prescribed(weeks: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """Sessions prescribed for a week.

    Each day counts a seventh of the weekly number of the plan valid on it.
    """
    following = pl.col("valid_from").shift(-1).over(WHO, order_by="valid_from")
    asked = plans.sort("valid_from", maintain_order=True).select(
        *WHO, "valid_from", "sessions_per_week",
        until=pl.min_horizontal("valid_to", following - pl.duration(days=1)),
    )  # fmt: skip
    first = pl.max_horizontal("week_starts", "valid_from")
    last = pl.min_horizontal(pl.col("week_starts") + pl.duration(days=WEEK - 1), "until")
    days = ((last - first).dt.total_days() + 1).alias("days")
    of_weeks = (
        weeks.select("place", *WHO, "week_starts")
        .join(asked.drop_nulls("sessions_per_week"), on=WHO)
        .filter(days > 0)
        .group_by("place")
        .agg(((pl.col("sessions_per_week") * days).sum() / WEEK).round(6).alias("sessions_prescribed"))
    )
    return weeks.join(of_weeks, on="place", how="left", maintain_order="left")
