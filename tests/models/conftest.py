"""A tiny study made by hand: two clinics, five patients, one of them with two episodes."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from analytics.cohort.practice import describe_practice
from analytics.vocabulary.records import Scores
from analytics.vocabulary.results import Cohort
from analytics.vocabulary.schema import Episodes, Measures, PatientWeeks, Sessions
from analytics.vocabulary.settings import Comparison, Settings, Source


@pytest.fixture
def settings():
    return Settings(
        as_of=date(2026, 6, 30),
        sources=(Source(files="exports/*.csv", mapping="plain.toml"),),
        comparison=Comparison(min_episodes=10, min_complete=0.5),
    )


def fill(schema, rows, constant):
    """Rows of a schema: what is not given is empty."""
    empty = dict.fromkeys(schema.column_names())
    return schema.cast(pl.DataFrame([empty | constant | row for row in rows], infer_schema_length=None))


@pytest.fixture
def make_episodes():
    constant = {
        "starts_on": date(2026, 1, 5), "ends_on": date(2026, 3, 30), "sessions": 10, "phase": "chronic",
        "age_band": "35-49", "transferred": False, "complete": True,
    }  # fmt: skip

    def make(rows):
        return fill(Episodes, rows, constant)

    return make


@pytest.fixture
def make_weeks():
    def make(rows):
        return fill(PatientWeeks, rows, {"state": "done", "minutes": 30.0, "mean_rpe": 4.0})

    return make


@pytest.fixture
def episodes(make_episodes):
    """Clinic a: p1 twice, p2, p3 (no outcome); clinic b: p4, p5."""
    start = ("clinic_id", "patient_id", "episode_id", "starts_on", "sex", "adherence_capped", "mean_load")
    end = ("baseline_pain", "outcome_pain", "pain_reduction", "complete")
    values = [
        ("a", "p1", "e1", date(2026, 1, 5), "female", 0.4, 100.0, 6.0, 4.0, 2.0, True),
        ("a", "p1", "e2", date(2026, 5, 4), "male", 0.6, 300.0, 4.0, 4.0, 0.0, False),
        ("a", "p2", "e3", date(2026, 1, 5), "male", 0.8, 400.0, 4.0, 2.5, 1.5, True),
        ("a", "p3", "e4", date(2026, 1, 5), None, None, None, None, None, None, False),
        ("b", "p4", "e5", date(2026, 1, 5), "female", 0.9, 600.0, 8.0, 3.0, 5.0, True),
        ("b", "p5", "e6", date(2026, 1, 5), "female", 1.0, 800.0, 7.0, 4.0, 3.0, False),
    ]
    return make_episodes([dict(zip((*start, *end), row, strict=True)) for row in values])


@pytest.fixture
def eligible(episodes):
    return episodes.drop_nulls("pain_reduction")


@pytest.fixture
def weeks(make_weeks):
    names = ("clinic_id", "patient_id", "episode_id", "week", "state", "pain", "adherence_capped", "load")
    values = [
        ("a", "p1", "e1", 0, "done", 6.0, 0.5, 100.0),
        ("a", "p1", "e1", 1, "done", 4.0, 0.3, 100.0),
        ("a", "p1", "e2", 0, "done", 4.0, 0.6, 300.0),
        ("a", "p2", "e3", 0, "done", 4.0, 0.8, 400.0),
        ("a", "p2", "e3", 1, "not_logged", None, 0.0, 0.0),
        ("a", "p3", "e4", 0, "unknown", 9.0, None, None),
        ("b", "p4", "e5", 0, "done", 8.0, 0.9, 600.0),
        ("b", "p4", "e5", 13, "done", 1.0, 0.9, 600.0),
    ]
    baseline = pl.col("episode_id").replace_strict({"e1": 6, "e2": 4, "e3": 4, "e5": 8}, default=None)
    frame = make_weeks([dict(zip(names, row, strict=True)) for row in values])
    return frame.with_columns(pain_reduction=baseline - pl.col("pain"))


@pytest.fixture
def cohort(episodes, weeks):
    done = {"performed_at": datetime(2026, 1, 5, 9), "source_file": "a.csv", "source_line": 2}
    sessions = [
        {"clinic_id": "a", "patient_id": "p1", "session_id": "s1", "setting": "home", "supervised": False,
         "exercise_types": ["stretching", "balance"]},
        {"clinic_id": "a", "patient_id": "p1", "session_id": "s2", "setting": "clinic", "supervised": True,
         "exercise_types": ["stretching"]},
        {"clinic_id": "a", "patient_id": "p2", "session_id": "s3", "setting": "home",
         "exercise_types": ["strengthening"]},
        {"clinic_id": "b", "patient_id": "p4", "session_id": "s4"},
    ]  # fmt: skip
    scores = [
        ("a", "p1", date(2026, 1, 5), "ODI", None, 40.0),
        ("a", "p1", date(2026, 3, 5), "ODI", None, 24.0),
        ("a", "p1", date(2026, 2, 5), "ODI", None, 30.0),
        ("a", "p1", date(2026, 3, 5), "ODI", "item 1", 5.0),
        ("a", "p2", date(2026, 1, 5), "ODI", None, 50.0),
        ("b", "p4", date(2026, 1, 5), "ODI", None, 20.0),
        ("b", "p4", date(2026, 3, 5), "ODI", None, 16.0),
        ("b", "stranger", date(2026, 1, 5), "ODI", None, 90.0),
        ("b", "stranger", date(2026, 3, 5), "ODI", None, 10.0),
    ]
    names = ("clinic_id", "patient_id", "measured_on", "instrument", "item", "value")
    return Cohort(
        episodes=episodes,
        weeks=weeks,
        practice=describe_practice(fill(Sessions, sessions, done)),
        measures=fill(Measures, [dict(zip(names, row, strict=True)) for row in scores], {}),
        scores=Scores.create_empty(),
    )
