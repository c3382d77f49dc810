"""REDCap exports: real projects with their dictionaries, and generated ones written flat and as values."""

from __future__ import annotations

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from running import SHARED

from analytics.journal.forms.recognise import recognise
from analytics.journal.forms.redcap import dropped_identifiers, parts_of, read_redcap
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.errors import ConfigurationError, InputError

PROJECTS = SHARED / "exports" / "redcap" / "projects"
EMPTY = {
    "empty-rows",
    "potentially-problematic-dictionary",
    "single-column",
}  # their data.csv is one blank line
real = pytest.mark.skipif(not PROJECTS.is_dir(), reason="the public exports are not beside the project")


def rows(path, part=None, **file):
    found = list(read_redcap(Stored(path), File(part=part, **file)))
    return [row for table in found for row in table.frame.to_dicts()]


def _projects():
    return sorted(one.name for one in PROJECTS.iterdir()) if PROJECTS.is_dir() else []


@real
@pytest.mark.parametrize("name", _projects())
def test_every_real_project_is_read_or_refused_in_one_line(name):
    stored = Stored(PROJECTS / name / "data.csv")
    if name in EMPTY:
        with pytest.raises(
            InputError,
            match=r"^data\.csv: no line of headings was found\. Export it again with its headings\.$",
        ):
            parts_of(stored, File())
        return
    assert recognise(stored) == "redcap"
    text = (PROJECTS / name / "data.csv").read_text(encoding="utf-8")
    lines = sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - 1
    assert len(rows(stored.path)) == lines
    parts = parts_of(stored, File())
    assert parts
    for part in parts:
        assert len(rows(stored.path, part)) <= lines
    everything = str(rows(stored.path))
    for name_of_person in dropped_identifiers(stored, File()):
        assert f"'{name_of_person}':" not in everything


@real
@pytest.mark.parametrize(
    ("project", "part", "place", "cells"),
    [
        ("checkboxes-1", "form_2", 0, {"check_two": "A;C", "form_2_complete": "complete"}),
        ("checkboxes-1", "form_2", 2, {"check_one": "one;two;three;four", "check_two": ""}),
        ("longitudinal", "demographics", 0, {"sex": "Male", "aerobics": "Tuesday;Wednesday", "meds": "Celexa",
                                             "redcap_event_name": "enrollment_arm_1"}),
        ("repeating-instruments", "bp", 1, {"record_id": "1", "redcap_repeat_instance": "2",
                                            "bp_systolic": "111", "source_line": 4}),
        ("repeating-instruments-sparse", "demographics", 0, {"race": "White", "sex": "Female", "age": "8.9"}),
        ("decimal-comma", "demographics", 0, {"height": "1.54", "weight": "52.3", "bmi": "22.1"}),
        ("decimal-comma-and-dot", "demographics", 2, {"height_dot": "1.95", "height_comma": "1.95"}),
        ("dag", "demographics", 0, {"record_id": "331-1", "redcap_data_access_group": "daga"}),
        ("vignette-repeating", "blood_pressure", 0, {"record_id": "1", "sbp": "1.1", "dbp": "11.1"}),
        ("clinical-trial-1", "demographics", 0, {"record_id": "1", "race": "White", "gender": "Female"}),
        ("multilevel-model-1", "appointment", 0, {"patient_id": "1001", "date_at_visit": "2002-02-06"}),
        ("russian", "screening", 0, {"record_id": "AAAA", "date_interview": "2015-03-17", "age": "33"}),
    ],
)  # fmt: skip
def test_cells_of_real_projects(project, part, place, cells):
    row = rows(PROJECTS / project / "data.csv", part)[place]
    assert {name: row[name] for name in cells} == cells


@real
def test_names_and_notes_never_enter():
    stored = Stored(PROJECTS / "simple" / "data.csv")
    everything = str(rows(stored.path))
    assert "Nutmeg" not in everything
    assert "Character in a book" not in everything
    assert "2003-08-30" in everything  # a birth date: cleaning makes an age of it
    assert dropped_identifiers(stored, File()) == ["name_first", "name_last", "address", "telephone", "email"]


