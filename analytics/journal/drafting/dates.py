"""How the dates of a file are written: the formats that read them, and which comes first, day or month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from analytics.journal.drafting.columns import Column
from analytics.journal.drafting.shapes import DAY, MONTH, YEAR, Shape, read_shape, shape_of

MOST_TEXTS = 20_000  # distinct texts of a column that are looked at
ORDERS = (DAY, MONTH, YEAR)
ISO_SERIAL = (20_000, 80_000)  # days that spreadsheets count from 1899: 1954 to 2119
EPOCH_SECONDS = (600_000_000, 2_500_000_000)  # 1989 to 2049


@dataclass(frozen=True, slots=True)
class Written:
    """How one column writes its dates.

    `shapes`: each with its cells, most first. `names`: names of months and days with what formats read.
    `share`: of the filled cells that are some date. `counted`: 'serial', 'epoch_s' or 'epoch_ms' where they
    are numbers.
    """

    column: Column
    shapes: tuple[tuple[Shape, int], ...] = ()
    names: dict[str, str] = field(default_factory=dict)
    share: float = 0.0
    counted: str = ""

    @property
    def families(self) -> frozenset[str]:
        """What must be decided: shapes that may be read in several orders."""
        return frozenset(shape.family for shape, _ in self.shapes if shape.family)

    @property
    def clock(self) -> float:
        """Share of the dates that have a time of day."""
        total = sum(cells for _, cells in self.shapes)
        return sum(cells for shape, cells in self.shapes if shape.clock) / max(1, total)

    @property
    def zoned(self) -> bool:
        """Whether some dates have an offset from UTC."""
        return any(shape.zoned for shape, _ in self.shapes)


def written(column: Column, *, lower: bool = False) -> Written:
    """How a column writes its dates, if it holds any. `lower`: formats are for text in lower case."""
    if not column.filled:
        return Written(column)
    counted = _counted(column)
    if counted:
        return Written(column, share=column.numeric, counted=counted)
    cells: Counter[str] = Counter()
    names: dict[str, str] = {}
    for text, number in column.counts.head(MOST_TEXTS).iter_rows():
        if len(text) > 60 or not any(letter.isdigit() for letter in text):
            continue
        shape, found = shape_of(text)
        cells[shape] += number
        if found and read_shape(shape):
            names |= found
    foreign = any(word != reads for word, reads in names.items())
    read = {shape: read_shape(shape, lower=lower or foreign) for shape in cells}
    looked_at = int(column.counts.head(MOST_TEXTS)["cells"].sum())
    shapes = sorted(
        ((form, cells[shape]) for shape, form in read.items() if form),
        key=lambda one: (-one[1], sorted(one[0].formats.values())),
    )
    share = sum(number for _, number in shapes) / looked_at
    return Written(column, tuple(shapes), names if foreign else {}, share)


def _counted(column: Column) -> str:
    if column.numeric < 0.9:
        return ""
    for name, (low, high), factor in (
        ("serial", ISO_SERIAL, 1), ("epoch_s", EPOCH_SECONDS, 1), ("epoch_ms", EPOCH_SECONDS, 1000)
    ):  # fmt: skip
        inside = column.numbers.filter(pl.col("number").is_between(low * factor, high * factor))
        if int(inside["cells"].sum()) >= 0.9 * column.filled:
            return name
    return ""


def formats_of(one: Written, orders: dict[str, str]) -> list[str]:
    """The formats of a column once the order of each family is known, most frequent first."""
    found = [
        shape.formats[orders[shape.family] if shape.family else next(iter(shape.formats))]
        for shape, _ in one.shapes
        if not shape.family or orders.get(shape.family) in shape.formats
    ]
    return list(dict.fromkeys(found))


def moments(one: Written, orders: dict[str, str]) -> pl.Series:
    """The times that a column says under these orders, empty where none."""
    if one.counted:
        return _from_numbers(one)
    if one.column.typed:
        return one.column.texts.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    text = pl.col(one.column.heading)
    if one.names:
        longest = sorted(one.names, key=len, reverse=True)
        reads = [one.names[word] for word in longest]
        text = text.str.to_lowercase().str.replace_many(longest, reads, leftmost=True)
    formats = in_reading_order(formats_of(one, orders))
    if not formats:
        return pl.Series(one.column.heading, [None] * len(one.column.texts), dtype=pl.Datetime("us"))
    read = [_naive(text, form) for form in formats]
    return one.column.texts.to_frame().select(pl.coalesce(read)).to_series()


def _naive(text: pl.Expr, form: str) -> pl.Expr:
    moment = text.str.to_datetime(form, strict=False, time_unit="us")
    return moment.dt.replace_time_zone(None) if "%#z" in form else moment


def _from_numbers(one: Written) -> pl.Series:
    number = pl.col(one.column.heading).cast(pl.Float64, strict=False)
    if one.counted == "serial":
        start, unit = pl.datetime(1899, 12, 30), 86_400_000_000.0
    else:
        start, unit = pl.datetime(1970, 1, 1), 1e6 if one.counted == "epoch_s" else 1e3
    since = (number * unit).round().cast(pl.Int64, strict=False).cast(pl.Duration("us"))
    return one.column.texts.to_frame().select((start + since).alias(one.column.heading)).to_series()


def in_reading_order(formats: Sequence[str]) -> list[str]:
    """Two-digit years first: '%Y' would read 25 as the year 25."""
    return sorted(dict.fromkeys(formats), key=lambda form: "%y" not in form)
