"""Drafts of all exports of the sample network, against the mappings that it was written with."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from running import SHARED

from analytics.journal.drafting.draft import draft_mapping, samples_of
from analytics.journal.drafting.preview import read_sample
from analytics.journal.drafting.toml import write_toml
from analytics.journal.mapping import read_mapping

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
EXPORTS = sorted(path for path in (SAMPLE / "exports").rglob("*.*") if path.is_file())
# six patients' intakes and their plans: pain that ends at 10 in so few cells proves no scale
ASKED = {
    "birch-patients": {"units.baseline_pain": "NPRS"},
    "birch-plans": {"units.pain_at_prescription": "NPRS"},
}


def _name(path: Path) -> str:
    return path.stem if path.parent.name == "exports" else f"{path.parent.name}-{path.stem}"


def _kept(path: Path, mapping) -> pl.DataFrame:
    tables = [table for sample in samples_of(path) for table in sample.tables]
    return pl.concat([one.kept for one in read_sample(tables, mapping)])


@pytest.mark.parametrize("path", EXPORTS, ids=_name)
def test_every_column_is_right_or_asked(path):
    truth, answers = read_mapping(SAMPLE / "mappings" / f"{_name(path)}.toml"), ASKED.get(_name(path), {})
    (draft,) = draft_mapping(path)
    assert [one.key for one in draft.asked] == list(answers)
    (draft,) = draft_mapping(path, answers=answers)
    mapping = draft.mapping
    assert mapping is not None
    assert mapping.table == truth.table
    theirs = {one.theirs for one in draft.columns}
    expected = {ours: name for ours, name in truth.columns.items() if ours != "note" and name in theirs}
    assert mapping.columns == expected
    assert not mapping.questions
    assert _kept(path, mapping).equals(_kept(path, truth.model_copy(update={"columns": expected})))


def test_identities_are_dropped_and_named_as_such():
    (draft,) = draft_mapping(SAMPLE / "exports" / "willow" / "patients.csv")
    dropped = {one.theirs: one.identity for one in draft.unmapped}
    assert dropped == {"Patient name": "a person's name", "Phone": "a telephone number"}


def test_a_draft_holds_no_cell_of_a_patient(tmp_path):
    (draft,) = draft_mapping(SAMPLE / "exports" / "linden" / "sessions.csv")
    text = write_toml(draft) + "".join(one.text for one in draft.asked)
    assert "LB-1" not in text
    assert "Sample Patient" not in text
    assert "says:" not in text


@pytest.mark.skipif(not SHARED.is_dir(), reason="the public exports are not here")
def test_an_exercise_log_is_many_lines_a_session_of_one_person():
    path = SHARED / "exports" / "strength-app" / "sample_strong.csv"
    (draft,) = draft_mapping(path)
    assert draft.table == "sessions"
    assert {one.key for one in draft.asked} >= {"constants.clinic_id", "constants.patient_id"}
    lines = {one.key: one.value for one in draft.decisions}
    assert lines["lines_per_record"] == "many"
    assert lines["performed_at"] == "Date"
    assert lines["duration_min"] == "duration text"
