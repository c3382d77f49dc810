"""A network of known truth, as patient-weeks and episodes: pain falls with last week's adherence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from analytics.vocabulary.settings import Settings, Source

SETTINGS = Settings(as_of=date(2026, 6, 30), sources=(Source(files="exports/*.csv", mapping="plain.toml"),))


@dataclass(frozen=True)
class Truth:
    """What a network is made with. `effect`: points of pain at week 12 between never and always training.

    `feedback`: fall of the log odds of a session for each point of pain.
    """

    clinics: int = 8
    patients: int = 75
    effect: float = 3.0
    feedback: float = 0.0
    clinic_sd: tuple[float, float] = (0.3, 0.15)

    def contrast(self, week: int) -> float:
        """Pain reduction of 90 % against 50 % adherence."""
        return 0.4 * self.effect * np.log1p(week) / np.log1p(12)


def network(seed: int, truth: Truth) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Patient-weeks 0 to 12 (one in ten unrated) and episodes: the columns that the trajectory reads."""
    rng = np.random.default_rng(seed)
    count, weeks = truth.clinics * truth.patients, np.arange(13)
    clinic = np.repeat(np.arange(truth.clinics), truth.patients)
    own = rng.normal(size=(count, 2)) * (1.0, 0.3)
    own += (rng.normal(size=(truth.clinics, 2)) * truth.clinic_sd)[clinic]
    baseline, habit = np.clip(rng.normal(6, 1.5, count), 1, 10), rng.normal(0, 0.8, count)
    pain, kept = np.tile(baseline[:, None], 13), np.zeros((count, 13))
    for week in weeks:
        if week:
            time = np.log1p(week)
            fall = truth.effect * kept[:, week - 1] * time / np.log1p(12)
            noise = rng.normal(0, 0.8, count)
            pain[:, week] = 1 + 0.8 * baseline + own[:, 0] + (own[:, 1] - 0.2) * time - fall + noise
        odds = 1 + habit + rng.normal(0, 0.6, count) - truth.feedback * (pain[:, week] - 5)
        kept[:, week] = rng.binomial(5, 1 / (1 + np.exp(-odds))) / 5
    load = np.clip(100 + rng.normal(0, 60, (count, 1)) + 100 * kept + rng.normal(0, 30, kept.shape), 0, None)
    rated = np.where(rng.random(kept.shape) > 0.1, pain, np.nan)
    ids = {
        "clinic_id": [f"clinic{at}" for at in clinic],
        "patient_id": [f"patient{at:04}" for at in range(count)],
        "episode_id": [f"episode{at:04}" for at in range(count)],
    }
    people = pl.DataFrame(ids).with_columns(
        baseline_pain=pl.lit(baseline),
        phase=pl.lit(rng.choice(["acute", "subacute", "chronic", "unknown"], count)),
        start_back=pl.lit(rng.choice(["low", "medium", "high", "unknown"], count)).replace("unknown", None),
        age_band=pl.lit(rng.choice(["18-34", "35-49", "50-64", "65+"], count)),
        post_surgical=pl.lit(rng.random(count) < 0.1),
    )
    rows = {"pain": rated, "adherence_capped": kept, "load": load}
    frame = (
        people.select(list(ids))
        .select(pl.all().repeat_by(13).explode())
        .with_columns(
            week=pl.lit(np.tile(weeks, count).astype(np.int32)),
            **{name: pl.lit(values.ravel()).fill_nan(None) for name, values in rows.items()},
        )
    )
    return frame, people
