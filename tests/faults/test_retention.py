"""Old runs go, with the reports that only they used; those that stay are whole."""

from __future__ import annotations

from faults.network import RUN, Network, whole
from reporting.tiny import notebook, settings_in, write_notebooks, write_study

from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports

KEPT = 2


def test_two_runs_are_kept_of_five(tmp_path, table):
    """Each is of another notebook, so that each makes three reports anew and takes two over."""
    study, settings = write_study(tmp_path / "study"), settings_in(tmp_path, keep_runs=KEPT)
    notebooks, network = write_notebooks(tmp_path / "notebooks"), Network(tmp_path)
    made, links = [], {}
    for number in range(5):
        folder = write_notebooks(tmp_path / f"notebooks-{number}")
        notebook(folder, "clinic_report.ipynb", f"print('night {number}')")
        run = run_reports(settings, study, Asked(notebooks=folder))
        assert run.exit_code == 0
        made.append(run.folder.resolve())
        links = {path.name: path.stat().st_nlink for path in (run.folder / "clinics").iterdir()}
        whole(network)
    assert notebooks.is_dir()
    runs = [path for path in network.reports.iterdir() if RUN.fullmatch(path.name)]
    assert sorted(runs) == sorted(made[-KEPT:])
    keys = {one["key"] for one in network.manifest["reports"]}
    entries = {path.name for path in (network.reports / ".made").iterdir()}
    assert keys < entries
    assert len(entries) == 2 + 3 * KEPT  # two reports that every run shares, three of each run's own
    assert set(links.values()) == {2}  # the archive's name for it, and the run's
    shared = network.latest / "data_quality.html"
    assert shared.stat().st_nlink == 1 + KEPT
    table.append(("5 changed runs, keep_runs = 2", "two runs and 8 reports are left of 5 and 17", "-"))
