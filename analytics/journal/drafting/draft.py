"""A draft of a mapping for every table of an unknown export: what is proved is written, the rest is asked."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from analytics.journal.drafting.decisions import Draft
from analytics.journal.drafting.table_draft import Sample, draft_sample
from analytics.journal.read import Part, batches, parts
from analytics.journal.table import LINE, TextTable

SAMPLE_ROWS = 100_000
LEAST_ROWS = 1_000  # of a file after many others, whose lines have proved what there is to prove


def draft_mapping(
    path: Path,
    *,
    beside: tuple[Path, ...] = (),
    sample_rows: int = SAMPLE_ROWS,
    answers: ReadOnly[str, str] | None = None,
) -> list[Draft]:
    """One draft for every table that a file holds, two where a table also holds questionnaires.

    `answers`: by key of a question, a person's answer. Raises InputError where the file cannot be read.
    """
    samples = samples_of(path, beside=beside, sample_rows=sample_rows)
    return [draft for sample in samples for draft in draft_sample(sample, dict(answers or {}))]


def samples_of(path: Path, *, beside: tuple[Path, ...] = (), sample_rows: int = SAMPLE_ROWS) -> list[Sample]:
    """The first lines of every table of a file."""
    found = parts(path, beside=beside)
    return [_sample(path, part, only=len(found) == 1, rows=sample_rows) for part in found]


def _sample(path: Path, part: Part, *, only: bool, rows: int) -> Sample:
    tables: list[TextTable] = []
    left = rows
    for table in batches(part):
        few = table.frame.filter(pl.int_range(pl.len()) < left)  # unlike head, it lets go of the batch
        whole = few.height == table.frame.height
        broken = table.broken if whole else table.broken.filter(pl.col(LINE) <= few[LINE].max())
        tables.append(TextTable(few, broken))
        left -= few.height
        if left <= 0:
            break
    return Sample((path,), part.name, part.stored.member, only, tuple(tables))


def rows_left(samples: Sequence[Sample]) -> int:
    """How many lines of a further file are looked at, so that hundreds of files need no more memory."""
    seen = sum(table.frame.height for sample in samples for table in sample.tables)
    return max(LEAST_ROWS, SAMPLE_ROWS - seen)


def families(samples: Sequence[Sample]) -> list[Sample]:
    """Tables with the same headings in one folder, as months of one journal, are one: they prove together."""
    found: dict[tuple[object, ...], Sample] = {}
    for sample in samples:
        schema = sample.tables[0].frame.drop(LINE).schema
        key = (sample.paths[0].parent, sample.part, tuple(schema.items()))
        there = found.get(key)
        found[key] = (
            replace(there, paths=(*there.paths, *sample.paths), tables=(*there.tables, *sample.tables))
            if there and there.only and sample.only
            else sample
        )
    return list(found.values())
