"""Real files of each form, well and badly written: a table, or a clear refusal."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal.exports import GOOD, HEADER, SESSIONS, cleaned, installation
from running import SHARED

from analytics.journal.mapping import read_mapping
from analytics.journal.read import inspect_file, read_journal
from analytics.vocabulary.errors import ConfigurationError, InputError, LumbarError


def _workbook(path, rows):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Journal")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


def test_every_form_gives_the_same_sessions(tmp_path):
    """One journal written as CSV, XLSX, NDJSON and Parquet is read to the same rows."""
    names, cells = HEADER.split(","), GOOD.split(",")
    typed = [
        int(cell) if cell.isdigit() and name != "id" else cell
        for name, cell in zip(names, cells, strict=True)
    ]
    _workbook(tmp_path / "s.xlsx", [names, typed])
    record = dict(zip(names, typed, strict=True)) | {
        "exercises": ["stretching", "balance"],
        "supervised": False,
    }
    parquet = io.BytesIO()
    pl.DataFrame([record]).write_parquet(parquet)
    files = {
        "c.csv": f"{HEADER}\n{GOOD}\n",
        "x.xlsx": (tmp_path / "s.xlsx").read_bytes(),
        "j.ndjson": json.dumps(record) + "\n",
        "p.parquet": parquet.getvalue(),
    }
    found = []
    for name, content in files.items():
        journal = cleaned(installation(tmp_path / name[0], {name: (SESSIONS, content)}))
        assert journal.accounting.select("kept", "refused").row(0) == (1, 0), (name, journal.findings)
        found.append(journal.sessions.drop("patient_id", "session_id", "source_file", "source_line").row(0))
    assert found.count(found[0]) == 4


def test_broken_lines_of_ndjson_are_refused_one_by_one(tmp_path):
    record = json.dumps(dict(zip(HEADER.split(","), GOOD.split(","), strict=True)))
    journal = cleaned(installation(tmp_path, {"j.ndjson": (SESSIONS, f"{record}\n{record[:40]}\n[1]\n\n")}))
    assert journal.findings.select("line", "rule").rows() == [(2, "broken_record"), (3, "broken_record")]
    assert journal.accounting.select("lines", "kept", "refused").row(0) == (3, 1, 2)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\x00\x01\x02\x03\x04\x05\x06\x07" * 99])
def test_what_is_no_export_is_refused_in_words(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match=r"x\.csv: "):
        inspect_file(tmp_path / "x.csv")


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", b"PAR1 cut off"])
def test_cut_off_binaries_are_refused_in_words(tmp_path, content):
    (tmp_path / "x.bin").write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as"):
        inspect_file(tmp_path / "x.bin")


def test_a_column_that_the_file_lacks_is_named(tmp_path):
    made = installation(tmp_path, {"s.csv": (SESSIONS, "clinic,id,start\noak,Jane Doe,2026-01-05 09:00\n")})
    with pytest.raises(ConfigurationError, match=r"s\.csv: .*'logged'.*It has: clinic, id, start") as refusal:
        cleaned(made)
    assert "Jane" not in str(refusal.value)


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../x.csv", "a/../../x.csv"])
def test_a_source_cannot_leave_its_folder(tmp_path, pattern):
    made = installation(tmp_path, {"s.csv": (SESSIONS, GOOD)})
    outside = made.model_copy(update={"sources": (made.sources[0].model_copy(update={"files": pattern}),)})
    with pytest.raises(ConfigurationError, match="leaves the folder"):
        read_journal(outside)


def test_a_link_to_the_outside_is_refused(tmp_path):
    (tmp_path / "secret.csv").write_text(GOOD)
    made = installation(tmp_path / "in", {"s.csv": (SESSIONS, f"{HEADER}\n{GOOD}\n")})
    (tmp_path / "in" / "s.csv").unlink()
    (tmp_path / "in" / "s.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(InputError, match="link to a place outside"):
        read_journal(made)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('table = "visits"\n[columns]\na = "b"\n', "key 'table'"),
        ('table = "sessions"\n[columns]\npain = "b"\n', "sessions has no column 'pain'"),
        ('table = "sessions"\n[columns]\npatient_id = "b"\n[units]\nrpe = "Borg"\n', "key 'units.rpe'"),
        ('table = "sessions"\n[colums]\n', "unknown key 'colums'"),
        ('table = "sessions"\n[dates]\ntime_zone = "Mars/Phobos"\n', "is no time zone. Write it as"),
    ],
)
def test_a_wrong_mapping_is_said(tmp_path, text, said):
    (tmp_path / "m.toml").write_text(text)
    with pytest.raises(ConfigurationError) as refusal:
        read_mapping(tmp_path / "m.toml")
    assert said in str(refusal.value)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_give_a_table_or_a_clear_refusal(tmp_path, content):
    path = tmp_path / "any"
    path.write_bytes(content)
    try:
        said = [str(one) for one in inspect_file(path)]
    except LumbarError as refusal:
        said = [str(refusal)]
    assert all(one.startswith("any") for one in said)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the strength app's export is not beside the project")
def test_a_strength_apps_export_becomes_its_workouts(tmp_path):
    here = Path(__file__).parents[1] / "fixtures" / "strong"
    source = SHARED / "exports" / "strength-app" / "sample_strong.csv"
    mapping = (here / "strong.toml").read_text()
    journal = cleaned(installation(tmp_path, {"sample_strong.csv": (mapping, source.read_bytes())}))
    dates = {row["Date"] for row in csv.DictReader(io.StringIO(source.read_text()))}
    assert journal.sessions.height == len(dates) == 15
    assert journal.accounting.select("lines", "kept", "refused", "rows").row(0) == (250, 250, 0, 15)
    assert journal.sessions["pain_before"].null_count() == 15
