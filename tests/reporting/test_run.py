"""A whole run on a tiny study: published whole or not at all, whatever fails."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import psutil
import pytest
from filelock import FileLock
from reporting.tiny import CLINICS, EXHIBIT, notebook, settings_in, write_notebooks, write_study

from analytics.reporting.catalogue import slug_of
from analytics.reporting.plan import Asked
from analytics.reporting.publish import prune
from analytics.reporting.run import run_reports
from analytics.vocabulary.errors import BusyError, ConfigurationError

FAILS_FOR_BEECH = """
if clinic_id == "beech":
    raise ValueError("canary Jane Doe 555-0199")
"""


def _files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """One run that nothing disturbs, looked at by many tests."""
    root = tmp_path_factory.mktemp("published")
    notebooks = write_notebooks(root / "notebooks")
    return run_reports(settings_in(root), write_study(root / "study"), Asked(notebooks=notebooks))


def test_a_run_publishes_every_page(published):
    assert published.exit_code == 0
    latest = published.folder
    assert latest.is_symlink()
    names = set(_files(latest))
    slugs = [slug_of(clinic) for clinic in CLINICS]
    assert {f"clinics/{slug}.html" for slug in slugs} <= names
    assert {
        "index.html",
        "network.html",
        "data_quality.html",
        "manifest.json",
        "assets/plotly.min.js",
    } <= names
    assert {f"tables/{slug}/one.csv" for slug in slugs} <= names
    assert not list(latest.parent.glob(".staging*"))


def test_names_are_escaped(published):
    for page in published.folder.rglob("*.html"):
        assert "Beech <b>" not in page.read_text()
    assert "Beech &lt;b&gt;&amp;&lt;/b&gt; Co" in (published.folder / "index.html").read_text()


def test_one_clinic_that_fails_does_not_stop_the_others(settings, study, notebooks, capfd):
    notebook(notebooks, "clinic_report.ipynb", FAILS_FOR_BEECH, EXHIBIT)
    run = run_reports(settings, study, Asked(notebooks=notebooks))
    assert run.exit_code == 1
    assert [made.status for made in run.reports] == ["made", "failed", "made", "made", "made"]
    latest = settings.root / "reports" / "latest"
    page = (latest / "clinics" / f"{slug_of('beech')}.html").read_text()
    assert "could not be made" in page
    assert "ValueError in code cell" in page
    assert "report failed" in (latest / "index.html").read_text()
    everything = b"".join(_files(latest).values()) + "".join(capfd.readouterr()).encode()
    assert b"Jane" not in everything
    assert b"canary" not in everything


def test_the_same_study_made_anew_elsewhere_is_the_same_bytes(published, tmp_path):
    """With nothing at hand of the first run: neither its reports nor its folder."""
    root = published.folder.parent.parent
    study = write_study(tmp_path / "study")
    again = run_reports(settings_in(tmp_path), study, Asked(notebooks=root / "notebooks"))
    assert again.counts == {"made": 5, "reused": 0, "stale": 0, "failed": 0}
    one, two = _files(published.folder), _files(again.folder)
    assert one.pop("manifest.json") != two.pop("manifest.json")
    assert one == two


def test_one_clinic_alone_leaves_latest_where_it_was(settings, study, notebooks):
    reports = settings.root / "reports"
    (reports / "2026-01-01-0123abcd").mkdir(parents=True)
    (reports / "latest").symlink_to("2026-01-01-0123abcd")
    alone = run_reports(settings, study, Asked(only=("cedar",), notebooks=notebooks))
    assert [path.name for path in (alone.folder / "clinics").iterdir()] == [f"{slug_of('cedar')}.html"]
    assert (reports / "latest").resolve().name == "2026-01-01-0123abcd"


def test_an_unknown_clinic_is_said(settings, study, notebooks):
    with pytest.raises(ConfigurationError, match="It holds: alder, beech, cedar"):
        run_reports(settings, study, Asked(only=("oak",), notebooks=notebooks))


KILLED = """
if clinic_id == "beech":
    import os, signal
    os.kill({of}, signal.SIGKILL)
    import time; time.sleep(1)
