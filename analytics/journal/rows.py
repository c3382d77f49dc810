"""Lines as the rows of their table: all its columns, and what follows from others."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from analytics.journal.mapping import Mapping
from analytics.journal.rules import NOT_AFTER_AS_OF
from analytics.vocabulary.schema import COLUMNS

ADDED_AFTER = frozenset({"source_file", "source_line", "session_id"})  # columns that no single line tells


def spooled(dtype: pl.DataType) -> pl.DataType:
    """The type in which a column waits on disk: words of a list are joined until they are needed apart."""
    return pl.String() if isinstance(dtype, pl.List) else dtype


def distinct(text: pl.Series) -> tuple[pl.Series, pl.Series]:
    """The distinct texts of a column, and for each row the place of its own among them."""
    coded = text.cast(pl.Categorical(pl.Categories.random()))
    words = coded.unique().drop_nulls()
    return words.gather(words.to_physical().arg_sort()).cast(pl.String), coded.to_physical()


def apart(joined: pl.Series) -> pl.Series:
    """A column of lists whose words were joined; each distinct list is cut once."""
    words, places = distinct(joined)
    return words.str.split(";").gather(places).alias(joined.name)


def ranked(text: pl.Series) -> pl.Series:
    """A number for each text that sorts like it: numbers are sorted in half the time of words."""
    words, places = distinct(text)
    return words.rank("ordinal").gather(places).alias(text.name)


def complete(kept: pl.DataFrame, mapping: Mapping, *, as_of: date) -> pl.DataFrame:
    """All columns of the table in its order, with what follows from others: age, scale of exertion."""
    have = set(kept.columns)
    if mapping.items:
        kept = _melted(kept, mapping)
    if mapping.table == "patients" and "age" not in have:
        kept = kept.with_columns(_age(have, as_of))
    if mapping.table == "sessions" and "rpe" in have:
        scale = "RPE6_20" if mapping.units.get("rpe") == "RPE6_20" else "CR10"
        kept = kept.with_columns(pl.when(pl.col("rpe").is_not_null()).then(pl.lit(scale)).alias("rpe_scale"))
    columns = COLUMNS[mapping.table]
    return kept.select(
        "line",
        *(
            (pl.col(name) if name in kept.columns else pl.lit(None)).cast(spooled(column.dtype)).alias(name)
            for name, column in columns.items()
            if name not in ADDED_AFTER
        ),
    )


def _melted(wide: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """One row an answered item: questionnaires that stand side by side in a line become rows of measures."""
    rest = [name for name in wide.columns if name not in mapping.item_names()]
    parts = [
        wide.select(
            *rest, instrument=pl.lit(instrument), item=pl.lit(item or None, pl.String), value=pl.col(name)
        )
        for name, (instrument, item) in mapping.item_names().items()
    ]
    return pl.concat(parts).drop_nulls("value").sort("line", maintain_order=True)


def days_alike(values: pl.DataFrame, mapping: Mapping, *, as_of: date) -> tuple[date, date]:
    """The first and last day of reports for which these lines have the same ages and lie in no future."""
    have = set(values.columns)
    aged = mapping.table == "patients" and "age" not in have and have & {"birth_date", "birth_year"}
    if aged and ("intake_date" not in have or values["intake_date"].null_count()):
        return as_of, as_of
    dated = [values[name].cast(pl.Date).alias("day") for name in sorted(NOT_AFTER_AS_OF & have)]
    days = pl.concat(dated) if dated else pl.Series("day", [], pl.Date)
    last, next_one = days.filter(days <= as_of).max(), days.filter(days > as_of).min()
    return (
        last if isinstance(last, date) else date.min,
        next_one - timedelta(days=1) if isinstance(next_one, date) else date.max,
    )


def _age(have: set[str], as_of: date) -> pl.Expr:
    """Whole years at intake (at as_of where no intake date is known).

    From a birth year alone it may be one too many.
    """
    at = pl.coalesce("intake_date", pl.lit(as_of)) if "intake_date" in have else pl.lit(as_of)
    if "birth_date" in have:
        birthday_to_come = at.dt.strftime("%m%d") < pl.col("birth_date").dt.strftime("%m%d")
        return (at.dt.year() - pl.col("birth_date").dt.year() - birthday_to_come.cast(pl.Int32)).alias("age")
    return (at.dt.year() - pl.col("birth_year") if "birth_year" in have else pl.lit(None)).alias("age")
