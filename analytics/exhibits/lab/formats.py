"""How a cell of a lab table is written: by the kind of its column and by what the column's name says."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import polars as pl

DASH, MINUS = "–", "\N{MINUS SIGN}"
SIGNIFICANT = 3  # Our choice: a fourth digit of an estimate is noise at the sizes of a network of clinics
LEAST_P = 0.001  # below it a p value says no more (CONSORT and SAMPL guidelines, Lang & Altman 2013)
YEAR = re.compile(r"(^|_)year$")  # a year is a name, not an amount
P_VALUE = re.compile(r"^p$|^p_|_p$|^p_value$|^q_bh$")
SHARE = re.compile(r"(^|_)(share|proportion)(_|$)|^adherence(_|$)|_share$")
SCALE = {"better", "allowed"}  # columns of a table of scales, whose ends are no interval
INTERVALS = {"": "95 % interval", "range": "From – to"}  # by what else the table says


def as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Every cell written; a pair of columns `low`, `high` (`x_low`, `x_high`) as one interval."""
    cells: dict[str, list[str]] = {}
    for name in frame.columns:
        pair = _pair(name)
        if pair is not None and {f"{pair}low", f"{pair}high"} <= set(frame.columns):
            if name.endswith("low"):
                ends = zip(frame[name].to_list(), frame[f"{pair}high"].to_list(), strict=True)
                share = SHARE.search(name) is not None
                whole_ends = frame[name].dtype.is_integer()
                write = _whole_interval if whole_ends else partial(interval, share=share)
                cells[_heading(pair, frame.columns)] = [write(*two) for two in ends]
        else:
            write = writer(frame[name])
            cells[name] = [write(value) for value in frame[name].to_list()]
    return pl.DataFrame(cells, schema=dict.fromkeys(cells, pl.String))


def writer(column: pl.Series) -> Callable[[Any], str]:
    """What writes the cells of this column."""
    kind, name = column.dtype, column.name
    if kind.is_float() or kind.is_decimal():
        if P_VALUE.search(name):
            return p_value
        if SHARE.search(name):
            return percent
        return decimals if name in {"df", "ddf"} else number
    if kind.is_integer():
        return words if YEAR.search(name) else whole
    return words


def number(value: float | None) -> str:
    """To three significant digits, whole parts never cut: 1234.5 -> `1,234`, 0.04567 -> `0.0457`."""
    return _at(value, _digits(value))


def interval(low: float | None, high: float | None, *, share: bool = False) -> str:
    """Both ends, with the digits of the further one: `1.60 to 2.61`; a dash where there is none."""
    if _none(low) and _none(high):
        return DASH
    if share:
        return f"{percent(low)} to {percent(high)}"
    known = [abs(end) for end in (low, high) if end is not None and math.isfinite(end)]
    digits = _digits(max(known, default=0.0))
    return f"{_at(low, digits)} to {_at(high, digits)}"


def _whole_interval(low: int | None, high: int | None) -> str:
    """Between which whole numbers: ranks, counts."""
    return DASH if low is None and high is None else f"{whole(low)} to {whole(high)}"


def p_value(value: float | None) -> str:
    """Three decimals; `<0.001` below."""
    if value is None or math.isnan(value):
        return DASH
    return f"<{LEAST_P}" if value < LEAST_P else f"{value:.3f}"


def percent(value: float | None) -> str:
    """0.714 -> `71.4 %`."""
    return DASH if value is None or math.isnan(value) else f"{_signed(100 * value, 1)} %"


def decimals(value: float | None) -> str:
    """Degrees of freedom: one decimal, thousands apart."""
    return _at(value, 1)


def whole(value: int | None) -> str:
    """12345 -> `12,345`."""
    return DASH if value is None else _signed(value, 0)


def words(value: Any) -> str:
    """Text; lists joined, yes and no for true and false."""
    if value is None or value == "":
        return DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(words(one) for one in value) or DASH
    return str(value)


def is_number(column: pl.Series) -> bool:
    """Set to the right: a number, a time span or a day."""
    return column.dtype.is_numeric() or column.dtype.is_temporal()


def joined(name: str) -> bool:
    """Whether this column of the table was made of two."""
    return name.endswith(" interval")


def _pair(name: str) -> str | None:
    """`x_low` -> `x_`, `high` -> the empty text; None: no end of an interval."""
    found = re.fullmatch(r"(|.*_)(?:low|high)", name)
    return found[1] if found else None


def _heading(pair: str, columns: list[str]) -> str:
    if pair:
        return f"{pair.rstrip('_').replace('_', ' ')} interval"
    return INTERVALS["range" if SCALE & set(columns) or len(columns) == 2 else ""]


def _none(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _digits(value: float | None) -> int:
    if value is None or not math.isfinite(value) or value == 0:
        return 0
    rounded = float(f"{value:.{SIGNIFICANT - 1}e}")  # 0.9996 is 1.00
    return max(0, SIGNIFICANT - 1 - math.floor(math.log10(abs(rounded))))


def _at(value: float | None, digits: int) -> str:
    if value is None or math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if digits > 6:  # a number of a millionth is a power of ten
        return f"{value:.{SIGNIFICANT - 1}e}".replace("-", MINUS)
    return _signed(value, digits)


def _signed(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return MINUS + text[1:] if text.startswith("-") and float(text.replace(",", "")) else text.lstrip("-")
