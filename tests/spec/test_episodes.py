"""Episode of care: a patient's sessions at one clinic with no gap of more than 90 days."""

from __future__ import annotations

import polars as pl
import pytest
from spec.tables import journal, settings

from analytics.cohort.episodes import describe_episodes


def _episodes(*arguments, **named):
    found = describe_episodes(journal(*arguments, **named), settings()).sort("clinic_id", "starts_on")
    return [
        (str(start), str(end), count)
        for start, end, count in found.select("starts_on", "ends_on", "sessions").iter_rows()
    ]


@pytest.mark.parametrize(
    ("second", "episodes"),
    [
        ("2026-01-11", [("2026-01-01", "2026-01-11", 2)]),
        ("2026-04-01", [("2026-01-01", "2026-04-01", 2)]),  # a gap of 90 days is within
        ("2026-04-02", [("2026-01-01", "2026-01-01", 1), ("2026-04-02", "2026-04-02", 1)]),  # 91 days
    ],
)
def test_a_gap_of_more_than_90_days_ends_an_episode(second, episodes):
    sessions = f"""
        performed_at
        2026-01-01 09:00
        {second} 09:00
    """
    assert _episodes(sessions) == episodes


TWO_MONTHS = """
    performed_at
    2026-01-01 09:00
    2026-01-15 09:00
    2026-02-01 09:00
    2026-02-15 09:00
"""


def test_a_referral_starts_a_new_one():
    patients = """
        intake_date | referral_date
        2026-01-01  |
        2026-02-01  | 2026-02-01
    """
    assert _episodes(TWO_MONTHS, patients=patients) == [
        ("2026-01-01", "2026-01-15", 2), ("2026-02-01", "2026-02-15", 2),
    ]  # fmt: skip


def test_surgery_between_two_sessions_starts_a_new_one():
    patients = """
        intake_date | surgery    | surgery_date
        2026-01-01  | discectomy | 2026-01-20
    """
    assert [count for *_, count in _episodes(TWO_MONTHS, patients=patients)] == [2, 2]


def test_surgery_before_the_first_session_starts_none():
    patients = """
        intake_date | surgery    | surgery_date
        2026-01-01  | discectomy | 2025-12-01
    """
    found = describe_episodes(journal(TWO_MONTHS, patients=patients), settings())
    assert found.height == 1
    assert found["post_surgical"].item()


def test_a_transfer_is_an_episode_at_each_clinic():
    sessions = """
        clinic_id | performed_at
        oak       | 2026-01-01 09:00
        elm       | 2026-01-20 09:00
    """
    found = describe_episodes(journal(sessions), settings())
    assert found["clinic_id"].sort().to_list() == ["elm", "oak"]
    assert found["transferred"].to_list() == [True, True]
    assert found["episode_id"].n_unique() == 2


def test_one_clinic_is_no_transfer():
    assert not describe_episodes(journal(TWO_MONTHS), settings())["transferred"].any()


def test_a_session_late_in_the_evening_belongs_to_its_local_day():
    sessions = """
        performed_at
        2026-03-28 23:50
        2026-03-29 00:10
    """
    assert _episodes(sessions) == [("2026-03-28", "2026-03-29", 2)]


@pytest.mark.parametrize(
    ("onset", "phase"),
    [
        ("2026-01-01", "acute"), ("2025-11-21", "acute"), ("2025-11-20", "subacute"),
        ("2025-10-09", "subacute"),
        ("2025-10-08", "chronic"), ("2026-02-01", "unknown"), ("", "unknown"),
    ],
)  # fmt: skip
def test_phase_is_by_weeks_since_onset(onset, phase):
    """Acute below 6 weeks (42 days), subacute to 12 (84 days), chronic beyond.

    An onset after the start is unknown.
    """
    patients = f"""
        intake_date | onset_date
        2026-01-01  | {onset}
    """
    assert describe_episodes(journal(TWO_MONTHS, patients=patients), settings())["phase"].item() == phase


def test_the_intake_nearest_before_the_start_is_taken():
    sessions = """
        performed_at
        2025-06-01 09:00
        2026-01-01 09:00
    """
    patients = """
        intake_date | baseline_pain
        2025-05-30  | 8
        2026-01-10  | 4
    """
    found = describe_episodes(journal(sessions, patients=patients), settings())
    assert found.sort("starts_on")["baseline_pain"].to_list() == [8, 4]


def test_an_old_intake_gives_no_baseline_to_a_later_episode():
    sessions = """
        performed_at
        2025-06-01 09:00
        2026-01-01 09:00
    """
    patients = """
        intake_date | baseline_pain | sex
        2025-05-30  | 8             | female
    """
    found = describe_episodes(journal(sessions, patients=patients), settings()).sort("starts_on")
    assert found["baseline_pain"].to_list() == [8, None]
    assert found["sex"].to_list() == ["female", "female"]


@pytest.mark.parametrize(
    ("age", "band"),
    [(17, "under 18"), (18, "18-34"), (34, "18-34"), (35, "35-49"), (64, "50-64"), (65, "65+")],
)
def test_age_bands(age, band):
    patients = f"""
        intake_date | age
        2026-01-01  | {age}
    """
    found = describe_episodes(journal(TWO_MONTHS, patients=patients), settings())
    assert found.select(pl.col("age_band")).item() == band


def test_an_intake_is_the_baseline_of_one_episode_only():
    """Surgery in between begins a new episode; pain before it is no baseline of the course after it."""
    patients = """
        intake_date | baseline_pain | surgery    | surgery_date
        2026-01-01  | 8             | discectomy | 2026-01-20
    """
    found = describe_episodes(journal(TWO_MONTHS, patients=patients), settings()).sort("starts_on")
    assert found["baseline_pain"].to_list() == [8, None]
