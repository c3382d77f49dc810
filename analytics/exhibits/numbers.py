"""How numbers are written: a true minus, few digits, and plain words where a number is not shown."""

from __future__ import annotations

from typing import Any

NOT_SHOWN = "not shown"
DASH = "–"
TOO_FEW = "too few patients to show a number without pointing at one of them"
MINUS = "\N{MINUS SIGN}"


def number(value: float | None, *, digits: int = 1) -> str:
    """2.06 -> `2.1`; nothing -> `not shown`."""
    if value is None:
        return NOT_SHOWN
    text = f"{value:.{digits}f}"
    return MINUS + text[1:] if text.startswith("-") and float(text) else text.lstrip("-")


def percent(share: float | None) -> str:
    """0.714 -> `71 %`."""
    return NOT_SHOWN if share is None else f"{100 * share:.0f} %"


def spread(low: float | None, high: float | None, *, digits: int = 1) -> str:
    """Both ends of an interval: `1.6 to 2.6`."""
    if low is None or high is None:
        return NOT_SHOWN
    return f"{number(low, digits=digits)} to {number(high, digits=digits)}"


def count(value: int | None) -> str:
    """1240 -> `1,240`; a released count is rounded already."""
    return NOT_SHOWN if value is None else f"{value:,}"


def words(code: str) -> str:
    """A code of the vocabulary as it is read: `hip_flexors` -> `hip flexors`."""
    return code.replace("_", " ")


def estimate(cell: dict[str, Any], *, digits: int = 1) -> str:
    """A mean with its interval: `2.1 (1.6 to 2.6)`; `not measured` where no patient has one."""
    if not cell or cell["patients"] == 0:
        return "not measured"
    if cell["value"] is None:
        return NOT_SHOWN
    interval = f" ({spread(cell['low'], cell['high'], digits=digits)})" if cell["low"] is not None else ""
    return f"{number(cell['value'], digits=digits)}{interval}"
