"""What became of an episode, who is eligible, and the flow that adds up."""

from __future__ import annotations

import polars as pl
import pytest
from spec.tables import journal, settings

from analytics.cohort.eligibility import exclusion_flow, select_eligible
from analytics.cohort.episodes import describe_episodes
from analytics.cohort.outcomes import add_outcomes
from analytics.cohort.weeks import weekly
from analytics.vocabulary.records import Flow
from analytics.vocabulary.schema import Episodes, PatientWeeks


def _all(made, **definitions):
    rules = settings(**definitions)
    episodes = describe_episodes(made, rules)
    weeks = weekly(made, episodes, rules)
    PatientWeeks.validate(weeks)
    return Episodes.validate(add_outcomes(episodes, weeks, rules)), weeks


COURSE = """
    performed_at     | pain_before | rpe | duration_min
    2026-01-01 09:00 | 8           | 2   | 10
    2026-01-09 09:00 | 6           | 3   | 10
    2026-01-16 09:00 | 5           | 4   | 10
    2026-03-26 09:00 | 3           | 5   | 10
"""


def test_outcome_is_the_last_observed_week_to_the_horizon():
    episode, _ = _all(journal(COURSE))
    found = episode.select(
        "baseline_pain", "baseline_source", "outcome_pain", "outcome_week", "pain_reduction", "complete"
    )
    assert found.row(0) == (8, "week 0", 3, 12, 5, True)


def test_an_outcome_seen_early_only_is_not_complete():
    episode, _ = _all(journal("\n".join(COURSE.splitlines()[:-1])))
    assert episode.select("outcome_week", "complete").row(0) == (2, False)


def test_one_rating_is_no_outcome():
    episode, _ = _all(journal("\n".join(COURSE.splitlines()[:3])))
    assert episode.select("outcome_pain", "pain_reduction").row(0) == (None, None)


def test_adherence_of_an_episode_is_sums_over_weeks():
    """Weeks 0 to 2 ask for 2, 2 and 4; 1, 1 and 1 are done: 3 of 8, not the mean of the weeks' shares."""
    plan = """
        valid_from | valid_to   | sessions_per_week
        2026-01-01 | 2026-01-14 | 2
        2026-01-15 | 2026-01-21 | 4
    """
    episode, _ = _all(journal(COURSE, plans=plan))
    assert episode["adherence"].item() == pytest.approx(3 / 8)


def test_progression_is_the_slope_of_weekly_load():
    """Loads 20, 30, 40 in weeks 0, 1, 2 rise by 10 a week."""
    episode, _ = _all(journal("\n".join(COURSE.splitlines()[:-1])))
    assert episode["progression"].item() == pytest.approx(10)


PEOPLE = """
    patient_id | performed_at     | pain_before
    adult      | 2026-01-01 09:00 | 6
    adult      | 2026-01-09 09:00 | 4
    young      | 2026-01-01 09:00 | 6
    young      | 2026-01-09 09:00 | 4
    ageless    | 2026-01-01 09:00 | 6
    ageless    | 2026-01-09 09:00 | 4
    painless   | 2026-01-01 09:00 | 0.5
    painless   | 2026-01-09 09:00 | 0
    unrated    | 2026-01-01 09:00 |
    unrated    | 2026-01-09 09:00 | 4
    once       | 2026-01-01 09:00 | 6
"""
INTAKES = """
    patient_id | intake_date | age
    adult      | 2026-01-01  | 40
    young      | 2026-01-01  | 17
    painless   | 2026-01-01  | 40
"""


def test_who_is_eligible_and_why_not():
    made = journal(PEOPLE, patients=INTAKES)
    episodes, _ = _all(made)
    eligible, excluded = select_eligible(episodes, settings())
    assert eligible["patient_id"].sort().to_list() == ["adult", "ageless"]
    assert dict(excluded.select("patient_id", "reason").sort("patient_id").iter_rows()) == {
        "once": "no pain rating after week 0",
        "painless": "pain at the start below 1",
        "unrated": "no pain rating at the start",
        "young": "younger than 18",
    }


def test_every_arrow_of_the_flow_adds_up():
    made = journal(PEOPLE, patients=INTAKES)
    episodes, _ = _all(made)
    flow = Flow.validate(exclusion_flow(made, episodes, settings()))
    assert (flow["entered"] == flow["left"] + flow["remained"]).all()
    for _, rows in flow.group_by("clinic_id"):
        people = rows.sort("order").filter(pl.col("stage") == "episodes")
        assert people["entered"].to_list()[1:] == people["remained"].to_list()[:-1]
        assert people["remained"].to_list()[-1] == 2
    assert set(flow["clinic_id"]) == {"oak", "network"}
