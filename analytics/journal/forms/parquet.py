"""Parquet -> tables: text, numbers, truth values, days and moments as they are stored, all else as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
from pyarrow import ArrowException

from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, refused_lines, unique_names
from analytics.vocabulary.errors import InputError

ENCRYPTED = b"PARE"
PLACE = "\0place"  # no column of an export has this name
BATCH_ROWS, BATCH_CELLS, BATCH_BYTES = 250_000, 10_000_000, 256_000_000
MOST_ROWS, MOST_CELLS = 1_000_000_000, 50_000_000_000
MOST_COLUMNS = 5_000
MOST_OF_GROUP = 4_000_000_000  # bytes, unpacked, of one group of rows
DEEPEST = 16  # structures in one another


@dataclass(frozen=True, slots=True)
class Leaf:
    """A column of the table: its own, or a field of a structure, by dots."""

    name: str
    dtype: pl.DataType
    cell: pl.Expr


def read_parquet(stored: Stored, file: File, columns: Collection[str] | None = None) -> Iterator[TextTable]:
    """Read a Parquet file; record k is line k + 1, as if a header stood above.

    Raises InputError in words where it cannot be read, or claims more than memory could hold.
    """
    del file
    with _readable(stored) as path:
        rows, size = _measured(path, stored)
        scan = pl.scan_parquet(path, glob=False, row_index_name=PLACE, row_index_offset=2)
        leaves = [
            leaf
            for name, dtype in pl.read_parquet_schema(path).items()
            for leaf in _leaves(Leaf(name, dtype, pl.col(name)), 0)
        ]
        names = unique_names([leaf.name for leaf in leaves])
        wanted = [
            _plain(leaf).alias(name)
            for name, leaf in zip(names, leaves, strict=True)
            if columns is None or name in columns
        ]
        frame = scan.select(*wanted, pl.col(PLACE).cast(pl.Int32).alias(LINE))
        most = min(BATCH_ROWS, BATCH_CELLS // (len(wanted) + 1), max(1, BATCH_BYTES * rows // (size + 1)))
        for first in range(0, max(1, rows), most):
            yield TextTable(frame.slice(first, most).collect(), refused_lines([]))


@contextmanager
def _readable(stored: Stored) -> Iterator[Path]:
    """The file on disk; whatever is wrong with it is said as one InputError."""
    refusal = InputError(f"{stored.name}: cannot be read as Parquet. It may be cut off; export it again.")
    try:
        with stored.on_disk() as path:
            yield path
    except (pl.exceptions.PolarsError, ArrowException, OSError, NotImplementedError, UnicodeError):
        raise refusal from None
    except BaseException as error:
        # a fault inside a library written in Rust; it is no Exception, so that nothing else catches it
        if type(error).__name__ != "PanicException":
            raise
        raise refusal from None


def _measured(path: Path, stored: Stored) -> tuple[int, int]:
    """Its rows, and their bytes unpacked. Raises InputError where the file says that it has too many."""
    with path.open("rb") as opened:
        if opened.read(4) == ENCRYPTED:
            raise InputError(f"{stored.name}: is encrypted. Export it without encryption.")
    told = pq.read_metadata(path)
    groups = [told.row_group(place).total_byte_size for place in range(told.num_row_groups)]
    if (
        not 0 <= told.num_rows <= MOST_ROWS
        or told.num_columns > MOST_COLUMNS
        or told.num_rows * told.num_columns > MOST_CELLS
    ):
        raise InputError(
            f"{stored.name}: says it has {told.num_rows:,} rows and {told.num_columns:,} columns. "
            "Export it in several files."
        )
    if max(groups, default=0) > MOST_OF_GROUP:
        raise InputError(f"{stored.name}: holds its rows in too large groups. Export it in several files.")
    return told.num_rows, sum(groups)


def _leaves(leaf: Leaf, depth: int) -> Iterator[Leaf]:
    """A column, or each field of a structure: 'pain' with before and after is pain.before, pain.after.

    A list of structures is a list for each field.
    """
    dtype = leaf.dtype
    listed = isinstance(dtype, pl.List)
    held = _instance(dtype.inner) if isinstance(dtype, pl.List) else dtype
    if not isinstance(held, pl.Struct) or depth > DEEPEST:
        yield leaf
        return
    for field in held.fields:
        inner = _instance(field.dtype)
        if listed:
            cell, inner = leaf.cell.list.eval(pl.element().struct.field(field.name)), pl.List(inner)
        else:
            cell = leaf.cell.struct.field(field.name)
        yield from _leaves(Leaf(f"{leaf.name}.{field.name}", inner, cell), depth + 1)


def _instance(dtype: Any) -> pl.DataType:
    return dtype if isinstance(dtype, pl.DataType) else dtype()


def _plain(leaf: Leaf) -> pl.Expr:
    """A cell as later steps read it."""
    dtype, cell = leaf.dtype, leaf.cell
    if isinstance(dtype, pl.Decimal):
        return cell.cast(pl.Float64)
    if "Struct" in str(dtype):
        return pl.lit("")  # in lists of lists, or too deep: no journal has it
    kept = dtype.is_numeric() or isinstance(dtype, pl.Boolean | pl.Date | pl.Datetime | pl.String)
    return cell if kept else _text(cell, dtype)


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every cell as text: ISO dates, whole numbers without a point, lists by semicolons, null empty."""
    return frame.select(
        _text(pl.col(name), dtype).fill_null("").alias(name) for name, dtype in frame.schema.items()
    )


def _text(cell: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Array):
        cell, dtype = cell.arr.to_list(), pl.List(dtype.inner)
    if isinstance(dtype, pl.List):
        return cell.list.eval(_text(pl.element(), _instance(dtype.inner)).fill_null("")).list.join(";")
    if isinstance(dtype, pl.Datetime | pl.Time):
        day, zone = ("%Y-%m-%d ", "%:z") if isinstance(dtype, pl.Datetime) else ("", "")
        return cell.dt.strftime(f"{day}%H:%M:%S{zone if getattr(dtype, 'time_zone', None) else ''}")
    if isinstance(dtype, pl.Duration):
        return _hours(cell)
    if isinstance(dtype, pl.Binary):
        return cell.map_batches(_decoded, return_dtype=pl.String)
    text = cell.cast(pl.String, strict=False)
    return text.str.replace(r"^(-?\d+)\.0$", "${1}") if dtype.is_float() or dtype == pl.String else text


def _decoded(cells: pl.Series) -> pl.Series:
    """Bytes that are text, as older writers store it without saying so; other bytes are empty."""
    try:
        return cells.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series(cells.name, [_utf8(cell) for cell in cells], dtype=pl.String)


def _utf8(cell: bytes | None) -> str | None:
    try:
        return cell.decode() if cell is not None else None
    except UnicodeDecodeError:
        return None


def _hours(cell: pl.Expr) -> pl.Expr:
    """A duration as hh:mm:ss; hours go on after 24, and one below zero has its sign."""
    seconds = cell.dt.total_seconds()
    parts = [
        (seconds.abs() // each % most).cast(pl.String).str.zfill(2)
        for each, most in ((3600, 1 << 40), (60, 60), (1, 60))
    ]
    sign = pl.when(seconds < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str([sign, parts[0], pl.lit(":"), parts[1], pl.lit(":"), parts[2]])
