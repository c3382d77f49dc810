"""Weekly pain in patients in clinics, of known truth: drawn with numpy alone, a network in a millisecond."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

# Points of pain (0-10), and points a week: what is usual among back-pain patients, made rounder.
EFFECTS = {
    "intercept": 5.0,
    "week": -0.25,
    "programme": 0.0,  # the clinic's: has it a new programme, half of the clinics
    "crowding": 0.3,  # the clinic's: a standard normal
    "baseline": 0.5,  # the patient's: a standard normal
    "sex": 0.0,  # the patient's: half of them
    "load": 0.0,  # the week's: a standard normal, partly the patient's own habit
    "week:programme": 0.0,
}


@dataclass(frozen=True)
class Network:
    """What a network is made with.

    `clinic`, `patient`: sd of the intercept, sd of the slope of week, their correlation. `noise`: sd of a
    week's rating. `dropout`: chance that a patient rates no more after a week. `uneven`: sizes of clinics
    from 1 - uneven to 1 + uneven of `patients`.
    """

    clinics: int = 6
    patients: int = 15
    weeks: int = 8
    effects: dict[str, float] = field(default_factory=lambda: EFFECTS)
    clinic: tuple[float, float, float] = (0.6, 0.0, 0.0)
    patient: tuple[float, float, float] = (1.2, 0.15, -0.3)
    noise: float = 0.9
    dropout: float = 0.05
    uneven: float = 0.5


def draw(rng: np.random.Generator, made: Network) -> pl.DataFrame:
    """One row is one rated week of a patient; `clinic` and `person` are numbers."""
    shares = np.linspace(1 - made.uneven, 1 + made.uneven, made.clinics)
    sizes = np.maximum(2, np.round(made.patients * rng.permutation(shares))).astype(int)
    of_person = np.repeat(np.arange(made.clinics), sizes)
    people = len(of_person)
    # a patient rates week 0 and 1 at least
    lasts = np.minimum(1 + rng.geometric(max(made.dropout, 1e-12), people), made.weeks - 1)
    person, at = np.nonzero(np.arange(made.weeks) <= lasts[:, None])
    clinic = of_person[person]
    habit = rng.normal(0, 0.5, people)
    columns = {
        "week": at.astype(float),
        "programme": rng.permutation(np.arange(made.clinics) % 2).astype(float)[clinic],
        "crowding": rng.normal(size=made.clinics)[clinic],
        "baseline": rng.normal(size=people)[person],
        "sex": (rng.random(people) < 0.5).astype(float)[person],
        "load": habit[person] + rng.normal(0, np.sqrt(0.75), len(person)),
    }
    pain = made.noise * rng.normal(size=len(person))
    for groups, sds, count in ((clinic, made.clinic, made.clinics), (person, made.patient, people)):
        own = _effects(rng, sds, count)
        pain += own[groups, 0] + own[groups, 1] * at
    for term, effect in made.effects.items():
        values = [columns[name] for name in term.split(":") if name != "intercept"]
        pain += effect * np.prod(values, axis=0) if values else effect
    return pl.DataFrame({"clinic": clinic, "person": person, **columns, "pain": pain})


def _effects(rng: np.random.Generator, sds: tuple[float, float, float], count: int) -> np.ndarray:
    """Intercepts and slopes of week of `count` groups."""
    first, second, correlation = sds
    root = np.array([[first, 0.0], [correlation * second, np.sqrt(1 - correlation**2) * second]])
    return rng.normal(size=(count, 2)) @ root.T
