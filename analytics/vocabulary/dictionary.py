"""The data dictionary, made from the schemas: it cannot say anything that the code does not check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dataframely as dy
import polars as pl

from analytics.vocabulary.schema import TABLES


def data_dictionary() -> pl.DataFrame:
    """One row is one column of one table: its type, unit, allowed range or values, need and meaning.

    >>> data_dictionary().filter(table="sessions", column="rpe")["unit"].item()
    'Borg CR-10'
    """
    return describe_columns(TABLES)


def describe_columns(tables: Mapping[str, type[dy.Schema]]) -> pl.DataFrame:
    """The same for any tables with a schema."""
    rows = [
        {
            "table": table,
            "column": name,
            "type": type_in_words(column.dtype),
            "unit": (column.metadata or {}).get("unit", ""),
            "allowed": _allowed(column),
            "required": "no" if column.nullable else "yes",
            "meaning": column.description,
        }
        for table, schema in tables.items()
        for name, column in schema.columns().items()
    ]
    return pl.DataFrame(rows)


def dictionary_markdown() -> str:
    """The same as Markdown: one section a table, headed by what one of its rows is."""
    words = data_dictionary()
    parts = ["# Data dictionary"]
    for table, schema in TABLES.items():
        parts += [f"\n## {table}\n", f"{(schema.__doc__ or '').strip()}\n"]
        parts += ["| column | type | unit | allowed | required | meaning |", "|---|---|---|---|---|---|"]
        rows = words.filter(pl.col("table") == table).drop("table").iter_rows()
        parts += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(parts) + "\n"


def type_in_words(dtype: pl.DataType) -> str:
    """A column's type for a reader who knows no polars."""
    if isinstance(dtype, pl.List):
        return f"list of {type_in_words(dtype.inner)}"  # pyright: ignore[reportArgumentType]
    names = {"String": "text", "Float64": "number", "Int32": "integer", "Boolean": "yes/no", "Date": "date"}
    names |= dict.fromkeys(("Int64", "UInt32", "UInt64"), "integer")
    name = str(dtype.base_type())
    return names.get(name, name.lower())


def _allowed(column: Any) -> str:
    values = (column.metadata or {}).get("values")
    if values:
        return ", ".join(values)
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if low is None and high is None:
        return ""
    return f"{'' if low is None else f'{low:,}'} to {'any' if high is None else f'{high:,}'}"
