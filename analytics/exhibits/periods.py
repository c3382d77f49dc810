"""How a period and the number of it are written: `Mar 2026`, `Jan–Feb 2026`; points, percent or patients."""

from __future__ import annotations

from typing import Any

from analytics.exhibits.numbers import count, number, percent
from analytics.vocabulary.language import short_month, tr

MEASURES = ("pain_reduction", "responder", "adherence", "completion", "patients_started")


def period(row: dict[str, Any], *, between: str = " ") -> str:
    """The months of a period, then its year; `between` may be a line's end."""
    first, last = row["month"], row["until"]
    months = short_month(last, year=False)
    if last != first:
        months = f"{short_month(first, year=False)}–{months}"
    return f"{months}{between}{last.year}"


def measure_words(measure: str) -> str:
    """The name of a measure, with its unit."""
    names = {
        "pain_reduction": tr("Fall in pain, points"),
        "responder": tr("Patients who improve meaningfully"),
        "adherence": tr("Sessions done of those planned"),
        "completion": tr("Patients seen to the end"),
        "patients_started": tr("Patients who started"),
    }
    return names.get(measure) or measure


def written(value: float | None, measure: str) -> str:
    """A number of a measure: 2.06 -> `2.1`, 0.71 -> `71 %`, 40 -> `40`."""
    if measure == "pain_reduction" or value is None:
        return number(value)
    return count(round(value)) if measure == "patients_started" else percent(value)


def no_period() -> str:
    """Why there is no chart at all."""
    return tr("No period is complete yet: all who began in it must first have had time to reach the end.")
