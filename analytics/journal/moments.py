"""Text cells -> days and clock times, in the way that a mapping tells."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

from analytics.journal.mapping import Dates
from analytics.journal.values import Reading, clean_text

ISO = (
    "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d",
    "%Y-%m-%d %H:%M:%S%#z", "%Y-%m-%dT%H:%M:%S%#z", "%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M:%S%.f",
)  # fmt: skip
DAY_ZERO = pl.date(1899, 12, 30)  # day 0 of spreadsheets' serial dates
SERIAL = (20_000, 80_000)  # 1954 to 2119
EPOCH = {"epoch_s": 1_000_000, "epoch_ms": 1_000}  # microseconds of one unit, counted from 1970 in UTC


def read_typed_moment(cell: pl.Expr, dates: Dates, *, zoned: bool, day: bool) -> Reading:
    """A time that the export stores as one; with a zone it is carried to the clinic's clock."""
    moment = _local(cell, dates.time_zone) if zoned else cell
    return Reading(moment.cast(pl.Date) if day else moment.cast(pl.Datetime("us")))


def read_moment(raw: pl.Expr, missing: Sequence[str], dates: Dates, *, day: bool) -> Reading:
    """A local clock time (or day).

    The mapping's formats, then ISO, then a spreadsheet's serial number, mended.
    """
    text = clean_text(raw, missing)
    if dates.words:
        text = text.str.to_lowercase().str.replace_many({w.lower(): to for w, to in dates.words.items()})
        text = text.str.replace_all(r"\s+", " ").str.strip_chars()
    written = pl.coalesce(
        [parsed(text, form, dates.time_zone) for form in dict.fromkeys((*dates.formats, *ISO))]
    )
    serial = text.cast(pl.Float64, strict=False)
    serial = pl.when(written.is_null() & serial.is_between(*SERIAL)).then(serial)
    counted = DAY_ZERO.cast(pl.Datetime("us")) + pl.duration(minutes=(serial * 1440).round().cast(pl.Int64))
    moment = pl.coalesce(written, counted)
    return Reading(
        moment.dt.date() if day else moment,
        refused=(("unreadable_date", text.is_not_null() & moment.is_null()),),
        mended=(("excel_serial_date", serial.is_not_null()),),
    )


def parsed(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    """The clinic's clock time that a text says in one form; empty where it is not written so."""
    if form in EPOCH:
        since = (text.cast(pl.Float64, strict=False) * EPOCH[form]).round().cast(pl.Int64, strict=False)
        return _local(since.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"), zone)
    moment = text.str.to_datetime(form, strict=False, time_unit="us")
    return _local(moment, zone) if re.search(r"%[:#]*z", form) else moment


def _local(moment: pl.Expr, zone: str) -> pl.Expr:
    return moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)
