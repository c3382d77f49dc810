"""From run to run: what changed, what moved it, and the same bytes where nothing did."""

from __future__ import annotations

import json
import shutil
from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reporting.tiny import CLINICS, FACTS, notebook, settings_in, write_notebooks, write_study

from analytics.exhibits.changes import ORDER
from analytics.reporting import ledger as ledgers
from analytics.reporting.catalogue import slug_of
from analytics.reporting.changes import SCHEMA, changes_of, no_changes, release_changes
from analytics.reporting.headline import CELLS, MEASURES, headline_numbers
from analytics.reporting.ledger import Ledger, open_ledger, record_of, usual_settings
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports
from analytics.vocabulary.installed import PACKAGE, code_hash
from analytics.vocabulary.records import NETWORK, Cells
from analytics.vocabulary.settings import Settings

LATER = {"as_of": "2026-07-31"}
NEW_DATA = {"inputs": {"jane_doe.csv": "ef" * 32}}
NEW_SETTINGS = {"settings": {"definitions": {"horizon_weeks": 16}}}
NEW_CODE = {"code_hash": "99" * 32}
SHOWS_CHANGES = """
import polars as pl
from pathlib import Path
from analytics.exhibits.changes import changes_table
from analytics.vocabulary.study import Study
whole = Study(Path(study)).release("changes").collect()
changes_table(whole.filter(pl.col("clinic_id") == clinic_id), name=clinic_id)
"""


def write_run(root, *, fall=2.1, clinics=CLINICS, hidden=(), **facts):
    """A study on disk whose clinics have this fall in pain; the `hidden` ones too few patients to show it."""
    shutil.rmtree(root, ignore_errors=True)
    study = write_study(root)
    kept = {"settings": {"definitions": {"horizon_weeks": 12}}, "code_hash": "11" * 32}
    (root / "study.json").write_text(json.dumps(FACTS | kept | facts))
    release, empty = root / "release", Cells.create_empty()
    told = pl.col("clinic_id").is_in(hidden).not_()
    pl.DataFrame({"clinic_id": [*clinics, NETWORK]}).select(
        "clinic_id", subject=pl.lit("outcome"), measure=pl.lit("pain_reduction"), group=pl.lit(""),
        week=None, kind=pl.lit("mean"), patients=pl.when(told).then(40), of=None,
        value=pl.when(told).then(fall), low=None, high=None,
    ).cast(dict(empty.schema)).write_parquet(release / "cells.parquet")  # fmt: skip
    pl.DataFrame(
        {"clinic_id": list(clinics), "clinic_name": list(clinics.values()), "contact": [None] * len(clinics)},
        schema={"clinic_id": pl.String, "clinic_name": pl.String, "contact": pl.String},
    ).write_parquet(release / "clinics.parquet")
    return study


@pytest.fixture
def compare(tmp_path):
    """Two runs after each other, without their pages: the frame of the second."""

    def run(first, second):
        latest = tmp_path / "latest"
        latest.mkdir(exist_ok=True)
        Ledger(basis="first", run=record_of(write_run(tmp_path / "study", **first))).write(latest)
        return changes_of(open_ledger(write_run(tmp_path / "study", **second), latest=latest))

    return run


def _of_all(frame):
    """The line that says what is compared on the page about all clinics, where none of the numbers moved."""
    return frame.row(
        by_predicate=(pl.col("clinic_id") == NETWORK) & (pl.col("measure") == "report"), named=True
    )


def _numbers(frame):
    return frame.filter(pl.col("measure").is_in(MEASURES))


def _files(folder):
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }
    found.pop("manifest.json")
    return found


