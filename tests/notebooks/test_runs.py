"""Every notebook runs: under bare papermill, and cell by cell with nothing set but what stands in it."""

from __future__ import annotations

import contextlib
import os
import shutil

import nbformat
import papermill
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from running import run_lumbar

from analytics.vocabulary.installed import notebook_folder, sample_folder

REPORTS = ("clinic_report.ipynb", "network_report.ipynb", "data_quality.ipynb")
ALL = sorted(path.relative_to(notebook_folder()).as_posix() for path in notebook_folder().rglob("*.ipynb"))
# Jupyter's own warnings about ports and event loops say nothing about a notebook.
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(autouse=True)
def _study_at_hand(sample_run, monkeypatch, tmp_path):
    monkeypatch.setenv("LUMBAR_STUDY", str(sample_run.folder / "study"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", REPORTS)
def test_bare_papermill_runs_it(name, sample_run, tmp_path):
    target = tmp_path / "ran.ipynb"
    parameters = {"study": str(sample_run.folder / "study")} | (
        {"clinic_id": "quay"} if "clinic" in name else {}
    )
    ran = papermill.execute_notebook(
        str(notebook_folder() / name),
        str(target),
        parameters=parameters,
        kernel_name="python3",
        progress_bar=False,
    )
    assert any(cell.get("outputs") for cell in ran.cells)


@pytest.mark.parametrize("name", ALL)
def test_cell_by_cell_on_the_sample(name, tmp_path):
    """What a researcher does in JupyterLab: open it, run all cells, change nothing."""
    notebook = nbformat.read(notebook_folder() / name, as_version=4)
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert shown
    assert [output for output in shown if output.output_type == "error"] == []
    assert os.listdir(tmp_path) in ([], ["cache"]), "a notebook writes nothing where it stands"


@pytest.fixture(scope="module")
def only_sessions(tmp_path_factory):
    """The sample network, had it exported no plans, intakes and measures."""
    folder = tmp_path_factory.mktemp("sessions") / "network"
    shutil.copytree(sample_folder(), folder)
    head, *sources = (folder / "lumbar.toml").read_text().split("[[sources]]")
    kept = [one for one in sources if "sessions." in one or "clinics.csv" in one]
    (folder / "lumbar.toml").write_text("[[sources]]".join([head, *kept]))
    assert run_lumbar("prepare", cwd=folder).code == 0
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in ALL if name.startswith("lab/")])
def test_what_a_study_lacks_is_said_in_words(name, only_sessions, monkeypatch):
    """Without plans there is no adherence: a notebook goes without it, or says what it needs."""
    monkeypatch.setenv("LUMBAR_STUDY", str(only_sessions / "study"))
    monkeypatch.setenv("LUMBAR_CONFIG", str(only_sessions / "lumbar.toml"))
    notebook = nbformat.read(notebook_folder() / name, as_version=4)
    with contextlib.suppress(CellExecutionError):
        NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert shown
    wrong = [output for output in shown if output.output_type == "error"]
    assert [one.ename for one in wrong if one.ename != "InputError"] == []
    assert all(len(one.traceback) == 1 for one in wrong), "its words alone"
