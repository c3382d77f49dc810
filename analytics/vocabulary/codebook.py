"""The codebook of a study: the data dictionary, and what each column holds in this very study."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from analytics.vocabulary.dictionary import describe_columns, type_in_words
from analytics.vocabulary.records import Accounting, Fates, Findings, Flow, Practice, Scores, Trend
from analytics.vocabulary.schema import TABLES, Episodes
from analytics.vocabulary.terms import describe_term

SCHEMAS = TABLES | {
    "eligible": Episodes, "excluded": Episodes, "accounting": Accounting, "fates": Fates,
    "findings": Findings, "practice": Practice, "scores": Scores, "checks": Trend, "flow": Flow,
}  # fmt: skip
# What has no schema, since it is made where it is used.
MADE = {
    ("excluded", "reason"): "the first reason that keeps the episode out of the comparison",
    ("coverage", "file"): "export file", ("coverage", "covers_from"): "first day that the export covers",
    ("coverage", "covers_to"): "last day that the export covers",
    ("measured", "table"): "table", ("measured", "column"): "column of that table",
    ("measured", "rows"): "rows of the clinic", ("measured", "present"): "of them, with a value",
    ("fitted", "fitted"): "what the trajectory model expects", ("fitted", "residual"): "pain less fitted",
}  # fmt: skip
# Counted, never listed: who it is, and places in exports (a file's name may be a patient's).
UNLISTED = ("patient_id", "episode_id", "session_id", "therapist_id", "file", "source_file", "contact")
WORDS = 5  # our choice: the most frequent words that a codebook shows
TALLY = {
    "rows": pl.Int64, "missing": pl.Float64, "distinct": pl.Int64, "least": pl.Float64, "median": pl.Float64,
    "greatest": pl.Float64, "holds": pl.String,
}  # fmt: skip


def codebook(names: list[str], frame: Callable[[str], pl.LazyFrame]) -> pl.DataFrame:
    """One row is one column of one frame: what it means, and what it holds.

    `missing`: share of rows without a value. `least`, `median`, `greatest`: of numbers. `holds`: first and
    last day; the most frequent words, each with its rows (entries of lists counted one by one).
    """
    known = {(row["table"], row["column"]): row for row in describe_columns(SCHEMAS).iter_rows(named=True)}
    rows = []
    for name in names:
        lazy = frame(name)
        for column, tally in _tallied(lazy).items():
            told = known.get((name, column)) or _told(name, column, lazy.collect_schema()[column])
            rows.append({"frame": name, **{key: told[key] for key in TOLD}, **tally})
    return pl.DataFrame(rows, schema={"frame": pl.String, **dict.fromkeys(TOLD, pl.String), **TALLY})


TOLD = ("column", "type", "unit", "allowed", "meaning")


def _told(frame: str, column: str, kind: pl.DataType) -> dict[str, str]:
    """Of a column that no schema has: a model's, or one made where it is used."""
    meaning, unit = describe_term(column)
    meaning = MADE.get((frame, column)) or meaning
    return {"column": column, "type": type_in_words(kind), "unit": unit, "allowed": "", "meaning": meaning}


def _tallied(lazy: pl.LazyFrame) -> dict[str, dict[str, object]]:
    """By column; the frame is read once, in pieces."""
    schema = lazy.collect_schema()
    asked = [pl.len().alias("rows")]
    for name, kind in schema.items():
        column = pl.col(name)
        asked.append(column.null_count().alias(f"{name} missing"))
        if not isinstance(kind, pl.List):
            asked.append(column.drop_nulls().n_unique().alias(f"{name} distinct"))
        if kind.is_numeric():
            ends = (column.min(), column.median(), column.max())
            asked += [end.cast(pl.Float64).alias(f"{name} {at}") for end, at in zip(ends, ENDS, strict=True)]
        elif kind.is_temporal():
            asked += [column.min().alias(f"{name} least"), column.max().alias(f"{name} greatest")]
    found = lazy.select(asked).collect(engine="streaming").row(0, named=True)
    return {name: _row(lazy, name, kind, found) for name, kind in schema.items()}


ENDS = ("least", "median", "greatest")


def _row(lazy: pl.LazyFrame, name: str, kind: pl.DataType, found: dict[str, object]) -> dict[str, object]:
    rows, missing = int(str(found["rows"])), int(str(found[f"{name} missing"]))
    row: dict[str, object] = {**dict.fromkeys(TALLY)}
    row |= {
        "rows": rows,
        "missing": missing / rows if rows else None,
        "distinct": found.get(f"{name} distinct"),
    }
    if kind.is_numeric():
        return row | {end: found[f"{name} {end}"] for end in ENDS}
    if kind.is_temporal():
        first, last = found[f"{name} least"], found[f"{name} greatest"]
        return row | {"holds": None if first is None else f"{str(first)[:10]} to {str(last)[:10]}"}
    if name in UNLISTED or missing == rows:
        return row
    return row | _words(lazy, name, kind)


def _words(lazy: pl.LazyFrame, name: str, kind: pl.DataType) -> dict[str, object]:
    """The most frequent words of a column, each with its rows, and how many different ones there are."""
    column = lazy.select(word=pl.col(name))
    entries = column.explode("word") if isinstance(kind, pl.List) else column
    counted = entries.drop_nulls().group_by("word").len("rows").collect(engine="streaming")
    words = counted.with_columns(pl.col("word").cast(pl.String)).sort(
        ["rows", "word"], descending=[True, False]
    )
    said = [f"{word or '(empty)'} {rows:,}" for word, rows in words.head(WORDS).iter_rows()]
    more = [f"{words.height - WORDS:,} more"] if words.height > WORDS else []
    return {"distinct": words.height, "holds": ", ".join([*said, *more])}