@pytest.mark.parametrize(
    ("facts", "moved_by"),
    [
        ({}, ""),
        (LATER, "day"),
        (NEW_DATA, "data"),
        (NEW_SETTINGS, "settings"),
        (NEW_CODE, "code"),
        ({"versions": {"lumbar": "0.2.0"}}, "code"),
        ({"id_scope": "network"}, "settings"),
        ({"mappings": {"m.toml": "ab" * 32}}, "settings"),
        (LATER | NEW_DATA, "day, data"),
        (NEW_DATA | NEW_SETTINGS, "data, settings"),
        (LATER | NEW_DATA | NEW_SETTINGS | NEW_CODE, "day, data, settings, code"),
    ],
)
def test_what_differs_is_what_moved_it(compare, facts, moved_by):
    frame = compare({}, {"fall": 2.3, **facts})
    moved = _numbers(frame)
    assert moved.select("clinic_id", "measure", "old", "new", "moved_by").rows() == [
        (clinic, "pain_reduction", 2.1, 2.3, moved_by) for clinic in sorted([*CLINICS, NETWORK])
    ]
    assert set(frame["moved_by"]) == {moved_by}
    assert frame["since"].unique().to_list() == [date(2026, 6, 30)]


@pytest.mark.parametrize("facts", [NEW_DATA, NEW_SETTINGS, NEW_CODE, LATER])
def test_a_number_that_did_not_change_is_not_listed(compare, facts):
    frame = compare({}, facts)
    assert frame["measure"].unique().to_list() == ["report"]
    assert frame["clinic_id"].to_list() == sorted([*CLINICS, NETWORK])
    assert frame["moved_by"].null_count() == 0


@pytest.mark.parametrize("facts", [NEW_DATA, NEW_SETTINGS, NEW_CODE, LATER])
def test_a_clinic_none_of_whose_numbers_moved_hears_of_no_cause(compare, facts):
    """Else each page of the network would be another whenever one clinic exports anew."""
    frame = compare({}, facts).filter(pl.col("clinic_id") != NETWORK)
    told = frame.select("moved_by", "settings_changed", "code_changed", "files", "files_changed").unique()
    assert told.rows() == [("", "", "", 0, 0)]
    assert frame["since"].unique().to_list() == [date(2026, 6, 30)]


def test_settings_are_told_by_key_and_value_and_texts_by_key_alone(compare):
    before = {"horizon_weeks": 12, "week_term": "log", "eq5d_value_set": "jane.csv"}
    after = {"horizon_weeks": 16, "week_term": "spline", "eq5d_value_set": "john.csv"}
    facts = [
        {"settings": {"definitions": chosen, "sources": [{"files": f"{name}_doe.csv", "mapping": "m"}]}}
        for name, chosen in (("jane", before), ("john", after))
    ]
    assert _of_all(compare(*facts))["settings_changed"].split("; ") == [
        "definitions.eq5d_value_set",
        "definitions.horizon_weeks 12 → 16",
        "definitions.week_term log → spline",
        "sources",
    ]


def test_a_title_a_language_and_the_gate_move_nothing(compare):
    quality = {"gate": "warn", "thresholds": {"duplicate": 0.5}}
    more = {"definitions": {"horizon_weeks": 12}, "title": "x", "language": "de", "quality": quality}
    assert compare({}, {"settings": more, "fall": 2.3})["moved_by"].unique().to_list() == [""]


def test_a_key_that_came_with_a_new_program_is_no_change_of_settings(compare):
    usual = {"definitions": {"horizon_weeks": 12, "min_age": 18}}
    assert _of_all(compare({}, {"settings": usual, **NEW_CODE}))["moved_by"] == "code"
    chosen = {"definitions": {"horizon_weeks": 12, "min_age": 16}}
    told = _of_all(compare({}, {"settings": chosen, **NEW_CODE}))
    assert (told["moved_by"], told["settings_changed"]) == (
        "settings, code",
        "definitions.min_age 18 → 16",
    )


