"""A network of clinics with known truth: the five tables, complete and clean, as the patients lived them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from analytics.simulation.course import Course, Truth, live
from analytics.simulation.population import AS_OF, clinic_names, draw_population
from analytics.simulation.sessions import lay_out_sessions

TOWNS = ("Ashford", "Lindau", "Hexham", "Malmesbury", "Millom", "Whitby", "Falun", "Birkdale")
TITLES = ("Willow Physiotherapy", "Rückenzentrum Linden", "Harbour Rehab", "Rowan House", "The Mill Clinic",
          "Quayside Spine & Sport", "Fernö Rörelse", "Birch Lane Practice")  # fmt: skip
ZONES = ("Europe/London", "Europe/Berlin", "Europe/London", "Europe/London", "Europe/London", "Europe/London",
         "Europe/Stockholm", "Europe/London")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Network:
    """The five tables in the vocabulary's units, with the names and notes of an export, and the truth."""

    sessions: pl.DataFrame
    patients: pl.DataFrame
    plans: pl.DataFrame
    measures: pl.DataFrame
    clinics: pl.DataFrame
    truth: dict[str, Any]

    def __repr__(self) -> str:
        """Its size."""
        return (
            f"Network of {self.clinics.height} clinics: {self.patients.height} episodes, "
            f"{self.sessions.height} sessions"
        )


def simulate_network(*, clinics: int, patients: int, weeks: int, seed: int) -> Network:
    """Draw a network; the same arguments give the same rows.

    `patients` is the size of each clinic but the small one.
    """
    rng = np.random.default_rng(seed)
    truth = Truth()
    people = draw_population(clinics=clinics, patients=patients, weeks=weeks, rng=rng)
    course = live(people, weeks=weeks, truth=truth, rng=rng)
    people = people.with_columns(
        unit=pl.int_range(pl.len()),
        patient_id=pl.format("LB-{}", 10001 + pl.col("person")),
        name=pl.format("Sample Patient {}", 10001 + pl.col("person")),
        phone=pl.format("07700 9{}", (pl.col("person") + 10000).cast(pl.String)),
    )
    return Network(
        sessions=lay_out_sessions(people, course, truth=truth, rng=rng),
        patients=_intakes(people, course, rng),
        plans=_plans(people, course),
        measures=_measures(people, course, rng),
        clinics=_clinics(clinics),
        truth={
            "seed": seed,
            "headline": truth.headline(),
            "parameters": truth.as_dict(),
            "clinic_slope": dict(
                zip(clinic_names(clinics), course.clinic_slope.round(4).tolist(), strict=True)
            ),
        },
    )


def _clinics(count: int) -> pl.DataFrame:
    names = clinic_names(count)
    suffix = [f" {n // 8 + 1}" if n >= 8 else "" for n in range(count)]
    return pl.DataFrame(
        {
            "clinic_id": names,
            "clinic_name": [TITLES[n % 8] + suffix[n] for n in range(count)],
            "region": [TOWNS[n % 8] for n in range(count)],
            "time_zone": [ZONES[n % 8] for n in range(count)],
            "language": ["de" if n % 8 == 1 else "en" for n in range(count)],
            "contact": [f"outcomes@{name}.example" for name in names],
        }
    )


def _intakes(people: pl.DataFrame, course: Course, rng: np.random.Generator) -> pl.DataFrame:
    """One row is one intake, with the discharge that followed a good course."""
    n, weeks = people.height, course.pain.shape[1] - 1
    last = np.where(course.done.any(axis=2), np.arange(weeks + 1), 0).max(axis=1)
    well = (course.pain[np.arange(n), last] < 2.5) & (last >= weeks - 3) & (rng.random(n) < 0.7)
    return people.with_columns(
        pl.Series("baseline_pain", np.clip(np.round(course.pain[:, 0] + rng.normal(0, 0.4, n)), 0, 10)),
        pl.Series("told", rng.random(n) > 0.1),
        pl.Series("last", last),
        pl.Series("well", well),
        pl.Series("bed_rest_days", rng.poisson(1.0, n)),
        pl.Series("hospital_nights", rng.poisson(2.0, n) * (people["surgery"].to_numpy() != "none")),
        pl.Series("goals", rng.choice(GOALS, n)),
        pl.Series("risk_known", rng.random(n) > 0.06),
    ).select(
        "unit", "clinic_id", "patient_id", "name", "phone", "age", "sex", "surgery", "prior_episodes",
        "bed_rest_days", "hospital_nights", "goals",
        intake_date=pl.col("starts_on"),
        birth_date=pl.col("starts_on") - pl.duration(days=(pl.col("age") * 365.25 + 20).cast(pl.Int64)),
        onset_date=pl.when("onset_known").then(pl.col("starts_on") - pl.duration(days="onset_days")),
        referral_date=pl.when("referred").then(pl.col("starts_on")),
        discharge_date=pl.when(
            pl.col("well") & (pl.col("starts_on") + pl.duration(days=7 * pl.col("last") + 6) <= AS_OF)
        ).then(pl.col("starts_on") + pl.duration(days=7 * pl.col("last") + 6)),
        surgery_date=pl.when(pl.col("surgery") != "none").then(pl.col("starts_on") - pl.duration(days=40)),
        start_back=pl.when("risk_known").then("start_back"),
        baseline_pain=pl.when("told").then("baseline_pain"),
    )  # fmt: skip


