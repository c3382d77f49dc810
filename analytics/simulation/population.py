"""Who comes: one row an episode of care, with what the patient brings to it."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

AS_OF = date(2026, 6, 30)
FORMS = ("willow", "linden", "harbour", "rowan", "mill", "quay", "fern", "birch")
SMALL = "birch"  # a clinic with too few patients to say anything about
SMALL_SIZE = 6  # our choice: below the 8 patients from which numbers may leave


def clinic_names(count: int) -> list[str]:
    """Ids of that many clinics; beyond eight the export forms are used again."""
    return [FORMS[n % 8] + (f"-{n // 8 + 1}" if n >= 8 else "") for n in range(count)]


def draw_population(*, clinics: int, patients: int, weeks: int, rng: np.random.Generator) -> pl.DataFrame:
    """One row is one episode that will be lived: person, clinic, start day and case-mix.

    Some persons come twice: a second episode after a long pause, a new referral, or a transfer to
    another clinic.
    """
    names = clinic_names(clinics)
    sizes = [SMALL_SIZE if name.startswith(SMALL) else patients for name in names]
    clinic = np.repeat(np.arange(clinics), sizes)
    total = len(clinic)
    first = pl.DataFrame(
        {
            "person": np.arange(total),
            "clinic": clinic,
            "days_before": rng.integers(45, 400, total),
            "age": np.clip(rng.normal(48, 14, total).round(), 16, 88),
            "sex": rng.choice(["female", "male", "other"], total, p=[0.54, 0.445, 0.015]),
            "phase": rng.choice(["acute", "subacute", "chronic"], total, p=[0.32, 0.25, 0.43]),
            "onset_known": rng.random(total) > 0.05,
            "start_back": rng.choice(["low", "medium", "high"], total, p=[0.42, 0.37, 0.21]),
            "surgery": rng.choice(
                ["none", "discectomy", "decompression", "fusion"], total, p=[0.87, 0.06, 0.04, 0.03]
            ),
            "prior_episodes": rng.poisson(1.2, total),
            "referred": np.zeros(total, bool),
        }
    )
    return pl.concat([first, _returns(first, clinics=clinics, weeks=weeks, rng=rng)]).with_columns(
        pl.col("clinic")
        .replace_strict(list(range(clinics)), names, return_dtype=pl.String)
        .alias("clinic_id"),
        starts_on=pl.lit(AS_OF) - pl.duration(days=pl.col("days_before")),
        onset_days=_onset(pl.col("phase")),
    )


def _onset(phase: pl.Expr) -> pl.Expr:
    """Days from onset to start, in the middle of the phase."""
    return phase.replace_strict({"acute": 18, "subacute": 63, "chronic": 400}, return_dtype=pl.Int64)


def _returns(first: pl.DataFrame, *, clinics: int, weeks: int, rng: np.random.Generator) -> pl.DataFrame:
    """Second episodes: about 2 % after a pause, 1 % a new referral without one, 1 % at another clinic."""
    early = first.filter(pl.col("days_before") > 7 * weeks + 230)
    chosen = early.sample(fraction=0.1, shuffle=True, seed=int(rng.integers(1 << 31)))
    kind = pl.Series("kind", np.resize(["pause", "pause", "referral", "transfer"], chosen.height))
    days = {"pause": 7 * weeks + 120, "referral": 7 * weeks + 12, "transfer": 7 * weeks + 30}
    moved = (pl.col("clinic") + 1) % clinics
    return (
        chosen.with_columns(kind)
        .with_columns(
            pl.col("days_before") - pl.col("kind").replace_strict(days, return_dtype=pl.Int64),
            pl.when(pl.col("kind") == "transfer").then(moved).otherwise("clinic").alias("clinic"),
            pl.col("prior_episodes") + 1,
            referred=pl.col("kind") == "referral",
        )
        .drop("kind")
    )


def start_of(days_before: int) -> date:
    """The day so many days before the sample's as_of."""
    return AS_OF - timedelta(days=days_before)
