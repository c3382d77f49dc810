"""The first page: every clinic by name, what needs a look in words, and nothing that ranks."""

from __future__ import annotations

import re

import polars as pl
import pytest
from reporting.tiny import FACTS, write_study

from analytics.reporting.catalogue import PER_CLINIC, plan_reports
from analytics.reporting.index import clinics_index
from analytics.reporting.worker import Made
from analytics.vocabulary.language import spoken
from analytics.vocabulary.study import Study


def _made(reports, **of):
    return tuple(
        of.get(report.clinic_id) or Made(report.slug, report.notebook, "made", "", 1.0, "ab")
        for report in reports
    )


def _benchmark(study, rows, measures=("pain_reduction",)):
    """Rows of clinic, observed, low, high and signal, the same for every measure."""
    columns = ["clinic_id", "observed", "low", "high", "signal"]
    frame = pl.DataFrame(rows, schema=columns, orient="row")
    long = pl.concat([frame.with_columns(measure=pl.lit(measure)) for measure in measures])
    long.write_parquet(study.root / "release" / "benchmark.parquet")


def _cells(html, clinic):
    row = re.search(rf"<tr[^>]*><th scope=\"row\"><a [^>]*>{re.escape(clinic)}</a>.*?</tr>", html, re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row[0])).strip()


def test_only_the_fall_in_pain_is_shown_of_many_measures(study):
    rows = [("alder", 2.14, 1.6, 2.66, "better than expected"), ("beech", None, None, None, None)]
    _benchmark(study, rows, ("adherence", "pain_reduction", "responder"))
    reports = plan_reports(study)
    html = clinics_index(study, reports, _made(reports))
    assert "better than expected 2.1 (1.6 to 2.7)" in _cells(html, "Alder")
    assert "not enough data not shown" in _cells(html, "Cedar")
    assert html.count("<tr data-size") == 3


def test_what_needs_a_look_is_said_in_words(study):
    rows = [
        ("alder", 1.0, 0.5, 1.5, "worse than expected"),
        ("beech", 3.0, 2.5, 3.5, "better than expected"),
        ("cedar", 2.0, 1.5, 2.5, "no clear difference"),
    ]
    _benchmark(study, rows)
    reports = plan_reports(study)
    slugs = {report.clinic_id: report.slug for report in reports}
    failed = Made(slugs["cedar"], PER_CLINIC, "failed", "x", 1.0, "ab")
    html = clinics_index(study, reports, _made(reports, cedar=failed))
    said = re.findall(r"<li>(.*?)</li>", html)
    assert said == [
        "Report not made: Cedar.",
        "Worth a look, as pain fell less than expected: Alder.",
        "Worth learning from, as pain fell more than expected: Beech &lt;b&gt;&amp;&lt;/b&gt; Co.",
    ]


def test_where_nothing_needs_a_look_it_says_so(study):
    _benchmark(
        study, [(clinic, 2.0, 1.5, 2.5, "no clear difference") for clinic in ("alder", "beech", "cedar")]
    )
    reports = plan_reports(study)
    html = clinics_index(study, reports, _made(reports))
    assert "no clinic differs clearly" in html
    assert "What needs a look first" not in html


def test_many_clinics_are_counted_not_listed(tmp_path):
    study = write_study(tmp_path / "study")
    names = [f"Clinic {number:03}" for number in range(150)]
    frame = pl.DataFrame(
        {"clinic_id": names, "clinic_name": names, "contact": [None] * 150, "language": "en"}
    )
    frame.write_parquet(study.root / "release" / "clinics.parquet")
    reports = plan_reports(study)
    html = clinics_index(study, reports, _made(reports))
    assert "Clinic 007, and 142 more, in the table. Each page says what is missing." in html
    assert len(html.encode()) < 150_000


def test_a_network_without_clinics_has_a_page_that_says_so(tmp_path):
    study = write_study(tmp_path / "study")
    clinics = pl.read_parquet(study.root / "release" / "clinics.parquet")
    clinics.clear().write_parquet(study.root / "release" / "clinics.parquet")
    reports = plan_reports(study)
    html = clinics_index(study, reports, _made(reports))
    assert "This study holds no clinic yet." in html
    assert "<table" not in html


@pytest.mark.parametrize(("anyway", "said"), [(True, 1), (False, 0)])
def test_exports_published_against_advice_are_said_first(study, monkeypatch, anyway, said):
    gate = {"decision": "publish", "reasons": [], "anyway": anyway}
    monkeypatch.setattr(Study, "facts", FACTS | {"gate": gate})
    reports = plan_reports(study)
    assert clinics_index(study, reports, _made(reports)).count("asked to hold these reports") == said


def test_it_speaks_the_language_of_the_network_and_leaves_the_run_its_own(study, monkeypatch):
    monkeypatch.setattr(Study, "facts", FACTS | {"language": "de"})
    _benchmark(study, [("alder", -0.26, -1.0, 0.5, "no clear difference")])
    reports = plan_reports(study)
    html = clinics_index(study, reports, _made(reports))
    assert '<html lang="de">' in html
    assert "−0,3" in html
    assert "30. Juni 2026" in html
    left = ["Clinic", "Find a clinic", "Fall in pain", "expected", "not shown", "Patients", "look first"]
    text = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    assert [words for words in left if re.search(rf"\b{words}\b", text)] == []
    assert spoken() == "en"
