"""The books: what became of every line, which weeks the exports cover, which columns they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from analytics.journal.spool import Group, of
from analytics.vocabulary.records import Accounting, Fates
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import INPUTS, TABLES

WHOSE = ["file", "table", "clinic_id", "patient_id", "outcome", "rule"]  # a row of fates
COUNTS = ("lines", "kept", "refused", "duplicates", "rows", "repaired")


def account_for(group: Group, *, findings: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """One row an export: lines = kept + refused + duplicates, of the clinics of a group.

    `made`: rows by export. An export stands in the account even where no line of it does.
    """
    named = made.join(group.spool.exports.select("export", "file", "table"), on="export")
    rows = named.group_by("file", "table").agg(pl.col("rows").sum())
    fates = findings.group_by("file", "table").agg(
        (pl.col("outcome") == "refused").sum().alias("refused"),
        (pl.col("outcome") == "duplicate").sum().alias("duplicates"),
        pl.col("line").filter(pl.col("outcome") == "repaired").n_unique().alias("repaired"),
    )
    account = (
        _lines_read(group)
        .join(fates, on=["file", "table"], how="left")
        .join(rows, on=["file", "table"], how="left")
        .with_columns(pl.col("refused", "duplicates", "repaired", "rows").fill_null(0))
        .with_columns(kept=pl.col("lines") - pl.col("refused") - pl.col("duplicates"))
    )
    return _as_account(account)


def _as_account(account: pl.DataFrame) -> pl.DataFrame:
    return Accounting.cast(account.select(Accounting.column_names()).sort("file", "table"))


def _lines_read(group: Group) -> pl.DataFrame:
    """One row a file and table: how many lines of the clinics were read, and whose the file is."""
    spool, clinics = group.spool, group.clinics
    counted = spool.parts.filter(of(clinics)).group_by("export").agg(pl.col("lines").sum())
    listed = spool.exports.with_columns(pl.col("clinic_id").fill_null("several"))
    how = "left" if clinics is None else "inner"  # what has no line at all is told once, with the rest
    of_exports = listed.join(counted, on="export", how=how).with_columns(pl.col("lines").fill_null(0))
    one = pl.when(pl.col("clinic_id").n_unique() == 1).then(pl.col("clinic_id").first())
    return of_exports.group_by("file", "table").agg(
        pl.col("lines").sum(), one.otherwise(pl.lit("several")).alias("clinic_id")
    )


def fates_of(findings: pl.DataFrame) -> pl.DataFrame:
    """Fates: the findings counted by patient, file and rule, small however many lines there are."""
    counted = findings.group_by(WHOSE).agg(
        pl.len().cast(pl.Int32).alias("lines"), pl.col("line").min().alias("first_line")
    )
    return Fates.cast(counted.select(Fates.column_names()).sort(WHOSE))


def coverage_of(exports: pl.DataFrame, sessions: pl.DataFrame) -> pl.DataFrame:
    """The days that a sessions file covers of a clinic: declared by its mapping, or first to last session."""
    seen = sessions.group_by(pl.col("source_file").alias("file"), "clinic_id").agg(
        pl.col("performed_at").min().dt.date().alias("covers_from"),
        pl.col("performed_at").max().dt.date().alias("covers_to"),
    )
    declared = exports.filter(pl.col("first").is_not_null()).select("file", "first", "last")
    return (
        seen.join(declared, on="file", how="left")
        .select(
            "clinic_id", "file", pl.coalesce("first", "covers_from").alias("covers_from"),
            pl.coalesce("last", "covers_to").alias("covers_to"),
        )
        .sort("clinic_id", "file")
    )  # fmt: skip


def measured_in(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """One row a clinic, table and column: rows, and how many of them hold something."""
    counted = [
        frame.group_by("clinic_id")
        .agg(pl.len().cast(pl.Int64).alias("rows"), pl.exclude("rows").is_not_null().sum().cast(pl.Int64))
        .unpivot(index=["clinic_id", "rows"], variable_name="column", value_name="present")
        .select("clinic_id", pl.lit(table).alias("table"), "column", "rows", "present")
        for table, frame in tables.items()
    ]
    return pl.concat(counted).sort("clinic_id", "table", "column")


def joined(journals: Iterable[Journal]) -> Journal:
    """One Journal of many, each of other clinics and in their order; its books are checked here, once."""
    parts = list(journals)

    def together(name: str) -> pl.DataFrame:
        return pl.concat([getattr(part, name) for part in parts])

    account = (
        together("accounting")
        .group_by("file", "table")
        .agg(pl.col(COUNTS).sum(), pl.col("clinic_id").filter(pl.col("lines") > 0).first())
    )
    tables = {table: together(table) for table in INPUTS}
    tables["clinics"] = TABLES["clinics"].validate(tables["clinics"])
    return Journal(
        **tables,
        findings=together("findings").sort("file", "line", "table", "outcome", "rule"),
        fates=Fates.validate(together("fates").sort(WHOSE)),
        accounting=Accounting.validate(
            _as_account(account.with_columns(pl.col("clinic_id").fill_null("several")))
        ),
        coverage=together("coverage"),
        measured=together("measured"),
    )


def without_rows(journal: Journal) -> Journal:
    """The books alone: no session, intake, plan, measure or finding."""
    emptied = {name: getattr(journal, name).clear() for name in (*INPUTS, "findings") if name != "clinics"}
    return replace(journal, **emptied)
