"""What a run makes: the reports that rest on something that changed, and no other; it says why."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from reporting.tiny import CLINICS, EXHIBIT, FACTS, notebook, settings_in, write_notebooks, write_study

from analytics.reporting import fingerprint, plan
from analytics.reporting.catalogue import slug_of
from analytics.reporting.plan import Asked, plan_run
from analytics.reporting.run import plan_reports_of, run_reports
from analytics.vocabulary.records import NETWORK, Cells
from analytics.vocabulary.study import Study

CLINIC_PAGES = {slug_of(clinic) for clinic in CLINICS}
WHOLE = {"network", "data_quality"}
ALL = CLINIC_PAGES | WHOLE
ANEW = "asked to make it anew"
TODAY = datetime.now(UTC).date()


@pytest.fixture
def made(tmp_path):
    """An installation with one whole run behind it."""
    return _installation(tmp_path)


def _installation(root):
    notebooks, settings = write_notebooks(root / "notebooks"), settings_in(root)
    study, asked = write_study(root / "study"), Asked(notebooks=notebooks)
    run = run_reports(settings, study, asked)
    assert run.counts == {"made": 5, "reused": 0, "stale": 0, "failed": 0}
    return settings, study, asked


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The same, for tests that only look at what would be made; each puts back what it changed."""
    return _installation(tmp_path_factory.mktemp("before"))


def _plan(installation, **asked):
    settings, study, usual = installation
    found = plan_run(settings, study, Asked(notebooks=usual.notebooks, **asked), day=TODAY)
    return {one.task.report.slug: one for one in found}


def _to_make(planned):
    """The reports that would be made, by the reason."""
    found = {}
    for slug, one in planned.items():
        if not one.kept:
            found.setdefault(one.why, set()).add(slug)
    return found


@pytest.fixture
def release(before):
    """Change a released frame; it is put back."""
    folder, kept = before[1].root / "release", {}

    def change(name, frame):
        path = folder / f"{name}.parquet"
        kept.setdefault(path, path.read_bytes() if path.exists() else None)
        frame.write_parquet(path)

    yield change
    for path, content in kept.items():
        path.unlink() if content is None else path.write_bytes(content)


@pytest.fixture
def facts(before):
    """Change what the study says of itself; it is put back."""
    path = before[1].root / "study.json"
    yield lambda **changed: path.write_text(json.dumps(FACTS | changed))
    path.write_text(json.dumps(FACTS))


def _cells(*clinics, value=2.0):
    empty = Cells.create_empty()
    return pl.DataFrame({"clinic_id": clinics}).select(
        "clinic_id", subject=pl.lit("outcome"), measure=pl.lit("pain_reduction"), group=pl.lit(""), week=None,
        kind=pl.lit("mean"), patients=40, of=None, value=value, low=None, high=None,
    ).cast(dict(empty.schema))  # fmt: skip


# --- a second run ---------------------------------------------------------------------------------


def test_a_second_run_makes_and_publishes_nothing(made):
    settings, study, asked = made
    latest = settings.root / "reports" / "latest"
    first, told = latest.resolve(), []
    again = run_reports(settings, Study(study.root), asked, tell=told.append)
    assert again.counts == {"made": 0, "reused": 5, "stale": 0, "failed": 0}
    assert again.unchanged
    assert again.exit_code == 0
    assert latest.resolve() == first
    assert [path.name for path in latest.parent.iterdir() if path.name.startswith("2026")] == [first.name]
    assert not list(latest.parent.glob(".staging*"))
    assert "would say the same" in str(again)
    assert "5 of 5 reports made (5 of them before: nothing changed)" in str(again)
    assert told == [{"event": "plan", "reports": 5, "to_make": 0, "reused": 5}]


def test_the_first_plan_makes_all_and_a_plan_writes_no_report(tmp_path):
    settings, notebooks = settings_in(tmp_path), write_notebooks(tmp_path / "notebooks")
    planned = plan_reports_of(settings, write_study(tmp_path / "study"), Asked(notebooks=notebooks))
    assert len(planned) == 5
    assert not any(one.kept for one in planned)
    assert str(planned[0]) == f"make  {slug_of('alder')}: {planned[0].why}"
    assert not (tmp_path / "reports").exists()


def test_what_is_kept_is_said(before):
    planned = _plan(before)
    assert _to_make(planned) == {}
    assert str(planned["network"]) == "keep  network: nothing that it rests on changed"


def test_no_two_reports_share_a_key(before):
    """Here the two pages about all clinics are the very same cells."""
    keys = [one.task.key for one in _plan(before).values()]
    assert len(set(keys)) == len(keys) == 5


# --- what it rests on -----------------------------------------------------------------------------


