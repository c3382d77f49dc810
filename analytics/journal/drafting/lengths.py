"""The unit of a length of time: minutes, hours, 0:35 or '1h 5m', by what a session can last."""

from __future__ import annotations

from typing import get_args

import polars as pl

from analytics.journal.drafting.columns import Column, quantile, share_where, weighted_quantile
from analytics.journal.drafting.headings import Hints
from analytics.journal.drafting.units import InUnit
from analytics.journal.mapping import Unit

LENGTH = frozenset({"duration_min", "minutes_per_session"})
WORDS = r"(?i)^(?:\d+\s*h[a-z]*)?\s*(?:\d+\s*m[a-z]*)?\s*(?:\d+\s*s[a-z]*)?$"
CLOCK = r"^(\d+):(\d\d)(?::\d\d)?$"
BEHIND = {
    "minutes": r"(?i)\d\s*min",
    "hours": r"(?i)\d\s*(?:h|hrs?|std)\.?$",
    "seconds": r"(?i)\d\s*s$",
}
ONE_SESSION = (5, 180)  # minutes that the middle session of a journal lasts


def length_unit(column: Column, hints: Hints) -> InUnit:
    """The unit of a column of lengths, from the words behind its numbers, its heading and its range."""
    if column.numeric < 0.5:
        return _in_words(column)
    middle, top = quantile(column, 0.5), quantile(column, 0.98)
    parts = share_where(column, pl.col("number") != pl.col("number").round())
    fits = {
        "minutes": ONE_SESSION[0] <= middle <= ONE_SESSION[1] and top <= 300,
        "hours": 0 < middle <= 3 and top <= 6,
        "seconds": middle >= 60 * ONE_SESSION[0] and top >= 600,
    }
    told = _suffixes(column) or hints.units & {"minutes", "hours", "seconds"}
    possible = sorted(unit for unit, fit in fits.items() if fit)
    if told and (len(told) > 1 or not told <= set(possible)):
        return InUnit(None, f"it says {' and '.join(sorted(told))}, the numbers do not", ("minutes", "hours"))
    if told:
        return _supported(min(told), f"it says {min(told)}, and the numbers fit")
    proved = {
        "minutes": f"half of the numbers are above {middle:g}; no session lasts so many hours",
        "seconds": "no session lasts so many minutes",
    } | ({"hours": f"half of the numbers are at most {middle:g}, many with decimals"} if parts >= 0.3 else {})
    if len(possible) == 1 and possible[0] in proved:
        return _supported(possible[0], proved[possible[0]])
    return InUnit(None, "the numbers may be minutes or hours", ("minutes", "hours"))


def _suffixes(column: Column) -> frozenset[str]:
    """The units that are written behind the numbers."""
    texts = column.counts["text"]
    return frozenset(unit for unit, form in BEHIND.items() if texts.str.contains(form).any())


def _supported(unit: str, reason: str) -> InUnit:
    """A unit that a mapping can write; else a question that says what to do."""
    if unit in get_args(Unit):
        return InUnit(unit, reason)
    return InUnit(None, f"{reason}; {unit} cannot be read: export minutes", ("minutes",))


def _in_words(column: Column) -> InUnit:
    """'1h 5m' is a text; '0:35' is hours and minutes unless it is minutes and seconds."""
    times = column.counts.select(
        "cells",
        words=pl.col("text").str.contains(WORDS) & pl.col("text").str.contains(r"\d"),
        hours=pl.col("text").str.extract(CLOCK, 1).cast(pl.Float64),
        minutes=pl.col("text").str.extract(CLOCK, 2).cast(pl.Float64),
        three=pl.col("text").str.count_matches(":") == 2,
    )
    total = int(times["cells"].sum())
    if int(times.filter("words")["cells"].sum()) >= 0.9 * total:
        return InUnit("duration text", "written with h and m")
    clocks = times.drop_nulls("hours").with_columns(long=pl.col("hours") * 60 + pl.col("minutes"))
    if int(clocks["cells"].sum()) < 0.9 * total:
        return InUnit(None, "lengths are written in a way that is not known", ("h:mm", "duration text"))
    middle = weighted_quantile(clocks["long"], clocks["cells"], 0.5)
    if ONE_SESSION[0] <= middle <= ONE_SESSION[1] and (clocks["three"].all() or not clocks["three"].any()):
        return InUnit("h:mm", "hours and minutes; as minutes and seconds no session would be so short")
    return InUnit(None, "0:35 may be minutes or seconds", ("h:mm",))
