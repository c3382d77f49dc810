"""Nouns ask who draws them; a figure in JupyterLab carries its words."""

from __future__ import annotations

import subprocess
import sys

from analytics.vocabulary import display
from analytics.vocabulary.display import Shown, with_words
from analytics.vocabulary.results import EXHIBIT_MIME, Exhibit


class Bare(Shown):
    def __repr__(self):
        return "a <b> noun"


def test_without_anybody_to_draw_it_a_noun_is_its_plain_text_escaped(monkeypatch):
    monkeypatch.setattr(display, "_PLACES", {})
    assert Bare()._repr_html_() == "<pre>a &lt;b&gt; noun</pre>"


def test_the_shelf_says_who_draws():
    assert display._PLACES["show"] == "analytics.exhibits.lab.nouns:show"


def test_a_figure_says_its_title_and_summary_above_itself():
    figure = {"data": [], "layout": {"margin": {"t": 36, "l": 8}, "height": 340}}
    shown = with_words(figure, "Is it <b>the</b> exercise?", "word " * 40)
    words = shown["layout"]["title"]["text"]
    assert "Is it &lt;b&gt;the&lt;/b&gt; exercise?" in words
    assert words.count("<br>") == 2
    grown = shown["layout"]["height"] - 340
    assert grown == shown["layout"]["margin"]["t"] - 36 > 0
    assert figure["layout"] == {"margin": {"t": 36, "l": 8}, "height": 340}


def test_a_figure_with_a_title_of_its_own_is_left_alone():
    figure = {"data": [], "layout": {"title": {"text": "mine"}, "height": 340}}
    assert with_words(figure, "Other", "")["layout"] | {"font": {}} == figure["layout"] | {"font": {}}


def test_in_jupyter_a_figure_keeps_its_height_when_it_is_sized_anew():
    figure = {"data": [], "layout": {}, "config": {"responsive": True, "displaylogo": False}}
    assert with_words(figure, "T", "")["config"] == {"responsive": False, "displaylogo": False}
    assert figure["config"]["responsive"]


def test_an_exhibit_is_for_the_report_what_it_was_and_for_jupyter_a_figure_with_words():
    figure = {"data": [], "layout": {}}
    bundle = Exhibit("e", "Title", "Summary", figure=figure)._repr_mimebundle_()
    assert bundle[EXHIBIT_MIME]["figure"] is figure
    assert "Title" in bundle["application/vnd.plotly.v1+json"]["layout"]["title"]["text"]
    html = Exhibit("e", "A < B", "", table="<table></table>")._repr_mimebundle_()["text/html"]
    assert html == "<p><b>A &lt; B</b></p><table></table>"


def test_the_shelf_imports_nothing_heavy():
    heavy = ("polars", "plotly", "great_tables", "scipy")
    code = f"import analytics, sys; print([m for m in {heavy} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
