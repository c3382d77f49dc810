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
# The same patient has an episode at another clinic: only ids that the network shares can tell.
transferred = (pl.col("clinic_id").n_unique().over("patient_id") > 1).alias("transferred")
episode_id = pl.format("{}@{}#{}", "patient_id", "clinic_id", "number").alias("episode_id")


def describe_episodes(journal: Journal, settings: Settings) -> pl.DataFrame:
    """One row is one episode of care with its intake.

    What follows from its weeks is added by add_outcomes.

    >>> an.describe_episodes(journal, settings)["episode_id"].is_unique().all()
    True
    """
    gap = settings.definitions.episode_gap_days
    spans = (
        _opened(in_time(journal.sessions), journal.patients, gap_days=gap)
        .group_by(pl.col("opens").cum_sum().alias("episode"), maintain_order=True)
        .agg(
            pl.col(*WHO, "person").first(),
            pl.col("session_date").first().alias("starts_on"),
            pl.col("session_date").last().alias("ends_on"),
            pl.len().cast(pl.Int32).alias("sessions"),
        )
        .with_columns(
            number=(pl.col("episode") - pl.col("episode").first().over("person") + 1).cast(pl.Int32)
        )
        .with_columns(episode_id, transferred)
        .drop("episode", "person")
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


def in_time(sessions: pl.DataFrame) -> pl.DataFrame:
    """Sessions by clinic, patient and time, with their `session_date` and `person`, counted in that order."""
    if "person" in sessions.columns:
        return sessions
    new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in WHO).alias("new")
    later = (pl.col("performed_at") >= pl.col("performed_at").shift()).alias("later")
    order = sessions.select(new, later)
    people = sessions.select(*WHO).filter(order["new"])
    if not (order["new"] | order["later"]).all() or not people.equals(people.unique().sort(WHO)):
        sessions = sessions.sort(*WHO, "performed_at")
        order = sessions.select(new)
    return sessions.with_columns(session_date, order["new"].cast(pl.Int64).cum_sum().alias("person"))


def _opened(sessions: pl.DataFrame, patients: pl.DataFrame, *, gap_days: int) -> pl.DataFrame:
    """The sessions, each with whether it `opens` an episode: after a pause, a referral or surgery."""
    before = pl.col("session_date").shift()
    paused = (pl.col("session_date") - before).dt.total_days() > gap_days
    anew = _changed_person | paused.fill_null(True)
    events = keyed(_events(patients), sessions, day="event")
    if events.height:
        dated = sessions.select(moment("session_date").alias("at"), (before.cast(pl.Int64)).alias("before"))
        last = dated.join_asof(events.select("at", event="at"), on="at", strategy="backward")
        # an event after the person's session before lies between the two, and the key of another is no day
        sent = (last["event"] - sessions["person"] * DAYS > last["before"]).fill_null(False)
        return sessions.with_columns(opens=anew | sent)
    return sessions.with_columns(opens=anew)


DAYS = 1_000_000  # more days than any date counts from 1970: a person's days never reach the next person's
_changed_person = pl.col("person") != pl.col("person").shift().fill_null(0)


def moment(day: str) -> pl.Expr:
    """One number that sorts by person, then by day."""
    return pl.col("person") * DAYS + pl.col(day).cast(pl.Int64)


def keyed(rows: pl.DataFrame, sessions: pl.DataFrame, *, day: str) -> pl.DataFrame:
    """Rows of people with a session, in the order of their `moment`, which they carry as `at`."""
    persons = sessions.select(*WHO, "person").filter(_changed_person)
    return rows.join(persons, on=WHO, how="inner").with_columns(moment(day).alias("at")).sort("at")


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
