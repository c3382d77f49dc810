"""What a reader is told of changes: plain, true, and never another clinic's."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.exhibits.changes import changes_table
from analytics.reporting.changes import PARTS, SCHEMA, no_changes
from analytics.reporting.headline import MEASURES

RUN = {
    "clinic_id": "oak", "moved_by": "data", "basis": "compared", "since": date(2026, 6, 30),
    "as_of": date(2026, 7, 31), "files": 43, "files_changed": 3, "files_new": 2, "files_gone": 0,
    "settings_changed": "definitions.horizon_weeks 12 → 16", "code_changed": "",
}  # fmt: skip
PAIN = {"measure": "pain_reduction", "old": 2.1, "new": 2.3, "old_text": "", "new_text": ""}


def frame(*numbers, **run):
    rows = [RUN | {"measure": "report"} | run, *(RUN | number | run for number in numbers)]
    return pl.DataFrame(rows, schema=SCHEMA)


def said(*numbers, name="Oak", **run):
    exhibit = changes_table(frame(*numbers, **run), name=name)
    return exhibit.body + exhibit.table


def number(measure, old, new, old_text="", new_text=""):
    return {"measure": measure, "old": old, "new": new, "old_text": old_text, "new_text": new_text}


def test_the_fall_in_pain_comes_first():
    text = said(number("patients", 80.0, 85.0), PAIN)
    assert text.startswith(
        '<div class="changes"><p>Since the last report (30 June 2026) the fall in pain went '
    )
    assert (
        "from 2.1 to 2.3 points.</p><p>Only the exports changed, so new data moved the numbers.</p>" in text
    )
    assert "<p>Export files: 43 now; 3 changed, 2 new, 0 no longer there.</p>" in text
    assert text.index("Fall in pain, points") < text.index("Patients that can be compared")
    assert "horizon" not in text


@pytest.mark.parametrize(
    ("moved_by", "words"),
    [
        ("", "what moved the numbers is not known"),
        ("day", "Only the day that the report speaks of changed"),
        (
            "day, data",
            "Only the exports and the day of the report changed, so new data moved the numbers.",
        ),
        ("settings", "Settings that changed: definitions.horizon_weeks 12 → 16."),
        ("code", "The program changed."),
        ("data, settings", "Several things changed at once (exports, settings), so it cannot be told which"),
        ("data, settings", "cannot be told apart: exports, settings"),
    ],
)
def test_what_moved_it_is_said(moved_by, words):
    assert words in said(PAIN, moved_by=moved_by)


def test_versions_are_named():
    assert "The program changed: polars 2.0 → 2.1." in said(
        PAIN, moved_by="code", code_changed="polars 2.0 → 2.1"
    )


def test_no_number_changed():
    exhibit = changes_table(frame(moved_by="settings"), name="Oak")
    assert "No headline number changed since the last report (30 June 2026)." in exhibit.body
    assert "Settings that changed" in exhibit.body
    assert "moved the numbers" not in exhibit.body
    assert (exhibit.table, exhibit.data) == ("", None)


@pytest.mark.parametrize(
    ("basis", "words"),
    [
        ("first", "This is the first report"),
        ("no record", "left no record that can be read"),
        ("new clinic", "The last report (30 June 2026) did not hold this clinic"),
    ],
)
def test_why_nothing_is_compared(basis, words):
    assert words in said(basis=basis)


@pytest.mark.parametrize("nothing", [no_changes(), pl.DataFrame()])
def test_a_study_that_no_run_has_compared(nothing):
    assert "was not made in a run of reports" in changes_table(nothing, name="Oak").body


def test_hidden_numbers_are_not_shown():
    gone = said(number("pain_reduction", 2.1, None, "", "not shown"))
    assert "The fall in pain, 2.1 points in the last report (30 June 2026), can no longer be told." in gone
    assert "not shown: too few patients" in gone
    back = said(number("pain_reduction", None, 2.3, "not shown", ""))
    assert "The fall in pain in the last report (30 June 2026): not shown. Now: 2.3." in back


@pytest.mark.parametrize(
    ("measure", "old", "new", "cells"),
    [
        ("pain_reduction", 2.1, 2.3, ("2.1", "2.3")),
        ("pain_reduction", 2.11, 2.14, ("2.11", "2.14")),
        ("difference", -0.04, 0.3, ("−0.04", "0.30")),
        ("responder", 0.71, 0.72, ("71 %", "72 %")),
        ("patients", 1240.0, 85.0, ("1,240", "85")),
    ],
)
def test_numbers_are_written_so_that_they_differ(measure, old, new, cells):
    text = said(number(measure, old, new))
    assert all(f">{cell}</td>" in text for cell in cells)


def test_other_numbers_changed_and_the_fall_did_not():
    text = said(number("signal", None, None, "no clear difference", "better than expected"))
    assert "the numbers in the table changed; the fall in pain did not." in text
    assert "<td>no clear difference</td><td>better than expected</td>" in text
    assert "What is expected rests on all clinics" in text
    assert "rests on all clinics" not in said(PAIN)


def test_hostile_names_are_escaped():
    clinic = {"measure": "clinic", "old_text": "", "new_text": "<script>{day}</script>"}
    gone = {"measure": "clinic", "old_text": "Cedar & Co", "new_text": ""}
    text = said(PAIN, clinic, gone, clinic_id="network", name="<b>{x}</b>")
    assert "New in the reports: &lt;script&gt;{day}&lt;/script&gt;." in text
    assert "No longer in the reports: Cedar &amp; Co." in text
    assert "&lt;b&gt;{x}&lt;/b&gt;" in text
    assert "<script" not in text


def test_two_clinics_are_refused():
    both = pl.concat([frame(PAIN), frame(PAIN, clinic_id="elm")])
    with pytest.raises(ValueError, match="of one clinic"):
        changes_table(both, name="Oak")


@given(
    measures=st.lists(st.sampled_from(MEASURES), unique=True),
    ends=st.tuples(*[st.none() | st.floats(-9, 9).map(lambda value: round(value, 2))] * 2),
    parts=st.lists(st.sampled_from(PARTS), unique=True),
)
def test_whatever_changed_is_said_and_can_be_kept(measures, ends, parts):
    """Each number has a row, no place for a value stays unfilled, and the exhibit goes into a notebook."""
    numbers = [number(measure, *ends, "not shown", "not measured") for measure in measures]
    exhibit = changes_table(frame(*numbers, moved_by=", ".join(parts)), name="Oak")
    assert exhibit.table.count('<th scope="row">') == len(measures)
    assert "{" not in exhibit.body + exhibit.table
    assert json.dumps(exhibit._repr_mimebundle_())