def test_a_clinics_own_rows_touch_its_page_and_those_about_all(before, release):
    benchmark = before[1].release("benchmark").collect()
    other = pl.when(pl.col("clinic_id") == "beech").then(9.9).otherwise("observed").alias("observed")
    release("benchmark", benchmark.with_columns(other))
    assert _to_make(_plan(before)) == {"changed: data": {slug_of("beech"), *WHOLE}}


def test_a_clinics_own_cells_touch_its_page_and_those_about_all(before, release):
    release("cells", _cells("cedar"))
    assert _to_make(_plan(before)) == {"changed: data": {slug_of("cedar"), *WHOLE}}


@pytest.mark.parametrize("name", ["contrasts", "terms", "overall", "certificate"])
def test_the_networks_frames_touch_every_page(before, release, name):
    release(name, pl.DataFrame({"anything": [1.0]}))
    assert _to_make(_plan(before)) == {"changed: data": ALL}


def test_the_networks_cells_touch_every_page(before, release):
    release("cells", _cells(NETWORK))
    assert _to_make(_plan(before)) == {"changed: data": ALL}


def test_another_order_of_columns_or_another_type_is_another_frame(before, release):
    benchmark = before[1].release("benchmark").collect()
    release("benchmark", benchmark.with_columns(pl.col("observed").cast(pl.Float32)))
    assert _to_make(_plan(before)) == {"changed: data": ALL}


def test_a_frame_that_no_clinics_page_reads_touches_those_about_all(before, release):
    release("influence", pl.DataFrame({"anything": [1.0]}))
    assert _to_make(_plan(before)) == {"changed: data": WHOLE}


def test_a_clinic_that_came_is_made_and_the_others_stay(before, release):
    clinics = before[1].release("clinics").collect()
    release("clinics", pl.concat([clinics, clinics.head(1).with_columns(clinic_id=pl.lit("dogwood"))]))
    made = set().union(*_to_make(_plan(before)).values())
    assert made == {slug_of("dogwood"), *WHOLE}


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Another"},
        {"disclosure": {"min_patients": 10, "round_to": 5}},
        {"horizon_weeks": 16},
        {"gate": {"decision": "publish", "reasons": [], "anyway": True}},
        {"settings": {"comparison": {"clinics": 20}}},
        {"settings": {"quality": {"gate": "warn"}}},
    ],
)
def test_a_setting_that_every_page_says_touches_every_page(before, facts, changed):
    facts(**changed)
    assert _to_make(_plan(before)) == {"changed: settings": ALL}


def test_the_day_touches_every_page(before, facts):
    facts(as_of="2026-07-01")
    assert _to_make(_plan(before)) == {"changed: day": ALL}


def test_another_day_and_title_are_both_named(before, facts):
    facts(as_of="2026-07-01", title="Another")
    assert _to_make(_plan(before)) == {"changed: settings, day": ALL}


@pytest.mark.parametrize("changed", [{"inputs": {"other.csv": "11" * 32}}, {"data_hash": "cd" * 32}])
def test_exports_that_change_no_released_number_touch_no_page(before, facts, changed):
    facts(**changed)
    assert _to_make(_plan(before)) == {}


@pytest.mark.parametrize(
    ("column", "value"), [("contact", "b@x.example"), ("language", "de"), ("clinic_name", "Alder Two")]
)
def test_a_clinics_contact_language_or_name_touch_its_page(before, release, column, value):
    clinics = before[1].release("clinics").collect()
    kept = pl.col(column) if column in clinics.columns else pl.lit(None, pl.String)
    alder = pl.when(pl.col("clinic_id") == "alder").then(pl.lit(value)).otherwise(kept).alias(column)
    release("clinics", clinics.with_columns(alder))
    why = _to_make(_plan(before))
    assert why["changed: settings"] == {slug_of("alder")}
    assert set().union(*why.values()) == {slug_of("alder"), *WHOLE}


def test_the_language_of_the_network_touches_every_page_that_speaks_it(before, facts):
    facts(language="de")
    assert _to_make(_plan(before)) == {"changed: settings": ALL}


def test_a_cell_of_a_notebook_touches_the_pages_made_of_it(before):
    path = before[2].notebooks / "clinic_report.ipynb"
    kept = path.read_bytes()
    try:
        notebook(path.parent, path.name, EXHIBIT, "1 + 1")
        assert _to_make(_plan(before)) == {"changed: notebook": CLINIC_PAGES}
    finally:
        path.write_bytes(kept)


def test_what_an_editor_keeps_in_a_notebook_touches_nothing(before):
    path = before[2].notebooks / "clinic_report.ipynb"
    kept = path.read_bytes()
    try:
        held = json.loads(kept)
        held["metadata"]["language_info"] = {"name": "python", "version": "3.99"}
        held["cells"][1]["execution_count"] = 7
        path.write_text(json.dumps(held, indent=3))
        assert _to_make(_plan(before)) == {}
    finally:
        path.write_bytes(kept)


