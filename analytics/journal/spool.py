"""Spool: the typed lines of all exports on disk, found again clinic by clinic; memory holds one batch."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import polars as pl

from analytics.journal.batches import jobs_of, known_words, put_down
from analytics.journal.kept import Kept, Piece, unpacked, whole_ones
from analytics.journal.privacy import fingerprint
from analytics.journal.read import Export
from analytics.journal.rows import ADDED_AFTER, spooled
from analytics.journal.workers import spread
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.over import Over
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.schema import COLUMNS
from analytics.vocabulary.settings import Settings

STRUCK = dict.fromkeys(("clinic_id", "patient_id", "rule", "column"), pl.String)  # what is refused or mended
LINES_AT_ONCE = 250_000  # lines of the clinics that are cleaned together: some 300 MB with all they become
PARTS = {
    "export": pl.Int32, "table": pl.String, "clinic_id": pl.String, "outcome": pl.String, "lines": pl.Int64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spool:
    """The lines of all exports.

    `exports`: one row an export, in order: export (its place), file, table, gathered, the days it is declared
    to cover (first, last), and clinic_id where all its lines are of one; a line that does not say its clinic
    is of that one. `parts`: one row an export, clinic and outcome (kept, refused): export, table, clinic_id,
    outcome, lines. `files`: by place, where the frames of an export lie, clinic by clinic within each batch.
    `read`: how many exports were read in this run.
    """

    exports: pl.DataFrame
    parts: pl.DataFrame
    files: tuple[Kept, ...]
    read: int


@dataclass(frozen=True, slots=True)
class Group:
    """Clinics that are cleaned together; None: the lines of no known clinic.

    `held`: by outcome and table, in order, the place of each export that holds lines of theirs.
    """

    spool: Spool
    clinics: list[str] | None
    held: dict[tuple[str, str], list[int]]


def spool_lines(exports: list[Export], settings: Settings, *, folder: Path, over: Over = map) -> Spool:
    """Read every export whose lines are not kept in `folder`, batch by batch, and keep its lines there."""
    paths = [folder / f"{export.origin or place}.lines" for place, export in enumerate(exports)]
    there = set(os.listdir(folder))  # on a shared disk, asking for what is not there can hide what comes
    kept = _held([path for path in dict.fromkeys(paths) if path.name in there], settings)
    anew = {path: export for path, export in zip(paths, exports, strict=True) if path not in kept}
    work = partial(put_down, settings=settings, key=fingerprint(settings), run=uuid.uuid4().hex)
    jobs = jobs_of((export, path) for path, export in anew.items())
    for _ in spread(over, work, jobs, size=size_of(anew.values())):
        pass
    known_words.cache_clear()
    kept |= _held(list(anew), settings)
    if lost := [export.file for path, export in anew.items() if path not in kept]:
        raise InputError(f"{lost[0]}: its lines were put down and are gone or broken. Run it again.")
    files = tuple(kept[path] for path in paths)
    return _owned(Spool(_listed(exports), _counted(exports, files), files, len(anew)))


def size_of(exports: Iterable[Export]) -> int:
    """Bytes of the files of some exports."""
    return sum(path.stat().st_size for path in {export.part.stored.path for export in exports})


def _held(paths: Sequence[Path], settings: Settings) -> dict[Path, Kept]:
    """The whole files whose lines are the same on the day of these reports."""
    day, found = settings.as_of.isoformat(), zip(paths, whole_ones(paths), strict=True)
    return {path: kept for path, kept in found if kept and _covers(kept, day)}


def _covers(kept: Kept, day: str) -> bool:
    first, last = kept.about["days"]
    return first <= day <= last


def _listed(exports: list[Export]) -> pl.DataFrame:
    rows = []
    for place, export in enumerate(exports):
        mapping, covers = export.mapping, export.mapping.covers
        days = (covers.first, covers.last) if covers else (None, None)
        rows.append((place, export.file, mapping.table, mapping.lines_per_record == "many", *days))
    schema = {
        "export": pl.Int32, "file": pl.String, "table": pl.String, "gathered": pl.Boolean,
        "first": pl.Date, "last": pl.Date,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def _counted(exports: list[Export], files: Sequence[Kept]) -> pl.DataFrame:
    rows = [
        (place, export.mapping.table, *row)
        for place, (export, kept) in enumerate(zip(exports, files, strict=True))
        for row in kept.about["lines"]
    ]
    return pl.DataFrame(rows, schema=PARTS, orient="row")


def _owned(spool: Spool) -> Spool:
    """The spool with the one clinic of each export, where it has but one, filled in for lines without.

    Raises InputError where a clinic has the id that stands for all of them.
    """
    if NETWORK in spool.parts["clinic_id"]:
        raise InputError(
            f"A clinic has the id '{NETWORK}', which here stands for all clinics together. Give it another "
            "id in the export, or set clinic_id under [constants] of its mapping."
        )
    named = spool.parts.drop_nulls("clinic_id").group_by("export").agg(pl.col("clinic_id").unique())
    one = named.filter(pl.col("clinic_id").list.len() == 1).select("export", pl.col("clinic_id").list.first())
    exports = spool.exports.join(one, on="export", how="left", maintain_order="left")
    return replace(spool, exports=exports, parts=spool.parts.with_columns(owner(exports)))


def owner(exports: pl.DataFrame) -> pl.Expr:
    """The clinic of a line: the one it says, else the one clinic of its export."""
    return pl.coalesce("clinic_id", pl.lit(exports["clinic_id"]).gather("export")).alias("clinic_id")


def groups_of(spool: Spool) -> list[list[str] | None]:
    """The clinics, in order, in groups of at most about LINES_AT_ONCE lines; a clinic is never cut.

    None at the end: the lines of no known clinic.
    """
    sizes = spool.parts.drop_nulls("clinic_id").group_by("clinic_id").agg(pl.col("lines").sum())
    groups: list[list[str]] = []
    room = 0
    for clinic, size in sizes.sort("clinic_id").iter_rows():
        if not groups or size > room:
            groups.append([])
            room = LINES_AT_ONCE
        groups[-1].append(clinic)
        room -= size
    return [*groups, None]


def of(clinics: list[str] | None) -> pl.Expr:
    """Whether a line or part is of these clinics; None: of no known clinic."""
    clinic = pl.col("clinic_id")
    return clinic.is_null() if clinics is None else clinic.is_in(clinics).fill_null(False)


def group_of(spool: Spool, clinics: list[str] | None) -> Group:
    """These clinics with the exports that hold lines of theirs; None: the lines of no known clinic."""
    found = spool.parts.filter(of(clinics)).select("outcome", "table", "export").unique().sort("export")
    held: dict[tuple[str, str], list[int]] = {}
    for outcome, table, export in found.iter_rows():
        held.setdefault((outcome, table), []).append(export)
    return Group(spool, clinics, held)


def load(group: Group, name: str, table: str) -> pl.DataFrame:
    """The kept or refused lines, or the mends, of one table and the clinics of a group.

    Adds `export` (its place), `source_file` and `gathered`.
    """
    spool, frames = group.spool, [_empty(name, table)]
    for export in group.held.get(("refused" if name == "refused" else "kept", table), []):
        kept = spool.files[export]
        wanted = [piece for piece in kept.pieces if piece.name == name and _may_hold(piece, group.clinics)]
        frames += [rows.with_columns(export=pl.lit(export, pl.Int32)) for rows in unpacked(kept.path, wanted)]
    whole = pl.concat(frames, rechunk=True)
    files, gathered = (pl.lit(spool.exports[name]).gather("export") for name in ("file", "gathered"))
    placed = whole.with_columns(owner(spool.exports), source_file=files, gathered=gathered)
    return placed.filter(of(group.clinics))


def _may_hold(piece: Piece, clinics: list[str] | None) -> bool:
    """Whether lines of these clinics may lie in a piece; a line without its clinic may be of any."""
    if piece.first is None or clinics is None:
        return True
    return piece.first <= clinics[-1] and clinics[0] <= (piece.last or piece.first)


@cache
def _empty(name: str, table: str) -> pl.DataFrame:
    columns = COLUMNS[table].items()
    own = {column: spooled(kind.dtype) for column, kind in columns if column not in ADDED_AFTER}
    return pl.DataFrame(schema={"line": pl.Int32, **(own if name == "kept" else STRUCK), "export": pl.Int32})
