"""The books: what became of every line, which weeks the exports cover, which columns they hold."""

from __future__ import annotations

import polars as pl

from analytics.journal.read import Export
from analytics.vocabulary.records import Accounting


def account_for(
    exports: list[Export], lines: dict[str, pl.DataFrame], findings: pl.DataFrame, sessions: pl.DataFrame
) -> pl.DataFrame:
    """One row an export: lines = kept + refused + duplicates."""
    made = sessions.group_by(pl.col("source_file").alias("file")).agg(pl.len().alias("made"))
    fates = findings.group_by("file", "table").agg(
        (pl.col("outcome") == "refused").sum().alias("refused"),
        (pl.col("outcome") == "duplicate").sum().alias("duplicates"),
        pl.col("line").filter(pl.col("outcome") == "repaired").n_unique().alias("repaired"),
    )
    account = (
        _lines_read(exports)
        .join(_clinic_of_file(lines), on="file", how="left")
        .join(fates, on=["file", "table"], how="left")
        .join(made, on="file", how="left")
        .with_columns(pl.col("refused", "duplicates", "repaired", "made").fill_null(0))
        .with_columns(kept=pl.col("lines") - pl.col("refused") - pl.col("duplicates"))
        .with_columns(rows=pl.when("gathered").then("made").otherwise("kept"))
        .with_columns(pl.col("clinic_id").fill_null("several"))
    )
    return Accounting.validate(
        Accounting.cast(account.select(Accounting.column_names())).sort("file", "table")
    )


def _lines_read(exports: list[Export]) -> pl.DataFrame:
    rows = [
        (
            export.file, export.mapping.table, export.frame.height + export.broken.height,
            export.mapping.lines_per_record == "many",
        )
        for export in exports
    ]  # fmt: skip
    columns = {"file": pl.String, "table": pl.String, "lines": pl.Int64, "gathered": pl.Boolean}
    return pl.DataFrame(rows, schema=columns, orient="row")


def _clinic_of_file(lines: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The one clinic of a file; 'several' where it holds more."""
    named = pl.concat([frame.select("source_file", "clinic_id") for frame in lines.values()]).drop_nulls()
    one = pl.when(pl.col("clinic_id").n_unique() == 1).then(pl.col("clinic_id").first())
    return named.group_by(pl.col("source_file").alias("file")).agg(
        one.otherwise(pl.lit("several")).alias("clinic_id")
    )


def coverage_of(exports: list[Export], sessions: pl.DataFrame) -> pl.DataFrame:
    """The days that a sessions file covers of a clinic: declared by its mapping, or first to last session."""
    seen = sessions.group_by(pl.col("source_file").alias("file"), "clinic_id").agg(
        pl.col("performed_at").min().dt.date().alias("covers_from"),
        pl.col("performed_at").max().dt.date().alias("covers_to"),
    )
    declared = pl.DataFrame(
        [
            {"file": export.file, "first": export.mapping.covers.first, "last": export.mapping.covers.last}
            for export in exports
            if export.mapping.covers
        ],
        schema={"file": pl.String, "first": pl.Date, "last": pl.Date},
    )
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
