"""Spool: the typed lines of all exports on disk, found again clinic by clinic; memory holds one batch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from analytics.journal.rows import ADDED_AFTER, spooled
from analytics.vocabulary.schema import COLUMNS

SCHEMAS = {
    "refused": dict.fromkeys(("clinic_id", "patient_id", "rule", "column"), pl.String),
    "mends": {"rule": pl.String, "column": pl.String},
}
# More than any export has lines: in a batch, a line is told by its export's place times this and its number.
LINES = 1 << 31


@dataclass(frozen=True, slots=True)
class Spool:
    """The lines of all exports.

    `exports`: one row an export, in order: export (its place), file, table, gathered, the days it is declared
    to cover (first, last), and clinic_id where all its lines are of one; a line that does not say its clinic
    is of that one. `parts`: one row a batch, export, clinic and outcome (kept, refused): number, export,
    table, clinic_id, outcome, lines. The frames of batch 7 lie in `kept-7` and so on; a batch is of one
    mapping, and of one or more exports that stand next to each other.
    """

    folder: Path
    exports: pl.DataFrame
    parts: pl.DataFrame


def owner(exports: pl.DataFrame) -> pl.Expr:
    """The clinic of a line: the one it says, else the one clinic of its export."""
    return pl.coalesce("clinic_id", pl.lit(exports["clinic_id"]).gather("export")).alias("clinic_id")


def groups_of(spool: Spool, *, lines: int) -> list[list[str]]:
    """The clinics, in order, in groups of at most about so many kept lines; a clinic is never cut."""
    sizes = spool.parts.drop_nulls("clinic_id").group_by("clinic_id").agg(pl.col("lines").sum())
    groups: list[list[str]] = []
    room = 0
    for clinic, size in sizes.sort("clinic_id").iter_rows():
        if not groups or size > room:
            groups.append([])
            room = lines
        groups[-1].append(clinic)
        room -= size
    return groups


def load(spool: Spool, name: str, table: str, clinics: list[str] | None) -> pl.DataFrame:
    """The kept or refused lines, or the mends, of one table and these clinics; None: of no known clinic.

    Adds `export` (its place), `source_file` and `gathered`. A batch that holds none of them is not opened.
    """
    whose = pl.col("clinic_id").is_null() if clinics is None else pl.col("clinic_id").is_in(clinics)
    outcome = pl.col("outcome") == ("refused" if name == "refused" else "kept")
    there = spool.parts.filter(outcome, pl.col("table") == table)
    if there.is_empty():
        return _empty(name, table)
    held = there.filter(whose)["number"].unique().sort()
    mixed = held.is_in(there.filter(~whose.fill_null(clinics is None))["number"].implode())
    frames = [_empty(name, table)]
    for number, some in zip(held, mixed, strict=True):
        path = spool.folder / f"{name}-{number}"
        if path.is_file():
            frame = _placed(pl.DataFrame.deserialize(path), spool)
            frames.append(frame.filter(whose) if some and name != "mends" else frame)
    return pl.concat(frames, rechunk=True)


def _placed(frame: pl.DataFrame, spool: Spool) -> pl.DataFrame:
    """The frame of a batch with the export of each line."""
    export, line = (pl.col("line") // LINES).cast(pl.Int32), (pl.col("line") % LINES).cast(pl.Int32)
    frame = frame.with_columns(export.alias("export"), line.alias("line"))
    files, gathered = (pl.lit(spool.exports[name]).gather("export") for name in ("file", "gathered"))
    clinic = [owner(spool.exports)] if "clinic_id" in frame.columns else []
    return frame.with_columns(*clinic, source_file=files, gathered=gathered)


def _empty(name: str, table: str) -> pl.DataFrame:
    columns = COLUMNS[table].items()
    own = {column: spooled(kind.dtype) for column, kind in columns if column not in ADDED_AFTER}
    middle = own if name == "kept" else SCHEMAS[name]
    tail = {"export": pl.Int32, "source_file": pl.String, "gathered": pl.Boolean}
    return pl.DataFrame(schema={"line": pl.Int32} | middle | tail)
