"""Exports -> batches of typed lines, put down in the spool; small exports of one mapping go together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import polars as pl

from analytics.journal.cells import Known
from analytics.journal.lines import Lines, typed_lines
from analytics.journal.privacy import read_key
from analytics.journal.read import Export, read_lines
from analytics.journal.spool import LINES, Spool, owner, put
from analytics.journal.table import LINE, TextTable
from analytics.journal.workers import Over
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.settings import Settings

FRAMES = ("kept", "refused", "mends")
BYTES_TOGETHER = 4 << 20  # of small exports that one job reads
LINES_TOGETHER = 20_000  # of small exports that are typed at once: a batch costs the same however small it is
NO_PARTS = pl.DataFrame(
    schema={
        "number": pl.Int64, "export": pl.Int32, "table": pl.String, "clinic_id": pl.String,
        "outcome": pl.String, "lines": pl.Int64,
    }
)  # fmt: skip


def spool_lines(exports: list[Export], settings: Settings, *, folder: Path, over: Over = map) -> Spool:
    """Read every export once, batch by batch, and keep its typed lines in `folder`."""
    work = partial(_spooled, folder=folder, settings=settings, key=read_key(settings))
    parts = pl.concat([NO_PARTS, *over(work, _jobs(exports))])
    _known.cache_clear()
    return _owned(Spool(folder, _listed(exports), parts))


def _jobs(exports: list[Export]) -> Iterator[list[tuple[int, Export]]]:
    """Exports with their places: each alone, or small ones of one mapping together."""
    job: list[tuple[int, Export]] = []
    held = 0
    for place, export in enumerate(exports):
        size = export.part.stored.path.stat().st_size
        if job and (held + size > BYTES_TOGETHER or export.mapping != job[0][1].mapping):
            yield job
            job, held = [], 0
        job.append((place, export))
        held += size
    if job:
        yield job


def _spooled(job: list[tuple[int, Export]], *, folder: Path, settings: Settings, key: bytes) -> pl.DataFrame:
    """Exports of one mapping, put down in `folder`: their rows of `parts`."""
    mapping = job[0][1].mapping
    known, parts = _known(folder, mapping.model_dump_json()), [NO_PARTS]
    for number, table in enumerate(_together(job), start=job[0][0] * LINES):
        lines = typed_lines(table, mapping, settings, key=key, known=known)
        for name in FRAMES:
            frame = getattr(lines, name)
            if frame.height:
                put(frame, folder / f"{name}-{number}")
        parts += [_counted(lines, outcome, number, mapping.table) for outcome in ("kept", "refused")]
    return pl.concat(parts)


def _together(job: list[tuple[int, Export]]) -> Iterator[TextTable]:
    """The batches of some exports, small ones made one where their columns are stored alike."""
    waiting: list[TextTable] = []
    for place, export in job:
        for table in read_lines(export):
            line = (pl.col(LINE).cast(pl.Int64) + place * LINES).alias(LINE)
            placed = TextTable(table.frame.with_columns(line), table.broken.with_columns(line))
            lines = sum(one.frame.height for one in waiting) + placed.frame.height
            if waiting and (lines > LINES_TOGETHER or placed.frame.schema != waiting[0].frame.schema):
                yield _one(waiting)
                waiting = []
            waiting.append(placed)
    if waiting:
        yield _one(waiting)


def _one(tables: list[TextTable]) -> TextTable:
    return TextTable(pl.concat([one.frame for one in tables]), pl.concat([one.broken for one in tables]))


@lru_cache(maxsize=32)
def _known(folder: Path, mapping: str) -> dict[str, Known]:
    """By column, what this process has read of it by one mapping; `folder` is of one run alone."""
    return {}


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


def _counted(lines: Lines, outcome: str, number: int, table: str) -> pl.DataFrame:
    export = (pl.col("line") // LINES).cast(pl.Int32).alias("export")
    return (
        getattr(lines, outcome)
        .group_by(export, "clinic_id")
        .agg(pl.col("line").n_unique().cast(pl.Int64).alias("lines"))
        .with_columns(number=pl.lit(number, pl.Int64), table=pl.lit(table), outcome=pl.lit(outcome))
        .select(NO_PARTS.columns)
    )
