"""What was done in a patient-week, and what was asked for, as small tables."""

from __future__ import annotations

import pytest
from spec.tables import journal, settings

from analytics.cohort.episodes import describe_episodes
from analytics.cohort.planned import episode_practice
from analytics.cohort.weekly_practice import weekly_practice
from analytics.cohort.weeks import weekly

FIRST_WEEK = """
    performed_at     | logged_at        | setting | supervised | feedback | exercise_types           | muscle_groups                | equipment                 | pace        | pain_before | pain_during | brace_hours | traction | flare_up | level
    2026-01-01 09:00 | 2026-01-01 10:00 | clinic  | yes        | verbal   | stretching;massage       | abdominals;hamstrings        | stability_ball;mat        | comfortable | 8           | 9           | 4           | yes      | no       | 1
    2026-01-01 18:00 | 2026-01-02 18:00 | home    | no         | none     | stretching               | gluteals                     | stability_ball            | fast        | 6           | 6           | 0           | no       | no       | 1
    2026-01-03 09:00 | 2026-01-03 11:00 | home    | no         | written  | strengthening            | back_extensors;quadriceps    | balance_wall              | comfortable | 4           | 6           | 0           | no       | yes      | 2
    2026-01-05 09:00 |                  |         |            |          |                          |                              |                           |             |             |             |             |          |          |
"""  # noqa: E501


def _practice(sessions, *, plans="", patients="", **same):
    made = journal(sessions, plans=plans, patients=patients, **same)
    rules = settings()
    episodes = describe_episodes(made, rules)
    weeks = weekly(made, episodes, rules)
    return weekly_practice(made.sessions.lazy(), made.plans, weeks=weeks, episodes=episodes), episodes


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("practice_days", 3),  # 1, 3 and 5 January
        ("stretching", 2 / 3),  # of the three sessions that tell; the fourth says nothing
        ("strengthening", 1 / 3),
        ("massage", 1 / 3),
        ("aerobic", 0),
        ("core", 3 / 5),  # abdominals, gluteals and back extensors of five groups named
        ("comfortable", 2 / 3),
        ("fast", 1 / 3),
        ("home", 2 / 3),
        ("supervised", 1 / 3),
        ("balance_gear", 1 / 3),
        ("ball", 2 / 3),
        ("ball_days", 1),  # twice on one day is one day
        ("written", 1),
        ("verbal", 1),
        ("feedback", 1),
        ("brace", 1 / 3),
        ("brace_hours", 4 / 3),
        ("traction", 1 / 3),
        ("pain_first", 8),
        ("pain_during", 7),
        ("rise_during", 1),  # 9 - 8, 6 - 6 and 6 - 4, on average
        ("flare", 1),
        ("logging_delay", 2),  # the median of 1, 24 and 2 hours
        ("level", 2),
    ],
)
def test_what_was_done_in_the_first_week(column, value):
    practice, _ = _practice(FIRST_WEEK)
    assert practice[column][0] == pytest.approx(value)


def test_a_week_without_a_session_has_no_practice_and_keeps_its_row():
    sessions = """
        performed_at     | setting | exercise_types
        2026-01-01 09:00 | home    | stretching
        2026-01-16 09:00 | clinic  | balance
    """
    practice, _ = _practice(sessions)
    assert practice["week"].to_list()[:3] == [0, 1, 2]
    assert practice["stretching"].to_list()[:3] == [1, None, 0]
    assert practice["home"].to_list()[:3] == [1, None, 0]


def test_feedback_that_some_sessions_do_not_tell_is_unknown_unless_one_has_it():
    sessions = """
        performed_at     | feedback
        2026-01-01 09:00 | none
        2026-01-02 09:00 |
        2026-01-08 09:00 | written
        2026-01-09 09:00 |
        2026-01-15 09:00 | none
    """
    practice, _ = _practice(sessions)
    assert practice["written"].to_list()[:3] == [None, 1, 0]


def test_pain_before_the_first_session_is_the_first_in_time_not_in_the_file():
    sessions = """
        performed_at     | pain_before
        2026-01-03 09:00 | 3
        2026-01-01 09:00 | 7
        2026-01-02 09:00 | 5
    """
    assert _practice(sessions)[0]["pain_first"][0] == 7


PLANS = """
    valid_from | valid_to   | sessions_per_week | minutes_per_session | target_rpe | pain_at_prescription
    2026-01-01 | 2026-01-14 | 3                 | 20                  | 2          | 7
    2026-01-15 |            | 3                 | 20                  | 3          | 5
"""


def test_the_plan_of_a_week_is_the_one_of_its_first_day():
    practice, episodes = _practice(FIRST_WEEK, plans=PLANS)
    assert practice["plan_load"].to_list()[:4] == [120, 120, 180, 180]
    assert practice["plan_minutes"].to_list()[:3] == [60, 60, 60]
    assert practice["plan_pain"].to_list()[:3] == [7, 7, 5]
    assert practice["plan_raised"].to_list()[:4] == [None, 0, 1, 0]
    over = episode_practice(practice, episodes)
    assert over["started_simple"].item()
    assert over["raised_share"].item() == pytest.approx(1 / 12)


def test_a_plan_that_has_ended_holds_no_longer():
    practice, _ = _practice(
        FIRST_WEEK, plans=PLANS.replace("2026-01-15 |            ", "2026-02-15 |            ")
    )
    assert practice["plan_load"].to_list()[:3] == [120, 120, None]


@pytest.mark.parametrize(
    ("days", "band"), [("0", "0-2"), ("2", "0-2"), ("3", "3-4"), ("4", "3-4"), ("5", ">4"), ("", None)]
)
def test_bed_rest_in_bands(days, band):
    patients = f"""
        intake_date | bed_rest_days
        2026-01-01  | {days}
    """
    practice, episodes = _practice(FIRST_WEEK, patients=patients)
    assert episode_practice(practice, episodes)["bed_rest_band"].item() == band


def test_flare_ups_are_counted_in_weeks_that_tell():
    sessions = """
        performed_at     | flare_up | equipment
        2026-01-01 09:00 | no       | stability_ball
        2026-01-07 09:00 | no       | stability_ball
        2026-01-09 09:00 | yes      | mat
        2026-01-10 09:00 | yes      | mat
        2026-01-16 09:00 |          | mat
        2026-01-23 09:00 | yes      | mat
    """
    over = episode_practice(*_practice(sessions))
    assert over.select("weeks_told", "flare_weeks", "first_flare").row(0) == (3, 2, 1)
    assert over["flares_per_100_weeks"].item() == pytest.approx(200 / 3)
    assert over.select("ball_days_wk1", "practice_days_wk1").row(0) == (2, 2)


def test_two_patients_and_two_episodes_stay_apart():
    sessions = """
        patient_id | performed_at     | exercise_types
        ann        | 2026-01-01 09:00 | stretching
        ann        | 2026-06-01 09:00 | balance
        bob        | 2026-01-01 09:00 | aerobic
    """
    practice, _ = _practice(sessions)
    first = practice.filter(practice["week"] == 0).sort("episode_id")
    assert first["stretching"].to_list() == [1, 0, 0]
    assert first["balance"].to_list() == [0, 1, 0]
    assert first["aerobic"].to_list() == [0, 0, 1]
