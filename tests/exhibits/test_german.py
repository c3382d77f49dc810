"""In German no English is left, numbers are written as in German, and every word is from the catalogue."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from types import SimpleNamespace

import polars as pl
import pytest
from exhibits import (
    test_changes,
    test_control_chart,
    test_funnel,
    test_gap_exhibits,
    test_model_exhibits,
    test_quality,
)
from exhibits.made_up import CLINIC, RULES, make_cells, make_contrasts, make_flow, make_release
from exhibits.made_up_charts import UP_AND_DOWN, released, series_of
from exhibits.made_up_model import CLINICS, make_components, make_model_contrasts
from exhibits.made_up_pages import whole_page
from hypothesis import given
from hypothesis import strategies as st

from analytics.cohort.questions import IN_PART, NOT_THERE, QUESTIONS, TOO_SMALL
from analytics.exhibits import quality, quality_tables
from analytics.exhibits.benchmark import clinics_table, comparison_details, standing_table
from analytics.exhibits.changes import changes_table
from analytics.exhibits.chart_icons import charts_table
from analytics.exhibits.contrasts import contrasts_table
from analytics.exhibits.diagnostics import components_table
from analytics.exhibits.disclosure import release_cells, release_flow
from analytics.exhibits.followup import followup_figure
from analytics.exhibits.glossary import glossary
from analytics.exhibits.markup import table_html
from analytics.exhibits.next_steps import next_steps
from analytics.exhibits.numbers import count, estimate, number, percent, plain, spread, words
from analytics.exhibits.theme import draw
from analytics.exhibits.trajectory import trajectory_figure
from analytics.vocabulary import language
from analytics.vocabulary.rules import RULES as CHECKS

PLACE = re.compile(r"(%?\{[^}]*\})")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]+")
SEEN = ("text", "name", "hovertemplate", "ticktext", "customdata")
ENGLISH = {
    "the", "of", "and", "to", "with", "for", "patients", "week", "weeks", "pain", "less", "more",
    "not", "shown", "clinic", "clinics", "are", "no", "by", "from", "that", "which", "where", "than", "this",
    "there", "points", "share", "mean", "median", "plan's", "data", "enough", "expected", "found", "lines",
    "unknown", "change", "between", "about", "load", "effort", "session", "sessions", "start", "other",
}  # fmt: skip
# What stands in a text and is no word of a language: names, methods, patterns of files, names of settings.
MONTH = re.compile(r"\b(Jan|Feb|Mär|Apr|Mai|Jun|Jul|Aug|Sep|Okt|Nov|Dez)(z|i|t)?\.?\s*(?=\d{4})")
VALUES = (
    "Willow Back Clinic", *(f"{name.title()} Back Clinic" for name in CLINICS), CLINIC, "in/*.csv", "oak",
    "elm", "REML", "Willow", "Quay", "Kenward-Roger", *CHECKS,
)  # fmt: skip


@pytest.fixture
def dotted(monkeypatch):
    """A language in which each letter of a sentence is a dot: a letter that is seen was never translated."""

    def get(text):
        parts = PLACE.split(text)
        return SimpleNamespace(string="".join(p if PLACE.fullmatch(p) else LETTER.sub("·", p) for p in parts))

    monkeypatch.setattr(language, "catalogue", lambda code: SimpleNamespace(get=get))
    language.speak("de")
    yield
    language.speak("en")


def told():
    rows = [(CLINIC, QUESTIONS[0].text, "yes", "Written down for most."),
            (CLINIC, QUESTIONS[6].text, "no", NOT_THERE.format(export=QUESTIONS[6].export)),
            (CLINIC, QUESTIONS[8].text, "partly", IN_PART.format(export=QUESTIONS[8].export)),
            (CLINIC, "Is this clinic different from what its patients let expect?", "no",
             TOO_SMALL.format(number=10))]  # fmt: skip
    return pl.DataFrame(rows, schema=["clinic_id", "question", "told", "because"], orient="row")


def flow():
    reasons = ("lines in the session exports", "repeats of another line", "pain at the start below 1.5",
               "younger than 18", "no pain rating after week 0")  # fmt: skip
    return release_flow(make_flow().with_columns(reason=pl.Series(reasons)), RULES)


def of_quality():
    checks = test_quality.released(
        test_quality.row("oak"), test_quality.row("elm", state="persisting"),
        test_quality.row("oak", "transfers", status="note"),
        test_quality.row("oak", "pain_constant", status="fail", column="pain_before"),
        test_quality.row("network", "rows_halved", table="patients", violated=5, patients=5),
        *test_quality.filled("rpe", 30, status="warn"), *test_quality.filled("setting", 40, patients=3),
    )  # fmt: skip
    reasons = [{"clinic_id": "network", "check": "pain_constant"}]
    facts = test_quality.FACTS | {"gate": {"decision": "hold", "reasons": reasons, "anyway": False}}
    lines = test_quality.OF_OAK
    return [
        quality.quality_headline(checks, lines, facts), quality.quality_findings(checks, facts),
        quality.lines_table(lines), quality_tables.completeness_table(checks),
        quality_tables.checks_table(checks, facts),
    ]  # fmt: skip


def of_comparisons():
    """Beside the other clinics, over time, and since the last report."""
    benchmark, clinics = test_funnel.released(), test_funnel.CLINICS
    own = benchmark.filter(pl.col("clinic_id") == CLINIC)
    _, icons = released(series_of(test_control_chart.HIGHER))
    return [
        clinics_table(benchmark, clinics), standing_table(own, name="Willow"),
        comparison_details(benchmark, clinics), test_funnel.network(), test_funnel.network("responder"),
        test_funnel.own(), test_gap_exhibits.gap(), test_gap_exhibits.bands(),
        test_gap_exhibits.gap(test_gap_exhibits.make_gaps(known=False)),
        test_gap_exhibits.gap(test_gap_exhibits.make_gaps(5)), charts_table(icons, clinics),
        *(test_control_chart.figure_of(values) for values in (test_control_chart.HIGHER, [2.0, 2.4])),
        test_control_chart.figure_of(UP_AND_DOWN, targets={"pain_reduction": 2.0}),
        test_control_chart.figure_of([0.5 + value / 10 for value in UP_AND_DOWN], measure="responder"),
        changes_table(test_changes.frame(test_changes.PAIN, moved_by="data, settings"), name="Willow"),
        changes_table(test_changes.frame(), name="Willow"),
        followup_figure(make_release().cells, name="Willow"), next_steps(make_release()), glossary(),
    ]  # fmt: skip


def small_and_empty():
    """What is said where there is little or nothing."""
    few = make_release(make_cells(size=5), told=told())
    none = make_release(make_cells().clear(), contrasts=make_contrasts().clear(), told=told().clear())
    gap = pl.when(pl.col("week") == 4, pl.col("clinic_id") == CLINIC).then(3).otherwise("patients")
    gaps = release_cells(make_cells().with_columns(patients=gap), RULES)
    return [
        *whole_page(replace(few, flow=flow())), *whole_page(replace(none, flow=flow().clear())),
        trajectory_figure(gaps, name="Willow Back Clinic"),
    ]  # fmt: skip


def everything():
    release = replace(make_release(told=told()), flow=flow())
    return [
        *whole_page(release), *small_and_empty(), *test_model_exhibits.exhibits(),
        components_table(make_components()), contrasts_table(make_model_contrasts()), *of_quality(),
        *of_comparisons(),
    ]  # fmt: skip


def texts_of(exhibit):
    """All that a reader may see, marks of HTML taken off."""
    html = re.sub(r"<[^>]*>", "\n", exhibit.table + exhibit.body)
    yield from (exhibit.title, exhibit.summary, *unescape(html).split("\n"))
    yield from (PLACE.sub("", re.sub(r"<[^>]*>", "", text)) for text in in_figure(exhibit.figure or {}))


def in_figure(part):
    if isinstance(part, list):
        for inner in part:
            yield from in_figure(inner)
    elif isinstance(part, dict):
        for key, inner in part.items():
            yield from all_of(inner) if key in SEEN else in_figure(inner)


def all_of(part):
    if isinstance(part, str):
        yield unescape(part)
    elif isinstance(part, dict):
        yield from in_figure(part)
        yield from all_of(part.get("text"))
    elif isinstance(part, list):
        for inner in part:
            yield from all_of(inner)


def without_values(text):
    text = MONTH.sub("", re.sub(r'\w+[_.]\w+|"\w+"', "", text))  # names of settings, what they are set to
    for value in sorted(VALUES, key=len, reverse=True):
        text = text.replace(value, "")
    return text


@pytest.mark.usefixtures("dotted")
def test_every_word_of_every_exhibit_comes_from_the_catalogue():
    left = {(exhibit.id, text.strip()) for exhibit in everything() for text in texts_of(exhibit)
            if LETTER.search(without_values(text))}  # fmt: skip
    assert left == set()


@pytest.mark.usefixtures("dotted")
def test_a_text_that_is_not_translated_is_seen():
    table = table_html([["Willow Back Clinic", "3 weeks"]], headings=["", ""], caption="")
    figure = draw(
        [{"type": "bar", "x": [1], "y": [1], "name": "days"}], {"xaxis": {"title": {"text": "hours"}}}
    )
    seen = texts_of(SimpleNamespace(title="", summary="", table=table, body="", figure=figure))
    assert [text for text in seen if LETTER.search(without_values(text))] == ["3 weeks", "days", "hours"]


@pytest.mark.usefixtures("german")
def test_no_english_is_left_in_german():
    left = {(exhibit.id, text.strip()) for exhibit in everything() for text in texts_of(exhibit)
            if ENGLISH & {word.lower() for word in WORD.findall(without_values(text))}}  # fmt: skip
    assert left == set()


@pytest.mark.usefixtures("german")
def test_numbers_are_written_as_in_german():
    assert number(2.06) == "2,1"
    assert number(-1.24) == "−1,2"
    assert number(-0.04) == "0,0"
    assert number(None) == percent(None) == spread(None, 2.0) == count(None) == "nicht gezeigt"
    assert percent(0.714) == "71 %"
    assert percent(0.0125, digits=1) == "1,2 %"
    assert spread(1.6, 2.6) == "1,6 bis 2,6"
    assert spread(-1.0, 2.25, digits=2) == "−1,00 bis 2,25"
    assert count(1240) == "1.240"
    assert plain(0.5) == "0,5"
    assert estimate({"patients": 40, "value": 2.0, "low": 1.0, "high": 3.0}) == "2,0 (1,0 bis 3,0)"
    assert estimate({"patients": 0, "value": None, "low": None}) == "nicht gemessen"


@given(st.floats(-1e6, 1e6), st.integers(0, 3))
def test_both_languages_write_the_same_figures(value, digits):
    """German is English with point and comma exchanged."""
    whole, exchanged = round(abs(value)), str.maketrans(".,", ",.")
    english = number(value, digits=digits), count(whole), percent(value, digits=digits), plain(value)
    language.speak("de")
    try:
        german = number(value, digits=digits), count(whole), percent(value, digits=digits), plain(value)
    finally:
        language.speak("en")
    assert german == tuple(text.translate(exchanged) for text in english)


def test_numbers_are_written_as_in_english():
    assert (count(1240), plain(0.5), percent(0.0125, digits=1)) == ("1,240", "0.5", "1.2 %")


@pytest.mark.usefixtures("german")
def test_codes_and_prepared_sentences_are_german():
    assert words("hip_flexors") == "Hüftbeuger"
    assert words("younger than 18") == "jünger als 18"
    assert words("pain at the start below 2.5") == "Schmerz zu Beginn unter 2,5"
    assert words("It needs a late pain rating in 50 % of the episodes or more.").endswith(
        "50 % der Episoden oder mehr."
    )
    assert words("nobody knows this 3") == "nobody knows this 3"
    assert words("{number} of it 3") == "{number} of it 3"


@pytest.mark.usefixtures("german")
def test_columns_of_german_numbers_are_columns_of_numbers():
    table = table_html(
        [["a", "1,5"], ["b", "nicht gezeigt"], ["c", "−0,2 bis 1,4"]], headings=["", ""], caption=""
    )
    assert table.count('class="number"') == 4
    assert "nicht gezeigt: zu wenige Patienten" in table


def test_plotly_writes_numbers_as_the_page_does():
    assert draw([], {})["layout"]["separators"] == ".,"
    language.speak("de")
    try:
        assert draw([], {})["layout"]["separators"] == ",."
    finally:
        language.speak("en")


@pytest.mark.usefixtures("german")
def test_german_reads_as_sentences():
    said = trajectory_figure(make_release().cells, name="Willow").summary
    assert "Willow: 5,8 in Woche 0, 3,0 in Woche 12 (etwa 20 Patienten; 95-%-Intervall" in said
