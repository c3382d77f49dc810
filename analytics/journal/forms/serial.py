"""Numbers of a spreadsheet as a person sees them: a date, a clock time, a duration, a number."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Literal

Shape = Literal["number", "date", "time"]
# ECMA-376 part 1, 18.8.30: formats that a workbook need not spell out; 27-36 and 50-58 are East Asian
BUILT_IN: dict[int, Shape] = {
    **dict.fromkeys((*range(14, 18), 22, *range(27, 32), 36, *range(50, 59)), "date"),
    **dict.fromkeys((*range(18, 22), *range(32, 36), 45, 46, 47), "time"),
}
LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
DATE_LETTERS = set("ymdhsapegbtj")  # with am/pm, eras, and the German letters that some exporters leave
DAYS_TO_1904 = 1462  # from day 0 of the 1900 date system to day 0 of the 1904 one
LEAP_DAY = 60  # 29 February 1900, which never was: days before it count from a day later
LAST_DAY = 2_958_466  # 1 January 10000
FIRST_MOMENT = 20_000  # days; a cell that shows a clock time alone is a moment from 1954 on, else a duration


def shape_of_format(code: str) -> Shape:
    """What a number format shows; only its first section counts, the one for positive numbers."""
    shown = LITERALS.sub("", code).split(";")[0].lower()
    if not set(re.findall("[a-z]", shown)) <= DATE_LETTERS:
        return "number"
    if "y" in shown or "d" in shown or ("m" in shown and not set("hs") & set(shown) and "[m" not in shown):
        return "date"
    return "time" if set("hs") & set(shown) or "[m" in shown else "number"


@lru_cache(maxsize=100_000)
def shown_number(written: str) -> str:
    """A number as a spreadsheet shows it: 15 digits, whole ones without a point, however long."""
    if written.isdigit() and len(written) < 16:
        return written
    try:
        number = float(written)
    except ValueError:
        return written
    shown = format(number, ".15g")
    return str(int(Decimal(shown))) if number.is_integer() and abs(number) < 1e21 else shown


@lru_cache(maxsize=100_000)
def shown_moment(written: str, shape: Shape, days: int) -> str:
    """A serial number of days as ISO text, or hh:mm of a clock time or duration; `days` are added first.

    One that is no day of the calendar is left a number, for cleaning to refuse.
    """
    try:
        value = float(written)
    except ValueError:
        return written
    if shape == "time" and 0 <= value < FIRST_MOMENT:
        return hours(value)
    serial = value + days
    if not 0 <= serial < LAST_DAY:
        return shown_number(written)
    first = datetime(1899, 12, 31 if serial < LEAP_DAY else 30)
    moment = first + timedelta(seconds=round(serial * 86400))
    return moment.isoformat(" ").removesuffix(" 00:00:00")


def hours(days: float) -> str:
    """A clock time or duration as hh:mm, with seconds where it has some; hours go on after 24."""
    minutes, seconds = divmod(round(days * 86400), 60)
    return f"{minutes // 60:02}:{minutes % 60:02}" + (f":{seconds:02}" if seconds else "")


def shown_iso(written: str) -> str:
    """An ISO moment to the second, midnight as the day alone; what is none is left as it is."""
    try:
        moment = datetime.fromisoformat(written) + timedelta(microseconds=500_000)
    except (ValueError, OverflowError):
        return written
    return moment.replace(microsecond=0).isoformat(" ").removesuffix(" 00:00:00")
