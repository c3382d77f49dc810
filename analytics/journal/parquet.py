"""Parquet -> text cells, so that typed exports go the same way as all others."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, refused_lines, unique_names
from analytics.vocabulary.errors import InputError


def read_parquet(path: Path, file: File) -> TextTable:
    """Read a Parquet file; record k is line k + 1, as if a header stood above."""
    del file
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError):
        raise InputError(
            f"{path.name}: cannot be read as Parquet. It may be cut off; export it again."
        ) from None
    frame = frame.rename(dict(zip(frame.columns, unique_names(frame.columns), strict=True)))
    return TextTable(
        as_text(frame).with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int32).alias(LINE)),
        refused_lines([]),
    )


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every cell as text: ISO dates, whole numbers without a point, lists by semicolons, null empty."""
    return frame.select(
        _text(pl.col(name), dtype).fill_null("").alias(name) for name, dtype in frame.schema.items()
    )


def _text(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return cell.list.eval(pl.element().cast(pl.String)).list.join(";")
    if isinstance(dtype, pl.Datetime):
        return cell.dt.strftime("%Y-%m-%d %H:%M:%S%:z" if dtype.time_zone else "%Y-%m-%d %H:%M:%S")
    if dtype.is_nested() or dtype == pl.Binary:
        return pl.lit("")
    text = cell.cast(pl.String)
    return text.str.replace(r"^(-?\d+)\.0$", "${1}") if dtype.is_float() or dtype == pl.String else text
