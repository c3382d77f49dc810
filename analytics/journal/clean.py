"""Text frames -> Journal: every line is kept, refused by a named rule, or a duplicate; none is lost."""

from __future__ import annotations

import polars as pl

from analytics.journal.account import account_for, coverage_of, measured_in
from analytics.journal.duplicates import KEYS, find_duplicates, gather_sessions
from analytics.journal.lines import ADDED_AFTER, typed_lines
from analytics.journal.privacy import read_key
from analytics.journal.read import Export
from analytics.vocabulary.records import Findings
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import INPUTS, TABLES
from analytics.vocabulary.settings import Settings


def clean_journal(exports: list[Export], settings: Settings) -> Journal:
    """The tables of METHODS 1 with the fate of every line.

    Raises where an installation's key cannot be used.
    """
    key = read_key(settings)
    lines, mended = _all_lines(exports, settings, key=key)
    tables, findings = {}, [_refused_by_reader(exports)]
    for table in INPUTS:
        fate = find_duplicates(lines[table], table=table)
        findings += [_findings(fate, table), _mends(fate, mended[table], table)]
        kept = fate.filter(pl.col("rule").is_null())
        tables[table] = _finished(kept, table)
    tables["clinics"] = _every_clinic(tables)
    found = pl.concat(findings).sort("file", "line", "table", "outcome", "rule")
    accounting = account_for(exports, lines, found, tables["sessions"])
    return Journal(
        **tables,
        findings=_with_clinic_of_file(found, accounting),
        accounting=accounting,
        coverage=coverage_of(exports, tables["sessions"]),
        measured=measured_in(tables),
    )


def _all_lines(
    exports: list[Export], settings: Settings, *, key: bytes
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """By table: one row a readable line with its file, in the order in which files and lines were read."""
    lines: dict[str, list[pl.DataFrame]] = {table: [_no_lines(table)] for table in INPUTS}
    mended: dict[str, list[pl.DataFrame]] = {table: [_NO_MENDS] for table in INPUTS}
    for number, export in enumerate(exports):
        typed, mends = typed_lines(export, settings, key=key)
        gathered = pl.lit(export.mapping.lines_per_record == "many").alias("gathered")
        here = pl.lit(export.file).alias("source_file")
        lines[export.mapping.table].append(typed.with_columns(here, gathered, pl.lit(number).alias("export")))
        mended[export.mapping.table].append(mends.with_columns(here))
    return (
        {table: pl.concat(parts) for table, parts in lines.items()},
        {table: pl.concat(parts) for table, parts in mended.items()},
    )


_NO_MENDS = pl.DataFrame(
    schema={"line": pl.Int32, "rule": pl.String, "column": pl.String, "source_file": pl.String}
)


def _no_lines(table: str) -> pl.DataFrame:
    own = {name: column.dtype for name, column in TABLES[table].columns().items() if name not in ADDED_AFTER}
    head = {"line": pl.Int32, "rule": pl.String, "rule_column": pl.String}
    tail = {"source_file": pl.String, "gathered": pl.Boolean, "export": pl.Int32}
    return pl.DataFrame(schema=head | own | tail)


def _finished(kept: pl.DataFrame, table: str) -> pl.DataFrame:
    """The kept lines as the schema has them, in the order of their keys, which no two of them share."""
    if table == "sessions":
        kept = gather_sessions(kept).with_columns(
            source_line=pl.col("line"),
            session_id=pl.format(
                "{}@{}-{}", "patient_id", "clinic_id", pl.col("performed_at").dt.strftime("%Y%m%dT%H%M%S")
            ),
        )
    ordered = kept.sort(KEYS[table], maintain_order=True)
    return TABLES[table].validate(ordered.select(TABLES[table].column_names()))


def _with_clinic_of_file(found: pl.DataFrame, accounting: pl.DataFrame) -> pl.DataFrame:
    """A line that does not say its clinic is of the one clinic of its file, where there is but one."""
    of_file = accounting.filter(pl.col("clinic_id") != "several").select("file", "table", whose="clinic_id")
    filled = found.join(of_file, on=["file", "table"], how="left", maintain_order="left").with_columns(
        pl.coalesce("clinic_id", "whose").alias("clinic_id")
    )
    return Findings.validate(filled.select(Findings.column_names()))


def _every_clinic(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The clinics table, with a row for each clinic that only the sessions name."""
    named = tables["clinics"].with_columns(pl.coalesce("clinic_name", "clinic_id").alias("clinic_name"))
    others = tables["sessions"].select("clinic_id").unique().join(named, on="clinic_id", how="anti")
    unnamed = others.with_columns(clinic_name="clinic_id")
    return TABLES["clinics"].validate(pl.concat([named, unnamed], how="diagonal").sort("clinic_id"))


def _refused_by_reader(exports: list[Export]) -> pl.DataFrame:
    rows = [
        export.broken.select(
            pl.lit(export.file).alias("file"), pl.col("source_line").alias("line"),
            pl.lit(export.mapping.table).alias("table"),
            pl.lit(export.mapping.constants.get("clinic_id"), pl.String).alias("clinic_id"),
            pl.lit(None, pl.String).alias("patient_id"), pl.lit("refused").alias("outcome"), "rule",
            pl.lit(None, pl.String).alias("column"),
        )
        for export in exports
    ]  # fmt: skip
    return pl.concat([Findings.create_empty(), *rows])


def _findings(fate: pl.DataFrame, table: str) -> pl.DataFrame:
    lost = fate.filter(pl.col("rule").is_not_null())
    return lost.select(
        pl.col("source_file").alias("file"), "line", pl.lit(table).alias("table"), "clinic_id",
        "patient_id" if "patient_id" in lost.columns else pl.lit(None, pl.String).alias("patient_id"),
        "outcome", "rule", pl.col("rule_column").alias("column"),
    )  # fmt: skip


def _mends(fate: pl.DataFrame, mended: pl.DataFrame, table: str) -> pl.DataFrame:
    """Findings of what was mended, only in lines that are kept in the end."""
    kept = fate.filter(pl.col("rule").is_null()).drop("rule", "outcome")
    both = mended.join(kept, on=["source_file", "line"], how="inner", maintain_order="left")
    return _findings(both.with_columns(rule_column="column", outcome=pl.lit("repaired")), table)
