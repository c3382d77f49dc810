"""Exports -> typed lines, a file for each export; small exports of one mapping are read together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import polars as pl

from analytics.journal.cells import Known
from analytics.journal.kept import keep
from analytics.journal.lines import Lines, typed_lines
from analytics.journal.origin import stamp_of
from analytics.journal.privacy import fingerprint, read_key
from analytics.journal.read import Export, read_lines
from analytics.journal.table import LINE, TextTable
from analytics.vocabulary.errors import ConfigurationError, InputError
from analytics.vocabulary.settings import Settings

BYTES_TOGETHER = 4 << 20  # of small exports that one job reads
LINES_TOGETHER = 20_000  # of small exports that are typed at once: a batch costs the same however small it is
# More than any export has lines: in a batch, a line is told by its export's place times this and its number.
LINES = 1 << 31


@dataclass(frozen=True, slots=True)
class Reading:
    """One export to be read: its place in the job, and the file that its lines are put down in."""

    place: int
    export: Export
    path: Path


def jobs_of(exports: Iterable[tuple[Export, Path]]) -> list[list[Reading]]:
    """What is read at once: an export alone, or small ones of one mapping together, wherever they stand."""
    by_mapping: dict[str, list[tuple[Export, Path]]] = {}
    for export, path in exports:
        by_mapping.setdefault(export.mapping.model_dump_json(), []).append((export, path))
    jobs: list[list[Reading]] = []
    for alike in by_mapping.values():
        held = BYTES_TOGETHER + 1
        for export, path in alike:
            size = export.part.stored.path.stat().st_size
            if held + size > BYTES_TOGETHER:
                jobs.append([])
                held = 0
            jobs[-1].append(Reading(len(jobs[-1]), export, path))
            held += size
    return jobs


def put_down(job: Sequence[Reading], *, settings: Settings, key: str, run: str) -> None:
    """Read exports of one mapping, and keep the lines of each.

    `key`: the fingerprint of the secret, which never travels. `run`: no other reading has this name. Raises
    where another key is found here, or where a file was written while it was read.
    """
    if fingerprint(settings) != key:
        raise ConfigurationError(
            "A machine that reads exports has another secret key. Give all of them the same key file (or "
            "LUMBAR_KEY)."
        )
    read = set()
    for place, parts in groupby(_typed(job, settings, run), key=itemgetter(0)):
        told: dict[str, Any] = {}
        keep(job[place].path, _frames((lines for _, lines in parts), job[place].export, told), about=told)
        read.add(place)
    for one in job:
        if one.place not in read:  # it holds nothing at all
            keep(one.path, (), about=_told(Counter(), [(date.min, date.max)]))


def _frames(
    parts: Iterable[Lines], export: Export, told: dict[str, Any]
) -> Iterator[tuple[str, pl.DataFrame]]:
    """The frames of an export's batches, each clinic by clinic; what they hold is `told` at the end."""
    counts: Counter[tuple[str | None, str]] = Counter()
    days = []
    for lines in parts:
        days.append(lines.days)
        for name in ("kept", "refused", "mends"):
            frame: pl.DataFrame = getattr(lines, name)
            if frame.height:
                in_order = frame["clinic_id"].is_sorted()
                yield name, frame if in_order else frame.sort("clinic_id", maintain_order=True)
        for name in ("kept", "refused"):
            held = getattr(lines, name).group_by("clinic_id").agg(pl.col("line").n_unique())
            counts.update({(clinic, name): number for clinic, number in held.iter_rows()})
    path = export.part.stored.path
    if export.stamp and stamp_of(path) != export.stamp:
        raise InputError(f"{path.name}: was written while it was read. Run again when its export has ended.")
    told |= _told(counts, days)


def _told(counts: Counter[tuple[str | None, str]], days: list[tuple[date, date]]) -> dict[str, Any]:
    """What is said of kept lines: how many of which clinic, and for which days of reports they stay so."""
    first, last = max(first for first, _ in days), min(last for _, last in days)
    return {
        "lines": [[clinic, outcome, number] for (clinic, outcome), number in counts.items()],
        "days": [first.isoformat(), last.isoformat()],
    }


def _typed(job: Sequence[Reading], settings: Settings, run: str) -> Iterator[tuple[int, Lines]]:
    """The lines of each export, batch by batch, with its place in the job; they come in its order."""
    mapping, key = job[0].export.mapping, read_key(settings)
    known = known_words(run, mapping.model_dump_json())
    for tables in _together(job):
        lines = typed_lines(_one(table for _, table in tables), mapping, settings, key=key, known=known)
        for place in dict.fromkeys(place for place, _ in tables):
            yield place, _of(place, lines)


def _of(place: int, lines: Lines) -> Lines:
    """The lines of one export of a batch, by their number in it."""
    line = pl.col("line")
    own = {
        name: frame.filter(line // LINES == place).with_columns((line % LINES).cast(pl.Int32))
        for name, frame in (("kept", lines.kept), ("refused", lines.refused), ("mends", lines.mends))
    }
    return replace(lines, **own)


def _together(job: Sequence[Reading]) -> Iterator[list[tuple[int, TextTable]]]:
    """The batches of some exports, small ones together where their columns are stored alike."""
    waiting: list[tuple[int, TextTable]] = []
    for one in job:
        for table in read_lines(one.export):
            line = (pl.col(LINE).cast(pl.Int64) + one.place * LINES).alias(LINE)
            placed = TextTable(table.frame.with_columns(line), table.broken.with_columns(line))
            lines = sum(other.frame.height for _, other in waiting) + placed.frame.height
            if waiting and (lines > LINES_TOGETHER or placed.frame.schema != waiting[0][1].frame.schema):
                yield waiting
                waiting = []
            waiting.append((one.place, placed))
    if waiting:
        yield waiting


def _one(tables: Iterable[TextTable]) -> TextTable:
    frames, broken = zip(*((one.frame, one.broken) for one in tables), strict=True)
    return TextTable(pl.concat(frames), pl.concat(broken))


@lru_cache(maxsize=32)
def known_words(run: str, mapping: str) -> dict[str, Known]:
    """By column, what this process has read of it by one mapping in one run."""
    return {}
