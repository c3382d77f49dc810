"""What a check finds, and the tables and figures that it looks at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """A table that a stranger can read. `place`: where it stands; `page`: in a page, its cells are text."""

    place: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    page: bool = False

    def column(self, number: int) -> list[Cell]:
        """The cells of a column, empty where a row is short."""
        return [row[number] if number < len(row) else None for row in self.rows]

    def dicts(self) -> list[dict[str, Cell]]:
        """Its rows by name of column."""
        return [dict(zip_longest(self.columns, row[: len(self.columns)])) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Figure:
    """A block of JSON in a page, or a file of JSON: a picture's numbers."""

    place: str
    content: Any


@dataclass(frozen=True, slots=True)
class Published:
    """A published folder, opened: every file's bytes (archives unpacked), tables, figures, text of pages."""

    files: tuple[tuple[str, bytes], ...]
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...]
    texts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A check: how many things it looked at, and where it found a leak; never the value that leaked."""

    check: str
    looked_at: int
    things: str
    leaks: tuple[str, ...]

    def __str__(self) -> str:
        """One line, and one more for each place."""
        verdict = f"LEAK in {len(self.leaks)} places" if self.leaks else "proved"
        line = f"{self.check}: {verdict} ({self.looked_at:,} {self.things} looked at)"
        return "\n".join([line, *(f"  {leak}" for leak in self.leaks)])


def number_of(cell: Cell) -> float | None:
    """A cell as a number; None where it is empty or text."""
    return float(cell) if isinstance(cell, int | float) and not isinstance(cell, bool) else None
