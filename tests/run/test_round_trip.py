"""Round trip: a simulated clinic, written in ten dialects, mapped by `lumbar map`, read: the same cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from dialects import delimited, registries, typed
from dialects.written import LISTS, rows_of

from analytics.journal.clean import clean_journal
from analytics.journal.drafting.files import draft_files
from analytics.journal.privacy import PREFIX, pseudonyms, read_key
from analytics.journal.read import read_journal
from analytics.simulation.network import simulate_network
from analytics.vocabulary.scales import cr10_from_borg_6_20
from analytics.vocabulary.settings import read_settings

AS_OF = date(2026, 6, 30)
DIALECTS = (
    delimited.english, delimited.german, delimited.finnish, typed.american, delimited.french, typed.app,
    typed.parquet, registries.redcap_flat, registries.redcap_values, registries.fhir,
)  # fmt: skip
KEYS = {
    "sessions": ["patient_id", "performed_at"], "patients": ["patient_id", "intake_date"],
    "plans": ["patient_id", "valid_from"], "measures": ["patient_id", "measured_on", "instrument"],
}  # fmt: skip


@pytest.fixture(scope="module")
def network():
    """One clinic of people with one intake: a record of REDCap and a Patient of FHIR hold no second one."""
    drawn = simulate_network(clinics=1, patients=60, weeks=8, seed=20261123)
    once = drawn.patients.filter(pl.len().over("patient_id") == 1).select("patient_id")
    kept = {name: getattr(drawn, name).join(once, on="patient_id", how="semi") for name in KEYS}
    return replace(drawn, **kept)


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "round trip " * 4)


def drafted(export, answers):
    """The drafts of an export's files that are tables of ours, in the folder that they lie in."""
    given = [f"{key}={answer}" for key, answer in answers.items()]
    found = draft_files(export.files, out=export.files[0].parent / "mappings", answers=given)
    assert [one.refusal for one in found if one.refusal] == []
    ours = [one for one in found if one.draft is not None and one.draft.table]
    left = [one for one in ours if "table" in {asked.key for asked in one.draft.asked}]
    assert [one.name for one in left] == list(export.left)
    return [one for one in ours if one not in left]


def read_back(export, drafts):
    """The journal of the drafted mappings, read as an installation does."""
    folder = export.files[0].parent
    sources = "\n\n".join(one.sources for one in drafts).replace(f"{folder.as_posix()}/", "")
    (folder / "lumbar.toml").write_text(f"as_of = {AS_OF}\n{sources}\n", encoding="utf-8")
    settings = read_settings(folder / "lumbar.toml")
    return clean_journal(read_journal(settings), settings), settings


def expected(network, table, columns, settings):
    """The true cells of the columns that a dialect carries, hidden and converted as reading does."""
    rows = rows_of(network, table)
    frame = pl.DataFrame({name: [row[name] for row in rows] for name in columns}, strict=False)
    for name in ("patient_id", "therapist_id"):
        if name in columns:
            hidden = pseudonyms(frame[name], frame["clinic_id"], read_key(settings), prefix=PREFIX[name])
            frame = frame.with_columns(hidden.alias(name))
    return frame


@pytest.mark.parametrize("write", DIALECTS, ids=lambda write: write.__name__)
def test_the_same_cells_come_back(network, tmp_path, write):
    folder = tmp_path / "willow"
    folder.mkdir()
    export = write(network, folder)
    first = drafted(export, {})
    assert sorted(one.draft.table for one in first) == sorted(export.headings)
    assert sorted(asked.key for one in first for asked in one.draft.asked) == sorted(export.asked)
    for path in (folder / "mappings").glob("*.toml"):
        path.unlink()
    drafts = drafted(export, export.asked) if export.asked else drafted(export, {})
    assert [asked for one in drafts for asked in one.draft.asked] == []
    journal, settings = read_back(export, drafts)
    assert journal.findings.filter(pl.col("outcome") != "repaired").height == 0
    for table, headings in export.headings.items():
        columns = ["clinic_id", *(name for name in headings if name not in ("clinic_id", "birth_date"))]
        truth = expected(network, table, columns, settings)
        read = getattr(journal, table)
        assert read.height == truth.height
        keys = [name for name in KEYS[table] if name in columns]
        read, truth = read.sort(keys), truth.sort(keys)
        for name in columns:
            assert cells(read, name, write.__name__) == true_cells(truth, name, write.__name__), (table, name)


def cells(frame, name, dialect):
    """Ticked boxes have the order of the boxes."""
    values = frame[name].to_list()
    boxes = name in LISTS and dialect.startswith("redcap")
    return [one and sorted(one) for one in values] if boxes else values


def true_cells(frame, name, dialect):
    """What a dialect can tell of a cell: Borg's 6 to 20 in whole numbers."""
    values = cells(frame, name, dialect)
    if name == "rpe" and dialect == "finnish":
        slope, start = cr10_from_borg_6_20()
        return [None if one is None else round(round(6 + 1.4 * one) * slope + start, 4) for one in values]
    return values
