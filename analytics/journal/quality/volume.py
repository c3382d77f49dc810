"""Checks of how much there is and when: a clinic against its own pace, and files against each other."""

from __future__ import annotations

from datetime import date

import polars as pl

from analytics.journal.quality.plausibility import Limits
from analytics.journal.quality.tally import as_tally
from analytics.vocabulary.results import Journal

USUAL_WINDOWS = 6  # windows before the last one that say what is usual
LEAST_WINDOWS = 3
LEAST_SESSIONS = 20  # of a usual window, so that half of it is no accident: P(<= 10 | 20) = 0.01


def check_volume(journal: Journal, limit: Limits, *, as_of: date) -> pl.DataFrame:
    """One row a clinic and check: 1 of 1 where the clinic's pace broke."""
    days = (
        journal.sessions.group_by("clinic_id", pl.col("performed_at").dt.date().alias("day"))
        .agg(pl.len().alias("sessions"))
        .sort("clinic_id", "day")
    )
    reached = journal.coverage.group_by("clinic_id").agg(pl.col("covers_to").max().alias("until"))
    last = days.group_by("clinic_id").agg(pl.col("day").max().alias("last"))
    ends = last.join(reached, on="clinic_id", how="left").with_columns(
        until=pl.min_horizontal(pl.max_horizontal("until", "last"), pl.lit(as_of))
    )
    silent = ends.select(
        "clinic_id", violated=(pl.lit(as_of) - pl.col("last")).dt.total_days() > limit("silent_days"), of=1
    )
    return pl.concat(
        [
            as_tally(silent, "clinic_silent", table="sessions"),
            as_tally(_fell(days, ends, limit), "volume_fell", table="sessions"),
            as_tally(_rests(days, limit), "days_without_sessions", table="sessions"),
            as_tally(_overlaps(journal.coverage), "exports_overlap", table="sessions"),
        ]
    )


def _fell(days: pl.DataFrame, ends: pl.DataFrame, limit: Limits) -> pl.DataFrame:
    """Sessions missing of those that a usual window has: `of` is the median of the windows before."""
    back = (pl.col("until") - pl.col("day")).dt.total_days() // int(limit("window_days"))
    counted = (
        days.join(ends, on="clinic_id")
        .with_columns(window=back, windows=(back.max() + 1).over("clinic_id"))
        # the first window of a clinic is seldom whole
        .filter(pl.col("window") < pl.min_horizontal(pl.col("windows") - 1, USUAL_WINDOWS + 1))
        .group_by("clinic_id", "windows", "window")
        .agg(pl.col("sessions").sum())
    )
    is_last = pl.col("window") == 0
    usual = counted.group_by("clinic_id", "windows").agg(
        usual=pl.col("sessions").filter(~is_last).median(),
        before=(~is_last).sum(),
        last=pl.col("sessions").filter(is_last).sum(),
    )
    judged = (pl.col("before") >= LEAST_WINDOWS) & (pl.col("usual") >= LEAST_SESSIONS)
    missing = (pl.col("usual") - pl.col("last")).clip(0)
    return usual.select(
        "clinic_id",
        violated=pl.when(judged).then(missing).otherwise(0).floor(),
        of=pl.when(judged).then("usual").otherwise(0).floor(),
    ).cast({"violated": pl.Int64, "of": pl.Int64})


def _rests(days: pl.DataFrame, limit: Limits) -> pl.DataFrame:
    span = (pl.col("day").max() - pl.col("day").min()).dt.total_days() + 1
    longest = pl.col("day").diff().dt.total_days().max() - 1
    found = days.group_by("clinic_id", maintain_order=True).agg(
        span=span, longest=longest, sessions=pl.col("sessions").sum()
    )
    busy = pl.col("sessions") / pl.col("span") * limit("gap_days") >= limit("gap_sessions")
    return found.select(
        "clinic_id", of=busy.cast(pl.Int64),
        violated=(busy & (pl.col("longest") > limit("gap_days"))).fill_null(False).cast(pl.Int64),
    )  # fmt: skip


def _overlaps(coverage: pl.DataFrame) -> pl.DataFrame:
    """Files that share more than the day on which one ends and the next begins."""
    reached = pl.col("covers_to").cum_max().shift().over("clinic_id")
    rows = coverage.sort("clinic_id", "covers_from", "covers_to").with_columns(
        again=pl.col("covers_from") < reached
    )
    return rows.group_by("clinic_id").agg(violated=pl.col("again").fill_null(False).sum(), of=pl.len())