HEADINGS = (
    "Variable / Field Name,Form Name,Field Type,"
    '"Choices, Calculations, OR Slider Labels",Text Validation Type OR Show Slider Number,Identifier?\n'
)
DICTIONARY = HEADINGS + (
    'id,intake,text,,,\nsex,intake,radio,"0, Female | 1, Male",,\nname,intake,text,,,y\n'
    'goals,intake,checkbox,"-1, less pain | a, more; better sleep",,\n'
    "pain,journal,text,,number_1dp_comma_decimal,\nflare,journal,yesno,,,\n"
)
FLAT = (
    "id,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,sex,name,goals____1,goals___a,"
    "intake_complete,pain,flare,journal_complete\n"
    '7,,,oak,0,Jane Doe,1,1,2,,,\n7,journal,1,,,,,,,"6,5",1,2\n7,journal,2,,,,,,,4,0,0\n8,,,,9,Ann,0,0,1,,,\n'
)


def _project(folder, content, dictionary=DICTIONARY):
    (folder / "export.csv").write_text(content)
    (folder / "dictionary.csv").write_text(dictionary)
    return folder / "export.csv"


def test_labels_lists_groups_and_repeats(tmp_path):
    path = _project(tmp_path, FLAT)
    intake, other = rows(path, "intake")
    assert (intake["sex"], intake["goals"], intake["intake_complete"]) == (
        "Female", "less pain;more, better sleep", "complete",
    )  # fmt: skip
    assert other["sex"] == "9"  # no code of the dictionary: cleaning refuses it
    journal = rows(path, "journal")
    assert [(row["pain"], row["flare"], row["source_line"]) for row in journal] == [
        ("6.5", "yes", 3),
        ("4", "no", 4),
    ]
    assert {row["redcap_data_access_group"] for row in journal} == {"oak"}
    assert "Jane" not in str(rows(path))


def test_what_is_missing_or_outside_is_said(tmp_path):
    path = _project(tmp_path, FLAT)
    with pytest.raises(InputError, match=r"no instrument of the mapping's name .*It has: intake, journal"):
        rows(path, "diary")
    for name in ("../dictionary.csv", "other.csv"):
        with pytest.raises(ConfigurationError, match=r"is not beside it\. Mend file\.dictionary"):
            rows(path, dictionary=name)
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"other\.csv: is no REDCap data dictionary"):
        rows(path, dictionary="other.csv")


def test_without_a_dictionary_the_states_part_the_instruments(tmp_path):
    path = _project(tmp_path, FLAT, dictionary="x,y\n1,2\n")
    assert parts_of(Stored(path), File()) == ["intake", "journal"]
    assert rows(path, "journal")[0]["pain"] == "6,5"
    assert rows(path, "intake")[0]["goals"] == "_1;a"
    assert "Jane" not in str(rows(path))


cell = st.sampled_from(["", "1", "2,5", "x y", 'a "b"', "ä"])
code = st.sampled_from(["", "0", "1"])
records = st.lists(st.tuples(code, st.booleans(), st.booleans(), cell, code), min_size=1, max_size=6)


def _written(lines):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=records)
def test_flat_and_value_by_value_say_the_same(tmp_path, found):
    """The same answers, a line a record and a line a value, are read to the same rows."""
    flat = [["id", "sex", "goals____1", "goals___a", "pain", "flare"]]
    values = [["record", "field_name", "value"]]
    for number, (sex, one, other, pain, flare) in enumerate(found, start=1):
        flat.append([number, sex, int(one), int(other), pain, flare])
        told = [("id", number), ("sex", sex), ("pain", pain), ("flare", flare)]
        told += [("goals", code) for code, is_checked in (("-1", one), ("a", other)) if is_checked]
        values += [[number, name, value] for name, value in told if value != ""]
    both = [
        rows(_project(tmp_path, _written(lines)), None) for lines in (flat, values)
    ]  # fmt: skip
    names = ("id", "sex", "goals", "pain", "flare")
    read = [[tuple(row.get(name, "") for name in names) for row in part] for part in both]
    assert read[0] == read[1]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.text(alphabet='id,_\n"01xé-', max_size=200), dictionary=st.text(max_size=80))
def test_any_text_is_read_or_refused(tmp_path, content, dictionary):
    path = _project(tmp_path, f"id,a_complete{content}", HEADINGS + dictionary.replace("\r", ""))
    with suppress(InputError, ConfigurationError):
        for part in parts_of(Stored(path), File()):
            assert rows(path, part) is not None
