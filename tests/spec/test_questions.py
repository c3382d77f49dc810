"""What can be told from the exports, and what to export where it cannot."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from spec.tables import journal, rows_of, settings

from analytics.cohort.describe import describe_cohort
from analytics.cohort.questions import QUESTIONS, describe_questions
from analytics.vocabulary.schema import Episodes, Sessions

SESSIONS = """
    clinic_id | patient_id | performed_at     | pain_before
    oak       | ann        | 2026-01-01 09:00 | 6
    oak       | ben        | 2026-01-01 09:00 | 6
    elm       | cat        | 2026-01-01 09:00 |
    elm       | dan        | 2026-01-01 09:00 |
    elm       | eve        | 2026-01-01 09:00 |
"""
MEASURES = """
    clinic_id | patient_id | measured_on | instrument | value
    oak       | ann        | 2026-01-01  | ODI        | 40
    oak       | ann        | 2026-03-01  | ODI        | 20
    oak       | ben        | 2026-01-01  | ODI        | 40
    oak       | ben        | 2026-03-01  | ODI        | 20
"""


def _filled(sessions, name):
    counted = sessions.group_by("clinic_id").agg(rows=pl.len(), present=pl.col(name).count())
    named = counted.with_columns(table=pl.lit("sessions"), column=pl.lit(name))
    whole = pl.col("rows", "present").cast(pl.Int64)
    return named.with_columns(whole).select("clinic_id", "table", "column", "rows", "present")


@pytest.fixture(scope="module")
def told():
    made = journal(SESSIONS)
    filled = [_filled(made.sessions, name) for name in Sessions.column_names()]
    made = replace(made, measures=rows_of("measures", MEASURES), measured=pl.concat(filled))
    cohort = describe_cohort(made, settings())
    found = describe_questions(made, cohort, Episodes.create_empty(), settings())
    return {(clinic, question): (answer, why) for clinic, question, answer, why in found.iter_rows()}


def test_every_question_is_answered_for_everybody(told):
    assert len(told) == 3 * len(QUESTIONS) + 2


@pytest.mark.parametrize(
    ("clinic", "question", "answer"),
    [
        ("oak", "Did pain fall?", "yes"),
        ("elm", "Did pain fall?", "no"),
        ("network", "Did pain fall?", "partly"),  # rated in two of five sessions
        ("oak", "Did function improve?", "yes"),
        ("elm", "Did function improve?", "no"),
        ("network", "Did function improve?", "partly"),  # measured twice in two of five patients
        ("network", "Was the plan kept?", "no"),
        ("oak", "Is this clinic different from what its patients let expect?", "no"),
    ],
)
def test_what_can_be_told(told, clinic, question, answer):
    assert told[clinic, question][0] == answer


def test_where_it_cannot_it_says_what_to_export(told):
    assert "export the prescribed sessions a week" in told["oak", "Was the plan kept?"][1]
    assert "inflammation is not" in told["oak", "Did inflammation fall?"][1]
