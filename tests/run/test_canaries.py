"""Canary patients: nothing that identifies them, and no rating of theirs, is in any byte that leaves."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from running import Ran, run_lumbar

from analytics.vocabulary.installed import sample_folder

NAME, PHONE, NOTE, NUMBER = "Zyxanary Quillfeather", "555-01-98765", "zebrafinch hidden note", "CANARY-QXWZ"


def _with_canary(folder: Path) -> None:
    """The sample network with one more patient at willow, whose every identifier is a canary."""
    shutil.copytree(
        sample_folder(), folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("study", "reports")
    )
    exports = folder / "exports" / "willow"
    for table in ("sessions", "patients", "plans"):
        path = exports / f"{table}.csv"
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        header, body = rows[0], rows[1:]
        ids = [row[_id_column(header)] for row in body if len(row) == len(header)]
        chosen = max(set(ids), key=ids.count) if table == "sessions" else ids[0]
        copies = [
            _disguised(header, row)
            for row in body
            if len(row) == len(header) and row[_id_column(header)] == chosen
        ]
        with path.open("a", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(copies)


def _id_column(header: list[str]) -> int:
    return next(
        n for n, name in enumerate(header) if re.search(r"patient.*(id|no|number)|^(id|mrn)$", name.lower())
    )


def _disguised(header: list[str], row: list[str]) -> list[str]:
    worn = list(row)
    for number, name in enumerate(header):
        low = name.lower()
        if number == _id_column(header):
            worn[number] = NUMBER
        elif "name" in low and "exercise" not in low:
            worn[number] = NAME
        elif "phone" in low or "mobile" in low:
            worn[number] = PHONE
        elif "note" in low or "comment" in low:
            worn[number] = NOTE
    return worn


@pytest.fixture(scope="module")
def canary_run(tmp_path_factory) -> Ran:
    folder = tmp_path_factory.mktemp("canary")
    _with_canary(folder)
    return run_lumbar("report", "--config", "lumbar.toml", cwd=folder)


def _bytes_that_leave(reports: Path):
    for path in sorted(reports.rglob("*")):
        if not path.is_file():
            continue
        yield path.name, path.read_bytes()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                for part in book.namelist():
                    yield f"{path.name}:{part}", book.read(part)


def test_the_canary_was_read(canary_run):
    """Else the rest of this file would prove nothing."""
    assert canary_run.code == 0, canary_run.said
    exports = (canary_run.folder / "exports" / "willow" / "sessions.csv").read_text()
    assert exports.count(NUMBER) > 5
    assert NAME in (canary_run.folder / "exports" / "willow" / "patients.csv").read_text()


@pytest.mark.parametrize("canary", [NAME, "Zyxanary", PHONE, NOTE, "zebrafinch", NUMBER, "QXWZ"])
def test_no_canary_leaves(canary_run, canary):
    found = [
        name
        for name, content in _bytes_that_leave(canary_run.folder / "reports")
        if canary.encode() in content
    ]
    assert found == []
    assert canary not in canary_run.said


def test_no_identifier_is_even_in_the_study(canary_run):
    """The restricted study holds pseudonyms: names, phones and notes are dropped at the door."""
    study = canary_run.folder / "study"
    for path in study.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in (NAME, PHONE, NOTE, NUMBER) if word.encode() in content], path.name


def test_no_pseudonym_leaves(canary_run):
    pseudonym = re.compile(rb"\bp[0-9a-f]{20}\b")
    leaked = [
        name
        for name, content in _bytes_that_leave(canary_run.folder / "reports")
        if pseudonym.search(content)
    ]
    assert leaked == []


def test_no_line_of_an_export_leaves(canary_run):
    """No session of a patient can be read in a page: no date with its clock time stands in what leaves."""
    clock = re.compile(rb"20\d\d-\d\d-\d\d[ T]\d\d:\d\d")
    pages = [
        (n, c) for n, c in _bytes_that_leave(canary_run.folder / "reports") if n.endswith((".html", ".csv"))
    ]
    assert len(pages) > 10
    assert [name for name, content in pages if clock.search(content)] == []


def test_one_patient_more_changes_few_numbers(canary_run, sample_run):
    """Differencing two runs: rounding hides one patient in nearly all counts."""
    import polars as pl

    keys = ["clinic_id", "subject", "measure", "group", "week", "kind"]
    before = pl.read_parquet(sample_run.release / "cells.parquet").filter(pl.col("kind") != "mean")
    after = pl.read_parquet(canary_run.folder / "study" / "release" / "cells.parquet").filter(
        pl.col("kind") != "mean"
    )
    both = before.join(after, on=keys, suffix="_after", nulls_equal=True)
    assert both.height > 200
    changed = both.filter(pl.col("patients").ne_missing(pl.col("patients_after"))).height
    assert changed / both.height < 0.1
