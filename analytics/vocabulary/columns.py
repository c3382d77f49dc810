"""Column kinds and code lists: what a cell may hold, with its unit and meaning kept beside it."""

from __future__ import annotations

from typing import Any

import dataframely as dy

NPRS = "NPRS points, 0 none to 10 worst"
SETTINGS = ("clinic", "home", "telehealth")
FEEDBACK = ("none", "verbal", "written", "call")
EXERCISE_TYPES = ("stretching", "strengthening", "stabilisation", "balance", "aerobic", "mobility", "massage")
MUSCLE_GROUPS = (
    "abdominals", "gluteals", "hip_flexors", "quadriceps", "hamstrings", "back_extensors", "other",
)  # fmt: skip
EQUIPMENT = (
    "none", "stability_ball", "balance_board", "balance_wall", "band", "machine", "mat", "other",
)  # fmt: skip
PACES = ("slow", "comfortable", "fast")
SEXES = ("female", "male", "other")
SURGERIES = ("none", "discectomy", "decompression", "fusion", "other")
RISKS = ("low", "medium", "high")
GOALS = ("pain", "function", "quality_of_life", "complications")
PHASES = ("acute", "subacute", "chronic", "unknown")
AGE_BANDS = ("18-34", "35-49", "50-64", "65+", "under 18", "unknown")
WEEK_STATES = ("done", "not_logged", "unknown")
RPE_SCALES = ("CR10", "RPE6_20")
INSTRUMENTS = (
    "ODI", "RMDQ", "PSFS", "PROMIS_PI", "EQ5D5L", "NPRS", "lumbar_flexion_deg", "sit_reach_cm",
    "core_endurance_s", "stiffness_min", "PGIC", "START_BACK",
)  # fmt: skip


def text(meaning: str, *, need: bool = False, key: bool = False) -> Any:
    """Text; a key names the row."""
    return dy.String(nullable=not (need or key), primary_key=key, description=meaning)


def choice(values: tuple[str, ...], meaning: str, *, need: bool = False) -> Any:
    """One word of a closed list."""
    return dy.String(
        nullable=not need,
        check=lambda column: column.is_in(values),
        metadata={"values": values},
        description=meaning,
    )


def choices(values: tuple[str, ...], meaning: str) -> Any:
    """Several words of a closed list."""
    inner = dy.String(check=lambda column: column.is_in(values))
    return dy.List(inner, nullable=True, metadata={"values": values}, description=meaning)


def number(low: float | None, high: float | None, unit: str, meaning: str) -> Any:
    """A number within a range, in a unit."""
    return dy.Float64(nullable=True, min=low, max=high, metadata={"unit": unit}, description=meaning)


def whole(low: int, high: int, unit: str, meaning: str, *, key: bool = False) -> Any:
    """A whole number within a range, in a unit."""
    return dy.Int32(
        nullable=not key, primary_key=key, min=low, max=high, metadata={"unit": unit}, description=meaning
    )


def day(meaning: str, *, need: bool = False) -> Any:
    """A calendar day where the clinic is."""
    return dy.Date(nullable=not need, metadata={"unit": "local date"}, description=meaning)


def clock(meaning: str, *, need: bool = False) -> Any:
    """A time by the clinic's own clock, without zone."""
    return dy.Datetime(
        nullable=not need, time_unit="us", metadata={"unit": "local wall clock"}, description=meaning
    )


def yes(meaning: str, *, need: bool = False) -> Any:
    """Yes or no."""
    return dy.Bool(nullable=not need, description=meaning)
