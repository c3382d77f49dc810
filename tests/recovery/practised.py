"""A network of known truth with all that sessions tell: what the article's claims are asked of.

Nothing a patient does touches pain unless it is planted. All the same: pain of the day drives what is done,
patients who are worse off do more of some things all the time, early weeks hold other work than late ones,
clinics differ, and written feedback stands in a journal only where a session does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit

WEEKS = np.arange(13)
# Log odds of a session to hold it: at the start, later, for a point of pain, for a patient worse off.
HABITS = {
    "stretching": (1.5, 0.3, 0.4, 0.6), "strengthening": (-1.5, 0.4, -0.3, -0.6),
    "massage": (-1.5, -2.0, 0.5, 0.5), "comfortable": (0.7, 0.5, 0.3, 0.3), "home": (0.0, 2.0, 0.0, 0.3),
    "balance_gear": (-2.5, -1.0, -0.3, -0.3), "brace": (-2.5, -2.5, 0.6, 0.8),
    "traction": (-3.0, -3.0, 0.5, 0.5), "core": (0.2, 0.4, -0.2, -0.2),
}  # fmt: skip
SCORES = {"EQ5D5L": (0.95, -0.07, 0.06), "ODI": (0, 7, 12), "PSFS": (9.5, -1, 1), "stiffness_min": (0, 8, 8)}
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Truth:
    """What is planted. `weekly`: points of pain in the week after, for all sessions against none.

    `adherence`: points at week 12 between never and always training. `acute`: points at week 12. `written`:
    log odds of a session in the week after. `surprise`: log odds of a session for a point of pain above the
    patient's own course.
    """

    clinics: int = 6
    patients: int = 60
    weekly: dict[str, float] = field(default_factory=dict)
    adherence: float = 0.0
    acute: float = 0.0
    written: float = 0.0
    surprise: float = 0.0


@dataclass(frozen=True)
class Practised:
    """The frames that test_claims reads."""

    weeks: pl.DataFrame
    practice: pl.DataFrame
    episodes: pl.DataFrame
    measures: pl.DataFrame


def practised(seed: int, truth: Truth) -> Practised:
    """Draw a network; the same arguments give the same rows."""
    rng = np.random.default_rng(seed)
    count = truth.clinics * truth.patients
    people = _people(truth, rng)
    lived = _live(people, truth, rng)
    done = lived["done"] > 0
    ids = people.select("clinic_id", "patient_id", "episode_id")
    keys = ids.select(pl.all().repeat_by(13).explode()).with_columns(
        week=pl.lit(np.tile(WEEKS, count).astype(np.int32))
    )

    def column(values: Array) -> pl.Expr:
        return pl.lit(np.where(done, values, np.nan).ravel()).fill_nan(None)

    weeks = keys.with_columns(
        pain=column(lived["rated"]),
        adherence_capped=pl.lit((lived["done"] / 5).ravel()),
        load=pl.lit(lived["load"].ravel()),
        sessions_done=pl.lit(lived["done"].astype(np.int32).ravel()),
    )
    told = {name: column(lived[name]) for name in (*HABITS, "pain_first", "rise_during", "flare", "written")}
    practice = keys.with_columns(**told, **_plans(people, rng))
    practice = practice.with_columns(supervised=1 - pl.col("home"))
    scores = [
        ids.with_columns(
            pl.lit(date(2026, 1, 1 + 0)).dt.offset_by(f"{week}w").alias("measured_on"),
            instrument=pl.lit(name), item=pl.lit(None, pl.String),
            value=pl.lit(a + b * lived["pain"][:, week] + rng.normal(0, sd, count)),
        )
        for name, (a, b, sd) in SCORES.items()
        for week in (0, 6, 12)
    ]  # fmt: skip
    return Practised(weeks, practice, people.drop("worse"), pl.concat(scores).drop("episode_id"))


def _people(truth: Truth, rng: np.random.Generator) -> pl.DataFrame:
    count = truth.clinics * truth.patients
    clinic = np.repeat(np.arange(truth.clinics), truth.patients)
    days = rng.binomial(5, 0.8, count)
    return pl.DataFrame(
        {
            "clinic_id": [f"clinic{at}" for at in clinic],
            "patient_id": [f"patient{at:04}" for at in range(count)],
            "episode_id": [f"episode{at:04}" for at in range(count)],
            "starts_on": [date(2026, 1, 1)] * count,
            "worse": rng.normal(size=count),
            "baseline_pain": np.clip(rng.normal(6, 1.5, count), 1, 10),
            "phase": rng.choice(["acute", "subacute", "chronic"], count, p=[0.4, 0.2, 0.4]),
            "start_back": rng.choice(["low", "medium", "high"], count),
            "age_band": rng.choice(["18-34", "35-49", "50-64", "65+"], count),
            "post_surgical": rng.random(count) < 0.1,
            "bed_rest_band": rng.choice(["0-2", "3-4", ">4"], count, p=[0.5, 0.25, 0.25]),
            "practice_days_wk1": days,
            "ball_days_wk1": rng.binomial(days, 0.4),
        }
    )


def _live(people: pl.DataFrame, truth: Truth, rng: np.random.Generator) -> dict[str, Array]:
    """Every episode, week by week: last week's work may lower pain, pain drives the week's work."""
    count, worse = people.height, people["worse"].to_numpy()
    clinic = np.repeat(np.arange(truth.clinics), truth.patients)
    level = 0.8 * worse + rng.normal(0, 0.3, truth.clinics)[clinic]
    slope = rng.normal(-0.4, 0.25, count) + rng.normal(0, 0.1, truth.clinics)[clinic]
    slope = slope + truth.acute / np.log1p(12) * (people["phase"] == "acute").to_numpy()
    # those who do more from the first week on are also those who did more on the first days
    willing = rng.normal(1, 0.7, count) + 0.4 * (people["practice_days_wk1"].to_numpy() - 4)
    usual = {name: rng.normal(0, 0.5, truth.clinics)[clinic] + h[3] * worse for name, h in HABITS.items()}
    names = ("pain", "rated", "pain_first", "rise_during", "flare", "written", "done", "load", *HABITS)
    lived = {name: np.zeros((count, 13)) for name in names}
    for week in WEEKS:
        time, last = np.log1p(week), max(week - 1, 0)
        surprise = rng.normal(0, 0.7, count)
        pain = 1 + 0.8 * people["baseline_pain"].to_numpy() + level + slope * time + surprise
        if week:
            pain -= truth.adherence * lived["done"][:, last] / 5 * time / np.log1p(12)
            pain += sum(size * lived[name][:, last] for name, size in truth.weekly.items())
        odds = willing - truth.surprise * surprise + truth.written * lived["written"][:, last]
        done = rng.binomial(5, expit(odds))
        ratings = pain[:, None] + rng.normal(0, 0.6, (count, 5))
        told = np.arange(5) < done[:, None]
        lived["rated"][:, week] = (ratings * told).sum(axis=1) / np.maximum(done, 1)
        lived["pain_first"][:, week] = ratings[:, 0]
        lived["flare"][:, week] = pain - lived["pain"][:, last] > 1.3
        lived["rise_during"][:, week] = rng.normal(0.6, 0.8 / np.sqrt(np.maximum(done, 1)))
        lived["written"][:, week] = (rng.random(count) < 0.3) & (rng.random(count) < done / 5)
        lived["pain"][:, week], lived["done"][:, week] = pain, done
        lived["load"][:, week] = done * np.clip(rng.normal(90 + 4 * week, 25, count), 10, None)
        for name, (early, late, by_pain, _) in HABITS.items():
            odds = (early if week < 3 else late) + by_pain * (ratings[:, 0] - 5) + usual[name]
            lived[name][:, week] = rng.binomial(done, expit(odds)) / np.maximum(done, 1)
    return lived


def _plans(people: pl.DataFrame, rng: np.random.Generator) -> dict[str, pl.Expr]:
    """A plan every four weeks, harder each time, easier in pain."""
    step, pain = WEEKS // 4, rng.normal(5, 1.5, (people.height, 4)).round()
    load = 240 + 120 * np.arange(4) - 12 * (pain - 5) + rng.normal(0, 40, pain.shape)
    starts = np.datetime64("2026-01-01") + 28 * step * np.timedelta64(1, "D")
    return {
        "plan_from": pl.lit(pl.Series(np.tile(starts, people.height)).cast(pl.Date)),
        "plan_load": pl.lit(load[:, step].ravel()),
        "plan_pain": pl.lit(pain[:, step].ravel()),
    }
