"""Files -> text frames: each export read by its own reader, with its mapping beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from analytics.journal.delimited import read_delimited
from analytics.journal.jsonlines import read_json_lines
from analytics.journal.mapping import File, Mapping, read_mapping
from analytics.journal.parquet import read_parquet
from analytics.journal.recognise import Form, recognise
from analytics.journal.table import LINE, TextTable, shown
from analytics.journal.workbook import read_workbook
from analytics.vocabulary.errors import ConfigurationError, InputError
from analytics.vocabulary.settings import Settings

READERS: dict[Form, Callable[[Path, File], TextTable]] = {
    "delimited": read_delimited,
    "workbook": read_workbook,
    "jsonlines": read_json_lines,
    "parquet": read_parquet,
}


@dataclass(frozen=True, slots=True)
class Export:
    """One file as it was read: its path, its mapping, its text cells and the lines refused."""

    file: str
    mapping: Mapping
    frame: pl.DataFrame
    broken: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Inspection:
    """What an unmapped file looks like."""

    file: str
    form: str
    columns: int
    records: int
    broken: int

    def __str__(self) -> str:
        """One line for a person."""
        refused = f", {self.broken} lines refused" if self.broken else ""
        return f"{self.file}: {self.form}, {self.columns} columns, {self.records} records{refused}"


def read_journal(settings: Settings) -> list[Export]:
    """Every export of every source, in the order of lumbar.toml and of the files' names."""
    exports, seen = [], set()
    for source in settings.sources:
        mapping = read_mapping(settings.path(source.mapping))
        for path in _matching(settings, source.files):
            file = path.relative_to(settings.root).as_posix()
            if (file, mapping.table) in seen:
                raise ConfigurationError(
                    f"lumbar.toml: two sources read {file} as {mapping.table}. Keep one."
                )
            seen.add((file, mapping.table))
            form, table = _read(path, mapping.file)
            frame = _with_columns(file, mapping, table.frame, form=form)
            exports.append(Export(file, mapping, frame, table.broken))
    return exports


def inspect_file(path: Path) -> Inspection:
    """Read one file without a mapping. Raises InputError in words where it cannot be read."""
    form, table = _read(path, File())  # pyright: ignore[reportCallIssue]
    return Inspection(path.name, form, table.frame.width - 1, table.frame.height, table.broken.height)


def _read(path: Path, file: File) -> tuple[Form, TextTable]:
    form = file.format or recognise(path)
    return form, READERS[form](path, file)


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


def _with_columns(file: str, mapping: Mapping, frame: pl.DataFrame, *, form: Form) -> pl.DataFrame:
    """The frame with every column that the mapping names.

    JSON leaves out keys that are empty, other forms may not.
    """
    lacking = [theirs for theirs in mapping.columns.values() if theirs not in frame.columns]
    if lacking and form != "jsonlines":
        there = ", ".join(shown(name) for name in frame.columns if name != LINE)
        raise ConfigurationError(
            f"{file}: the mapping names a column '{shown(lacking[0])}' that the file lacks. It has: {there}. "
            "Mend the mapping's [columns], or export the column."
        )
    return frame.with_columns(pl.lit("").alias(name) for name in lacking)
