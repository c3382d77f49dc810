"""What every reader hands on.

A frame of text cells with the line of each record, and the lines it had to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from analytics.journal.forms.headings import VALUE
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.rules import LINE_RULES

LINE = "source_line"


@dataclass(frozen=True, slots=True)
class TextTable:
    """What was read: records as text cells, and the lines that could not be.

    `frame`: one row a record with its line. `broken`: one row a refused line (line, rule).
    """

    frame: pl.DataFrame
    broken: pl.DataFrame


Reader = Callable[[Stored, File, Collection[str] | None], Iterator[TextTable]]


def text_table(
    header: Sequence[str],
    records: Sequence[tuple[int, Sequence[str]]],
    *,
    broken: Sequence[tuple[int, str]] = (),
) -> TextTable:
    """Assemble a table from (line, cells) records; blank and repeated headings are made unique."""
    names = unique_names(header)
    columns = list(zip(*(cells for _, cells in records), strict=True)) or [()] * len(names)
    frame = pl.DataFrame(
        [pl.Series(name, cells, dtype=pl.String) for name, cells in zip(names, columns, strict=True)]
        + [pl.Series(LINE, [line for line, _ in records], dtype=pl.Int32)]
    )
    return TextTable(frame, refused_lines(broken))


def refused_lines(broken: Sequence[tuple[int, str]]) -> pl.DataFrame:
    """One row a line that the reader itself refuses, by a rule of rules.toml."""
    assert LINE_RULES.keys() >= {rule for _, rule in broken}
    return pl.DataFrame(list(broken), schema={LINE: pl.Int32, "rule": pl.String}, orient="row")


def without_headings(table: TextTable) -> TextTable:
    """The table without lines that say the headings again, as where exports were pasted together."""
    names = [name for name, dtype in table.frame.schema.items() if dtype == pl.String]
    if not names or not (table.frame[names[0]] == names[0]).any():
        return table
    again = table.frame.select(pl.all_horizontal(pl.col(name) == name for name in names)).to_series()
    lines = [(line, "repeated_headings") for line in table.frame[LINE].filter(again)]
    return TextTable(table.frame.filter(~again), pl.concat([table.broken, refused_lines(lines)]))


def unique_names(header: Sequence[str]) -> list[str]:
    """Headings without outer space; a blank one is named by its place, a repeated one is numbered."""
    names: list[str] = []
    for place, heading in enumerate(header, start=1):
        name = heading.strip().strip("\ufeff\xa0\0") or f"column_{place}"
        name = f"{name}_" if name == LINE else name
        wanted, again = name, 2
        while name in names:
            name, again = f"{wanted}_{again}", again + 1
        names.append(name)
    return names


def shown(heading: str) -> str:
    """A heading of an export as a message may show it.

    Its first line, as a quote that never closes takes lines of the journal into it; no control characters,
    60 characters at most.
    """
    return re.sub(r"[^\x20-\x7e\u00a1-\uffff]+", " ", heading.strip().partition("\n")[0])[:60]


def headings_told(headings: Sequence[str]) -> str:
    """Which headings there are, for a message; none where a line of the journal stands in their place."""
    if any(VALUE.fullmatch(heading) for heading in headings):
        return "A line of values stands where its headings should be: export it again with its headings."
    there = ", ".join(shown(heading) for heading in headings)
    return f"It has: {there}. Mend the mapping's [columns], or export the column."
