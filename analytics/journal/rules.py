"""The cleaning rules of a line: how each column is read, what refuses it, which fault is named first."""

from __future__ import annotations

from datetime import date, datetime, time

import polars as pl

from analytics.journal.mapping import Mapping
from analytics.journal.moments import read_moment, read_typed_moment
from analytics.journal.values import (
    Reading,
    clean_text,
    read_code,
    read_codes,
    read_number,
    read_typed_number,
    read_words,
    read_yes_no,
)
from analytics.vocabulary.schema import COLUMNS

PAIN = frozenset({"pain_before", "pain_after", "pain_during", "baseline_pain", "pain_at_prescription"})
EXERTION = frozenset({"rpe", "target_rpe"})
NOT_AFTER_AS_OF = frozenset({"performed_at", "measured_on", "intake_date", "valid_from"})
EARLIEST = {"onset_date": 1900, "birth_date": 1900, "surgery_date": 1900}
EARLIEST_YEAR = 1990  # no journal of sessions is older
NEEDED_DATE = {"sessions": "performed_at", "plans": "valid_from", "measures": "measured_on"}
ROUNDED = r"^\s*\d[.,]\d+E\+\d+\s*$"  # as a spreadsheet writes a number of twelve digits or more
EXTRA = {"birth_date": pl.Date(), "birth_year": pl.Int32()}
ORDER = (
    "missing_patient", "missing_clinic", "rounded_id", "unreadable_date", "missing_date", "implausible_year",
    "future_date", "pain_out_of_range", "rpe_out_of_range", "duration_out_of_range", "unreadable_number",
    "unknown_code", "missing_value", "end_before_start", "other_out_of_range",
)  # fmt: skip
Marks = list[tuple[str, pl.Expr]]


def type_of(ours: str, mapping: Mapping) -> pl.DataType:
    """The type of a column of ours; an item of a questionnaire is a measure's value."""
    column = COLUMNS[mapping.table].get("value" if ours in mapping.item_names() else ours)
    return column.dtype if column else EXTRA[ours]


def reading(ours: str, mapping: Mapping, raw: pl.DataType) -> Reading:
    """How the cells of one column, stored as `raw`, are read."""
    dtype, cell = type_of(ours, mapping), pl.col("cell")
    missing = (*mapping.missing, *mapping.missing_in.get(ours, ()))
    column = COLUMNS[mapping.table].get(ours)
    values = ((column.metadata or {}).get("values") if column else None) or ()
    given = mapping.codes.get("value" if ours in mapping.item_names() else ours, {})
    codes = {value: value for value in values} | given
    if isinstance(dtype, pl.List):
        return read_codes(cell, missing, codes, separator=mapping.separators.get(ours, ";"))
    if dtype == pl.Boolean:
        return read_yes_no(cell, missing, given)
    if dtype.is_numeric():
        return _whole(_number(ours, mapping, raw, missing, given), dtype)
    if dtype.is_temporal():
        if raw.is_temporal():
            zoned = isinstance(raw, pl.Datetime) and raw.time_zone is not None
            return read_typed_moment(cell, mapping.dates, zoned=zoned, day=dtype == pl.Date)
        return read_moment(cell, missing, mapping.dates, day=dtype == pl.Date)
    read = read_code(cell, missing, codes) if codes else read_words(cell, missing)
    rounded = (("rounded_id", cell.str.contains(ROUNDED)),) if ours == "patient_id" else ()
    return Reading(read.value, (*read.refused, *rounded), read.mended)


def _number(
    ours: str, mapping: Mapping, raw: pl.DataType, missing: tuple[str, ...], codes: dict[str, str]
) -> Reading:
    unit = mapping.units.get(ours)
    if raw.is_numeric():
        return read_typed_number(pl.col("cell"), missing, unit=unit)
    text = clean_text(pl.col("cell"), missing)
    return read_number(text.replace(codes) if codes else text, mapping.file, unit=unit)


def _whole(reading: Reading, dtype: pl.DataType) -> Reading:
    """The same for a column of whole numbers: a level of 2.5 is no level."""
    value, ((rule, unread),) = reading.value, reading.refused
    if dtype.is_integer():
        unread = unread | (value != value.round()).fill_null(False)
    return Reading(value.cast(dtype, strict=False), ((rule, unread),), reading.mended)


def needed(table: str) -> dict[str, str]:
    """The columns without which no line is a row, and the rule that says so."""
    needs = {"clinic_id": "missing_clinic"}
    if table != "clinics":
        needs |= {"patient_id": "missing_patient"}
    if table in NEEDED_DATE:
        needs |= {NEEDED_DATE[table]: "missing_date"}
    return needs | ({"instrument": "missing_value", "value": "missing_value"} if table == "measures" else {})


def faults_of_value(ours: str, mapping: Mapping, *, as_of: date) -> Marks:
    """What refuses a line for the typed `value` of one column: it is needed and empty, or out of range."""
    value, rule = pl.col("value"), needed(mapping.table).get(ours)
    marks: Marks = [(rule, value.is_null())] if rule else []
    dtype = type_of(ours, mapping)
    if dtype.is_temporal():
        first = datetime(EARLIEST.get(ours, EARLIEST_YEAR), 1, 1)
        marks.append(("implausible_year", value < pl.lit(first).cast(dtype)))
        if ours in NOT_AFTER_AS_OF:
            marks.append(("future_date", value > pl.lit(datetime.combine(as_of, time.max)).cast(dtype)))
        return marks
    return marks + _out_of_range(ours, mapping)


def _out_of_range(ours: str, mapping: Mapping) -> Marks:
    column, value = COLUMNS[mapping.table].get(ours), pl.col("value")
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if not type_of(ours, mapping).is_numeric() or (low is None and high is None):
        return []
    outside = (value < low if low is not None else pl.lit(False)) | (
        value > high if high is not None else pl.lit(False)
    )
    if ours in PAIN:
        return [("pain_out_of_range", outside)]
    if ours in EXERTION:
        return [("rpe_out_of_range", outside)]
    if ours == "duration_min":
        return [("duration_out_of_range", outside | (value <= 0))]
    return [("other_out_of_range", outside)]