def _plans(people: pl.DataFrame, course: Course) -> pl.DataFrame:
    """One row is one prescription period of four weeks."""
    rows = []
    for week in range(0, course.pain.shape[1], 4):
        begins = pl.col("starts_on") + pl.duration(days=7 * week)
        final = week + 4 >= course.pain.shape[1]
        rows.append(
            people.with_columns(
                pl.Series("sessions_per_week", course.prescribed[:, week]),
                pl.Series("minutes_per_session", course.minutes_plan[:, week].round()),
                pl.Series("target_rpe", course.rpe_plan[:, week].round()),
                pl.Series("pain_at_prescription", course.pain[:, week].round()),
                pl.Series("alive", course.alive[:, week]),
            )
            .filter("alive", begins <= AS_OF)
            .select(
                "clinic_id",
                "patient_id",
                "name",
                "sessions_per_week",
                "minutes_per_session",
                "target_rpe",
                "pain_at_prescription",
                valid_from=begins,
                valid_to=pl.lit(None, pl.Date) if final else begins + pl.duration(days=27),
                level=pl.lit(1 + week // 4),
                ability_at_prescription=(10 - pl.col("pain_at_prescription")).clip(0, 10),
                setting=pl.lit("home"),
            )
        )
    return pl.concat(rows).sort("clinic_id", "patient_id", "valid_from")


GOALS = ["pain", "pain;function", "function;quality_of_life", "pain;complications"]
USED_BY = {
    "ODI": "",
    "PSFS": "willow|quay|mill",
    "EQ5D5L": "willow|harbour|linden",
    "stiffness_min": "rowan|mill",
}


def _measures(people: pl.DataFrame, course: Course, rng: np.random.Generator) -> pl.DataFrame:
    """One row is one score at intake, week 6 or week 12, of the instruments that a clinic uses."""
    rows = []
    for week in (week for week in (0, 6, 12) if week < course.pain.shape[1]):
        for instrument, score in _scores(course.pain[:, week], rng).items():
            seen = course.alive[:, week] & (rng.random(len(score)) < 0.85)
            rows.append(
                people.with_columns(pl.Series("value", score), pl.Series("seen", seen))
                .with_columns(measured_on=pl.col("starts_on") + pl.duration(days=7 * week))
                .filter(
                    "seen",
                    pl.col("clinic_id").str.contains(USED_BY[instrument]),
                    pl.col("measured_on") <= AS_OF,
                )
                .select(
                    "clinic_id", "patient_id", "name", "measured_on", "value", instrument=pl.lit(instrument)
                )
            )
    return pl.concat(rows).sort("clinic_id", "patient_id", "measured_on", "instrument")


def _scores(pain: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Scores that go with pain as they do in trials: disability up, function and quality of life down."""
    n = len(pain)
    return {
        "ODI": 2 * np.clip(np.round((7 * pain + rng.normal(0, 6, n)) / 2), 0, 50),
        "PSFS": np.clip(9.5 - pain + rng.normal(0, 1, n), 0, 10).round(1),
        "EQ5D5L": np.clip(0.95 - 0.07 * pain + rng.normal(0, 0.06, n), -0.5, 1).round(3),
        "stiffness_min": np.clip(np.round(8 * pain + rng.normal(0, 8, n)), 0, 180),
    }
