"""The planted defects of the sample network, reconciled row by row with what the journal room finds."""

from __future__ import annotations

import re

import polars as pl
import pytest

from analytics.journal.clean import clean_journal
from analytics.journal.read import read_journal
from analytics.vocabulary.installed import sample_folder, sample_settings


@pytest.fixture(scope="module")
def journal(tmp_path_factory):
    settings = sample_settings(tmp_path_factory.mktemp("sample"))
    return clean_journal(read_journal(settings), settings)


@pytest.fixture(scope="module")
def planted():
    return pl.read_csv(sample_folder() / "defects.csv").cast({"line": pl.Int32})


def test_every_planted_defect_is_found_and_nothing_else(journal, planted):
    keys = ["file", "line", "table", "rule"]
    found = journal.findings.select(keys)
    assert found.join(planted, on=keys, how="anti").rows() == []
    assert planted.join(found, on=keys, how="anti").rows() == []
    assert found.height == planted.height > 150


def test_there_are_at_least_twelve_kinds(planted):
    assert planted["rule"].n_unique() >= 12


def test_no_line_has_two_defects(planted):
    assert planted.select(pl.struct("file", "line").is_duplicated().any()).item() is False


def test_data_md_counts_what_was_planted(planted):
    text = (sample_folder() / "DATA.md").read_text()
    by_rule = dict(re.findall(r"^\| (\w+) \| (\d+) \|$", text, re.MULTILINE))
    assert {rule: int(count) for rule, count in by_rule.items()} == dict(
        planted.group_by("rule").len().iter_rows()
    )
    by_file = {
        (file, rule): int(count)
        for file, rule, count in re.findall(r"^\| (exports/\S+) \| (\w+) \| (\d+) \|$", text, re.MULTILINE)
    }
    assert by_file == {(f, r): n for f, r, n in planted.group_by("file", "rule").len().iter_rows()}


def test_the_account_adds_up_for_each_file_and_in_total(journal):
    account = journal.accounting
    assert (account["lines"] == account["kept"] + account["refused"] + account["duplicates"]).all()
    tables = sum(
        getattr(journal, name).height for name in ("sessions", "patients", "plans", "measures", "clinics")
    )
    assert account["rows"].sum() == tables
    outcomes = dict(journal.findings.group_by("outcome").len().iter_rows())
    assert outcomes["refused"] == account["refused"].sum()
    assert outcomes["duplicate"] == account["duplicates"].sum()


def test_five_forms_and_two_other_scales_are_in_it(journal):
    forms = {path.suffix for path in (sample_folder() / "exports").rglob("*.*")}
    assert forms == {".csv", ".xlsx", ".ndjson", ".parquet"}
    assert b";" in (sample_folder() / "exports/linden/sessions.csv").read_bytes().splitlines()[0]
    scales = journal.sessions.drop_nulls("rpe_scale").group_by("clinic_id").agg(pl.col("rpe_scale").unique())
    assert dict(scales.iter_rows())["fern"] == ["RPE6_20"]
    tenths = journal.sessions.filter((pl.col("pain_before") % 1) != 0)["clinic_id"].unique().to_list()
    assert tenths == ["quay"]
