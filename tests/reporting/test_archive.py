"""The archive: an entry is whole or not there, published files are links to it, nothing unused stays."""

from __future__ import annotations

import json
import os
import shutil

import polars as pl
import pytest
from reporting.tiny import FACTS, settings_in, write_notebooks, write_study

from analytics.reporting import archive
from analytics.reporting.catalogue import slug_of
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports
from analytics.reporting.worker import Made
from analytics.vocabulary.files import link

KEY = "ab" * 32
PAGE = f"clinics/{slug_of('alder')}.html"


def _keep(reports, key=KEY, text="page", **parts):
    room = archive.room_for(reports, "alder")
    (room / "clinics").mkdir()
    (room / PAGE).write_text(text)
    made = Made(slug_of("alder"), "clinic_report.ipynb", "made", "", 1.0, "x", key=key)
    archive.keep(room, made, parts=parts, day="2026-06-30")
    return made


def _entries(reports):
    return sorted(path.name for path in (reports / archive.FOLDER).iterdir())


# --- an entry -------------------------------------------------------------------------------------


def test_what_is_kept_is_found_as_it_was(tmp_path):
    made = _keep(tmp_path, data="d")
    kept = archive.find(tmp_path, KEY)
    assert (kept.made, dict(kept.parts), kept.day) == (made, {"data": "d"}, "2026-06-30")
    assert list(kept.files) == [PAGE]
    assert (kept.folder / PAGE).read_text() == "page"
    assert archive.find(tmp_path, "cd" * 32) is None


def test_rooms_are_nobody_elses(tmp_path):
    assert len({archive.room_for(tmp_path, "alder") for _ in range(9)}) == 9


def test_an_unfinished_one_is_not_there(tmp_path):
    room = archive.room_for(tmp_path, "alder")
    (room / "page.html").write_text("half")
    assert archive.find(tmp_path, room.name) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: (entry / PAGE).unlink(),
        lambda entry: (entry / PAGE).write_text("pagE"),
        lambda entry: (entry / PAGE).write_text(""),
        lambda entry: (entry / archive.RECORD).unlink(),
        lambda entry: (entry / archive.RECORD).write_text("{"),
        lambda entry: (entry / archive.RECORD).write_text("[]"),
        lambda entry: (entry / archive.RECORD).write_bytes(b"\xff\xfe"),
        lambda entry: (entry / archive.RECORD).write_text('{"made": {"slug": "x"}}'),
        lambda entry: _rewrite(entry, lambda record: record["made"].update(from_another_version=1)),
        lambda entry: _rewrite(entry, lambda record: record["made"].update(key="ef" * 32)),
        shutil.rmtree,
    ],
)
def test_a_damaged_one_is_not_there_and_can_be_kept_anew(tmp_path, damage):
    _keep(tmp_path)
    damage(tmp_path / archive.FOLDER / KEY)
    assert archive.find(tmp_path, KEY) is None
    _keep(tmp_path, text="anew")
    assert (archive.find(tmp_path, KEY).folder / PAGE).read_text() == "anew"


def _rewrite(entry, change):
    record = json.loads((entry / archive.RECORD).read_text())
    change(record)
    (entry / archive.RECORD).write_text(json.dumps(record))


def test_a_sweep_leaves_what_is_used(tmp_path):
    for key in ("one", "two"):
        _keep(tmp_path, key)
    archive.room_for(tmp_path, "alder")
    archive.sweep(tmp_path, ["two", "three"])
    assert _entries(tmp_path) == ["two"]
    archive.sweep(tmp_path / "nowhere", [])


# --- a link ---------------------------------------------------------------------------------------


def test_a_published_file_is_the_same_file(tmp_path):
    (tmp_path / "one").write_text("x")
    link(tmp_path / "one", tmp_path / "sub" / "two")
    assert (tmp_path / "one").samefile(tmp_path / "sub" / "two")


def test_where_a_disk_knows_no_links_it_is_a_copy(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "one").write_text("x")
    link(tmp_path / "one", tmp_path / "sub" / "two")
    assert (tmp_path / "sub" / "two").read_text() == "x"
    assert not (tmp_path / "one").samefile(tmp_path / "sub" / "two")


# --- in a run -------------------------------------------------------------------------------------


@pytest.fixture
def made(tmp_path):
    """An installation with one whole run behind it: its settings, study and what is asked of a run."""
    settings, asked = (
        settings_in(tmp_path, keep_runs=2),
        Asked(notebooks=write_notebooks(tmp_path / "notebooks")),
    )
    given = (settings, write_study(tmp_path / "study"), asked)
    assert run_reports(*given).exit_code == 0
    return given


def _alder(settings):
    """The folder of the archive that holds alder's report."""
    reports = settings.root / "reports"
    manifest = json.loads((reports / "latest" / "manifest.json").read_text())
    (key,) = [one["key"] for one in manifest["reports"] if one["slug"] == slug_of("alder")]
    return reports / archive.FOLDER / key


def _statuses(run):
    return [made.status for made in run.reports]


ONE_ANEW = ["made", "reused", "reused", "reused", "reused"]


def test_every_file_of_a_report_is_the_archives(made):
    settings = made[0]
    latest, entry = settings.root / "reports" / "latest", _alder(settings)
    record = json.loads((entry / archive.RECORD).read_text())
    places = [PAGE, f"tables/{slug_of('alder')}.xlsx", f"tables/{slug_of('alder')}/one.csv"]
    assert sorted(record["files"]) == places
    assert all((latest / place).samefile(entry / place) for place in places)