def test_inputs_are_counted_and_never_named(compare, tmp_path):
    before = {"inputs": {f"jane_{at}.csv": f"{at}" for at in range(5)}}
    after = {"inputs": {f"jane_{at}.csv": f"{at if at < 3 else at + 10}" for at in range(7)}}
    told = _of_all(compare(before, after))
    assert [told[name] for name in ("files", "files_changed", "files_new", "files_gone")] == [7, 2, 2, 0]
    assert "jane" not in (tmp_path / "latest" / "ledger.json").read_text()


@given(before=st.lists(st.integers(0, 6), max_size=8), after=st.lists(st.integers(0, 6), max_size=8))
def test_counts_of_files_add_up(before, after):
    from analytics.reporting.changes import _files as counts

    found = counts(tuple(map(str, after)), tuple(map(str, before)))
    same = len(after) - found["files_changed"] - found["files_new"]
    assert same >= 0
    assert len(before) == same + found["files_changed"] + found["files_gone"]
    assert (sum(found.values()) == 0) == (sorted(before) == sorted(after))


def test_versions_of_libraries_are_named(compare):
    frame = compare(
        {"versions": {"lumbar": "0.1.0", "polars": "2.0"}}, {"versions": {"lumbar": "0.1.0", "polars": "2.1"}}
    )
    assert _of_all(frame)["code_changed"] == "polars 2.0 → 2.1"


def test_clinics_that_are_new_or_gone_are_named_on_the_networks_page_alone(compare):
    hostile = {**CLINICS, "<x>": "<script>alert('{day}')</script>"}
    del hostile["cedar"]
    frame = compare({}, {"clinics": hostile, **NEW_DATA})
    named = frame.filter(pl.col("measure") == "clinic")
    assert named.select("clinic_id", "old_text", "new_text").rows() == [
        (NETWORK, "", "<script>alert('{day}')</script>"),
        (NETWORK, "Cedar", ""),
    ]
    assert dict(frame.filter(pl.col("measure") == "report").select("clinic_id", "basis").iter_rows()) == {
        "<x>": "new clinic", "alder": "compared", "beech": "compared", NETWORK: "compared",
    }  # fmt: skip
    others = frame.filter(pl.col("clinic_id") != NETWORK)
    assert "Cedar" not in json.dumps(others.select(pl.col(pl.String)).to_dict(as_series=False))


def test_a_number_that_is_hidden_now_keeps_what_was_published(compare):
    frame = compare({}, {"hidden": ("beech",), **NEW_DATA})
    assert _numbers(frame).select("clinic_id", "old", "new", "old_text", "new_text").rows() == [
        ("beech", 2.1, None, "", "not shown")
    ]
    back = compare({"hidden": ("beech",)}, {"hidden": ("beech",), "fall": 2.3})
    assert _numbers(back).filter(pl.col("clinic_id") == "beech").height == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"format": 1}',
        '{"format": 2}',
        "\xff",
        "[" * 100_000,
        "first",
        "foreign",
        "more",
    ],
)
def test_a_ledger_that_cannot_be_read_is_no_reference(tmp_path, text):
    study, latest = write_run(tmp_path / "study"), tmp_path / "latest"
    latest.mkdir()
    good = json.loads(Ledger(basis="first", run=record_of(study)).model_dump_json())
    good["run"]["numbers"][0][2] = 9.9  # else it would be the same run
    texts = {
        "first": json.dumps(good | {"basis": "compared"}),
        "foreign": json.dumps(good | {"run": good["run"] | {"as_of": "soon"}}),
        "more": json.dumps(good | {"note": "mine"}),
    }
    (latest / "ledger.json").write_text(texts.get(text, text), encoding="latin-1")
    opened = open_ledger(study, latest=latest)
    assert (opened.basis, opened.reference) == ("no record", None)
    assert set(changes_of(opened)["basis"]) == {"no record"}
    (latest / "ledger.json").write_text(json.dumps(good))
    assert open_ledger(study, latest=latest).basis == "compared"


