"""Mapping: how one family of export files becomes one table of the vocabulary, written down in TOML."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import Field, field_validator, model_validator

from analytics.vocabulary.configuration import Section, load_toml
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.schema import COLUMNS

Unit = Literal[
    "NPRS", "VAS_0_100", "VAS_0_1", "CR10", "RPE6_20", "minutes", "hours", "h:mm", "duration text", "share",
    "percent",
]  # fmt: skip


class File(Section):
    """How the file is written. What is left out is recognised."""

    format: Literal["delimited", "workbook", "json", "parquet", "redcap", "fhir"] | None = None
    encoding: str | None = None
    delimiter: str | None = Field(None, min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."
    thousands: Literal[",", ".", "'", " "] | None = None
    header_line: Annotated[int, Field(ge=1)] | None = Field(
        None, description="line (row) of the headings, from 1; what stands above is skipped"
    )
    part: str | None = Field(
        None, description="sheet of a workbook, instrument of a REDCap project, kind of FHIR resource"
    )
    member: str | None = Field(None, description="files inside a zip, as a pattern; default: all")
    dictionary: str | None = Field(None, description="REDCap data dictionary, a path beside the file")


class Dates(Section):
    """How dates and times are written, tried in order; 'epoch_s' and 'epoch_ms' count from 1970.

    `time_zone` is the clinic's, for values with an offset.
    """

    formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")
    time_zone: str = "UTC"
    words: dict[str, str] = Field(
        default={}, description="word in their dates = what a format reads, as 'syys' = 'Sep' or 'klo' = ''"
    )

    @field_validator("time_zone")
    @classmethod
    def is_known(cls, zone: str) -> str:
        """Refuse a name that no time zone has."""
        if zone not in _time_zones():
            raise ValueError(f"{zone!r} is no time zone. Write it as Europe/Berlin or America/New_York")
        return zone


@cache
def _time_zones() -> set[str]:
    return available_timezones()  # looks through a folder of files each time


class Covers(Section):
    """The days that the export covers; where it is left out, the first to the last session in the file."""

    first: date
    last: date


class Question(Section):
    """What a draft could not prove: a mapping that still asks is refused until a person has answered."""

    key: str = Field(description="the key of the mapping that the answer belongs to")
    text: str
    options: tuple[str, ...] = ()


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
    missing_in: dict[str, tuple[str, ...]] = Field(
        default={}, description="our column = words that mean 'missing' in it alone, as '99' or '0'"
    )
    items: dict[str, dict[str, str]] = Field(
        default={}, description="measures only: instrument = {item = their column}; '' is its total score"
    )
    questions: tuple[Question, ...] = Field(default=(), description="open questions of a draft")
    lines_per_record: Literal["one", "many"] = Field(
        "one", description="many: lines with the same patient and performed_at are one session"
    )

    def headings(self) -> list[str]:
        """Their columns that this mapping reads, each once; a note is never read."""
        named = [theirs for ours, theirs in self.columns.items() if ours != "note"]
        asked = [theirs for items in self.items.values() for theirs in items.values()]
        return list(dict.fromkeys([*named, *asked]))

    def item_names(self) -> dict[str, tuple[str, str]]:
        """By a column name of ours for each item of a questionnaire: its instrument and item."""
        return {
            f"{instrument}:{item}": (instrument, item)
            for instrument, items in self.items.items()
            for item in items
        }

    @model_validator(mode="after")
    def names_are_ours(self) -> Self:
        """Refuse a column that the table does not have."""
        ours = set(COLUMNS[self.table]) | {"birth_year", "birth_date", "note"}
        for key in ("columns", "constants", "codes", "units", "separators", "missing_in"):
            strange = sorted(set(getattr(self, key)) - ours)
            if strange:
                raise ValueError(
                    f"{key}: {self.table} has no column {strange[0]!r}; it has {', '.join(sorted(ours))}"
                )
        return self


def read_mapping(path: Path) -> Mapping:
    """The mapping in one TOML file.

    Raises ConfigurationError in words, also where a question of a draft is left open in it.
    """
    mapping = load_toml(path, Mapping)
    if mapping.questions:
        asked = "\n".join(f"  {one.key}: {one.text}" for one in mapping.questions)
        raise ConfigurationError(
            f"{path.name}: asks what nobody has answered yet:\n{asked}\n"
            "Write the answer into the mapping and delete its [[questions]] block, or draft it with --answer."
        )
    return mapping
