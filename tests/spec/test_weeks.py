"""Patient-weeks: pain, the three states of a week, adherence and load."""

from __future__ import annotations

import pytest
from spec.tables import journal, settings

from analytics.cohort.episodes import describe_episodes
from analytics.cohort.weeks import weekly

DAY_0_6_7 = """
    performed_at     | pain_before | pain_after
    2026-01-01 09:00 | 8           | 6
    2026-01-07 23:59 | 6           | 5
    2026-01-08 00:00 | 5           | 1
"""


def _weeks(made, **definitions):
    rules = settings(**definitions)
    return weekly(made, describe_episodes(made, rules), rules).sort("week")


def _column(weeks, name, upto=4):
    return weeks[name].to_list()[:upto]


def test_week_is_days_since_the_start_by_seven():
    weeks = _weeks(journal(DAY_0_6_7))
    assert _column(weeks, "sessions_done", 2) == [2, 1]


def test_weekly_pain_is_the_mean_before_sessions_never_after():
    weeks = _weeks(journal(DAY_0_6_7))
    assert _column(weeks, "pain", 2) == [7, 5]
    assert _column(weeks, "ratings", 2) == [2, 1]
    assert _column(weeks, "acute_response", 2) == [1.5, 4]


def test_weeks_run_to_the_horizon():
    assert _weeks(journal(DAY_0_6_7)).height == 13
    assert _weeks(journal(DAY_0_6_7), horizon_weeks=6).height == 7


def test_weeks_end_at_discharge():
    patients = """
        intake_date | discharge_date
        2026-01-01  | 2026-01-23
    """
    assert _weeks(journal(DAY_0_6_7, patients=patients))["week"].max() == 3


def test_weeks_that_have_not_begun_by_as_of_are_no_rows():
    late = """
        performed_at
        2026-06-20 09:00
    """
    assert _weeks(journal(late))["week"].to_list() == [0, 1]


def test_weeks_end_where_the_next_episode_begins():
    sessions = """
        performed_at
        2026-01-01 09:00
        2026-01-22 09:00
    """
    patients = """
        intake_date | referral_date
        2026-01-01  |
        2026-01-22  | 2026-01-22
    """
    weeks = _weeks(journal(sessions, patients=patients))
    first = weeks.filter(weeks["episode_id"].str.ends_with("#1"))
    assert first["week"].to_list() == [0, 1, 2]


def test_baseline_is_the_intake_rating_else_week_0():
    patients = """
        intake_date | baseline_pain
        2026-01-01  | 9
    """
    assert _column(_weeks(journal(DAY_0_6_7, patients=patients)), "pain_reduction", 2) == [2, 4]
    assert _column(_weeks(journal(DAY_0_6_7)), "pain_reduction", 2) == [0, 2]


ONE_A_WEEK = """
    performed_at     | rpe | duration_min
    2026-01-01 09:00 | 4   | 30
    2026-01-03 09:00 | 5   | 20
    2026-01-15 09:00 | 3   | 10
"""


def test_the_three_states_stay_apart():
    """Week 1 has no session but is covered; the exports end in week 3."""
    covers = """
        clinic_id | covers_from | covers_to
        oak       | 2026-01-01  | 2026-01-24
    """
    weeks = _weeks(journal(ONE_A_WEEK, covers=covers))
    assert _column(weeks, "state", 5) == ["done", "not_logged", "done", "unknown", "unknown"]
    assert _column(weeks, "sessions_done", 5) == [2, 0, 1, None, None]
    assert _column(weeks, "load", 5) == [220, 0, 30, None, None]


def test_a_hole_between_two_exports_is_unknown_but_a_quiet_week_is_bridged():
    covers = """
        clinic_id | covers_from | covers_to
        oak       | 2026-01-01  | 2026-01-04
        oak       | 2026-01-11  | 2026-01-28
        oak       | 2026-02-28  | 2026-06-30
    """
    weeks = _weeks(journal(ONE_A_WEEK, covers=covers))
    assert _column(weeks, "state", 6) == ["done", "not_logged", "done", "not_logged", "unknown", "unknown"]


PLAN = """
    valid_from | valid_to   | sessions_per_week
    2026-01-01 | 2026-01-14 | 2
    2026-01-15 | 2026-01-28 | 0
    2026-01-29 |            | 4
"""


def test_adherence_is_done_by_prescribed():
    weeks = _weeks(journal(ONE_A_WEEK, plans=PLAN))
    assert _column(weeks, "sessions_prescribed", 6) == [2, 2, 0, 0, 4, 4]
    assert _column(weeks, "adherence", 6) == [1, 0, None, None, 0, 0]


def test_without_a_plan_there_is_no_adherence():
    weeks = _weeks(journal(ONE_A_WEEK))
    assert weeks["adherence"].null_count() == weeks.height


def test_more_than_prescribed_is_kept_uncapped_and_capped_at_1():
    plan = """
        valid_from | sessions_per_week
        2026-01-01 | 1
    """
    weeks = _weeks(journal(ONE_A_WEEK, plans=plan))
    assert _column(weeks, "adherence", 3) == [2, 0, 1]
    assert _column(weeks, "adherence_capped", 3) == [1, 0, 1]


def test_a_plan_that_ends_within_a_week_counts_its_days():
    plan = """
        valid_from | valid_to   | sessions_per_week
        2026-01-01 | 2026-01-10 | 7
    """
    weeks = _weeks(journal(ONE_A_WEEK, plans=plan))
    assert _column(weeks, "sessions_prescribed", 3) == [7, 3, None]


def test_the_later_prescription_wins():
    plan = """
        valid_from | sessions_per_week
        2026-01-01 | 2
        2026-01-08 | 5
    """
    assert _column(_weeks(journal(ONE_A_WEEK, plans=plan)), "sessions_prescribed", 2) == [2, 5]


@pytest.mark.parametrize(("rpe", "duration"), [("", "20"), ("5", "")])
def test_a_missing_rating_is_a_missing_load_never_zero(rpe, duration):
    sessions = f"""
        performed_at     | rpe   | duration_min
        2026-01-01 09:00 | 4     | 30
        2026-01-03 09:00 | {rpe} | {duration}
        2026-01-15 09:00 | 3     | 10
    """
    assert _column(_weeks(journal(sessions)), "load", 3) == [None, 0, 30]


def test_load_is_exertion_times_minutes():
    assert _column(_weeks(journal(ONE_A_WEEK)), "load", 3) == [4 * 30 + 5 * 20, 0, 30]
    assert _column(_weeks(journal(ONE_A_WEEK)), "mean_rpe", 3) == [4.5, None, 3]


def test_a_journal_without_ratings_has_no_load_at_all():
    assert _weeks(journal(DAY_0_6_7))["load"].drop_nulls().to_list() == []
