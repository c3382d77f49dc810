"""Cells of a study small enough to count on the fingers."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from scipy import stats

from analytics.models.observed import observe
from analytics.vocabulary.records import Cells
from analytics.vocabulary.results import Cohort


@pytest.fixture
def cells(cohort, eligible, settings):
    return observe(cohort, eligible, settings)


@pytest.fixture
def cell(cells):
    """(patients, of, value) of the one cell with that name."""

    def find(clinic_id, subject, measure, group="", week=None):
        same_week = pl.col("week").is_null() if week is None else pl.col("week") == week
        found = cells.filter(
            pl.col("clinic_id") == clinic_id,
            pl.col("subject") == subject,
            pl.col("measure") == measure,
            pl.col("group") == group,
            same_week,
        )
        assert found.height == 1, found
        return found.row(0, named=True)

    return find


def three(row):
    return row["patients"], row["of"], pytest.approx(row["value"])


def test_they_are_cells_in_their_order(cells):
    Cells.validate(cells)
    keys = ["clinic_id", "subject", "measure", "group", "week"]
    assert cells.equals(cells.sort(keys))
    assert not cells.select(keys).is_duplicated().any()
    assert set(cells["clinic_id"]) == {"a", "b", "network"}


SUBJECTS = {
    "pain": {"pain", "pain_reduction"},
    "outcome": {"baseline_pain", "outcome_pain", "pain_reduction", "responder", "complete", "episodes"},
    "responders": {"at_least"},
    "adherence": {"adherence_capped", "state"},
    "intensity": {"load", "minutes", "mean_rpe"},
    "dose": {"pain_reduction"},
    "case_mix": {"phase", "age_band", "sex", "start_back", "surgery"},
    "setting": {"home_share", "supervised_share"},
    "exercise": {"exercise_types"},
    "function": {"ODI"},
    "followup": {"rated", "seen", "baseline_pain", "pain_reduction", "adherence_capped"},
}


def test_the_fixed_list_of_subjects_is_there(cells):
    found = cells.group_by("subject").agg(pl.col("measure").unique())
    assert {subject: set(measures) for subject, measures in found.iter_rows()} == SUBJECTS


def test_a_patient_with_two_episodes_counts_once(cell):
    """p1 fell by 2 and 0, so by 1; p2 by 1.5: the clinic's mean is 1.25 of two patients."""
    row = cell("a", "outcome", "pain_reduction")
    assert three(row) == (2, None, 1.25)
    reach = stats.t.ppf(0.975, 1) * 0.25  # SD of 1 and 1.5 is 0.3536; over the root of 2
    assert (row["low"], row["high"]) == pytest.approx((1.25 - reach, 1.25 + reach))


def test_the_network_averages_patients_not_clinics(cell):
    assert three(cell("network", "outcome", "pain_reduction")) == (4, None, (1 + 1.5 + 5 + 3) / 4)


def test_one_patient_has_no_interval(cell):
    row = cell("b", "pain", "pain", week=0)
    assert three(row) == (1, None, 8.0)
    assert row["low"] is None
    assert row["high"] is None


def test_weekly_pain_is_of_eligible_episodes_up_to_the_horizon(cells, cell):
    """p3 has no outcome and is left out; week 13 lies behind the horizon."""
    assert three(cell("a", "pain", "pain", week=0)) == (2, None, (5 + 4) / 2)
    assert three(cell("a", "pain", "pain_reduction", week=1)) == (1, None, 2.0)
    assert cells.filter(pl.col("subject") == "pain")["week"].max() == 1


def test_responders(cell):
    """Means per patient: p1 5 -> fall 1 (20 %), p2 4 -> 1.5 (37.5 %), p4 8 -> 5, p5 7 -> 3."""
    assert three(cell("network", "outcome", "responder", "2 points")) == (2, 4, 0.5)
    assert three(cell("network", "outcome", "responder", "30 %")) == (3, 4, 0.75)
    assert three(cell("network", "outcome", "responder", "2 points or 30 %")) == (3, 4, 0.75)


def test_the_responder_curve_counts_who_just_reaches_a_threshold(cells, cell):
    assert three(cell("network", "responders", "at_least", "1.0")) == (4, 4, 1.0)
    assert three(cell("network", "responders", "at_least", "1.5")) == (3, 4, 0.75)
    assert three(cell("network", "responders", "at_least", "5.0")) == (1, 4, 0.25)
    assert three(cell("network", "responders", "at_least", "5.5")) == (0, 4, 0.0)
    groups = cells.filter(pl.col("subject") == "responders")["group"].unique().sort()
    assert groups.to_list() == [f"{half / 2:.1f}" for half in range(17)]


def test_complete_and_counted(cell):
    """p1 was seen to the end once: complete."""
    assert three(cell("a", "outcome", "complete")) == (2, 2, 1.0)
    assert three(cell("b", "outcome", "complete")) == (1, 2, 0.5)
    assert three(cell("a", "outcome", "episodes")) == (2, None, 2.0)


