"""Who is missing, as small tables that a clinician can check."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analytics.models.followup import followed, followup_cells

# patient, age, pain at the start, seen to the end, fall up to the last rating
PEOPLE = [
    ("p1", 40, 6.0, True, 2.0),
    ("p2", None, 4.0, False, 1.0),
    ("p3", 70, 8.0, False, None),  # never rated again: missing, not gone from the count
    ("p4", 17, 6.0, True, 2.0),  # too young
    ("p5", 40, 0.5, True, 0.0),  # in no pain at the start
    ("p6", 40, None, False, None),  # no rating at the start
    ("p7", 40, 5.0, False, 1.0),  # began too late for its end to be seen
]
# patient, week, state, pain
WEEKS = [
    ("p1", 1, "done", 5.0), ("p2", 1, "done", None), ("p3", 1, "not_logged", None),
    ("p1", 2, "done", 4.0), ("p2", 2, "done", 3.0), ("p3", 2, "unknown", None),
    ("p4", 1, "done", 5.0),
]  # fmt: skip


@pytest.fixture
def cells(make_episodes, make_weeks, settings):
    episodes = make_episodes(
        {"clinic_id": "a", "patient_id": who, "episode_id": who, "age": age, "baseline_pain": pain,
         "complete": seen, "pain_reduction": fall,
         "starts_on": date(2026, 4, 8) if who == "p7" else date(2026, 4, 7)}
        for who, age, pain, seen, fall in PEOPLE
    )  # fmt: skip
    weeks = make_weeks(
        {"clinic_id": "a", "patient_id": who, "episode_id": who, "week": week, "state": state, "pain": pain}
        for who, week, state, pain in WEEKS
    )
    return followup_cells(weeks, followed(episodes, settings), settings)


def row(cells, measure, *, group="", week=None):
    at = pl.col("week").is_null() if week is None else pl.col("week") == week
    return cells.row(
        by_predicate=(pl.col("measure") == measure) & (pl.col("group") == group) & at, named=True
    )


@pytest.mark.parametrize(("week", "rated", "of"), [(1, 1, 3), (2, 2, 2)])
def test_a_week_that_no_export_covers_counts_neither_way(cells, week, rated, of):
    found = row(cells, "rated", week=week)
    assert (found["patients"], found["of"]) == (rated, of)


def test_who_never_rated_again_is_among_those_not_seen(cells):
    found = row(cells, "seen")
    assert (found["patients"], found["of"]) == (1, 3)


def test_both_kinds_of_patient_side_by_side(cells):
    stayed, left = (row(cells, "baseline_pain", group=kind) for kind in KINDS)
    assert (stayed["patients"], stayed["value"]) == (1, 6.0)
    assert (left["patients"], left["value"]) == (2, 6.0)
    assert row(cells, "pain_reduction", group=KINDS[1])["value"] == 1.0


KINDS = ("seen to the end", "not seen to the end")
