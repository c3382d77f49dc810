"""This run's checks against those of the last run that was not held: new, persisting, resolved."""

from __future__ import annotations

import polars as pl

from analytics.journal.quality.checks import judged
from analytics.journal.quality.tally import COLUMNS, as_tally
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.records import NETWORK, Checks, Trend
from analytics.vocabulary.rules import FOUND
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study

BY_TABLE = ["clinic_id", "table"]
AGAINST_LAST = ("clinic_vanished", "table_vanished", "column_vanished", "rows_halved", "rows_fell")
BEFORE = ("violated", "of", "patients", "share")


def last_checks(settings: Settings, *, data_hash: str) -> pl.DataFrame | None:
    """Checks of the last run that was not held, before this run's study takes its place; None: no such run.

    The same data compared again is compared with the same run, so that a day more changes nothing.
    """
    try:
        study = Study(settings.path(settings.study))
        facts = study.facts
        held = facts.get("gate", {}).get("decision") == "hold"
        again = facts.get("data_hash") == data_hash
        frame = study.frame("checks_before" if held or again else "checks").collect()
        return Checks.validate(frame.select(Checks.column_names()))
    except (InputError, OSError, ValueError, pl.exceptions.PolarsError):  # none, or of another version
        return None


def against_last(checks: pl.DataFrame, before: pl.DataFrame | None, settings: Settings) -> pl.DataFrame:
    """The checks with those that only two runs together tell: clinics, tables and rows that are gone."""
    if before is None:
        return checks
    both = _rows_of(before).join(_rows_of(checks), on=BY_TABLE, how="left", suffix="_now")
    both = both.rename({"of": "had", "of_now": "has"}).with_columns(pl.col("has").fill_null(0))
    present = pl.col("clinic_id").is_in(_rows_of(checks)["clinic_id"].unique().implode())
    gone, one = (pl.col("has") == 0).cast(pl.Int64), pl.lit(1).alias("of")
    sessions, other = both.filter(table="sessions"), both.filter(present, pl.col("table") != "sessions")
    fewer = (pl.col("had") - pl.col("has")).clip(0)
    fell = both.filter(pl.col("has") > 0).with_columns(violated=fewer, of="had")
    whole = both.select(clinic_id=pl.lit(NETWORK), violated=(pl.col("had").sum() - _total(checks)).clip(0),
                        of=pl.col("had").sum())  # fmt: skip
    tallies = [
        as_tally(sessions.with_columns(one, violated=gone), "clinic_vanished", table="sessions"),
        as_tally(whole.unique().filter(pl.col("of") > 0), "rows_halved"),
    ]
    for (table,), rows in other.group_by("table", maintain_order=True):
        tallies.append(as_tally(rows.with_columns(one, violated=gone), "table_vanished", table=f"{table}"))
    for (table,), rows in fell.group_by("table", maintain_order=True):
        tallies.append(as_tally(rows, "rows_fell", table=f"{table}"))
    more = judged(pl.concat([*tallies, _emptied(checks, before)]), settings)
    return Checks.validate(pl.concat([checks, more]).sort(Checks.primary_key()))


def _emptied(checks: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Columns that held something in the last run, and whether they are empty now."""
    absent = pl.col("check") == "column_absent"
    held = before.filter(absent, pl.col("violated") == 0).select("clinic_id", "table", "column")
    now = checks.filter(absent).join(held, on=["clinic_id", "table", "column"], how="semi")
    return now.with_columns(check=pl.lit("column_vanished")).select(*COLUMNS).cast(COLUMNS)


def _rows_of(checks: pl.DataFrame) -> pl.DataFrame:
    kept = checks.filter(pl.col("check") == "rows_kept", pl.col("of") > 0)
    return kept.select(*BY_TABLE, pl.col("of").cast(pl.Int64))


def _total(checks: pl.DataFrame) -> int:
    return int(_rows_of(checks)["of"].sum())


def compare_checks(now: pl.DataFrame, before: pl.DataFrame | None) -> pl.DataFrame:
    """Trend: every check of this run with its state; and those of the last run that are found no more.

    A clinic that is gone has resolved nothing.
    """
    keys = Checks.primary_key()
    untested = pl.col("status") == "untested"
    if before is None:
        state = pl.when(untested).then(pl.lit("untested")).otherwise(pl.lit("first run"))
        return _as_trend(now.with_columns(state.alias("state")))
    past = before.filter(~pl.col("check").is_in(AGAINST_LAST)).with_columns(was=_found("status"))
    then = past.select(*keys, "was", *(pl.col(name).alias(f"{name}_before") for name in BEFORE))
    both = now.join(then, on=keys, how="left").with_columns(
        state=pl.when(untested).then(pl.lit("untested"))
        .when(_found("status")).then(pl.when("was").then(pl.lit("persisting")).otherwise(pl.lit("new")))
        .when("was").then(pl.lit("resolved")).otherwise(pl.lit("passing"))
    )  # fmt: skip
    still = now.filter(~pl.col("check").is_in(AGAINST_LAST)).select("clinic_id").unique()
    gone = past.filter("was").join(now, on=keys, how="anti").join(still, on="clinic_id", how="semi")
    none = [pl.lit(0, pl.Int32).alias(name) for name in ("violated", "of", "patients", "of_patients")]
    resolved = gone.with_columns(pl.col(name).alias(f"{name}_before") for name in BEFORE).with_columns(
        *none, share=pl.lit(None, pl.Float64), status=pl.lit("pass"), state=pl.lit("resolved")
    )
    return _as_trend(pl.concat([both, resolved.select(both.columns)]))


def _found(status: str) -> pl.Expr:
    return pl.col(status).is_in(list(FOUND.values()))


def _as_trend(frame: pl.DataFrame) -> pl.DataFrame:
    lacking = [name for name in Trend.column_names() if name not in frame.columns]
    whole = frame.with_columns(pl.lit(None).alias(name) for name in lacking)
    return Trend.validate(Trend.cast(whole.select(Trend.column_names())).sort(Trend.primary_key()))
