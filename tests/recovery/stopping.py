"""A network whose patients stop writing: of known truth, also for the weeks that nobody wrote."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl

from analytics.vocabulary.settings import Settings, Source

SETTINGS = Settings(  # pyright: ignore[reportCallIssue]
    as_of=date(2026, 6, 30), sources=(Source(files="exports/*.csv", mapping="plain.toml"),)
)
WEEKS = 13


@dataclass(frozen=True)
class Stopping:
    """What a network is made with. `effect`: points at week 12 between never and always training.

    `by_pain`: log odds of stopping for each point of the last pain that was written; at 0 it is by chance.
    `worse`: points by which pain is really worse from the week on in which writing stopped.
    """

    clinics: int = 8
    patients: int = 50
    effect: float = 2.0
    by_pain: float = 0.8
    base: float = -3.6
    worse: float = 0.0
    gaps: float = 0.05
    clinic_sd: tuple[float, float] = (0.3, 0.15)


def network(seed: int, made: Stopping) -> tuple[pl.DataFrame, pl.DataFrame, np.ndarray]:
    """Patient-weeks 0 to 12 and episodes as a study has them, and the true pain of every week.

    Who stops trains no more, as the journal says; stopping depends on what was written alone.
    """
    rng = np.random.default_rng(seed)
    count = made.clinics * made.patients
    clinic = np.repeat(np.arange(made.clinics), made.patients)
    own = rng.normal(size=(count, 2)) * (1.0, 0.3)
    own += (rng.normal(size=(made.clinics, 2)) * made.clinic_sd)[clinic]
    baseline, habit = np.clip(rng.normal(6, 1.2, count), 1, 10), rng.normal(1, 0.8, count)
    pain, kept = np.tile(baseline[:, None], WEEKS), np.zeros((count, WEEKS))
    writes, rated, last = np.ones(count, bool), np.ones((count, WEEKS), bool), baseline.copy()
    for week in range(WEEKS):
        if week:
            writes &= rng.random(count) > 1 / (1 + np.exp(-(made.base + made.by_pain * (last - 5))))
            time = np.log1p(week)
            fall = made.effect * kept[:, week - 1] * time / np.log1p(12)
            mean = 1 + 0.8 * baseline + own[:, 0] + (own[:, 1] - 0.2) * time - fall
            pain[:, week] = mean + rng.normal(0, 0.8, count) + made.worse * ~writes
            rated[:, week] = writes & (rng.random(count) > made.gaps)
        last = np.where(rated[:, week], pain[:, week], last)
        odds = habit + rng.normal(0, 0.6, count)
        kept[:, week] = writes * rng.binomial(5, 1 / (1 + np.exp(-odds))) / 5
    load = np.clip(100 * kept + rng.normal(0, 30, kept.shape), 0, None) + 60 * (kept > 0)
    people = _people(rng, clinic, baseline)
    rows = {"pain": np.where(rated, pain, np.nan), "adherence_capped": kept, "load": load}
    frame = people.select("clinic_id", "patient_id", "episode_id").select(pl.all().repeat_by(WEEKS).explode())
    week = np.tile(np.arange(WEEKS, dtype=np.int32), count)
    columns = {name: pl.Series(values.ravel()).fill_nan(None) for name, values in rows.items()}
    return frame.with_columns(week=pl.Series(week), **columns), people, pain


def _people(rng: np.random.Generator, clinic: np.ndarray, baseline: np.ndarray) -> pl.DataFrame:
    count = len(clinic)
    who = [f"{at:05}" for at in range(count)]
    return pl.DataFrame(
        {
            "clinic_id": [f"clinic{at:04}" for at in clinic],
            "patient_id": [f"patient{at}" for at in who],
            "episode_id": [f"episode{at}" for at in who],
            "starts_on": [date(2026, 1, 5)] * count,
            "discharged_on": pl.Series([None] * count, dtype=pl.Date),
            "age": 45.0,
            "baseline_pain": baseline,
            "phase": rng.choice(["acute", "chronic"], count),
            "start_back": rng.choice(["low", "high"], count),
            "age_band": rng.choice(["35-49", "50-64"], count),
            "post_surgical": rng.random(count) < 0.1,
        }
    )


def true_reduction(made: Stopping, week: int) -> float:
    """Mean reduction over all clinics that there could be; its Monte Carlo error is 0.005 points."""
    big = replace(made, clinics=20_000, patients=10)
    _, people, pain = network(987_654_321, big)
    return float((people["baseline_pain"].to_numpy() - pain[:, week]).mean())
