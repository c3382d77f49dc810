"""Round trip: a simulated clinic, written in ten dialects, mapped by `lumbar map`, read: the same cells."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from dialects import delimited, registries, resources, typed
from dialects.written import LISTS, rows_of

from analytics.journal.clean import clean_journal
from analytics.journal.drafting.files import draft_files
from analytics.journal.mapping import read_mapping
from analytics.journal.privacy import PREFIX, pseudonyms, read_key
from analytics.journal.read import read_journal
from analytics.simulation.network import simulate_network
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.scales import cr10_from_borg_6_20
from analytics.vocabulary.settings import read_settings

AS_OF = date(2026, 6, 30)
DIALECTS = (
    delimited.english, delimited.german, delimited.finnish, typed.american, delimited.french, typed.app,
    typed.parquet, registries.redcap_flat, registries.redcap_values, resources.fhir,
)  # fmt: skip
KEYS = {
    "sessions": ["patient_id", "performed_at"], "patients": ["patient_id"],
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
    """The drafts of an export's files that are tables of ours, written into the folder that they lie in."""
    given = [f"{key}={answer}" for key, answer in answers.items()]
    found = draft_files(export.files, out=export.files[0].parent / "mappings", answers=given)
    assert [one.refusal for one in found if one.refusal] == []
    ours = [one for one in found if one.draft is not None and one.draft.table]
    assert all(one.written for one in ours)
    return ours


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
    assert sorted(asked.key for one in first for asked in one.draft.asked) == sorted(export.asked)
    for one in first:
        if one.draft.asked:
            with pytest.raises(ConfigurationError, match=one.draft.asked[0].key):
                read_mapping(folder / "mappings" / one.mapping.rpartition("/")[2])
    drafts = drafted(export, export.asked)  # into the same folder, in the place of the drafts that asked
    assert [asked for one in drafts for asked in one.draft.asked] == []
    assert columns_of(drafts) == export.headings
    journal, settings = read_back(export, drafts)
    assert journal.findings.filter(pl.col("outcome") != "repaired").height == 0
    for table, headings in export.headings.items():
        columns = ["clinic_id", *(name for name in headings if name not in ("clinic_id", "birth_date"))]
        truth, read = expected(network, table, columns, settings), getattr(journal, table)
        assert read.height == truth.height
        read, truth = read.sort(KEYS[table]), truth.sort(KEYS[table])
        for name in columns:
            assert cells(read, name, write.__name__) == true_cells(truth, name, write.__name__), (table, name)


def columns_of(drafts):
    """By table, our column = their heading: all that is read, and nothing else."""
    found = {}
    for one in drafts:
        found.setdefault(one.draft.table, {}).update(one.draft.mapping.columns)
    return found


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


def test_a_birth_date_becomes_an_age_and_nothing_else(network, tmp_path):
    (tmp_path / "willow").mkdir()
    export = resources.fhir(network, tmp_path / "willow")
    journal, settings = read_back(export, drafted(export, {}))
    truth = expected(network, "patients", ["clinic_id", "patient_id", "birth_date"], settings)
    ages = {
        who: AS_OF.year - born.year - ((AS_OF.month, AS_OF.day) < (born.month, born.day))
        for _, who, born in truth.iter_rows()
    }
    assert dict(journal.patients.select("patient_id", "age").iter_rows()) == ages
    assert "birth_date" not in journal.patients.columns


def test_no_name_number_or_note_is_left(network, tmp_path):
    (tmp_path / "willow").mkdir()
    export = delimited.english(network, tmp_path / "willow")
    drafts = drafted(export, {})
    dropped = {one.theirs for each in drafts for one in each.draft.unmapped if one.identity}
    assert dropped == {"Patient name", "Phone", "Note"}
    journal, _ = read_back(export, drafts)
    frames = [getattr(journal, table) for table in (*KEYS, "findings")]
    kept = "".join(frame.write_json() for frame in frames)
    written = "".join(path.read_text() for path in (tmp_path / "willow" / "mappings").iterdir())
    for word in ("Sample Patient", "07700 9", "LB-1", "better after"):
        assert word in "".join(path.read_text("utf-8") for path in export.files)
        assert word not in kept + written
