"""The gallery: every notebook of the lab is run; one that fails says so and stops no other."""

from __future__ import annotations

import os
import stat

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from analytics.reporting import gallery, lab
from analytics.reporting.gallery import make_gallery
from analytics.reporting.pdf import find_browser
from analytics.vocabulary.study import Study

pytestmark = pytest.mark.filterwarnings("default")  # Jupyter's own warnings about ports and event loops
FIGURE = """
import sys
from analytics.vocabulary.results import Exhibit
print("beware", file=sys.stderr)
Exhibit("e", "E", "Said.", figure={"data": [{"type": "bar", "x": [1], "y": [2]}], "layout": {"height": 300}})
"""


def _write(folder, name, *cells):
    (folder / "lab").mkdir(exist_ok=True)
    nbformat.write(
        new_notebook(cells=[new_markdown_cell(f"# {name} <b>?"), *cells]), folder / "lab" / f"{name}.ipynb"
    )


@pytest.fixture
def made(tmp_path, request):
    """A gallery of a notebook that shows a figure and one that fails; with a browser, or without."""
    _write(tmp_path, "one", new_code_cell(FIGURE))
    _write(tmp_path, "two", new_code_cell("1"), new_code_cell("raise KeyError('SECRET')"), new_code_cell("2"))
    told: list[str] = []
    code = make_gallery(tmp_path, environment=os.environ, tell=told.append)
    return tmp_path / "gallery", code, told


def test_without_a_browser_figures_are_live(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "find_browser", lambda: "")
    _write(tmp_path, "one", new_code_cell(FIGURE))
    told: list[str] = []
    assert make_gallery(tmp_path, environment=os.environ, tell=told.append) == 0
    page = (tmp_path / "gallery" / "index.html").read_text()
    assert "data-figures" in page
    assert (tmp_path / "gallery" / "plotly.min.js").is_file()
    assert "Chromium" in told[0]


@pytest.mark.browser
@pytest.mark.skipif(not find_browser(), reason="Chromium is not installed")
def test_each_notebook_has_its_question_its_picture_or_what_went_wrong(made):
    folder, code, told = made
    page = (folder / "index.html").read_text()
    assert code == 1
    assert "one &lt;b&gt;?" in page
    assert (folder / "one.png").read_bytes().startswith(b"\x89PNG")
    assert "cell 3 failed (KeyError)" in page
    assert "It warned 1 times" in page
    assert not any("SECRET" in text for text in (page, *told))
    assert "http" not in page.replace("http-equiv", "")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {"one.ipynb", "two.ipynb"} <= {path.name for path in folder.iterdir()}


def test_the_lab_finds_the_settings_that_its_study_was_made_with(sample_run, tmp_path, monkeypatch):
    study = Study(sample_run.folder / "study")
    monkeypatch.chdir(tmp_path)
    assert "LUMBAR_CONFIG" not in {**lab.lab_environment(study, None)} or os.environ.get("LUMBAR_CONFIG")
    (tmp_path / "lumbar.toml").touch()
    found = lab.lab_environment(study, None)
    assert found["LUMBAR_CONFIG"] == str((tmp_path / "lumbar.toml").resolve())
    assert found["LUMBAR_STUDY"] == str(study.root.resolve())
