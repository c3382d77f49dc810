"""What goes wrong in exports.

Each defect planted in lines of its own, and written down with file, line and rule.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl


@dataclass(frozen=True, slots=True)
class Defect:
    """A rule of the journal, how many lines break it, and in which column (ours) by what edit of the text."""

    rule: str
    lines: int
    column: str
    edit: Callable[[str], str]


def _to(value: str) -> Callable[[str], str]:
    return lambda _: value


def _serial(text: str) -> str:
    """A spreadsheet's day number instead of the date, with the clock as its fraction."""
    passed = datetime.fromisoformat(text) - datetime(1899, 12, 30)
    return f"{passed.days + passed.seconds / 86_400:.6f}"


SHARED_LINES = ("exact_duplicate", "same_session", "same_record")
# (form, table): what is planted there
PLANTED: dict[tuple[str, str], tuple[Defect, ...]] = {
    ("willow", "sessions"): (
        Defect("pain_out_of_range", 14, "pain_before", _to("11")),
        Defect("missing_patient", 5, "patient_id", _to("")),
        Defect("unreadable_date", 6, "performed_at", _to("last Tuesday")),
        Defect("decimal_comma", 8, "duration_min", lambda text: f"{text},5"),
        Defect("spaces_trimmed", 10, "patient_id", lambda text: f" {text} "),
        Defect("unit_suffix", 9, "duration_min", lambda text: f"{text} min"),
        Defect("exact_duplicate", 12, "", str),
        Defect("same_session", 7, "pain_after", _to("0")),
        Defect("ragged_line", 5, "", str),
    ),
    ("willow", "plans"): (Defect("end_before_start", 3, "valid_to", _to("2020-01-01")),),
    ("linden", "sessions"): (
        Defect("implausible_year", 4, "performed_at", lambda text: f"{text[:6]}0025{text[10:]}"),
        Defect("code_case", 8, "setting", str.upper),
        Defect("unknown_code", 6, "setting", _to("Schwimmbad")),
        Defect("unreadable_number", 5, "duration_min", _to("halbe Stunde")),
    ),
    ("harbour", "sessions"): (
        Defect("excel_serial_date", 10, "performed_at", _serial),
        Defect("future_date", 5, "performed_at", _to("2027-03-01 09:00")),
        Defect("duration_out_of_range", 7, "duration_min", _to("600")),
    ),
    ("harbour", "patients"): (Defect("pain_out_of_range", 3, "baseline_pain", _to("12")),),
    ("rowan", "sessions"): (
        Defect("broken_record", 4, "", str),
        Defect("missing_date", 5, "performed_at", _to("")),
        Defect("logged_before_performed", 9, "logged_at", _to("2024-01-01T08:00:00")),
    ),
    ("rowan", "patients"): (Defect("same_record", 3, "bed_rest_days", _to("9")),),
    ("mill", "sessions"): (Defect("rpe_out_of_range", 8, "rpe", _to("17")),),
    ("quay", "sessions"): (Defect("pain_out_of_range", 5, "pain_before", _to("130")),),
    ("fern", "sessions"): (
        Defect("rpe_out_of_range", 6, "rpe", _to("3")),
        Defect("same_session", 4, "pain_after", _to("1")),
    ),
}


def plant(
    frame: pl.DataFrame, *, form: str, table: str, headings: dict[str, str], rng: np.random.Generator
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frame with its defects, and one row a defect (line, rule). No line gets two.

    Repeats are appended at the end, as an overlapping export appends them.
    """
    defects = PLANTED.get((form, table), ())
    needed = sum(defect.lines for defect in defects)
    free = rng.permutation(_plain_lines(frame, headings, defects))[:needed]
    found, taken = [], 0
    for defect in defects:
        rows = np.sort(free[taken : taken + defect.lines]).tolist()
        taken += defect.lines
        if defect.rule in SHARED_LINES:
            start = frame.height
            frame = pl.concat([frame, _edited(frame[rows], range(len(rows)), headings, defect)])
            if defect.rule == "exact_duplicate":
                rows = list(range(start, start + len(rows)))
        elif defect.column:
            frame = _edited(frame, rows, headings, defect)
        found.append(pl.DataFrame({"row": rows, "rule": [defect.rule] * len(rows)}))
    planted = pl.concat(found) if found else pl.DataFrame(schema={"row": pl.Int64, "rule": pl.String})
    return frame, planted


def _plain_lines(frame: pl.DataFrame, headings: dict[str, str], defects: tuple[Defect, ...]) -> np.ndarray:
    """Rows in which every column to be edited holds something."""
    columns = {headings[defect.column] for defect in defects if defect.column}
    full = pl.all_horizontal(pl.lit(True), *(pl.col(column) != "" for column in sorted(columns)))
    return np.flatnonzero(frame.select(full.alias("full")).to_series().to_numpy())


def _edited(
    frame: pl.DataFrame, places: Sequence[int], headings: dict[str, str], defect: Defect
) -> pl.DataFrame:
    if not defect.column:
        return frame
    column = headings[defect.column]
    cells = frame[column].to_list()
    for place in places:
        cells[place] = defect.edit(cells[place])
    return frame.with_columns(pl.Series(column, cells))