def test_adherence_by_week_and_over_the_episode(cell):
    assert three(cell("a", "adherence", "adherence_capped", week=0)) == (2, None, (0.55 + 0.8) / 2)
    assert three(cell("a", "adherence", "adherence_capped")) == (2, None, (0.5 + 0.8) / 2)


def test_the_three_states_of_a_week_stay_apart(cell):
    assert three(cell("a", "adherence", "state", "done", 0)) == (2, 3, 2 / 3)
    assert three(cell("a", "adherence", "state", "unknown", 0)) == (1, 3, 1 / 3)
    assert three(cell("a", "adherence", "state", "not_logged", 0)) == (0, 3, 0.0)


def test_load(cell):
    assert three(cell("a", "intensity", "load", week=0)) == (2, None, (200 + 400) / 2)
    assert three(cell("a", "intensity", "load")) == (2, None, (200 + 400) / 2)
    assert three(cell("a", "intensity", "minutes")) == (3, None, 30.0)


def test_dose_uses_the_networks_thirds(cell):
    """Loads 200, 400, 600, 800: thirds end at 400 and 600. p1 kept 50 %, p2 80 %, p4 90 %, p5 100 %."""
    assert three(cell("a", "dose", "pain_reduction", "50-79 %|lower third")) == (1, None, 1.0)
    assert three(cell("a", "dose", "pain_reduction", "80-100 %|lower third")) == (1, None, 1.5)
    assert three(cell("b", "dose", "pain_reduction", "80-100 %|middle third")) == (1, None, 5.0)
    assert three(cell("b", "dose", "pain_reduction", "80-100 %|upper third")) == (1, None, 3.0)


def test_case_mix_is_of_the_first_episode_and_adds_up(cells, cell):
    assert three(cell("a", "case_mix", "sex", "female")) == (1, 3, 1 / 3)
    assert three(cell("a", "case_mix", "sex", "male")) == (1, 3, 1 / 3)
    assert three(cell("a", "case_mix", "sex", "unknown")) == (1, 3, 1 / 3)
    assert three(cell("a", "case_mix", "sex", "other")) == (0, 3, 0.0)
    parts = cells.filter(pl.col("subject") == "case_mix").group_by("clinic_id", "measure")
    assert parts.agg(pl.col("value").sum())["value"].to_list() == pytest.approx([1.0] * 15)


def test_setting_averages_patients_shares(cell):
    """p1: one of two at home, p2: one of one. Supervision is known for p1 only."""
    assert three(cell("a", "setting", "home_share")) == (2, None, 0.75)
    assert three(cell("a", "setting", "supervised_share")) == (1, None, 0.5)


def test_exercises_are_of_patients_whose_sessions_say(cells, cell):
    assert three(cell("a", "exercise", "exercise_types", "stretching")) == (1, 2, 0.5)
    assert three(cell("network", "exercise", "exercise_types", "massage")) == (0, 2, 0.0)
    assert not cells.filter(pl.col("subject") == "exercise", pl.col("clinic_id") == "b").height


def test_function_is_of_patients_measured_twice(cell):
    """Items, single measurements and people without an episode are no scores."""
    assert three(cell("a", "function", "ODI", "first")) == (1, None, 40.0)
    assert three(cell("a", "function", "ODI", "last")) == (1, None, 24.0)
    assert three(cell("network", "function", "ODI", "change")) == (2, None, -10.0)


def test_an_export_without_pain(cohort, settings):
    painless = replace(cohort, weeks=cohort.weeks.with_columns(pain=pl.lit(None, pl.Float64)))
    cells = observe(painless, cohort.episodes.clear(), settings)
    assert set(cells["subject"]) == {
        "outcome", "adherence", "intensity", "case_mix", "setting", "exercise", "function",
        "followup",
    }  # fmt: skip
    compared = cells.filter(pl.col("subject") == "outcome")
    assert compared.select("measure", "value").unique().rows() == [("episodes", 0.0)]


def test_an_empty_study(cohort, settings):
    empty = Cohort(**{name: getattr(cohort, name).clear() for name in cohort.__slots__})
    cells = observe(empty, cohort.episodes.clear(), settings)
    assert not cells.height
    assert cells.schema == Cells.create_empty().schema


def test_the_meaningful_change_of_the_settings_names_its_group(cohort, eligible, settings):
    stricter = settings.model_copy(
        update={"definitions": settings.definitions.model_copy(update={"meaningful_change": 4.0})}
    )
    cells = observe(cohort, eligible, stricter)
    row = cells.filter(pl.col("group") == "4 points", pl.col("clinic_id") == "network")
    assert (row["patients"].item(), row["of"].item()) == (1, 4)
