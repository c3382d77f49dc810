"""`--pdf`: a clinic's page as a PDF, the same bytes for the same page; without a browser the run goes on."""

from __future__ import annotations

import os
import re
import stat
from datetime import date

import pytest
from reporting.tiny import settings_in, write_notebooks, write_study
from run.chromium import one_clinic

from analytics.reporting import pdf
from analytics.reporting.catalogue import slug_of
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports

AS_OF = date(2026, 6, 30)
needs_browser = pytest.mark.skipif(not pdf.find_browser(), reason="Chromium is not installed")


@pytest.fixture(scope="module")
def twice(sample_run, tmp_path_factory):
    """A full page, printed twice."""
    folder = tmp_path_factory.mktemp("pdf")
    targets = [folder / "one.pdf", folder / "two.pdf"]
    page = one_clinic(sample_run.latest)
    said = [pdf.write_pdf(page, target, browser=pdf.find_browser(), as_of=AS_OF) for target in targets]
    assert said == ["", ""]
    return targets


@needs_browser
@pytest.mark.browser
def test_the_same_page_is_the_same_bytes(twice):
    one, two = (target.read_bytes() for target in twice)
    assert one == two


@needs_browser
@pytest.mark.browser
def test_it_is_a_tagged_pdf_of_some_sheets_of_a4_with_no_clock_in_it(twice):
    made = twice[0].read_bytes()
    assert re.findall(rb"/(?:CreationDate|ModDate) \(D:(\d{14})", made) == [b"20260630000000"] * 2
    assert 3 <= len(re.findall(rb"/Type\s*/Page\b", made)) <= 14
    boxes = {
        tuple(round(float(edge)) for edge in box.split()[2:])
        for box in re.findall(rb"/MediaBox \[([^\]]+)\]", made)
    }
    assert all(abs(width - 595) <= 1 and abs(height - 842) <= 1 for width, height in boxes)
    assert b"/StructTreeRoot" in made
    assert b"/Lang (en)" in made


@needs_browser
@pytest.mark.browser
def test_a_run_says_where_the_pdfs_are(tmp_path):
    run = _run(tmp_path)
    place = f"pdf/{slug_of('alder')}.pdf"
    assert (run.folder / place).read_bytes().startswith(b"%PDF-")
    assert f'href="../{place}"' in (run.folder / "clinics" / f"{slug_of('alder')}.html").read_text()
    assert re.search(r"PDF: 1, up to \d+ kB each: .*pdf", str(run))
    assert run.exit_code == 0


def _run(root):
    study, notebooks = write_study(root / "study"), write_notebooks(root / "notebooks")
    asked = Asked(only=("alder",), also=("pdf",), notebooks=notebooks)
    return run_reports(settings_in(root), study, asked)


def test_without_a_browser_the_run_says_so_and_goes_on(tmp_path, monkeypatch):
    monkeypatch.setenv(pdf.CHOSEN, "no-such-browser")
    run = _run(tmp_path)
    assert run.exit_code == 0
    assert "no PDF: no Chromium or Chrome was found on this machine" in str(run)
    assert not (run.folder / "pdf").exists()
    assert ".pdf" not in (run.folder / "clinics" / f"{slug_of('alder')}.html").read_text()


def _program(folder, text):
    path = folder / "browser"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the browser")
@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exit 3", "the browser failed (CalledProcessError)"),
        ("exit 0", "the browser wrote no PDF"),
        ("exec sleep 30", "the browser took longer than 1 seconds"),
    ],
)
def test_a_browser_that_fails_leaves_words_and_no_file(tmp_path, monkeypatch, script, said):
    monkeypatch.setattr(pdf, "TIME_LIMIT", 1)
    target = tmp_path / "pdf" / "x.pdf"
    page = tmp_path / "page.html"
    page.write_text("<p>hello</p>")
    browser = _program(tmp_path, script)
    assert pdf.write_pdf(page, target, browser=browser, as_of=AS_OF) == said
    assert not target.exists()


@pytest.mark.skipif(os.name == "nt", reason="a shell script stands for the browser")
def test_the_browser_learns_no_secret_and_gets_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "canary")
    told = tmp_path / "told"
    browser = _program(tmp_path, f'(env; echo "$@") > {told}')
    pdf.write_pdf(tmp_path / "page.html", tmp_path / "x.pdf", browser=browser, as_of=AS_OF)
    text = told.read_text()
    assert "canary" not in text
    assert "--proxy-server=127.0.0.1:9" in text
    assert ("--no-sandbox" in text) is (os.geteuid() == 0)
