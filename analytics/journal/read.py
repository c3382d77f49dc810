"""Files -> batches of text cells: which exports there are, each with its mapping, and how they are read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import polars as pl

from analytics.journal.forms import fhir, json_records, redcap, workbook
from analytics.journal.forms.delimited import read_delimited
from analytics.journal.forms.parquet import read_parquet
from analytics.journal.forms.recognise import Form, recognise
from analytics.journal.forms.stored import Stored, stored_files
from analytics.journal.mapping import File, Mapping, read_mapping
from analytics.journal.table import LINE, Reader, TextTable, headings_told, shown, without_headings
from analytics.vocabulary.errors import ConfigurationError, InputError, LumbarError
from analytics.vocabulary.settings import Settings, Source

AS_IT_IS = File()  # pyright: ignore[reportCallIssue]
READERS: dict[Form, Reader] = {
    "delimited": read_delimited,
    "workbook": workbook.read_workbook,
    "json": json_records.read_json,
    "parquet": read_parquet,
    "redcap": redcap.read_redcap,
    "fhir": fhir.read_fhir,
}
PARTS = {
    "workbook": workbook.parts_of,
    "json": json_records.parts_of,
    "redcap": redcap.parts_of,
    "fhir": fhir.parts_of,
}
SPARSE = ("json", "fhir")  # forms that leave out what is empty, so that a whole column may be missing


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a file: the file itself, a sheet, a REDCap instrument, a kind of FHIR resource."""

    stored: Stored
    form: Form
    name: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """One part of one export with the mapping that reads it; `file` as lumbar.toml's folder sees it.

    `origin`: digest of what its lines are made of, and `stamp` the size and time of its file then; empty
    where nothing is kept.
    """

    file: str
    mapping: Mapping
    part: Part
    origin: str = ""
    stamp: tuple[int, int] | None = None


def parts(path: Path, file: File = AS_IT_IS, *, beside: tuple[Path, ...] = ()) -> list[Part]:
    """Every table that one file holds. Raises InputError in words where it cannot be read."""
    found = []
    for stored in stored_files(path, beside):
        form = file.format or recognise(stored)
        names = PARTS[form](stored, file) if form in PARTS else []
        found += [Part(stored, form, name) for name in names or [""]]
    return found


def batches(
    part: Part, file: File = AS_IT_IS, *, columns: Collection[str] | None = None
) -> Iterator[TextTable]:
    """The records of a part, batch after batch; only `columns` need to be there where they are named."""
    chosen = file.model_copy(update={"part": part.name}) if part.name else file
    return READERS[part.form](part.stored, chosen, columns)


def read_journal(settings: Settings) -> list[Export]:
    """Every export of every source, in the order of lumbar.toml and of the files' names; none is read yet.

    >>> len(an.read_journal(settings))
    33
    """
    exports, seen, read = [], set(), cache(read_mapping)  # a large network's sources share their mappings
    for source in settings.sources:
        mapping = read(settings.path(source.mapping))
        for export in _exports_of(source, mapping, settings):
            place = (export.file, mapping.table, mapping.file.part)
            if place in seen and not mapping.items:
                raise ConfigurationError(
                    f"lumbar.toml: two sources read {export.file} as {mapping.table}. Keep one."
                )
            seen.add(place)
            exports.append(export)
    return exports


def _exports_of(source: Source, mapping: Mapping, settings: Settings) -> Iterator[Export]:
    paths, file = _matching(settings, source.files), mapping.file
    for path in paths:
        where = path.relative_to(settings.root)
        chosen = [
            stored
            for stored in stored_files(path, tuple(paths))
            if fnmatchcase(stored.member, file.member or "*")
        ]
        if not chosen:
            raise ConfigurationError(f"{where.as_posix()}: holds no file '{file.member}' (file.member).")
        for stored in chosen:
            name = (where / stored.member).as_posix() if stored.member else where.as_posix()
            yield Export(name, mapping, Part(stored, file.format or recognise(stored), file.part or ""))


def read_lines(export: Export) -> Iterator[TextTable]:
    """The records of an export with every column that its mapping names, and no other.

    Raises ConfigurationError where the file lacks a column; JSON leaves out keys that are empty.
    """
    wanted = export.mapping.headings()
    for table in batches(export.part, export.mapping.file, columns=wanted):
        lacking = [theirs for theirs in wanted if theirs not in table.frame.columns]
        if lacking and export.part.form not in SPARSE:
            raise ConfigurationError(
                f"{export.file}: the mapping names a column '{shown(lacking[0])}' that the file lacks. "
                f"{headings_told(_all_headings(export))}"
            )
        empty = [pl.lit(None, pl.String).alias(name) for name in lacking]
        own = table.frame.select(LINE, *(name for name in wanted if name not in lacking))
        bare = without_headings(replace(table, frame=own))
        yield replace(bare, frame=bare.frame.with_columns(empty))


def _all_headings(export: Export) -> list[str]:
    first = next(batches(export.part, export.mapping.file))
    return [name for name in first.frame.columns if name != LINE]


def _matching(settings: Settings, pattern: str) -> list[Path]:
    """Files below lumbar.toml's folder; nothing outside it, also not through a link."""
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ConfigurationError(
            f"lumbar.toml: '{pattern}' leaves the folder of lumbar.toml. Put exports below it."
        )
    root = settings.root.resolve()
    found = sorted(path for path in settings.root.glob(pattern) if path.is_file())
    if not found:
        raise InputError(f"No file matches '{pattern}' beside lumbar.toml. Export the journals there first.")
    for path in found:
        if not path.resolve().is_relative_to(root):
            raise InputError(
                f"{path.name}: is a link to a place outside the folder of lumbar.toml. Copy the file."
            )
    return found


def inspect_file(path: Path) -> list[Inspection]:
    """What each table of one file looks like without a mapping. Raises InputError in words."""
    return [_inspected(part) for part in parts(path)]


def inspect_files(paths: Iterable[Path]) -> list[list[Inspection] | LumbarError]:
    """The same of several files; one that cannot be read stands with the reason in its place."""
    found: list[list[Inspection] | LumbarError] = []
    for path in paths:
        try:
            found.append(inspect_file(path))
        except LumbarError as refusal:
            found.append(refusal)
    return found


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an unmapped table looks like."""

    name: str
    form: str
    columns: int
    records: int
    broken: int

    def __str__(self) -> str:
        """One line for a person."""
        refused = f", {self.broken} lines refused" if self.broken else ""
        return f"{self.name}: {self.form}, {self.columns} columns, {self.records} records{refused}"


def _inspected(part: Part) -> Inspection:
    columns = records = broken = 0
    for table in batches(part):
        columns = table.frame.width - 1
        records += table.frame.height
        broken += table.broken.height
    name = f"{part.stored.name}, {part.name}" if part.name else part.stored.name
    return Inspection(name, part.form, columns, records, broken)
