"""Scales: range, which end is better, and the change that patients call meaningful, each with its source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Scale:
    """One measuring scale. `meaningful_change` is in its own points; None where no source gives one."""

    name: str
    title: str
    low: float
    high: float
    better: Literal["low", "high"]
    meaningful_change: float | None
    source: str


OSTELO = "Ostelo 2008, Spine 33:90 (consensus): or 30 % of baseline"

SCALES = {
    scale.name: scale
    for scale in (
        Scale("NPRS", "Numeric pain rating scale", 0, 10, "low", 2, OSTELO),
        Scale("VAS", "Visual analogue scale of pain, mm", 0, 100, "low", 15, OSTELO),
        Scale("CR10", "Borg CR-10 perceived exertion", 0, 10, "low", None, "Foster 2001, JSCR 15:109"),
        Scale("RPE6_20", "Borg 6-20 perceived exertion", 6, 20, "low", None, "Borg 1982, MSSE 14:377"),
        Scale("ODI", "Oswestry disability index, %", 0, 100, "low", 10, OSTELO),
        Scale("RMDQ", "Roland-Morris disability questionnaire", 0, 24, "low", 5, OSTELO),
        Scale("PSFS", "Patient-specific functional scale", 0, 10, "high", 1.3, "Beresford 2022, JMIR"),
        Scale("PROMIS_PI", "PROMIS pain interference, T", 38.6, 83.8, "low", 3.5, "Amtmann 2016, JPR 9:251"),
        Scale("EQ5D5L", "EQ-5D-5L index of a value set", -1, 1, "high", 0.08, "0.08-0.10 in pain"),
        Scale("START_BACK", "STarT Back tool, total", 0, 9, "low", None, "Hill 2008, Arthritis Rheum 59:632"),
    )
}  # fmt: skip


def cr10_from_borg_6_20() -> tuple[float, float]:
    """Slope and intercept that carry Borg 6-20 to CR-10 on a straight line: 6 -> 0 and 20 -> 10.

    The two scales are not linear in each other (Borg 1998); the line keeps order and ends, and the report
    of a clinic that exports 6-20 says that its loads were converted.
    """
    low, high = SCALES["RPE6_20"].low, SCALES["RPE6_20"].high
    slope = 10 / (high - low)
    return slope, -slope * low
