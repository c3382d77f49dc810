"""A week beside the one before and the one after, on a table that a clinician can check."""

from __future__ import annotations

import polars as pl

from analytics.cohort.week_to_week import planned_and_done, week_to_week

KEYS = {"clinic_id": "a", "patient_id": ["p"] * 4 + ["q"], "episode_id": ["p1"] * 4 + ["q1"],
        "week": [0, 1, 2, 3, 0]}  # fmt: skip
# week 2 of p is silent: covered, nothing logged, so no pain and no effort, and a load of 0
WEEKS = pl.DataFrame(KEYS | {
    "pain": [6.0, 5.0, None, 4.0, 7.0], "load": [100.0, 160.0, 0.0, None, 50.0],
    "minutes": [50.0, 60.0, 0.0, 60.0, 30.0], "mean_rpe": [2.0, 2.7, None, None, 1.7],
    "adherence_capped": [1.0, 0.5, 0.0, 1.0, 1.0],
})  # fmt: skip
PRACTICE = pl.DataFrame(KEYS | {
    "pain_first": [6.5, 7.0, None, 4.0, 7.0], "flare": [0.0, 1.0, None, 0.0, 1.0],
    "plan_rpe": [2.0, 2.0, 3.0, 3.0, None], "plan_minutes": [60.0, 60.0, 75.0, 75.0, None],
    "plan_load": [120.0, 120.0, 225.0, 225.0, None],
})  # fmt: skip


def columns(*names):
    return week_to_week(WEEKS, PRACTICE).select(names).rows()


def test_pain_before_the_first_session_against_last_weeks_mean():
    assert columns("pain_rise") == [(None,), (1.0,), (None,), (None,), (None,)]


def test_load_before_and_its_rise_in_hundreds():
    assert columns("load_before", "load_rise") == [
        (None, None), (1.0, 0.6), (1.6, -1.6), (0.0, None), (None, None),
    ]  # fmt: skip


def test_what_the_next_week_holds_ends_with_the_episode():
    assert columns("adherence_next", "flare_next") == [
        (0.5, 1.0), (0.0, None), (1.0, 0.0), (None, None), (None, None),
    ]  # fmt: skip


def test_the_order_of_rows_changes_nothing():
    assert week_to_week(WEEKS.reverse(), PRACTICE.reverse()).equals(week_to_week(WEEKS, PRACTICE))


def test_planned_and_done_stand_beside_each_other():
    found = planned_and_done(WEEKS, PRACTICE)
    assert found.height == 10
    week_2 = found.filter(pl.col("patient_id") == "p", pl.col("week") == 2)
    assert week_2.select("kind", "rpe", "minutes", "load").rows() == [
        ("planned", 3.0, 75.0, 225.0), ("done", None, 0.0, 0.0),
    ]  # fmt: skip
