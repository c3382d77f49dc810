"""Data-quality checks beyond a line: counted for groups of whole clinics, judged once for the run.

The rules stand in vocabulary/rules.toml. What a check counts and when it has found something is kept apart:
counting needs rows, judging needs thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from analytics.journal.quality.books import check_books
from analytics.journal.quality.completeness import check_columns
from analytics.journal.quality.identities import check_people, check_transfers
from analytics.journal.quality.measured import check_measures
from analytics.journal.quality.plausibility import (
    Limits,
    clock_probes,
    sessions_in_order,
    time_probes,
    value_probes,
)
from analytics.journal.quality.tally import empty_tally, tally
from analytics.journal.quality.volume import check_volume
from analytics.vocabulary.records import Checks
from analytics.vocabulary.results import Journal
from analytics.vocabulary.rules import FOUND, RULES, THRESHOLDS
from analytics.vocabulary.settings import Settings


def limits_of(settings: Settings) -> Limits:
    """By name: the threshold or limit in force."""
    chosen = THRESHOLDS | settings.quality.thresholds
    return chosen.__getitem__


def count_checks(journal: Journal, settings: Settings) -> pl.DataFrame:
    """What the checks count in the rows of whole clinics: one row a clinic, check and column."""
    limit = limits_of(settings)
    sessions = sessions_in_order(journal)
    probes = [*value_probes(limit), *time_probes(limit), *clock_probes(sessions)]
    return pl.concat(
        [
            tally(sessions, probes, table="sessions"),
            check_columns(journal, sessions),
            check_people(journal, limit),
            check_measures(journal, limit),
            check_volume(journal, limit, as_of=settings.as_of),
        ]
    )


def judge_checks(
    counts: Iterable[pl.DataFrame], books: Journal, people: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Checks: what was counted, with the books of the whole run and the transfers between clinics, judged.

    `books` needs no rows. `people` is one row a clinic and patient who has sessions, of all clinics.
    """
    counted = pl.concat([empty_tally(), *counts])
    kept = counted.filter(pl.col("check") == "rows_kept").select("clinic_id", "table", "of_patients")
    transfers = [check_transfers(people)] if settings.privacy.id_scope == "network" else []
    return judged(pl.concat([counted, check_books(books, kept), *transfers]), settings)


def check_journal(journal: Journal, settings: Settings) -> pl.DataFrame:
    """Checks of a journal whose clinics are all in memory.

    >>> "pass" in an.check_journal(journal, settings)["status"]
    True
    """
    people = journal.sessions.select("clinic_id", "patient_id").unique()
    return judge_checks([count_checks(journal, settings)], journal, people, settings)


def judged(counted: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Counts with their share, the threshold in force, and whether it is too much."""
    limit = limits_of(settings)
    rules = pl.DataFrame(
        [(rule.name, limit(rule.name), rule.least, FOUND[rule.severity]) for rule in RULES.values()],
        schema={"check": pl.String, "threshold": pl.Float64, "least": pl.Int64, "found": pl.String},
        orient="row",
    )
    share = pl.when(pl.col("of") > 0).then(pl.col("violated") / pl.col("of"))
    status = (
        pl.when((pl.col("of") == 0) | (pl.col("of") < pl.col("least")))
        .then(pl.lit("untested"))
        .when(pl.col("share") > pl.col("threshold"))
        .then("found")
        .otherwise(pl.lit("pass"))
    )
    rows = counted.join(rules, on="check", how="left").with_columns(share=share).with_columns(status=status)
    return Checks.validate(Checks.cast(rows.select(Checks.column_names())).sort(Checks.primary_key()))
