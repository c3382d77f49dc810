"""Text cells -> typed cells: each way of reading says what it refuses and what it mended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from analytics.journal.mapping import Dates
from analytics.vocabulary.scales import cr10_from_borg_6_20

SPACE = " \t\r\n\u00a0\u2007\u202f\ufeff"
ISO = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%Y-%m-%d %H:%M:%S%:z")
NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
SUFFIX = rf"^({NUMBER})\s*(?:min\.?|mins|minutes|h|hrs?|mm|cm|s|%|/\s*10|/\s*100|x)$"
DAY_ZERO = pl.date(1899, 12, 30)  # day 0 of spreadsheets' serial dates
SERIAL = (20_000, 80_000)  # 1954 to 2119
TRUE, FALSE = ("true", "yes", "y", "1"), ("false", "no", "n", "0")


@dataclass(frozen=True, slots=True)
class Reading:
    """How one column is read: its typed value, and by rule which rows it refuses or mends."""

    value: pl.Expr
    refused: tuple[tuple[str, pl.Expr], ...] = ()
    mended: tuple[tuple[str, pl.Expr], ...] = ()


def clean_text(raw: pl.Expr, missing: Sequence[str]) -> pl.Expr:
    """The cell without outer space; the mapping's words for 'missing' are empty."""
    text = raw.str.strip_chars(SPACE)
    return pl.when(~text.is_in(missing) & (text != "")).then(text)


def read_words(raw: pl.Expr, missing: Sequence[str]) -> Reading:
    """An id or a name; stray space around it is mended."""
    text = clean_text(raw, missing)
    return Reading(text, mended=(("spaces_trimmed", text.is_not_null() & (raw != text)),))


def read_number(raw: pl.Expr, missing: Sequence[str], *, decimal: str, unit: str | None) -> Reading:
    """A number in the vocabulary's unit; a comma decimal or a unit written behind it is mended."""
    text = clean_text(raw, missing)
    suffixed = text.str.contains(f"(?i){SUFFIX}")
    bare = pl.when(suffixed).then(text.str.extract(f"(?i){SUFFIX}")).otherwise(text)
    comma = bare.str.contains(r"^[-+]?\d+,\d+$")
    # three digits behind the other mark may be thousands: 1,234 is not guessed at
    either = bare.str.contains(r"^[-+]?\d{1,3}\.\d{3}$" if decimal == "," else r"^[-+]?\d{1,3},\d{3}$")
    number = bare.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    number = pl.when(number.is_finite() & ~either).then(number)
    if unit in {"h:mm", "duration text"}:
        number, suffixed, comma = _minutes(text), pl.lit(False), pl.lit(False)
    mended = (("unit_suffix", suffixed),) + ((("decimal_comma", comma),) if decimal == "." else ())
    return Reading(
        _in_our_unit(number, unit),
        refused=(("unreadable_number", text.is_not_null() & number.is_null()),),
        mended=mended,
    )


def _minutes(text: pl.Expr) -> pl.Expr:
    """Minutes of '1h 5m', '35m', '45s' or '1:05'."""
    clock = text.str.extract_groups(r"^(\d+):(\d\d)(?::\d\d)?$")
    parts = text.str.to_lowercase().str.extract_groups(
        r"^(?:(\d+)\s*h[a-z]*)?\s*(?:(\d+)\s*m[a-z]*)?\s*(?:(\d+)\s*s[a-z]*)?$"
    )
    words = reduce(
        lambda a, b: a + b,
        [
            parts.struct.field(str(n)).cast(pl.Float64).fill_null(0) * minutes
            for n, minutes in ((1, 60), (2, 1), (3, 1 / 60))
        ],
    )
    told = pl.any_horizontal([parts.struct.field(str(n)).is_not_null() for n in (1, 2, 3)])
    colon = clock.struct.field("1").cast(pl.Float64) * 60 + clock.struct.field("2").cast(pl.Float64)
    return pl.coalesce(colon, pl.when(told).then(words))


def _in_our_unit(number: pl.Expr, unit: str | None) -> pl.Expr:
    slope, intercept = cr10_from_borg_6_20()
    factor = {"VAS_0_100": 0.1, "VAS_0_1": 10.0, "percent": 0.01, "hours": 60.0}
    if unit == "RPE6_20":
        return (number * slope + intercept).round(4)
    return (number * factor[unit]).round(6) if unit in factor else number


def read_moment(raw: pl.Expr, missing: Sequence[str], dates: Dates, *, day: bool) -> Reading:
    """A local clock time (or day).

    The mapping's formats, then ISO, then a spreadsheet's serial number, mended.
    """
    text = clean_text(raw, missing)
    written = pl.coalesce(
        [_parsed(text, form, dates.time_zone) for form in dict.fromkeys((*dates.formats, *ISO))]
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


def _parsed(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    moment = text.str.to_datetime(form, strict=False, time_unit="us")
    if "%z" in form or "%:z" in form or "%#z" in form:
        return moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return moment


def read_code(raw: pl.Expr, missing: Sequence[str], codes: dict[str, str]) -> Reading:
    """One word of a closed list; another case is mended, another word refused."""
    text = clean_text(raw, missing)
    exact = text.replace_strict(codes, default=None, return_dtype=pl.String)
    folded = text.str.to_lowercase().replace_strict(_folded(codes), default=None, return_dtype=pl.String)
    return Reading(
        pl.coalesce(exact, folded),
        refused=(("unknown_code", text.is_not_null() & folded.is_null()),),
        mended=(
            ("spaces_trimmed", text.is_not_null() & (raw != text)),
            ("code_case", exact.is_null() & folded.is_not_null()),
        ),
    )


def read_codes(raw: pl.Expr, missing: Sequence[str], codes: dict[str, str], *, separator: str) -> Reading:
    """Several words of a closed list, each once, in the list's own order of writing."""
    text = clean_text(raw, missing)
    words = (
        text.str.split(separator)
        .list.eval(pl.element().str.strip_chars(SPACE))
        .list.eval(pl.element().filter(pl.element() != ""))
    )
    exact = words.list.eval(pl.element().replace_strict(codes, default=None, return_dtype=pl.String))
    folded = words.list.eval(
        pl.element().str.to_lowercase().replace_strict(_folded(codes), default=None, return_dtype=pl.String)
    )
    strange = folded.list.eval(pl.element().is_null()).list.any()
    other_case = exact.list.eval(pl.element().is_null()).list.any() & ~strange
    return Reading(
        folded.list.unique(maintain_order=True),
        refused=(("unknown_code", text.is_not_null() & strange),),
        mended=(("code_case", text.is_not_null() & other_case),),
    )


def read_yes_no(raw: pl.Expr, missing: Sequence[str], codes: dict[str, str]) -> Reading:
    """Yes or no in the common ways of writing it, or by the mapping's codes."""
    known = dict.fromkeys(TRUE, "true") | dict.fromkeys(FALSE, "false") | codes
    reading = read_code(raw, missing, known)
    mended = tuple(pair for pair in reading.mended if pair[0] != "code_case")
    return Reading(reading.value == "true", reading.refused, mended)


def _folded(codes: dict[str, str]) -> dict[str, str]:
    return {theirs.lower(): ours for theirs, ours in codes.items()}
