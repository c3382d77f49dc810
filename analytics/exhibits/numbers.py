"""How numbers are written in the language spoken: a true minus, few digits, words where none is shown."""

from __future__ import annotations

import re
from typing import Any

from analytics.vocabulary.language import decimal_mark, thousands_mark, tr

DASH = "–"
MINUS = "\N{MINUS SIGN}"
FIGURES = re.compile(r"\d+(?:\.\d+)?")


def not_shown() -> str:
    """What stands where a number is of too few patients."""
    return tr("not shown")


def number(value: float | None, *, digits: int = 1) -> str:
    """2.06 -> `2.1`; nothing -> `not shown`."""
    if value is None:
        return not_shown()
    text = f"{value:.{digits}f}"
    signed = MINUS + text[1:] if text.startswith("-") and float(text) else text.lstrip("-")
    return signed.replace(".", decimal_mark())


def percent(share: float | None, *, digits: int = 0) -> str:
    """0.714 -> `71 %`."""
    return not_shown() if share is None else f"{number(100 * share, digits=digits)} %"


def spread(low: float | None, high: float | None, *, digits: int = 1) -> str:
    """Both ends of an interval: `1.6 to 2.6`."""
    if low is None or high is None:
        return not_shown()
    return from_to(number(low, digits=digits), number(high, digits=digits))


def from_to(low: str, high: str) -> str:
    """Both ends of an interval that are written already."""
    return tr("{low} to {high}").format(low=low, high=high)


def count(value: int | None) -> str:
    """1240 -> `1,240`; a released count is rounded already."""
    return not_shown() if value is None else f"{value:,}".replace(",", thousands_mark())


def plain(value: float) -> str:
    """A number of the settings as it was set: 0.5 -> `0.5`, 48.0 -> `48`."""
    return f"{value:g}".replace(".", decimal_mark())


def words(code: str) -> str:
    """A code of the vocabulary as it is read: `hip_flexors` -> `hip flexors`.

    Or a sentence that was written when the study was prepared, with at most one number of the settings in it.
    """
    text = code.replace("_", " ")
    said, figures = tr(text), FIGURES.findall(text)
    if said != text or len(figures) != 1:
        return said
    around = text.replace(figures[0], "{number}")
    found = tr(around)
    return text if found == around else found.replace("{number}", figures[0].replace(".", decimal_mark()))


def capital(text: str) -> str:
    """The first letter large, the others as they are: German nouns and names keep theirs."""
    return text[:1].upper() + text[1:]


def estimate(cell: dict[str, Any], *, digits: int = 1) -> str:
    """A mean with its interval: `2.1 (1.6 to 2.6)`; `not measured` where no patient has one."""
    if not cell or cell["patients"] == 0:
        return tr("not measured")
    if cell["value"] is None:
        return not_shown()
    interval = f" ({spread(cell['low'], cell['high'], digits=digits)})" if cell["low"] is not None else ""
    return f"{number(cell['value'], digits=digits)}{interval}"
