"""Spool: the typed lines of all exports on disk, found again clinic by clinic; memory holds one batch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl
import pyarrow as pa

from analytics.journal.rows import ADDED_AFTER, spooled
from analytics.vocabulary.schema import COLUMNS

STRUCK = dict.fromkeys(("clinic_id", "patient_id", "rule", "column"), pl.String)  # what is refused or mended
# More than any export has lines: in a batch, a line is told by its export's place times this and its number.
LINES = 1 << 31


@dataclass(frozen=True, slots=True)
class Spool:
    """The lines of all exports.

    `exports`: one row an export, in order: export (its place), file, table, gathered, the days it is declared
    to cover (first, last), and clinic_id where all its lines are of one; a line that does not say its clinic
    is of that one. `parts`: one row a batch, export, clinic and outcome (kept, refused): number, export,
    table, clinic_id, outcome, lines. The frames of batch 7 lie in `kept-7` and so on, clinic by clinic; a
    batch is of one mapping, and of one or more exports that stand next to each other.
    """

    folder: Path
    exports: pl.DataFrame
    parts: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Group:
    """Clinics that are cleaned together; None: the lines of no known clinic.

    `batches`: by outcome and table, in order, the number of each batch that holds lines of theirs, and
    whether it holds lines of others too.
    """

    spool: Spool
    clinics: list[str] | None
    batches: dict[tuple[str, str], list[tuple[int, bool]]]


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


def of(clinics: list[str] | None) -> pl.Expr:
    """Whether a line or part is of these clinics; None: of no known clinic."""
    clinic = pl.col("clinic_id")
    return clinic.is_null() if clinics is None else clinic.is_in(clinics).fill_null(False)


def group_of(spool: Spool, clinics: list[str] | None) -> Group:
    """These clinics with the batches that hold lines of theirs; None: the lines of no known clinic."""
    held = (
        spool.parts.with_columns(ours=of(clinics))
        .group_by("outcome", "table", "number")
        .agg(pl.col("ours").any(), mixed=~pl.col("ours").all())
        .filter("ours")
        .sort("number")
    )
    batches: dict[tuple[str, str], list[tuple[int, bool]]] = {}
    for outcome, table, number, mixed in held.drop("ours").iter_rows():
        batches.setdefault((outcome, table), []).append((number, mixed))
    return Group(spool, clinics, batches)


def put(frame: pl.DataFrame, path: Path) -> None:
    """Write lines, those of a clinic next to each other, in their order: then a part of them can be read."""
    whole = frame if frame["clinic_id"].is_sorted() else frame.sort("clinic_id", maintain_order=True)
    whole.write_ipc(path, compression="uncompressed")


def load(group: Group, name: str, table: str) -> pl.DataFrame:
    """The kept or refused lines, or the mends, of one table and the clinics of a group; each is loaded once.

    Adds `export` (its place), `source_file` and `gathered`.
    """
    spool, frames = group.spool, [_empty(name, table)]
    for number, mixed in group.batches.get(("refused" if name == "refused" else "kept", table), []):
        path = spool.folder / f"{name}-{number}"
        if path.is_file():
            frames.append(_mapped(path, group.clinics if mixed and name != "refused" else None))
            if not mixed:  # no other group asks for it
                path.unlink()
    whole = _placed(pl.concat(frames, rechunk=True), spool)
    # a line without its clinic is always refused: it may be of the one clinic of its export
    return whole.filter(of(group.clinics)) if name == "refused" else whole


def _mapped(path: Path, clinics: list[str] | None) -> pl.DataFrame:
    """The lines of a batch as they lie on disk, all of them or those of clinics next to each other."""
    with pa.memory_map(str(path)) as file:
        lines = pa.ipc.open_file(file).read_all()
    if clinics is not None:
        held = pl.Series(lines.column("clinic_id"))
        first = held.search_sorted(clinics[0], "left")
        lines = lines.slice(first, held.search_sorted(clinics[-1], "right") - first)
    return pl.DataFrame(lines)


def _placed(frame: pl.DataFrame, spool: Spool) -> pl.DataFrame:
    """The lines of batches, each with its export."""
    export, line = (pl.col("line") // LINES).cast(pl.Int32), (pl.col("line") % LINES).cast(pl.Int32)
    frame = frame.with_columns(export.alias("export"), line.alias("line"))
    files, gathered = (pl.lit(spool.exports[name]).gather("export") for name in ("file", "gathered"))
    return frame.with_columns(owner(spool.exports), source_file=files, gathered=gathered)


@cache
def _empty(name: str, table: str) -> pl.DataFrame:
    columns = COLUMNS[table].items()
    own = {column: spooled(kind.dtype) for column, kind in columns if column not in ADDED_AFTER}
    return pl.DataFrame(schema={"line": pl.Int64} | (own if name == "kept" else STRUCK))
