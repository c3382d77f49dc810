"""Parquet: typed cells as they are stored, structures by dots, and files that claim what they do not hold."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analytics.journal.forms.parquet import read_parquet
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.errors import InputError


def _read(path, columns=None):
    tables = list(read_parquet(Stored(path), File(), columns))
    assert all(table.broken.is_empty() for table in tables)
    assert all(table.frame.schema == tables[0].frame.schema for table in tables)
    return pl.concat(table.frame for table in tables)


def _written(path, **columns):
    pl.DataFrame(columns).write_parquet(path)
    return path


MOMENT = datetime(2026, 1, 5, 9, 30)
KEPT = {
    "text": pl.Series(["a", None]),
    "small": pl.Series([1, None], dtype=pl.Int8),
    "whole": pl.Series([2**63, None], dtype=pl.UInt64),
    "share": pl.Series([0.5, float("nan")], dtype=pl.Float32),
    "yes": pl.Series([True, None]),
    "day": pl.Series([date(2026, 1, 5), None]),
    "moment": pl.Series([MOMENT, None], dtype=pl.Datetime("ms")),
    "zoned": pl.Series([MOMENT, None]).dt.replace_time_zone("Europe/Helsinki"),
}


def test_plain_types_are_kept(tmp_path):
    frame = _read(_written(tmp_path / "x.parquet", **KEPT))
    assert frame.drop("source_line").equals(pl.DataFrame(KEPT))
    assert frame.drop("source_line").schema == pl.DataFrame(KEPT).schema
    assert frame["source_line"].to_list() == [2, 3]
    assert frame.schema["source_line"] == pl.Int32


@pytest.mark.parametrize(
    ("values", "dtype", "found"),
    [
        ([Decimal("1.50"), None], None, [1.5, None]),
        (["a", None], pl.Categorical(), ["a", None]),
        (["a", None], pl.Enum(["a"]), ["a", None]),
        ([None, None], None, [None, None]),
        ([time(9, 30), None], None, ["09:30:00", None]),
        ([timedelta(hours=25, minutes=5, seconds=3), timedelta(minutes=-90), None], None,
         ["25:05:03", "-01:30:00", None]),
        ([["a", None, "b"], [], None], None, ["a;;b", "", None]),
        ([[1, 2], [3]], None, ["1;2", "3"]),
        ([[1.0, 2.5]], None, ["1;2.5"]),
        ([[1, 2]], pl.Array(pl.Int64, 2), ["1;2"]),
        ([[[1], [2, 3]]], None, ["1;2;3"]),
        ([[date(2026, 1, 5)], [MOMENT.date()]], None, ["2026-01-05", "2026-01-05"]),
        ([b"abc", None], None, ["abc", None]),
        ([b"abc", b"\xff\x00"], None, ["abc", None]),
        ([[[{"a": 1}]]], None, [""]),
    ],
)  # fmt: skip
def test_other_types_become_text(tmp_path, values, dtype, found):
    path = _written(tmp_path / "x.parquet", cell=pl.Series(values, dtype=dtype), after=[1] * len(values))
    assert _read(path)["cell"].to_list() == found


def test_structures_become_columns_by_dots(tmp_path):
    path = _written(
        tmp_path / "x.parquet",
        pain=[{"before": 3, "at": {"rest": "low"}}, None],
        sets=[[{"name": "plank", "n": 3}, {"name": "bridge", "n": None}], []],
    )
    assert _read(path).to_dicts() == [
        {
            "pain.before": 3,
            "pain.at.rest": "low",
            "sets.name": "plank;bridge",
            "sets.n": "3;",
            "source_line": 2,
        },
        {"pain.before": None, "pain.at.rest": None, "sets.name": "", "sets.n": "", "source_line": 3},
    ]
    assert _read(path, {"pain.at.rest", "elsewhere"}).columns == ["pain.at.rest", "source_line"]


def test_a_column_named_like_the_line_is_kept(tmp_path):
    frame = _read(_written(tmp_path / "x.parquet", source_line=[7], a=["b"]))
    assert frame.to_dicts() == [{"source_line_": 7, "a": "b", "source_line": 2}]


def test_only_the_columns_that_are_needed_are_read(tmp_path):
    path = _written(tmp_path / "x.parquet", a=[1], b=[[{"x": b"\xff"}]], c=["d"])
    assert _read(path, ["c", "a"]).row(0) == (1, "d", 2)


def test_no_rows_are_one_batch_with_its_columns(tmp_path):
    frame = pl.DataFrame(KEPT).clear()
    frame.write_parquet(tmp_path / "x.parquet")
    (table,) = read_parquet(Stored(tmp_path / "x.parquet"), File())
    assert table.frame.shape == (0, frame.width + 1)


@pytest.mark.parametrize("group", [7, 1000, 100_000])
def test_batches_share_their_columns_and_count_on(tmp_path, monkeypatch, group):
    frame = pl.DataFrame({"n": range(5000), "text": [str(number % 17) for number in range(5000)]})
    frame.write_parquet(tmp_path / "x.parquet", row_group_size=group)
    monkeypatch.setattr("analytics.journal.forms.parquet.BATCH_ROWS", 999)
    tables = list(read_parquet(Stored(tmp_path / "x.parquet"), File()))
    assert [table.frame.height for table in tables] == [999] * 5 + [5]
    whole = pl.concat(table.frame for table in tables)
    assert (whole["source_line"] == whole["n"] + 2).all()
    assert whole.drop("source_line").equals(frame)


def test_large_rows_make_small_batches(tmp_path, monkeypatch):
    _written(tmp_path / "x.parquet", n=range(100), text=[f"{number}" * 500 for number in range(100)])
    monkeypatch.setattr("analytics.journal.forms.parquet.BATCH_BYTES", 20_000)
    heights = [table.frame.height for table in read_parquet(Stored(tmp_path / "x.parquet"), File())]
    assert sum(heights) == 100
    assert max(heights) < 40


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ("MOST_ROWS", "says it has 20 rows and 2 columns"),
        ("MOST_COLUMNS", "says it has 20 rows and 2 columns"),
        ("MOST_CELLS", "says it has 20 rows and 2 columns"),
        ("MOST_OF_GROUP", "too large groups"),
    ],
)
def test_what_a_file_says_of_itself_is_checked_first(tmp_path, monkeypatch, limit, said):
    path = _written(tmp_path / "x.parquet", a=range(20), b=range(20))
    monkeypatch.setattr(f"analytics.journal.forms.parquet.{limit}", 1)
    with pytest.raises(InputError, match=rf"x\.parquet: .*{said}"):
        _read(path)


def test_many_rows_in_few_bytes_are_read_batch_by_batch(tmp_path):
    """Twenty million equal rows take a few kilobytes; the first batch is there at once."""
    few = pa.table({"a": pa.array(["x"] * 1000).dictionary_encode()})
    with pq.ParquetWriter(tmp_path / "x.parquet", few.schema) as writer:
        writer.write_table(pa.concat_tables([few] * 20_000), row_group_size=20_000_000)
    assert (tmp_path / "x.parquet").stat().st_size < 1_000_000
    first = next(read_parquet(Stored(tmp_path / "x.parquet"), File()))
    assert first.frame.height == 250_000


@pytest.mark.parametrize("keep", [4, 12, 0.3, 0.9, -1])
def test_a_cut_off_file_is_refused_in_words(tmp_path, keep):
    content = _written(tmp_path / "x.parquet", a=range(1000)).read_bytes()
    (tmp_path / "x.parquet").write_bytes(content[: int(keep * len(content)) if 0 < keep < 1 else keep])
    with pytest.raises(InputError, match=r"x\.parquet: cannot be read as Parquet\. It may be cut off"):
        _read(tmp_path / "x.parquet")


def test_an_encrypted_file_is_refused_in_words(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PARE" + b"x" * 100 + b"PARE")
    with pytest.raises(InputError, match="is encrypted"):
        _read(tmp_path / "x.parquet")


def test_a_name_with_marks_is_one_file(tmp_path):
    """A star in a file's name asks for no other file."""
    _written(tmp_path / "a1.parquet", a=[1])
    assert _read(_written(tmp_path / "a*.parquet", a=[2]))["a"].to_list() == [2]