def test_copies_where_the_disk_knows_no_links(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "link", refuse)
    settings, asked = settings_in(tmp_path), Asked(notebooks=write_notebooks(tmp_path / "notebooks"))
    study = write_study(tmp_path / "study")
    assert run_reports(settings, study, asked).exit_code == 0
    page = settings.root / "reports" / "latest" / PAGE
    assert page.read_bytes() == (_alder(settings) / PAGE).read_bytes()
    assert page.stat().st_nlink == 1
    again = run_reports(settings, study, asked)
    assert (set(_statuses(again)), again.unchanged) == ({"reused"}, True)


@pytest.mark.parametrize(
    "damage",
    [
        shutil.rmtree,
        lambda entry: (entry / archive.RECORD).unlink(),
        lambda entry: (entry / PAGE).unlink(),
    ],
)
def test_one_that_the_archive_lost_is_made_anew(made, damage):
    settings = made[0]
    latest = (settings.root / "reports" / "latest").resolve()
    damage(_alder(settings))
    again = run_reports(*made)
    assert _statuses(again) == ONE_ANEW
    assert again.unchanged, "what is published is whole and says the same"
    assert (settings.root / "reports" / "latest").resolve() == latest
    assert _statuses(run_reports(*made)) == ["reused"] * 5


def test_a_published_page_that_was_written_over_is_published_anew(made):
    """By its link the page in the archive is damaged with it."""
    settings = made[0]
    latest = settings.root / "reports" / "latest"
    first, good = latest.resolve(), (latest / PAGE).read_bytes()
    (latest / PAGE).write_text("written over")
    again = run_reports(*made)
    assert _statuses(again) == ONE_ANEW
    assert not again.unchanged
    assert latest.resolve() != first
    assert (latest / PAGE).read_bytes() == good


@pytest.mark.parametrize("place", [PAGE, "index.html", "assets/plotly.min.js", "ledger.json"])
def test_a_published_file_that_was_put_in_anothers_place_is_published_anew(made, place):
    settings = made[0]
    latest = settings.root / "reports" / "latest"
    good = (latest / place).read_bytes()
    (latest / place).unlink()
    (latest / place).write_text("another")
    run = run_reports(*made)
    assert not run.unchanged
    assert (latest / "index.html").read_bytes() or place == "ledger.json"
    if place != "ledger.json":
        assert (latest / place).read_bytes() == good


@pytest.mark.parametrize("place", [PAGE, "index.html", "network.html"])
def test_a_published_file_that_is_gone_is_published_anew(made, place):
    settings = made[0]
    latest = settings.root / "reports" / "latest"
    good = (latest / place).read_bytes()
    (latest / place).unlink()
    assert not run_reports(*made).unchanged
    assert (latest / place).read_bytes() == good


def test_a_latest_that_points_nowhere_is_published_anew(made):
    settings = made[0]
    shutil.rmtree((settings.root / "reports" / "latest").resolve())
    again = run_reports(*made)
    assert not again.unchanged
    assert (settings.root / "reports" / "latest" / "index.html").is_file()


def test_the_archive_holds_what_the_runs_that_are_kept_need(made):
    """keep_runs = 2: of each title five reports, and of the third run on the first five are gone."""
    settings, study, asked = made
    reports, held = settings.root / "reports", [set(_entries(settings.root / "reports"))]
    for number in range(3):
        (study.root / "study.json").write_text(json.dumps(FACTS | {"title": f"Title {number}"}))
        assert _statuses(run_reports(settings, study, asked)) == ["made"] * 5
        held.append(set(_entries(reports)))
    assert [len(entries) for entries in held] == [5, 10, 10, 10]
    assert held[3].isdisjoint(held[0])
    assert len(held[3] & held[2]) == 5
    runs = [path for path in reports.iterdir() if path.name.startswith("2026") and not path.is_symlink()]
    assert len(runs) == 2
    used = {one["key"] for run in runs for one in json.loads((run / "manifest.json").read_text())["reports"]}
    assert held[3] == used


def test_what_ended_runs_left_is_gone_after_the_next(made):
    settings, study, asked = made
    left = archive.room_for(settings.root / "reports", "alder")
    (study.root / "study.json").write_text(json.dumps(FACTS | {"title": "Another"}))
    run_reports(settings, study, asked)
    assert not left.exists()


def test_nothing_piles_up_where_nothing_is_published(made):
    """Run after run asked to make all anew, all the same: the archive holds one of each."""
    settings, study, asked = made
    for _ in range(2):
        assert run_reports(settings, study, Asked(notebooks=asked.notebooks, force=True)).unchanged
    assert len(_entries(settings.root / "reports")) == 5


def test_what_was_finished_before_a_run_was_ended_is_not_made_again(made):
    """A run that was killed between the reports and the publication: its reports are there."""
    settings, study, asked = made
    (study.root / "release" / "influence.parquet").write_bytes(b"")
    pl.DataFrame({"anything": [1.0]}).write_parquet(study.root / "release" / "influence.parquet")

    def ended(event):
        if event["event"] == "report" and event["slug"] == "network":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_reports(settings_in(settings.root, keep_runs=2), study, asked, tell=ended)
    statuses = {made.slug: made.status for made in run_reports(settings, study, asked).reports}
    assert statuses["network"] == "reused"
