"""Spool: the typed lines of all exports on disk, found again clinic by clinic; memory holds one batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import local

import polars as pl

from analytics.journal.ahead import ahead
from analytics.journal.lines import MENDS, Lines, typed_lines
from analytics.journal.privacy import read_key
from analytics.journal.read import Export, read_lines
from analytics.journal.rows import ADDED_AFTER, spooled
from analytics.journal.table import TextTable
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.schema import COLUMNS
from analytics.vocabulary.settings import Settings

FRAMES = ("kept", "refused", "mends")
SCHEMAS = {
    "refused": dict.fromkeys(("clinic_id", "patient_id", "rule", "column"), pl.String),
    "mends": MENDS,
}


@dataclass(frozen=True, slots=True)
class Spool:
    """The lines of all exports.

    `batches`: one row a batch: number, export (its place), table, read. `clinics`: one row a batch, clinic
    and outcome (kept, refused): number, clinic_id, outcome, lines. `owners`: by export the clinic of all its
    lines, where it is one; a line that does not say its clinic is of that one. The frames of batch 7 lie in
    `kept-7.arrow` and so on.
    """

    folder: Path
    exports: list[Export] = field(repr=False)
    batches: pl.DataFrame
    clinics: pl.DataFrame
    owners: dict[int, str]


def spool_lines(exports: list[Export], settings: Settings, *, folder: Path) -> Spool:
    """Read every export once, batch by batch, and keep its typed lines in `folder`."""
    key, of_thread = read_key(settings), local()

    def work(job: tuple[int, int, TextTable]) -> tuple[int, pl.DataFrame]:
        number, place, table = job
        mapping = exports[place].mapping
        met = of_thread.__dict__.setdefault(str(id(mapping)), {})  # what this thread has read of the mapping
        lines = typed_lines(table, mapping, settings, key=key, known=met)
        for name in FRAMES:
            frame = getattr(lines, name)
            if frame.height:
                frame.write_ipc(folder / f"{name}-{number}.arrow", compression="uncompressed")
        return lines.read, _clinics_of(lines, number)

    batches: list[tuple[int, int, str]] = []
    results = list(ahead(work, _batches(exports, batches)))
    columns = {"number": pl.Int32, "export": pl.Int32, "table": pl.String}
    listed = pl.DataFrame(batches, schema=columns, orient="row").with_columns(
        read=pl.Series([read for read, _ in results], dtype=pl.Int64)
    )
    found = pl.concat([_NO_CLINICS, *(of_batch for _, of_batch in results)])
    return _owned(Spool(folder, exports, listed, found, {}))


_NO_CLINICS = pl.DataFrame(
    schema={"number": pl.Int32, "clinic_id": pl.String, "outcome": pl.String, "lines": pl.Int64}
)


def _owned(spool: Spool) -> Spool:
    """The spool with the one clinic of each export, where it has but one, filled in for lines without.

    Raises InputError where a clinic has the id that stands for all of them.
    """
    if NETWORK in spool.clinics["clinic_id"]:
        raise InputError(
            f"A clinic has the id '{NETWORK}', which here stands for all clinics together. Give it another "
            "id in the export, or set clinic_id under [constants] of its mapping."
        )
    place = spool.clinics.join(spool.batches, on="number", how="left", maintain_order="left")
    named = place.drop_nulls("clinic_id").group_by("export").agg(pl.col("clinic_id").unique())
    one = named.filter(pl.col("clinic_id").list.len() == 1).select("export", pl.col("clinic_id").list.first())
    filled = place.join(one, on="export", how="left", maintain_order="left").select(
        "number", pl.coalesce("clinic_id", "clinic_id_right").alias("clinic_id"), "outcome", "lines"
    )
    return replace(spool, clinics=filled, owners=dict(one.iter_rows()))


def _batches(
    exports: list[Export], listed: list[tuple[int, int, str]]
) -> Iterator[tuple[int, int, TextTable]]:
    """Every batch with its number and the place of its export; each is written down in `listed`."""
    for place, export in enumerate(exports):
        for table in read_lines(export):
            listed.append((len(listed), place, export.mapping.table))
            yield len(listed) - 1, place, table


def _clinics_of(lines: Lines, number: int) -> pl.DataFrame:
    counted = [
        getattr(lines, outcome)
        .group_by("clinic_id")
        .agg(pl.col("line").n_unique().cast(pl.Int64).alias("lines"))
        .select(pl.lit(number, pl.Int32).alias("number"), "clinic_id", outcome=pl.lit(outcome), lines="lines")
        for outcome in ("kept", "refused")
    ]
    return pl.concat(counted)


def groups_of(spool: Spool, *, lines: int) -> list[list[str]]:
    """The clinics, in order, in groups of at most about so many kept lines; a clinic is never cut."""
    sizes = spool.clinics.drop_nulls("clinic_id").group_by("clinic_id").agg(pl.col("lines").sum())
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
    held = spool.clinics.filter(whose, outcome).select("number").unique()
    chosen = spool.batches.filter(pl.col("table") == table).join(held, on="number", how="semi").sort("number")
    others = spool.clinics.filter(~whose.fill_null(clinics is None), outcome)["number"].implode()
    mixed = chosen["number"].is_in(others).to_list()
    parts = [_empty(name, table)]
    for (number, place), some in zip(chosen.select("number", "export").iter_rows(), mixed, strict=True):
        path = spool.folder / f"{name}-{number}.arrow"
        if path.is_file():
            part = _placed(pl.read_ipc(path), place, spool)
            parts.append(part.filter(whose) if some and name != "mends" else part)
    return pl.concat(parts, rechunk=True)


def _placed(frame: pl.DataFrame, place: int, spool: Spool) -> pl.DataFrame:
    export, owner = spool.exports[place], spool.owners.get(place)
    if "clinic_id" in frame.columns and owner is not None:
        frame = frame.with_columns(pl.col("clinic_id").fill_null(owner))
    return frame.with_columns(
        pl.lit(place, pl.Int32).alias("export"),
        pl.lit(export.file).alias("source_file"),
        pl.lit(export.mapping.lines_per_record == "many").alias("gathered"),
    )


def _empty(name: str, table: str) -> pl.DataFrame:
    columns = COLUMNS[table].items()
    own = {column: spooled(kind.dtype) for column, kind in columns if column not in ADDED_AFTER}
    middle = own if name == "kept" else SCHEMAS[name]
    tail = {"export": pl.Int32, "source_file": pl.String, "gathered": pl.Boolean}
    return pl.DataFrame(schema={"line": pl.Int32} | middle | tail)