def test_another_program_touches_every_page(before, monkeypatch):
    monkeypatch.setattr(fingerprint, "program_print", lambda: "another")
    settings, study, asked = before
    found = plan_run(settings, study, asked, day=TODAY)
    assert {one.why for one in found} == {"changed: program"}


def test_the_print_of_the_program_is_of_its_code_templates_words_and_libraries(tmp_path, monkeypatch):
    package = tmp_path / "analytics"
    (package / "reporting" / "template").mkdir(parents=True)
    files = ["run.py", "reporting/template/style.css", "reporting/template/page.html.j2", "words.po"]
    for place in files:
        (package / place).write_text("one")
    monkeypatch.setattr(fingerprint, "PACKAGE", package)
    seen = {_print()}
    for place in files:
        (package / place).write_text("two")
        seen.add(_print())
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "run.pyc").write_text("three")
    assert _print() in seen
    monkeypatch.setattr(fingerprint, "version", lambda name: f"99 of {name}")
    assert _print() not in seen
    assert len(seen) == 1 + len(files)


def _print():
    return fingerprint.program_print.__wrapped__()  # as in a process of its own


def test_one_file_or_a_pdf_that_is_asked_for_touches_the_clinics_pages(before, monkeypatch):
    assert _to_make(_plan(before, also=("single",))) == {"changed: settings": CLINIC_PAGES}
    monkeypatch.setattr(plan.pdf, "find_browser", lambda: "browser")
    assert _to_make(_plan(before, also=("pdf",))) == {"changed: settings": CLINIC_PAGES}
    monkeypatch.setattr(plan.pdf, "find_browser", lambda: "")
    assert _to_make(_plan(before, also=("pdf",))) == {}


# --- what is asked --------------------------------------------------------------------------------


def test_force_makes_all_anew_and_publishes_nothing_that_is_the_same(made):
    settings, study, asked = made
    assert _to_make(_plan(made, force=True)) == {ANEW: ALL}
    latest = (settings.root / "reports" / "latest").resolve()
    forced = run_reports(settings, study, Asked(notebooks=asked.notebooks, force=True))
    assert forced.counts == {"made": 5, "reused": 0, "stale": 0, "failed": 0}
    assert forced.unchanged
    assert (settings.root / "reports" / "latest").resolve() == latest


def test_since_makes_anew_what_is_older(before):
    day = TODAY + timedelta(days=1)
    assert _to_make(_plan(before, since=TODAY)) == {}
    assert _to_make(_plan(before, since=date(2020, 1, 1))) == {}
    assert _to_make(_plan(before, since=day)) == {f"it was made before {day.isoformat()}": ALL}


def test_one_clinic_alone_is_planned_alone(before):
    assert set(_plan(before, only=("cedar",))) == {slug_of("cedar")}
    assert _to_make(_plan(before, only=("cedar",), force=True)) == {ANEW: {slug_of("cedar")}}


def test_one_clinic_alone_is_published_of_what_is_there(made):
    settings, study, asked = made
    latest = (settings.root / "reports" / "latest").resolve()
    alone = run_reports(settings, study, Asked(only=("cedar",), notebooks=asked.notebooks))
    assert alone.counts == {"made": 0, "reused": 1, "stale": 0, "failed": 0}
    assert not alone.unchanged
    assert [page.name for page in (alone.folder / "clinics").iterdir()] == [f"{slug_of('cedar')}.html"]
    assert (settings.root / "reports" / "latest").resolve() == latest


def test_a_run_after_a_change_makes_and_publishes_just_that(made):
    settings, study, asked = made
    cells = study.root / "release" / "cells.parquet"
    _cells("cedar").write_parquet(cells)
    run_reports(settings, study, asked)  # from now on each page says since when it is compared
    first = (settings.root / "reports" / "latest").resolve()
    _cells("cedar", value=3.0).write_parquet(cells)
    run = run_reports(settings, study, asked)
    statuses = {made.slug: made.status for made in run.reports}
    assert {slug for slug, status in statuses.items() if status == "made"} == {slug_of("cedar"), *WHOLE}
    assert run.exit_code == 0
    assert not run.unchanged
    second = (settings.root / "reports" / "latest").resolve()
    assert second != first
    page = f"clinics/{slug_of('alder')}.html"
    assert (first / page).read_bytes() == (second / page).read_bytes()
    assert (first / page).samefile(second / page)
    manifest = json.loads((second / "manifest.json").read_text())
    assert {one["slug"]: one["status"] for one in manifest["reports"]} == statuses