def test_a_folder_in_its_place_is_no_reference(tmp_path):
    (tmp_path / "latest" / "ledger.json").mkdir(parents=True)
    assert open_ledger(write_run(tmp_path / "study"), latest=tmp_path / "latest").basis == "no record"


def test_runs_one_after_the_other(tmp_path):
    """First, again, other data, again, again, back: each is compared with the last that differed."""
    latest, seen = tmp_path / "latest", []
    for facts in ({}, {}, NEW_DATA, NEW_DATA, NEW_DATA, {}):
        opened = open_ledger(write_run(tmp_path / "study", **facts), latest=latest)
        latest.mkdir(exist_ok=True)
        opened.write(latest)
        seen.append((latest / "ledger.json").read_bytes())
    same = [one == other for one, other in pairwise(seen)]
    assert same == [True, False, True, True, False]
    assert [Ledger.model_validate_json(text).basis for text in seen] == ["first"] * 2 + ["compared"] * 4
    last = Ledger.model_validate_json(seen[-1])
    assert last.reference
    assert last.reference.inputs == tuple(NEW_DATA["inputs"].values())
    assert "reference" not in last.reference.model_dump()


def test_the_headline_numbers_are_the_released_ones(tmp_path):
    study = write_run(tmp_path / "study", hidden=("cedar",))
    found = headline_numbers(study)
    assert found.height == len(CLINICS) * len(MEASURES) + len(CELLS)
    cells = {(clinic, measure): (value, text) for clinic, measure, value, text in found.iter_rows()}
    assert cells["alder", "pain_reduction"] == (2.1, "")
    assert cells["cedar", "pain_reduction"] == (None, "not shown")
    assert cells["alder", "adherence"] == (None, "not measured")
    assert cells["alder", "expected"] == (None, "not enough data")
    assert cells["alder", "signal"] == (None, "no clear difference")
    assert set(ORDER) == set(MEASURES)


def test_of_a_benchmark_of_many_measures_pain_counts(tmp_path):
    study = write_run(tmp_path / "study")
    pl.DataFrame(
        {"clinic_id": ["alder"] * 2, "measure": ["responder", "pain_reduction"], "expected": [0.5, 1.9],
         "difference": [0.1, -0.0], "signal": ["better than expected", "no clear difference"]}
    ).write_parquet(study.root / "release" / "benchmark.parquet")  # fmt: skip
    found = headline_numbers(study).filter(
        pl.col("clinic_id") == "alder", pl.col("measure").is_in(MEASURES[-3:])
    )
    assert found.select("measure", "value", "text").rows() == [
        ("expected", 1.9, ""), ("difference", 0.0, ""), ("signal", None, "no clear difference"),
    ]  # fmt: skip


def test_a_study_of_no_clinic(tmp_path):
    study = write_run(tmp_path / "study", clinics={})
    frame = changes_of(open_ledger(study, latest=tmp_path / "none"))
    assert frame.select("clinic_id", "basis").rows() == [(NETWORK, "first")]
    assert no_changes().schema == frame.schema == pl.Schema(SCHEMA)


def test_the_frame_stands_with_the_released_ones(tmp_path):
    study = write_run(tmp_path / "study")
    release_changes(study, open_ledger(study, latest=tmp_path / "none"))
    assert study.release("changes").collect().height == len(CLINICS) + 1
    assert not list(study.root.glob(".*"))


def test_settings_of_an_installation_compare_with_the_usual_ones(tmp_path):
    """Every key that can move a number is known with its usual value, so that a new one can be told."""
    settings = Settings.model_validate({"as_of": "2026-06-30", "sources": [{"files": "x", "mapping": "y"}]})
    chosen = settings.model_dump(mode="json", exclude={"study", "reports", "run", "privacy"})
    found = ledgers.settings_that_matter({"settings": chosen, "id_scope": "clinic"})
    usual = usual_settings()
    assert set(found) <= set(usual)
    assert {key for key in found if found[key] != usual[key]} == {"sources"}


