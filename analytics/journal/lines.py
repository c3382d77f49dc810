"""One export -> one row a line: its typed cells, the rule that refuses it, and what was mended in it."""

from __future__ import annotations

from datetime import date

import polars as pl

from analytics.journal.mapping import Mapping
from analytics.journal.privacy import pseudonyms
from analytics.journal.read import Export
from analytics.journal.rules import readings, refusals
from analytics.journal.table import LINE
from analytics.vocabulary.schema import TABLES
from analytics.vocabulary.settings import Settings

ADDED_AFTER = frozenset({"source_file", "source_line", "session_id"})  # columns that no single line tells


def typed_lines(export: Export, settings: Settings, *, key: bytes) -> tuple[pl.DataFrame, pl.DataFrame]:
    """One row a readable line: its typed cells, and `rule` and `rule_column`, empty where it may stay.

    The second frame has one row a mend: line, rule, column.
    """
    mapping, read = export.mapping, readings(export.mapping)
    marks = {f"{ours}!{rule}": mark for ours, one in read.items() for rule, mark in one.refused}
    mends = {f"{ours}~{rule}": mark for ours, one in read.items() for rule, mark in one.mended}
    cells = {ours: one.value for ours, one in read.items()}
    frame = export.frame.select(pl.col(LINE).alias("line"), **cells, **marks, **mends)
    if {"performed_at", "logged_at"} <= set(read):
        early = pl.col("logged_at") < pl.col("performed_at")
        mends["logged_at~logged_before_performed"] = early
        frame = frame.with_columns(early.alias("logged_at~logged_before_performed")).with_columns(
            pl.when(early.not_()).then("logged_at").alias("logged_at")
        )
    rules = refusals(mapping, read, as_of=settings.as_of)
    frame = frame.with_columns(
        pl.coalesce([pl.when(mark).then(pl.lit(rule)) for rule, _, mark in rules]).alias("rule"),
        pl.coalesce([pl.when(mark).then(pl.lit(ours)) for _, ours, mark in rules]).alias("rule_column"),
    )
    mended = _mended(frame, list(mends))
    frame = _pseudonymous(frame, settings, key=key)
    return _complete(frame, mapping, as_of=settings.as_of), mended


def _mended(frame: pl.DataFrame, marks: list[str]) -> pl.DataFrame:
    """One row a mend of a line that stays; a rule counts once a line, with the first column it mended."""
    kept = frame.filter(pl.col("rule").is_null())
    rows = [
        kept.filter(pl.col(mark)).select(
            "line", pl.lit(mark.split("~")[1]).alias("rule"), pl.lit(mark.split("~")[0]).alias("column")
        )
        for mark in marks
    ]
    empty = pl.DataFrame(schema={"line": pl.Int32, "rule": pl.String, "column": pl.String})
    return pl.concat([empty, *rows]).unique(["line", "rule"], keep="first", maintain_order=True)


def _pseudonymous(frame: pl.DataFrame, settings: Settings, *, key: bytes) -> pl.DataFrame:
    """Replace patients' and therapists' ids.

    A therapist belongs to a clinic, a patient to the scope of the ids.
    """
    scope = pl.col("clinic_id") if settings.privacy.id_scope == "clinic" else pl.lit("network")
    for column, prefix, within in (("patient_id", "p", scope), ("therapist_id", "t", pl.col("clinic_id"))):
        if column not in frame.columns:
            continue
        joined = pl.concat_str(within.fill_null("?"), pl.col(column), separator="\x1f")
        ids = frame.select(within.fill_null("?").alias("scope"), column).drop_nulls().unique().rows()
        known = pseudonyms(ids, key, prefix=prefix)
        frame = frame.with_columns(
            joined.replace_strict(known, default=None, return_dtype=pl.String).alias(column)
        )
    return frame


def _complete(frame: pl.DataFrame, mapping: Mapping, *, as_of: date) -> pl.DataFrame:
    """All columns of the table in its order, with what follows from others: age, scale of exertion."""
    have = set(frame.columns)
    if mapping.table == "patients" and "age" not in have:
        frame = frame.with_columns(_age(have, as_of))
    if mapping.table == "sessions" and "rpe" in have:
        scale = "RPE6_20" if mapping.units.get("rpe") == "RPE6_20" else "CR10"
        frame = frame.with_columns(
            pl.when(pl.col("rpe").is_not_null()).then(pl.lit(scale)).alias("rpe_scale")
        )
    columns = TABLES[mapping.table].columns()
    return frame.select(
        "line", "rule", "rule_column",
        *(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(column.dtype).alias(name)
            for name, column in columns.items()
            if name not in ADDED_AFTER
        ),
    )  # fmt: skip


def _age(have: set[str], as_of: date) -> pl.Expr:
    """Whole years at intake (at as_of where no intake date is known).

    From a birth year alone it may be one too many.
    """
    at = pl.coalesce("intake_date", pl.lit(as_of)) if "intake_date" in have else pl.lit(as_of)
    if "birth_date" in have:
        birthday_to_come = at.dt.strftime("%m%d") < pl.col("birth_date").dt.strftime("%m%d")
        return (at.dt.year() - pl.col("birth_date").dt.year() - birthday_to_come.cast(pl.Int32)).alias("age")
    return (at.dt.year() - pl.col("birth_year") if "birth_year" in have else pl.lit(None)).alias("age")
