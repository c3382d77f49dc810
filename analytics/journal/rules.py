"""The cleaning rules: what refuses a line, what is mended, and which fault of a line is named first."""

from __future__ import annotations

from datetime import date

import polars as pl

from analytics.journal.mapping import Mapping
from analytics.journal.values import (
    Reading,
    read_code,
    read_codes,
    read_moment,
    read_number,
    read_words,
    read_yes_no,
)
from analytics.vocabulary.schema import TABLES

PAIN = frozenset({"pain_before", "pain_after", "pain_during", "baseline_pain", "pain_at_prescription"})
EXERTION = frozenset({"rpe", "target_rpe"})
NOT_AFTER_AS_OF = frozenset({"performed_at", "measured_on", "intake_date", "valid_from"})
EARLIEST = {"onset_date": 1900, "birth_date": 1900, "surgery_date": 1900}
EARLIEST_YEAR = 1990  # no journal of sessions is older
NEEDED_DATE = {"sessions": "performed_at", "plans": "valid_from", "measures": "measured_on"}
EXTRA = {"birth_date": pl.Date(), "birth_year": pl.Int32()}
ORDER = (
    "missing_patient", "missing_clinic", "unreadable_date", "missing_date", "implausible_year", "future_date",
    "pain_out_of_range", "rpe_out_of_range", "duration_out_of_range", "unreadable_number", "unknown_code",
    "missing_value", "end_before_start", "other_out_of_range",
)  # fmt: skip


def readings(mapping: Mapping) -> dict[str, Reading]:
    """How each column that the mapping names (or sets) is read; a note is never read."""
    named = {ours: pl.col(theirs) for ours, theirs in mapping.columns.items() if ours != "note"}
    fixed = {ours: pl.lit(text) for ours, text in mapping.constants.items() if ours != "note"}
    return {ours: _reading(ours, raw, mapping) for ours, raw in (named | fixed).items()}


def _reading(ours: str, raw: pl.Expr, mapping: Mapping) -> Reading:
    column = TABLES[mapping.table].columns().get(ours)
    dtype = column.dtype if column else EXTRA[ours]
    values = ((column.metadata or {}).get("values") if column else None) or ()
    codes = {value: value for value in values} | mapping.codes.get(ours, {})
    if isinstance(dtype, pl.List):
        return read_codes(raw, mapping.missing, codes, separator=mapping.separators.get(ours, ";"))
    if dtype == pl.Boolean:
        return read_yes_no(raw, mapping.missing, mapping.codes.get(ours, {}))
    if dtype.is_numeric():
        reading = read_number(
            raw, mapping.missing, decimal=mapping.file.decimal, unit=mapping.units.get(ours)
        )
        value, ((rule, unread),) = reading.value, reading.refused
        if dtype.is_integer():  # a level of 2.5 is no level
            unread = unread | (value != value.round()).fill_null(False)
        return Reading(value.cast(dtype, strict=False), ((rule, unread),), reading.mended)
    if dtype.is_temporal():
        return read_moment(raw, mapping.missing, mapping.dates, day=dtype == pl.Date)
    return read_code(raw, mapping.missing, codes) if codes else read_words(raw, mapping.missing)


def refusals(mapping: Mapping, read: dict[str, Reading], *, as_of: date) -> list[tuple[str, str, pl.Expr]]:
    """(rule, column, rows it refuses) in the order of ORDER, over typed columns and readings' marks."""
    found = [(rule, ours, pl.col(f"{ours}!{rule}")) for ours, one in read.items() for rule, _ in one.refused]
    for ours, needed in _needed(mapping.table).items():
        found.append((needed, ours, pl.col(ours).is_null() if ours in read else pl.lit(True)))
    for ours in read:
        found += _out_of_range(mapping.table, ours, as_of=as_of)
    ends = {"plans": ("valid_from", "valid_to"), "patients": ("intake_date", "discharge_date")}
    if mapping.table in ends and set(ends[mapping.table]) <= set(read):
        start, end = ends[mapping.table]
        found.append(("end_before_start", end, pl.col(end) < pl.col(start)))
    return sorted(found, key=lambda one: ORDER.index(one[0]))


def _needed(table: str) -> dict[str, str]:
    needed = {"clinic_id": "missing_clinic"}
    if table != "clinics":
        needed |= {"patient_id": "missing_patient"}
    if table in NEEDED_DATE:
        needed |= {NEEDED_DATE[table]: "missing_date"}
    return needed | ({"instrument": "missing_value", "value": "missing_value"} if table == "measures" else {})


def _out_of_range(table: str, ours: str, *, as_of: date) -> list[tuple[str, str, pl.Expr]]:
    column, cell = TABLES[table].columns().get(ours), pl.col(ours)
    dtype = column.dtype if column else EXTRA[ours]
    if dtype.is_temporal():
        floor = EARLIEST.get(ours, EARLIEST_YEAR)
        rules = [("implausible_year", ours, cell.dt.year() < floor)]
        return rules + ([("future_date", ours, cell.dt.date() > as_of)] if ours in NOT_AFTER_AS_OF else [])
    low, high = getattr(column, "min", None), getattr(column, "max", None)
    if not dtype.is_numeric() or (low is None and high is None):
        return []
    outside = ~cell.is_between(
        pl.lit(low if low is not None else -float("inf")), pl.lit(high if high is not None else float("inf"))
    )
    if ours in PAIN:
        return [("pain_out_of_range", ours, outside)]
    if ours in EXERTION:
        return [("rpe_out_of_range", ours, outside)]
    if ours == "duration_min":
        return [("duration_out_of_range", ours, outside | (cell <= 0))]
    return [("other_out_of_range", ours, outside)]
