"""One column of an export, read: each distinct text is looked at once, however often it stands there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from analytics.journal.forms.parquet import as_text
from analytics.journal.mapping import Mapping
from analytics.journal.moments import parsed
from analytics.journal.rules import ORDER, faults_of_value, reading, type_of

MEND = "~"  # before the name of a rule that mends, in a judged frame
WORDS_KEPT = 100_000  # distinct texts of a column that are remembered between batches


@dataclass(frozen=True, slots=True)
class Cells:
    """The typed values of one column, one a row; words of a list are joined by semicolons.

    `faults`: place in ORDER of the rule that refuses the row, empty where none does; None where no row is
    refused. `mends`: by rule, which rows were mended; rules that mended none are left out.
    """

    values: pl.Series
    faults: pl.Series | None
    mends: dict[str, pl.Series]


@dataclass(slots=True)
class Known:
    """The distinct texts of one column that were met so far, and what each was read as (`judged`).

    `marks`: the columns of `judged` that strike any text. `held`: a cell of theirs, because polars forgets
    the codes of a category that no series holds.
    """

    categories: pl.Categories = field(default_factory=pl.Categories.random)
    judged: pl.DataFrame = field(default_factory=pl.DataFrame)
    marks: tuple[str, ...] = ()
    held: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column of ours as one mapping reads it: its raw cells, and what is known of them.

    `hide` makes pseudonyms of ids.
    """

    ours: str
    raw: pl.Series
    mapping: Mapping
    known: Known
    hide: Callable[[pl.Series], pl.Series] | None = None


def read_columns(columns: Iterable[Column], *, as_of: date) -> dict[str, Cells]:
    """Read columns of text, numbers or times; those of few distinct texts all at once."""
    read, by_distinct = {}, []
    for column in columns:
        dtype, raw = type_of(column.ours, column.mapping), column.raw.dtype
        if (raw.is_numeric() and dtype.is_numeric()) or (raw.is_temporal() and dtype.is_temporal()):
            read[column.ours] = _picked(_judged(column.raw, column, as_of))
            continue
        text = column.raw if raw == pl.String else as_text(column.raw.to_frame()).to_series()
        if dtype.is_temporal() and not _words_with_digits(column):
            read[column.ours] = _dates(text, column, as_of)
        else:
            by_distinct.append(replace(column, raw=text))
    return read | _by_distinct(by_distinct, as_of)


def _words_with_digits(column: Column) -> bool:
    mapping = column.mapping
    missing = (*mapping.missing, *mapping.missing_in.get(column.ours, ()))
    return any(character.isdigit() for word in missing for character in word)


def _judged(cells: pl.Series, column: Column, as_of: date) -> pl.DataFrame:
    """One row a cell: `value`, `fault`, and one column a rule that may mend."""
    how = reading(column.ours, column.mapping, cells.dtype)
    unread = {f"!{rule}": mark for rule, mark in how.refused}
    mends = {MEND + rule: mark.fill_null(False) for rule, mark in how.mended}
    frame = cells.alias("cell").to_frame().select(value=how.value, **unread, **mends)
    marks = [(rule, pl.col(f"!{rule}")) for rule, _ in how.refused]
    judged = frame.select("value", _first(marks + _faults_of_value(column, as_of)), *mends)
    if isinstance(judged.schema["value"], pl.List):
        return judged.with_columns(pl.col("value").list.join(";"))
    return judged if column.hide is None else judged.with_columns(column.hide(judged["value"]))


def _faults_of_value(column: Column, as_of: date) -> list[tuple[str, pl.Expr]]:
    return faults_of_value(column.ours, column.mapping, as_of=as_of)


def _first(marks: list[tuple[str, pl.Expr]]) -> pl.Expr:
    """The rule that is named where several strike: the first in ORDER."""
    places = [
        pl.when(mark).then(pl.lit(ORDER.index(rule), pl.UInt8))
        for rule, mark in sorted(marks, key=lambda one: ORDER.index(one[0]))
    ]
    return pl.coalesce([*places, pl.lit(None, pl.UInt8)]).alias("fault")


