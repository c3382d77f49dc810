"""Small tables that a clinician can read, as frames: what is not written is missing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl

from analytics.vocabulary.records import Accounting, Fates, Findings
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import TABLES
from analytics.vocabulary.settings import Settings, Source

AS_OF = date(2026, 6, 30)


def settings(**definitions) -> Settings:
    """The defaults of METHODS, as of 30 June 2026."""
    made = Settings(root=Path(), as_of=AS_OF, sources=(Source(files="x", mapping="y"),))
    return made.model_copy(update={"definitions": made.definitions.model_copy(update=definitions)})


def table(text: str) -> list[dict[str, str]]:
    """Rows of a table whose columns are parted by `|`; the first line names them."""
    lines = [line.strip() for line in text.strip().splitlines() if set(line.strip()) - set("-| ")]
    names, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [{name: cell for name, cell in zip(names, row, strict=True) if cell} for row in rows]


def rows_of(name: str, text: str, **same: str) -> pl.DataFrame:
    """The table as rows of a schema: columns that it lacks are empty, `same` are the same in every row."""
    columns = {column: kind.dtype for column, kind in TABLES[name].columns().items()}
    rows = [same | row for row in table(text)] if text else []
    read = {
        column: pl.Series(column, [row.get(column) for row in rows], dtype=pl.String) for column in columns
    }
    return pl.DataFrame([_cast(cells, columns[column]) for column, cells in read.items()])


def _cast(cells: pl.Series, dtype) -> pl.Series:
    if isinstance(dtype, pl.Datetime):
        return cells.str.to_datetime("%Y-%m-%d %H:%M", time_unit="us")
    if dtype == pl.Date:
        return cells.str.to_date("%Y-%m-%d")
    if dtype == pl.Boolean:
        return (cells == "yes").alias(cells.name)
    if isinstance(dtype, pl.List):
        return cells.str.split(";")
    return cells.cast(dtype)


def journal(sessions: str, *, patients: str = "", plans: str = "", covers: str = "", **same: str) -> Journal:
    """A journal of one clinic and one patient unless the tables say otherwise.

        `covers` is one table of clinic_id, covers_from, covers_to; without it the exports cover the first to
    the last session, and from 2026-01-01 to as_of.
    """
    same = {"clinic_id": "oak", "patient_id": "ann"} | same
    rows = rows_of("sessions", sessions, **same, source_file="s.csv", source_line="2")
    rows = rows.with_columns(session_id=pl.format("{}@{}-{}", "patient_id", "clinic_id", "performed_at"))
    spans = (table(covers) if covers else []) or [
        {"clinic_id": clinic, "covers_from": "2025-01-01", "covers_to": str(AS_OF)}
        for clinic in rows["clinic_id"].unique().sort()
    ]
    coverage = pl.DataFrame(
        [{"file": "s.csv"} | span for span in spans],
        schema={"clinic_id": pl.String, "file": pl.String, "covers_from": pl.String, "covers_to": pl.String},
    ).with_columns(pl.col("covers_from", "covers_to").str.to_date("%Y-%m-%d"))
    return Journal(
        sessions=rows,
        patients=rows_of("patients", patients, **same),
        plans=rows_of("plans", plans, **same),
        measures=rows_of("measures", ""),
        clinics=rows.select("clinic_id").unique().sort("clinic_id").with_columns(clinic_name="clinic_id"),
        findings=Findings.create_empty(),
        fates=Fates.create_empty(),
        accounting=Accounting.create_empty(),
        coverage=coverage,
        measured=pl.DataFrame(
            schema={
                "clinic_id": pl.String,
                "table": pl.String,
                "column": pl.String,
                "rows": pl.Int64,
                "present": pl.Int64,
            }
        ),
    )
