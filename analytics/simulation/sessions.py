"""The journal's rows, one a logged session: when, where, what, how long, how hard, how it hurt."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.simulation.course import Course, Truth
from analytics.simulation.population import AS_OF

# share of sessions with each kind, in the first weeks and later: stretching first, then strength and balance
TYPES = {
    "stretching": (0.85, 0.6), "mobility": (0.4, 0.25), "strengthening": (0.15, 0.6),
    "stabilisation": (0.3, 0.6), "balance": (0.05, 0.3), "aerobic": (0.2, 0.3), "massage": (0.1, 0.05),
}  # fmt: skip
MUSCLES = {
    "abdominals": 0.5, "gluteals": 0.45, "hip_flexors": 0.3, "quadriceps": 0.2, "hamstrings": 0.4,
    "back_extensors": 0.5,
}  # fmt: skip
GEAR = {
    "mat": 0.6,
    "stability_ball": 0.3,
    "balance_board": 0.12,
    "balance_wall": 0.05,
    "band": 0.3,
    "machine": 0.08,
}


def lay_out_sessions(
    people: pl.DataFrame, course: Course, *, truth: Truth, rng: np.random.Generator
) -> pl.DataFrame:
    """One row is one session up to the sample's as_of, in order of clinic, patient and time."""
    unit, week, slot = np.nonzero(course.done)
    weekly, n = course.pain[unit, week], len(unit)
    days = _days(course.done.shape[0] * course.done.shape[1], rng).reshape(course.done.shape)
    place = np.where(
        (week < 3) & (rng.random(n) < 0.5), "clinic", np.where(rng.random(n) < 0.9, "home", "telehealth")
    )
    spoken = np.where(place == "clinic", "verbal", "none")
    rows = pl.DataFrame(
        {
            "unit": unit, "week": week, "day": days[unit, week, slot],
            "minute": 60 * rng.integers(7, 20, n) + 5 * rng.integers(0, 12, n),
            "delay": np.where(rng.random(n) < 0.8, rng.integers(1, 90, n), rng.integers(600, 4000, n)),
            "setting": place, "supervised": place == "clinic", "therapist": rng.integers(1, 5, n),
            "feedback": np.where(course.written[unit, week] & (slot == 0), "written", spoken),
            "duration_min": course.minutes[unit, week, slot], "rpe": course.rpe[unit, week, slot],
            "rpe_told": rng.random(n) > 0.015, "level": 1 + week // 4,
            "flare_up": weekly - course.pain[unit, np.maximum(week - 1, 0)] > 1.6,
        }
    )  # fmt: skip
    rows = rows.with_columns(_pain(weekly, truth, rng), _manner(n, rng)).unnest("pain", "manner")
    lists = [
        ("exercise_types", _by_week(week)),
        ("muscle_groups", _flat(MUSCLES, n)),
        ("equipment", _flat(GEAR, n)),
    ]
    rows = rows.with_columns(_several(name, shares, rng) for name, shares in lists)
    return _dated(rows.join(people.select("unit", "clinic_id", "patient_id", "name", "starts_on"), on="unit"))


def _pain(weekly: np.ndarray, truth: Truth, rng: np.random.Generator) -> pl.Series:
    """Ratings around the week's pain: a little relief after the session, a little more pain during it."""
    n = len(weekly)
    before = _rating(weekly + rng.normal(0, truth.rating_sd, n))
    ratings = {
        "pain_before": before,
        "pain_after": _rating(before - 0.4 + rng.normal(0, 0.7, n)),
        "pain_during": _rating(before + 0.6 + rng.normal(0, 0.8, n)),
    }
    return pl.DataFrame(ratings).to_struct("pain")


def _manner(n: int, rng: np.random.Generator) -> pl.Series:
    """How it was done, and with which support."""
    manner = {
        "pace": rng.choice(["slow", "comfortable", "fast"], n, p=[0.25, 0.65, 0.1]),
        "completed": np.clip(1 - rng.exponential(0.08, n), 0.3, 1).round(2),
        "brace_hours": np.where(rng.random(n) < 0.06, rng.integers(1, 9, n), 0),
        "traction": rng.random(n) < 0.02,
    }
    return pl.DataFrame(manner).to_struct("manner")


def _rating(pain: np.ndarray) -> np.ndarray:
    return np.clip(np.round(pain), 0, 10)


def _days(weeks: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct days 0-6 of the week for its seven slots.

    The first slot takes day 0, so that week 0 starts there.
    """
    later = 1 + rng.random((weeks, 6)).argsort(axis=1)
    return np.concatenate([np.zeros((weeks, 1), int), later], axis=1)


def _by_week(week: np.ndarray) -> dict[str, np.ndarray]:
    return {kind: np.where(week < 3, early, late) for kind, (early, late) in TYPES.items()}


def _flat(shares: dict[str, float], n: int) -> dict[str, np.ndarray]:
    return {kind: np.full(n, share) for kind, share in shares.items()}


def _several(name: str, shares: dict[str, np.ndarray], rng: np.random.Generator) -> pl.Series:
    """Independent draws of each word, joined by semicolons as most exports have lists."""
    drawn = pl.DataFrame(
        {kind: np.where(rng.random(len(share)) < share, kind, "") for kind, share in shares.items()}
    )
    joined = drawn.select(
        pl.concat_list([pl.col(kind).replace("", None) for kind in shares]).list.drop_nulls().list.join(";")
    )
    return joined.to_series().rename(name)


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    day = pl.col("starts_on") + pl.duration(days=7 * pl.col("week") + pl.col("day"))
    performed = day.cast(pl.Datetime("us")) + pl.duration(minutes="minute")
    return (
        rows.with_columns(performed_at=performed, logged_at=performed + pl.duration(minutes="delay"))
        .filter(pl.col("performed_at").dt.date() <= AS_OF, pl.col("logged_at").dt.date() <= AS_OF)
        .with_columns(
            rpe=pl.when("rpe_told").then("rpe"),
            therapist_id=pl.when(pl.col("setting") != "home").then(
                pl.format("{}-T{}", "clinic_id", "therapist")
            ),
            note=pl.format("{} says: better after the walk", "name"),
        )
        .drop("week", "day", "minute", "delay", "therapist", "rpe_told", "starts_on")
        .sort("clinic_id", "patient_id", "performed_at")
    )
