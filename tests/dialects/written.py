"""What every dialect starts from: the true rows as text, and a way to say them in its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from analytics.simulation.network import Network

Row = dict[str, Any]  # column of ours -> true value; None where it is not known
LISTS = ("exercise_types", "muscle_groups", "equipment", "goals")
TABLES = ("sessions", "patients", "plans", "measures")


@dataclass(frozen=True)
class Export:
    """The files of one dialect.

    `headings`: by table, our column = their heading; what is not named is not carried. `asked`: by key of a
    question of `lumbar map`, the answer that a person gives.
    """

    files: list[Path]
    headings: dict[str, dict[str, str]]
    asked: dict[str, str] = field(default_factory=dict)


def rows_of(network: Network, table: str) -> list[Row]:
    """The true rows of a table; words of a list as a list, whole numbers as such."""
    frame = getattr(network, table).with_columns(pl.col(pl.Float64).cast(pl.Float64))
    return [{name: _value(name, value) for name, value in row.items()} for row in frame.iter_rows(named=True)]


def _value(name: str, value: Any) -> Any:
    if name in LISTS:
        return value.split(";") if value else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value == "" else value


Say = Callable[[Any], str]


def said(
    rows: Sequence[Row], headings: Mapping[str, str], ways: Mapping[str, Say], other: Say
) -> list[dict[str, str]]:
    """Rows of text under their headings: a column in its own way, else by the kind of value in it."""
    return [
        {
            theirs: "" if row[ours] is None else ways.get(ours, ways.get(_kind(row[ours]), other))(row[ours])
            for ours, theirs in headings.items()
        }
        for row in rows
    ]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "yes"
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, date):
        return "day"
    return "list" if isinstance(value, list) else "number" if isinstance(value, (int, float)) else "word"


def among(words: Mapping[str, str]) -> Say:
    """A word of ours in theirs; of a list, each."""

    def say(value: Any) -> str:
        return ";".join(words[one] for one in value) if isinstance(value, list) else words[value]

    return say


def comma(value: Any) -> str:
    """A number with a decimal comma."""
    return f"{value:g}".replace(".", ",")


def point(value: Any) -> str:
    """A number with a decimal point."""
    return f"{value:g}"
