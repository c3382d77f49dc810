"""Episodes of care: a patient's sessions at one clinic with no long gap.

A referral or surgery starts a new one.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from analytics.cohort.case_mix import age_band, phase, post_surgical
from analytics.vocabulary.results import Journal
from analytics.vocabulary.settings import Settings

WHO = ["clinic_id", "patient_id"]
INTAKE_GRACE_DAYS = 14  # an intake may be written down up to two weeks after the first session
session_date = pl.col("performed_at").dt.date().alias("session_date")
episode_id = pl.format("{}@{}#{}", "patient_id", "clinic_id", "number").alias("episode_id")


def describe_episodes(journal: Journal, settings: Settings) -> pl.DataFrame:
    """One row is one episode of care with its intake.

    What follows from its weeks is added by add_outcomes.
    """
    gap = settings.definitions.episode_gap_days
    spans = (
        _numbered(journal, gap_days=gap)
        .group_by(*WHO, "number")
        .agg(
            pl.col("session_date").min().alias("starts_on"),
            pl.col("session_date").max().alias("ends_on"),
            pl.len().cast(pl.Int32).alias("sessions"),
        )
        .with_columns(episode_id, transferred=pl.col("clinic_id").n_unique().over("patient_id") > 1)
        .sort(*WHO, "starts_on")
    )
    with_intake = _with_intake(spans, journal.patients)
    recent = (pl.col("starts_on") - pl.col("known_on")).dt.total_days() <= gap
    # a later episode without an intake of its own must not take the pain of an earlier one as baseline
    its_own = pl.col("starts_on") == pl.col("starts_on").min().over(*WHO, "known_on")
    return with_intake.with_columns(
        phase,
        age_band,
        post_surgical,
        baseline_pain=pl.when(recent & its_own).then("baseline_pain"),
        discharged_on=pl.when(pl.col("discharge_date") >= pl.col("starts_on")).then("discharge_date"),
    ).sort("clinic_id", "patient_id", "starts_on")


def _numbered(journal: Journal, *, gap_days: int) -> pl.DataFrame:
    """Sessions with the number of their episode, from 1 in order of time within clinic and patient."""
    sessions = journal.sessions.select(*WHO, "performed_at", session_date).sort(*WHO, "performed_at")
    dated = sessions.sort("session_date").join_asof(
        _events(journal.patients), left_on="session_date", right_on="event", by=WHO, strategy="backward",
        coalesce=False, check_sortedness=False,
    )  # fmt: skip
    before = pl.col("session_date").shift(1).over(WHO)
    paused = (pl.col("session_date") - before).dt.total_days() > gap_days
    sent_anew = (pl.col("event") > before).fill_null(False)
    return dated.sort(*WHO, "performed_at").with_columns(
        (1 + (paused.fill_null(False) | sent_anew).cast(pl.Int32).cum_sum().over(WHO)).alias("number")
    )


def _events(patients: pl.DataFrame) -> pl.DataFrame:
    """One row is one day on which a new episode may begin: a referral, or back surgery."""
    days = patients.select(*WHO, pl.concat_list("referral_date", "surgery_date").alias("event"))
    return days.explode("event").drop_nulls("event").unique().sort("event")


def _with_intake(spans: pl.DataFrame, patients: pl.DataFrame) -> pl.DataFrame:
    """The latest intake up to two weeks after the start; one without a date is the oldest."""
    known = pl.coalesce("intake_date", "referral_date", pl.lit(date(1900, 1, 1))).alias("known_on")
    intakes = patients.with_columns(known).sort("known_on")
    return (
        spans.with_columns(until=pl.col("starts_on") + pl.duration(days=INTAKE_GRACE_DAYS))
        .sort("until")
        .join_asof(
            intakes, left_on="until", right_on="known_on", by=WHO, strategy="backward", coalesce=False,
            check_sortedness=False,
        )
    )  # fmt: skip
