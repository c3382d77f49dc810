"""How the comparison of clinics is written: what was measured, and numbers in its unit."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.numbers import MINUS, from_to, number, percent
from analytics.vocabulary.language import tr
from analytics.vocabulary.signals import BETTER, WORSE

SHARES = ("responder", "adherence", "completion")
INDICES = ("function_EQ5D5L",)  # run over a point or two: one decimal more
FUNCTION = "function_"


def measure_name(measure: str) -> str:
    """What was measured, with its unit."""
    names = {
        "pain_reduction": tr("Fall in pain, points"),
        "responder": tr("Patients who improve meaningfully"),
        "adherence": tr("Sessions done of those planned"),
        "completion": tr("Patients seen to the end"),
        "function_ODI": tr("Gain in function, Oswestry (ODI), points"),
        "function_RMDQ": tr("Gain in function, Roland-Morris (RMDQ), points"),
        "function_PSFS": tr("Gain in function, own activities (PSFS), points"),
        "function_PROMIS_PI": tr("Less hindered by pain (PROMIS), points"),
        "function_EQ5D5L": tr("Gain in quality of life (EQ-5D-5L), index"),
        "function_lumbar_flexion_deg": tr("Gain in bending forward, degrees"),
        "function_sit_reach_cm": tr("Gain in sit and reach, cm"),
        "function_core_endurance_s": tr("Gain in core endurance, seconds"),
        "function_stiffness_min": tr("Less morning stiffness, minutes"),
    }
    return names.get(measure) or measure.removeprefix(FUNCTION)


def apart(told: pl.DataFrame) -> list[str]:
    """Which measures of one clinic are apart from expectation, a sentence each way; none where none is."""
    said = {
        BETTER: tr("Better than expected: {measures}."),
        WORSE: tr("Worse than expected: {measures}."),
    }
    names = {code: told.filter(pl.col("signal") == code)["measure"].to_list() for code in said}
    return [
        sentence.format(measures="; ".join(measure_name(name) for name in names[code]))
        for code, sentence in said.items()
        if names[code]
    ]


def is_share(measure: str) -> bool:
    """Written in percent."""
    return measure in SHARES


def level(value: float | None, measure: str) -> str:
    """2.06 points -> `2.1`, 0.71 -> `71 %`."""
    if is_share(measure):
        return percent(value)
    return number(value, digits=2 if measure in INDICES else 1)


def gap(value: float | None, measure: str) -> str:
    """A difference with its sign: 0.4 -> `+0.40`; of shares in percentage points: -0.061 -> `−6.1`."""
    text = _plain(value, measure)
    return text if value is None or value <= 0 or text.startswith(MINUS) else f"+{text}"


def gap_range(low: float | None, high: float | None, measure: str) -> str:
    """Both ends of a difference's interval; as `gap`, so that an end near 0 keeps its side."""
    if low is None or high is None:
        return number(None)
    return from_to(_plain(low, measure), _plain(high, measure))


def gap_said(value: float | None, measure: str) -> str:
    """A difference for a sentence, with its unit where a reader needs it: `+6.1 percentage points`."""
    text = gap(value, measure)
    if is_share(measure):
        return tr("{difference} percentage points").format(difference=text)
    return tr("{difference} points").format(difference=text) if measure == "pain_reduction" else text


def _plain(value: float | None, measure: str) -> str:
    if value is not None and is_share(measure):
        return number(100 * value, digits=1)
    return number(value, digits=3 if measure in INDICES else 2)


def rank_words(row: dict[str, Any], clinics: int) -> str:
    """Between which ranks a clinic may stand, 1 the best; not a rank."""
    low, high = row.get("rank_low"), row.get("rank_high")
    if low is None or high is None:
        return tr("cannot be told")
    if low == high:
        return tr("place {place} of {clinics}").format(place=low, clinics=clinics)
    if low == 1 and high == clinics:
        return tr("anywhere from 1 to {clinics}: cannot be told").format(clinics=clinics)
    return tr("somewhere between {low} and {high} of {clinics}").format(low=low, high=high, clinics=clinics)
