"""Mapping: how one family of export files becomes one table of the vocabulary, written down in TOML."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from analytics.vocabulary.schema import TABLES
from analytics.vocabulary.settings import Section, load_toml

Unit = Literal[
    "NPRS", "VAS_0_100", "VAS_0_1", "CR10", "RPE6_20", "minutes", "hours", "h:mm", "duration text", "share",
    "percent",
]  # fmt: skip


class File(Section):
    """How the file is written. What is left out is recognised."""

    format: Literal["delimited", "workbook", "jsonlines", "parquet"] | None = None
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    sheet: str | None = None


class Dates(Section):
    """How dates and times are written, tried in order.

    `time_zone` is the clinic's, for values with an offset.
    """

    formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
    time_zone: str = "UTC"


class Covers(Section):
    """The days that the export covers; where it is left out, the first to the last session in the file."""

    first: date
    last: date


class Mapping(Section):
    """One mapping file. `columns` is ours = theirs; a column of theirs that is not named here is dropped."""

    table: Literal["sessions", "patients", "plans", "measures", "clinics"]
    file: File = File()  # pyright: ignore[reportCallIssue]
    dates: Dates = Dates()
    covers: Covers | None = None
    columns: dict[str, str] = Field(description="our column = their column")
    constants: dict[str, str] = Field(default={}, description="our column = the same text for every row")
    codes: dict[str, dict[str, str]] = Field(default={}, description="our column: their code = our value")
    units: dict[str, Unit] = Field(default={}, description="our column = unit of the export")
    separators: dict[str, str] = Field(default={}, description="our list column = separator; default ';'")
    missing: tuple[str, ...] = ("", "NA", "N/A", "null", "NULL")
    lines_per_record: Literal["one", "many"] = Field(
        "one", description="many: lines with the same patient and performed_at are one session"
    )

    @model_validator(mode="after")
    def names_are_ours(self) -> Self:
        """Refuse a column that the table does not have."""
        ours = set(TABLES[self.table].column_names()) | {"birth_year", "birth_date", "note"}
        for key in ("columns", "constants", "codes", "units", "separators"):
            strange = sorted(set(getattr(self, key)) - ours)
            if strange:
                raise ValueError(
                    f"{key}: {self.table} has no column {strange[0]!r}; it has {', '.join(sorted(ours))}"
                )
        return self


def read_mapping(path: Path) -> Mapping:
    """The mapping in one TOML file; raises ConfigurationError in words."""
    return load_toml(path, Mapping)