"""


def test_a_worker_that_is_killed_costs_its_own_report_only(settings, study, notebooks):
    notebook(notebooks, "clinic_report.ipynb", KILLED.format(of="os.getpid()"), EXHIBIT)
    run = run_reports(settings, study, Asked(notebooks=notebooks))
    assert [made.status for made in run.reports] == ["made", "failed", "made", "made", "made"]
    assert "ended from outside" in (run.folder / "clinics" / f"{slug_of('beech')}.html").read_text()
    assert [made.attempts for made in run.reports] == [1, settings.run.attempts, 1, 1, 1]


def test_a_worker_that_kills_its_parent_costs_nobody_elses_report(settings, study, notebooks):
    """The parent is the one that forks; another takes its place."""
    notebook(notebooks, "clinic_report.ipynb", KILLED.format(of="os.getppid()"), EXHIBIT)
    run = run_reports(settings, study, Asked(notebooks=notebooks))
    others = [made for made in run.reports if made.slug != slug_of("beech")]
    assert {made.status for made in others} == {"made"}
    assert len(others) == 4


def test_a_notebook_that_takes_other_parameters_stops_the_run(settings, study, notebooks):
    notebook(notebooks, "clinic_report.ipynb", "1", parameters='study = ""\nclinic = ""')
    with pytest.raises(ConfigurationError, match="no parameter 'clinic_id'"):
        run_reports(settings, study, Asked(notebooks=notebooks))
    assert not (settings.root / "reports" / "latest").exists()


def test_a_latest_that_is_no_link_is_said_before_anything_runs(settings, study, notebooks):
    (settings.root / "reports" / "latest").mkdir(parents=True)
    with pytest.raises(ConfigurationError, match="latest is a folder, not a link"):
        run_reports(settings, study, Asked(notebooks=notebooks))


def test_a_second_run_at_once_is_refused(settings, study, notebooks):
    (settings.root / "reports").mkdir()
    with FileLock(settings.root / "reports" / ".lock"), pytest.raises(BusyError) as refusal:
        run_reports(settings, study, Asked(notebooks=notebooks))
    assert refusal.value.exit_code == 75


SLOW_RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from reporting.tiny import settings_in
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports
from analytics.vocabulary.study import Study
if __name__ == "__main__":
    root = Path(sys.argv[1])
    run_reports(settings_in(root), Study(root / "study"), Asked(only=("alder",), notebooks=Path(sys.argv[2])))
"""


def test_kill_9_in_the_middle_leaves_the_last_run_whole(settings, study, notebooks, tmp_path):
    """The published run is untouched, and the next run takes the lock and cleans up."""
    reports = settings.root / "reports"
    (reports / "2026-01-01-0123abcd").mkdir(parents=True)
    (reports / "2026-01-01-0123abcd" / "index.html").write_text("whole")
    (reports / "latest").symlink_to("2026-01-01-0123abcd")
    slow = notebook(tmp_path / "slow", "clinic_report.ipynb", "import time; time.sleep(60)").parent
    (tmp_path / "slow.py").write_text(SLOW_RUN)
    tests = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        [sys.executable, tmp_path / "slow.py", settings.root, slow, tests],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    _wait_for(lambda: list(reports.glob(".made/.new-*")))
    time.sleep(3)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.kill()
    process.wait(timeout=10)
    _, alive = psutil.wait_procs(children, timeout=20)
    assert [child for child in alive if child.status() != psutil.STATUS_ZOMBIE] == []
    assert list(reports.glob(".made/.new-*"))
    assert (reports / "latest" / "index.html").read_text() == "whole"
    assert run_reports(settings, study, Asked(only=("cedar",), notebooks=notebooks)).exit_code == 0
    assert not list(reports.glob(".staging-*")) + list(reports.glob(".made/.new-*"))


def _wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not begin"
        time.sleep(0.1)


def test_old_runs_are_pruned_but_never_the_latest(tmp_path):
    reports = tmp_path / "reports"
    for number in range(4):
        run = reports / f"2026-06-3{number}-0123abcd"
        run.mkdir(parents=True)
        os.utime(run, (number, number))
    (reports / "mine").mkdir()
    (reports / "latest").symlink_to("2026-06-30-0123abcd")
    prune(reports, keep=2)
    assert sorted(path.name for path in reports.iterdir()) == [
        "2026-06-30-0123abcd", "2026-06-32-0123abcd", "2026-06-33-0123abcd", "latest", "mine",
    ]  # fmt: skip


def test_downloads_are_safe_to_open(published):
    table = published.folder / "tables" / slug_of("cedar") / "one.csv"
    rows = list(csv.reader(io.StringIO(table.read_text(encoding="utf-8"))))
    assert rows == [["clinic", "n"], ["cedar", "5"], ["'=1+1", "10"]]
    with zipfile.ZipFile(published.folder / "tables" / f"{slug_of('cedar')}.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "=1+1" in book.read("xl/sharedStrings.xml").decode()


def test_the_manifest_names_no_file_of_an_export(published):
    text = (published.folder / "manifest.json").read_text()
    manifest = json.loads(text)
    assert "jane_doe" not in text
    assert manifest["inputs"] == ["cd" * 32]
    assert [one["status"] for one in manifest["reports"]] == ["made"] * 5
    assert str(published.folder.parent) not in text


@pytest.mark.parametrize(
    ("clinic", "readable"),
    [
        ("oak", "oak"),
        ("../../etc", "etc"),
        ("Praxis Müller", "praxis-muller"),
        ("☃", "clinic"),
        ("a" * 99, "a" * 40),
    ],
)
def test_slugs_are_safe_and_distinct(clinic, readable):
    assert slug_of(clinic).rsplit("-", 1)[0] == readable
    assert slug_of(clinic) != slug_of(clinic.upper() + "x")
