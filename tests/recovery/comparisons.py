"""Networks of clinics to compare, of known truth: falls in pain that end at a floor, and shares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from analytics.models.outcomes import Outcome
from analytics.models.predictors import case_mix_terms
from analytics.vocabulary.settings import Settings, Source

SETTINGS = Settings(as_of=date(2026, 6, 30), sources=(Source(files="exports/*.csv", mapping="plain.toml"),))
PHASES = ("acute", "subacute", "chronic", "unknown")
RISKS = ("low", "medium", "high", "unknown")
AGES = ("18-34", "35-49", "50-64", "65+")


@dataclass(frozen=True)
class Made:
    """What a network is made with.

    `apart`: sd of the clinics' true differences, in points of pain (or of log odds). `one_off`: the same for
    the first clinic alone. `mixed`: how much clinics differ in whom they treat (sd of their mean baseline).
    """

    clinics: int = 30
    patients: int = 30
    kind: str = "mean"
    apart: float = 0.0
    one_off: float = 0.0
    mixed: float = 0.5


def draw(rng: np.random.Generator, made: Made) -> Outcome:
    """One outcome of one network: one row a patient.

    Pain at the end is skewed, never below 0 (where about one in seven ends) nor above 10, in half points, and
    depends on case-mix in no straight line; a share is of patients of whom three in five improve.
    """
    count = made.clinics * made.patients
    clinic = np.repeat(np.arange(made.clinics), made.patients)
    theirs = rng.normal(0, made.mixed, made.clinics)[clinic]
    baseline = np.clip(np.round(rng.normal(5.8 + theirs, 1.7)), 1, 10)
    phase = _choice(rng, [0.2, 0.2, 0.5, 0.1], theirs)
    risk, age = _choice(rng, [0.3, 0.3, 0.2, 0.2], theirs), _choice(rng, [0.2, 0.3, 0.3, 0.2], 0 * theirs)
    differs = rng.normal(0, made.apart, made.clinics)
    differs[0] += made.one_off
    better = 0.9 * (phase == 0) - 0.5 * (phase == 2) - 0.6 * (risk == 2) + differs[clinic]
    if made.kind == "share":
        chance = 1 / (1 + np.exp(-(0.6 + 0.9 * better - 0.15 * (baseline - 5.8))))
        value = (rng.random(count) < chance).astype(float)
    else:
        noise = (rng.gamma(3.0, 1.0, count) - 3.0) * 1.15
        value = baseline - np.clip(np.round(2 * (0.55 * baseline - better + noise)) / 2, 0, 10)
    people = pl.DataFrame(
        {
            "clinic_id": np.array([f"clinic{at:03}" for at in range(made.clinics)])[clinic],
            "patient_id": [f"patient{at:06}" for at in range(count)],
            "baseline_pain": baseline, "value": value, "phase": np.array(PHASES)[phase],
            "start_back": np.array(RISKS)[risk], "age_band": np.array(AGES)[age],
            "post_surgical": rng.random(count) < 0.1, "episodes": 1, "seen": 1,
        }
    )  # fmt: skip
    terms = case_mix_terms()
    keys = ("clinic_id", "patient_id", "episodes", "seen", "value")
    measure = "pain_reduction" if made.kind == "mean" else "responder"
    return Outcome(measure, made.kind, people.select(*keys, **terms), tuple(terms))


def _choice(rng: np.random.Generator, shares: list[float], shift: np.ndarray) -> np.ndarray:
    """A category of each patient; the higher `shift`, the later in the list."""
    cuts = np.cumsum(shares)[:-1]
    return np.searchsorted(cuts, np.clip(rng.random(shift.size) + 0.15 * shift, 0, 0.999999))
