"""How an episode goes, week by week, under known truth: work lowers pain, pain lowers next week's work."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from analytics.simulation.population import start_of

SLOTS = 7  # sessions that a week can hold
Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Truth:
    """What the network is made with. Pain is in NPRS points; g(w) = log1p(w) / log1p(12) runs from 0 to 1.

    Weekly pain = level + slope g(w) - adherence A g(w) - load (L/100) g(w) + season + noise, where A and
    L are the patient's capped adherence and weekly load of the week before. The same coefficients therefore
    hold between patients and within a patient. `prescribed_by_pain` is how much easier a plan is made where
    pain is high: at 1 it confounds load between patients so much that a naive model misses the truth.
    """

    level: float = 6.2
    slope: float = -0.5
    adherence: float = 2.0
    load_per_100: float = 0.15
    acute: float = -0.5
    chronic: float = 0.4
    high_risk: float = 0.5
    surgery: float = 0.2
    patient_level_sd: float = 0.9
    patient_slope_sd: float = 0.6
    clinic_level_sd: float = 0.25
    clinic_slope_sd: float = 0.3
    season: float = 0.15
    noise_sd: float = 0.6
    rating_sd: float = 0.5
    pain_to_next_adherence: float = -0.35
    written_feedback: float = 0.35
    prescribed_by_pain: float = 0.25

    def headline(self) -> dict[str, float]:
        """The contrasts that a fitted model must recover, in NPRS points of pain reduction."""
        week_6 = float(np.log1p(6) / np.log1p(12))
        return {
            "adherence_90_v_50_week_6": 0.4 * self.adherence * week_6,
            "adherence_90_v_50_week_12": 0.4 * self.adherence,
            "load_per_100_week_6": self.load_per_100 * week_6,
            "load_per_100_week_12": self.load_per_100,
        }

    def as_dict(self) -> dict[str, float]:
        """Every parameter by name."""
        return asdict(self)


@dataclass(slots=True)
class Course:
    """Arrays of shape (episode, week) or (episode, week, slot).

    `done` marks the sessions that were logged.
    """

    pain: Array
    prescribed: Array
    minutes_plan: Array
    rpe_plan: Array
    done: Array
    minutes: Array
    rpe: Array
    written: Array
    alive: Array
    clinic_slope: Array


def live(people: pl.DataFrame, *, weeks: int, truth: Truth, rng: np.random.Generator) -> Course:
    """Run every episode from week 0 to `weeks`.

    The loop is over weeks, since pain drives the next week's work.
    """
    n = people.height
    clinic = people["clinic"].to_numpy()
    count = int(clinic.max()) + 1
    clinic_slope = rng.normal(0, truth.clinic_slope_sd, count)
    level, slope = _patient_lines(people, truth, rng)
    level = level + rng.normal(0, truth.clinic_level_sd, count)[clinic]
    slope = slope + clinic_slope[clinic]
    willing = rng.normal(0.75, 0.8, n) + rng.normal(0, 0.25, count)[clinic]
    course = _empty(n, weeks, clinic_slope)
    adherence, load, surprise = np.zeros(n), np.zeros(n), np.zeros(n)
    per_week = rng.choice([3.0, 4.0, 5.0], n, p=[0.45, 0.35, 0.2])
    for week in range(weeks + 1):
        g = np.log1p(week) / np.log1p(12)
        expected = level + g * (slope - truth.adherence * adherence - truth.load_per_100 * load / 100)
        surprise = _season(people, week, truth) + rng.normal(0, truth.noise_sd, n)
        course.pain[:, week] = np.clip(expected + surprise, 0, 10)
        if week:
            course.alive[:, week] = course.alive[:, week - 1] & _stays(course, week, rng)
        _prescribe(course, week, per_week, by_pain=truth.prescribed_by_pain, rng=rng)
        logit = (
            willing
            + truth.pain_to_next_adherence * surprise
            + truth.written_feedback * course.written[:, max(week - 1, 0)]
        )
        adherence, load = _work(course, week, logit, rng)
    return course


def _empty(n: int, weeks: int, clinic_slope: Array) -> Course:
    week, slot = (n, weeks + 1), (n, weeks + 1, SLOTS)
    return Course(
        pain=np.zeros(week), prescribed=np.zeros(week), minutes_plan=np.zeros(week), rpe_plan=np.zeros(week),
        done=np.zeros(slot, bool), minutes=np.zeros(slot), rpe=np.zeros(slot), written=np.zeros(week, bool),
        alive=np.ones(week, bool), clinic_slope=clinic_slope,
    )  # fmt: skip


def _patient_lines(people: pl.DataFrame, truth: Truth, rng: np.random.Generator) -> tuple[Array, Array]:
    n = people.height
    phase, risk = people["phase"].to_numpy(), people["start_back"].to_numpy()
    operated = people["surgery"].to_numpy() != "none"
    level = truth.level + 0.4 * (risk == "high") + rng.normal(0, truth.patient_level_sd, n)
    slope = truth.slope + truth.acute * (phase == "acute") + truth.chronic * (phase == "chronic")
    slope = slope + truth.high_risk * (risk == "high") + truth.surgery * operated
    return np.clip(level, 3.2, 9.2), slope + rng.normal(0, truth.patient_slope_sd, n)


def _season(people: pl.DataFrame, week: int, truth: Truth) -> Array:
    """Pain is a little worse in January than in July."""
    months = np.array([start_of(int(days) - 7 * week).month for days in people["days_before"]])
    return truth.season * np.cos(2 * np.pi * (months - 1) / 12)


def _stays(course: Course, week: int, rng: np.random.Generator) -> Array:
    """Stopping is likelier where pain stayed high: dropout that depends on what was seen."""
    little_gained = course.pain[:, week - 1] > course.pain[:, 0] - 0.5
    return rng.random(len(course.pain)) > 0.012 + 0.03 * (little_gained & (week > 3))


def _prescribe(
    course: Course, week: int, per_week: Array, *, by_pain: float, rng: np.random.Generator
) -> None:
    """Every fourth week the therapist looks: simple first, then longer and harder, less in pain."""
    if week % 4:
        for plan in (course.prescribed, course.minutes_plan, course.rpe_plan):
            plan[:, week] = plan[:, week - 1]
        return
    pain, step = course.pain[:, week], week // 4
    easier = by_pain * ((pain > 7).astype(float) - (pain < 3))
    course.prescribed[:, week] = per_week
    course.minutes_plan[:, week] = np.clip(20 + 5 * step - 5 * easier, 10, 60)
    course.rpe_plan[:, week] = np.clip(3 + 0.8 * step - 0.8 * easier + rng.normal(0, 0.5, len(pain)), 1, 9)


def _work(course: Course, week: int, logit: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """The week's sessions; returns capped adherence and load, which act on next week's pain."""
    n = len(logit)
    prescribed = course.prescribed[:, week]
    extra = rng.random(n) < 0.03  # some do one more than they were asked to
    offered = np.arange(SLOTS) < (prescribed + extra)[:, None]
    done = offered & (rng.random((n, SLOTS)) < 1 / (1 + np.exp(-logit[:, None])))
    done[:, 0] |= week == 0  # an episode begins with a session
    done &= course.alive[:, week, None]
    minutes = np.clip(
        5 * np.round((course.minutes_plan[:, week, None] + rng.normal(0, 4, (n, SLOTS))) / 5), 5, 90
    )
    rpe = np.clip(np.round(course.rpe_plan[:, week, None] + rng.normal(0, 1, (n, SLOTS))), 1, 10)
    course.done[:, week], course.minutes[:, week], course.rpe[:, week] = done, minutes, rpe
    course.written[:, week] = (rng.random(n) < 0.25) & course.alive[:, week]
    adherence = np.minimum(done.sum(axis=1) / prescribed, 1)
    return adherence, (minutes * rpe * done).sum(axis=1)