def _picked(judged: pl.DataFrame) -> Cells:
    """Cells of a judged frame; what strikes no row is left out."""
    faults = judged["fault"] if "fault" in judged.columns else None
    return Cells(
        judged["value"],
        faults if faults is not None and faults.null_count() < len(faults) else None,
        {name[1:]: judged[name] for name in judged.columns if name[0] == MEND and judged[name].any()},
    )


def _by_distinct(columns: list[Column], as_of: date) -> dict[str, Cells]:
    """Each distinct text of each column is judged once, and its verdict is handed to its rows."""
    if not columns or not len(columns[0].raw):
        return {column.ours: _picked(_judged(column.raw, column, as_of)) for column in columns}
    for column in columns:
        if column.known.judged.height > WORDS_KEPT:
            column.known.categories, column.known.judged = pl.Categories.random(), pl.DataFrame()
    texts = pl.DataFrame([column.raw.alias(column.ours) for column in columns])
    coded = texts.select(
        pl.col(column.ours).fill_null("").cast(pl.Categorical(column.known.categories)) for column in columns
    )
    codes = coded.select(pl.all().to_physical())
    for column, top in zip(columns, codes.max().row(0), strict=True):
        if top >= column.known.judged.height:  # codes count from 0 in the order in which texts are met
            _learn(column, coded[column.ours], codes[column.ours], as_of)
    told = codes.select(
        pl.lit(column.known.judged[mark]).gather(pl.col(column.ours)).alias(f"{column.ours} {mark}")
        for column in columns
        for mark in ("value", *column.known.marks)
    )
    return {
        column.ours: _picked(
            pl.DataFrame(
                [told[f"{column.ours} {mark}"].alias(mark) for mark in ("value", *column.known.marks)]
            )
        )
        for column in columns
    }


def _learn(column: Column, coded: pl.Series, codes: pl.Series, as_of: date) -> None:
    """Judge the texts that were not met before."""
    known, met = column.known, column.known.judged.height
    new = coded.filter(codes >= met).unique()
    judged = _judged(new.gather(new.to_physical().arg_sort()).cast(pl.String), column, as_of)
    known.judged, known.held = pl.concat([known.judged, judged]) if met else judged, coded.head(1)
    struck = [name for name in judged.columns if name[0] == MEND and judged[name].any()]
    if judged["fault"].null_count() < judged.height:
        struck.append("fault")
    known.marks = tuple(dict.fromkeys((*known.marks, *struck) if met else struck))


def _dates(text: pl.Series, column: Column, as_of: date) -> Cells:
    """Most dates of a file have one form, most others the next: only what has none is looked at closely."""
    dates, dtype = column.mapping.dates, type_of(column.ours, column.mapping)
    usual, rest = pl.Series([None], dtype=dtype).new_from_index(0, len(text)), np.arange(len(text))
    for form in dates.formats:
        found = pl.select(parsed(pl.lit(text.gather(rest)), form, dates.time_zone).cast(dtype)).to_series()
        usual = _filled(usual, rest, found)
        rest = rest[found.is_null().to_numpy()]
        if not len(rest):
            break
    whole = usual.alias("value").to_frame().select("value", _first(_faults_of_value(column, as_of)))
    if not len(rest):
        return _picked(whole)
    other = _by_distinct([replace(column, raw=text.gather(rest))], as_of)[column.ours]
    nothing = pl.Series([None], dtype=pl.UInt8).new_from_index(0, len(rest))
    faults = _filled(whole["fault"], rest, nothing if other.faults is None else other.faults)
    unmended = pl.Series([False]).new_from_index(0, len(text))
    return Cells(
        _filled(usual, rest, other.values),
        faults if faults.null_count() < len(faults) else None,
        {rule: _filled(unmended, rest, mark) for rule, mark in other.mends.items()},
    )


def _filled(cells: pl.Series, places: np.ndarray, found: pl.Series) -> pl.Series:
    """The cells with those at `places` replaced."""
    if len(places) == len(cells):
        return found
    chosen = np.arange(len(cells))
    chosen[places] = len(cells) + np.arange(len(found))
    return pl.concat([cells, found]).gather(chosen)