@pytest.fixture
def package(tmp_path):
    """A copy of the real package."""
    copy = tmp_path / "package"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def test_code_is_known_by_its_content(package):
    source, rules = package / "models" / "cells.py", package / "vocabulary" / "rules.toml"
    whole = code_hash(package)
    assert whole == code_hash(PACKAGE)
    (package / "models" / "__pycache__").mkdir()
    (package / "models" / "__pycache__" / "cells.cpython-311.pyc").write_bytes(b"x")
    (package / "_shipped" / "sample").mkdir(parents=True)
    (package / "_shipped" / "sample" / "lumbar.toml").write_text("x")
    source.touch()
    assert code_hash(package) == whole
    seen = {whole}
    for path in (source, rules):
        path.write_text(path.read_text() + "\n")
        seen.add(code_hash(package))
    source.rename(source.with_name("cells_2.py"))
    seen.add(code_hash(package))
    source.with_name("cells_2.py").unlink()
    seen.add(code_hash(package))
    assert len(seen) == 5


@pytest.fixture(scope="module")
def many_runs(tmp_path_factory):
    """Whole runs with real pages after an earlier one: other data, one clinic alone, the same data again."""
    root = tmp_path_factory.mktemp("runs")
    notebooks = write_notebooks(root / "notebooks")
    notebook(notebooks, "clinic_report.ipynb", SHOWS_CHANGES)
    settings, kept, clinics = settings_in(root), {}, {"alder": CLINICS["alder"]}
    earlier = root / "reports" / "2026-06-30-0123abcd"
    earlier.mkdir(parents=True)
    earlier.with_name("latest").symlink_to(earlier.name)
    first = write_run(root / "study", clinics=clinics)
    open_ledger(first, latest=root / "none").write(earlier)
    for name, only, facts in (
        ("data", (), {"fall": 2.3, **NEW_DATA}),
        ("alone", ("alder",), {"fall": 2.5, **NEW_SETTINGS}),
        ("after", (), {"fall": 2.3, **NEW_DATA}),
    ):
        study = write_run(root / "study", clinics=clinics, **facts)
        run = run_reports(settings, study, Asked(only=only, notebooks=notebooks))
        assert run.exit_code == 0
        kept[name] = _files(run.folder)
    return kept


def _page(run, clinic="alder"):
    return run[f"clinics/{slug_of(clinic)}.html"].decode()


def test_a_second_report_says_what_changed_and_what_moved_it(many_runs):
    page = _page(many_runs["data"])
    assert "Since the last report (30 June 2026) the fall in pain went from 2.1 to 2.3 points." in page
    assert "Only the exports changed, so new data moved the numbers." in page


def test_a_repeated_run_is_the_same_bytes(many_runs):
    assert many_runs["data"] == many_runs["after"]
    assert "ledger.json" in many_runs["data"]


def test_a_run_of_one_clinic_is_compared_but_is_no_reference(many_runs):
    alone = many_runs["alone"]
    assert "ledger.json" not in alone
    assert "from 2.3 to 2.5 points" in _page(alone)
    assert "from 2.1 to 2.3 points" in _page(many_runs["after"])


def test_no_page_names_what_an_export_was_called(many_runs):
    everything = b"".join(text for run in many_runs.values() for text in run.values())
    assert b"jane_doe" not in everything


def test_a_study_says_what_the_ledger_needs(tmp_path):
    """A real prepared study: code, mappings and scope stand in its facts, and no settings are missing."""
    from analytics.study import _basis
    from analytics.vocabulary.installed import sample_settings

    settings = sample_settings(tmp_path)
    facts = _basis(settings).facts
    assert facts["code_hash"] == code_hash()
    assert set(facts["mappings"]) == {source.mapping for source in settings.sources}
    assert facts["id_scope"] == settings.privacy.id_scope
    assert "mappings" in ledgers.settings_that_matter(facts)
