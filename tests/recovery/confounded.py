"""A network in which pain drives work: who wrote down much pain does less of the plan the week after.

Pain falls with last week's adherence by a known amount. What patients act on is the pain that they last wrote
down, so that the journal holds all that a weight needs; what it does not hold is only how willing they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Truth:
    """What a network is made with. `effect`: points of pain at week 12 between never and always training.

    `load_effect`: the same of 100 CR-10 x minutes. `feedback`: fall of the log odds of a session (and a fifth
    of it: of the log of its intensity) for each point of pain last written. `stopping`: rise of the log odds
    of writing never again for each such point.
    """

    clinics: int = 8
    patients: int = 60
    effect: float = 1.5
    load_effect: float = 0.0
    feedback: float = 0.5
    stopping: float = 0.3


def confounded(seed: int, truth: Truth) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Patient-weeks 0 to 12 and episodes; a week without a session has no pain written."""
    rng = np.random.default_rng(seed)
    n, weeks = truth.clinics * truth.patients, 13
    clinic = np.repeat(np.arange(truth.clinics), truth.patients)
    asked = rng.choice([3, 4, 5], n)
    phase = rng.choice(["acute", "chronic"], n)
    level = rng.normal(6, 1.2, n) + rng.normal(0, 0.3, truth.clinics)[clinic] + 0.4 * (phase == "chronic")
    slope = rng.normal(-0.3, 0.3, n) + rng.normal(0, 0.2, truth.clinics)[clinic]
    willing, able = rng.normal(1, 0.6, n), rng.normal(0, 0.2, n)
    baseline = level + rng.normal(0, 0.7, n)
    written, there = baseline.copy(), np.ones(n, bool)
    pain, done = np.full((n, weeks), np.nan), np.zeros((n, weeks))
    kept, load = np.zeros(n), np.zeros((n, weeks))
    for week in range(weeks):
        g = np.log1p(week) / np.log1p(12)
        lived = (
            level + slope * np.log1p(week) - (truth.effect * kept + truth.load_effect * load[:, week - 1]) * g
        )
        lived = lived + rng.normal(0, 0.7, n)
        if week:
            hazard = 1 / (1 + np.exp(3.6 - truth.stopping * (written - 5)))
            there &= rng.random(n) > hazard
        odds = willing - truth.feedback * (written - 5)
        done[:, week] = rng.binomial(asked, 1 / (1 + np.exp(-odds))) * there
        if week == 0:
            done[:, 0] = np.maximum(done[:, 0], 1)
        wrote = done[:, week] > 0
        pain[wrote, week] = lived[wrote]
        effort = np.exp(able - truth.feedback / 5 * (written - 5) + rng.normal(0, 0.3, n))
        load[:, week] = done[:, week] * effort
        written = np.where(wrote, lived, written)
        kept = done[:, week] / asked
    ids = {
        "clinic_id": [f"clinic{at:02}" for at in clinic],
        "patient_id": [f"patient{at:05}" for at in range(n)],
        "episode_id": [f"episode{at:05}" for at in range(n)],
    }
    people = pl.DataFrame(ids).with_columns(
        pl.Series("baseline_pain", baseline), pl.Series("phase", phase), age=pl.lit(50.0),
        age_band=pl.lit("50-64"), start_back=pl.lit("low"), post_surgical=pl.lit(False),
    )  # fmt: skip
    rows = people.select(*ids).select(pl.all().repeat_by(weeks).explode())
    shares = done / asked[:, None]
    return rows.with_columns(
        pl.Series("week", np.tile(np.arange(weeks), n).astype(np.int32)),
        pl.Series("pain", pain.ravel()).fill_nan(None),
        pl.Series("sessions_done", done.ravel().astype(np.int32)),
        pl.Series("sessions_prescribed", np.repeat(asked, weeks).astype(float)),
        pl.Series("adherence_capped", shares.ravel()),
        pl.Series("load", 100 * load.ravel()),
    ).with_columns(
        state=pl.when(pl.col("sessions_done") > 0).then(pl.lit("done")).otherwise(pl.lit("not_logged"))
    ), people
