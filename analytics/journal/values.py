"""Text cells -> typed cells: each way of reading says what it refuses and what it mended.

Every function takes the expression of one column of text; `lines.py` asks them about each distinct text once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from analytics.journal.mapping import File
from analytics.vocabulary.scales import cr10_from_borg_6_20

SPACE = " \t\r\n\u00a0\u2007\u202f\ufeff"
NUMBER = r"[-+]?\d+(?:[.,]\d+)?"
SUFFIX = rf"^({NUMBER})\s*(?:min\.?|mins|minutes|h|hrs?|mm|cm|s|%|/\s*10|/\s*100|x)$"
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


def read_number(text: pl.Expr, file: File, *, unit: str | None) -> Reading:
    """A number in the vocabulary's unit; a comma decimal or a unit written behind it is mended."""
    text, decimal = _without_thousands(text, file.thousands), file.decimal
    suffixed = text.str.contains(f"(?i){SUFFIX}")
    bare = pl.when(suffixed).then(text.str.extract(f"(?i){SUFFIX}")).otherwise(text)
    comma = bare.str.contains(r"^[-+]?\d+,\d+$")
    # three digits behind the other mark may be thousands: 1,234 is not guessed at
    either = bare.str.contains(r"^[-+]?\d{1,3}\.\d{3}$" if decimal == "," else r"^[-+]?\d{1,3},\d{3}$")
    number = bare.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    grouped = pl.lit(False) if file.thousands else either
    number = pl.when(number.is_finite() & ~grouped).then(number)
    if unit in {"h:mm", "duration text"}:
        number, suffixed, comma = _minutes(text), pl.lit(False), pl.lit(False)
    mended = (("unit_suffix", suffixed),) + ((("decimal_comma", comma),) if decimal == "." else ())
    return Reading(
        _in_our_unit(number, unit),
        refused=(("unreadable_number", text.is_not_null() & number.is_null()),),
        mended=mended,
    )


def read_typed_number(cell: pl.Expr, missing: Sequence[str], *, unit: str | None) -> Reading:
    """A number that the export stores as one; the mapping's numbers for 'missing' are empty."""
    number, absent = (
        cell.cast(pl.Float64),
        [value for text in missing if (value := _as_number(text)) is not None],
    )
    number = pl.when(~number.is_in(absent)).then(number) if absent else number
    return Reading(_in_our_unit(number, unit), refused=(("unreadable_number", ~number.is_finite()),))


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _without_thousands(text: pl.Expr, mark: str | None) -> pl.Expr:
    """A number without the marks between its thousands, where they stand right: 1.234.567 and no 1.23."""
    if mark is None:
        return text
    space = r"[ \u00a0\u2009\u202f]" if mark == " " else re.escape(mark)
    grouped = text.str.contains(rf"^[-+]?\d{{1,3}}(?:{space}\d{{3}})+(?:[.,]\d+)?$")
    return pl.when(grouped).then(text.str.replace_all(space, "")).otherwise(text)


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
