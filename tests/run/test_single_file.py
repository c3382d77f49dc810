"""`--single-file`: a clinic's page that a mail carries: one file, which asks for nothing wherever it lies."""

from __future__ import annotations

import re
import shutil

import pytest
from reporting.tiny import notebook, settings_in, write_notebooks, write_study
from run.chromium import browsing, open_everything, open_page

from analytics.reporting.catalogue import slug_of
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports

DRAWN = """
from analytics.vocabulary.results import Exhibit
import polars as pl
figure = {"data": [{"type": "scatter", "x": [1, 2], "y": [3, 4]}], "layout": {"height": 300}, "config": {}}
table = "<table class='exhibit'><caption>T</caption><tr><th scope='row'>a</th><td>5</td></tr></table>"
Exhibit("drawn", clinic_id, summary="Words", figure=figure, table=table, data=pl.DataFrame({"n": [5]}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """One clinic's report, also as one file."""
    root = tmp_path_factory.mktemp("single")
    notebooks = write_notebooks(root / "notebooks")
    notebook(notebooks, "clinic_report.ipynb", DRAWN)
    settings = settings_in(root)
    asked = Asked(only=("beech",), also=("single",), notebooks=notebooks)
    return run_reports(settings, write_study(root / "study"), asked)


@pytest.fixture(scope="module")
def alone(run, tmp_path_factory):
    """The file as it lies after it was mailed: nothing of the published folder beside it."""
    place = tmp_path_factory.mktemp("mailed") / "report.html"
    return shutil.copy(run.folder / "single" / f"{slug_of('beech')}.html", place)


def test_it_lies_beside_the_pages_and_is_told_with_its_size(run):
    page = (run.folder / "clinics" / f"{slug_of('beech')}.html").read_text()
    assert re.search(
        rf'href="\.\./single/{slug_of("beech")}\.html" download>One file for e-mail \(HTML, 4\.\d MB\)', page
    )
    assert re.search(r"one file for e-mail: 1, up to 4\.\d MB each: .*single", str(run))
    assert f"single/{slug_of('beech')}.html" in (run.folder / "manifest.json").read_text()
    assert f'href="single/{slug_of("beech")}.html"' in (run.folder / "index.html").read_text()


def test_nothing_in_it_points_elsewhere(alone):
    html = alone.read_text(encoding="utf-8")
    markup = re.sub(r"<script[^>]*>.*?</script>", "", html, flags=re.DOTALL)
    pointed = re.findall(r"(?:href|src|action|poster)\s*=\s*[\"']?([^\"'\s>]+)", markup)
    assert pointed
    assert [target for target in pointed if not target.startswith("#")] == []
    assert not re.search(r"<script[^>]*\ssrc=", html)
    assert html.count("</script>") == 4  # what its figures have alike, the figure, our script, plotly's


def test_it_draws_with_nothing_beside_it(chromium, alone):
    with browsing(chromium) as context:
        page, asked, said = open_page(context, alone)
        open_everything(page)
        assert page.locator(".main-svg").count() >= 1
        assert (asked, said) == ([], [])
        assert "script-src 'nonce-" in page.content()
        assert page.locator("table caption").count() == 1


def test_without_the_option_no_such_file_is_made(tmp_path):
    study, notebooks = write_study(tmp_path / "study"), write_notebooks(tmp_path / "notebooks")
    plain = run_reports(settings_in(tmp_path), study, Asked(only=("cedar",), notebooks=notebooks))
    assert not (plain.folder / "single").exists()
    assert "e-mail" not in (plain.folder / "clinics" / f"{slug_of('cedar')}.html").read_text()
