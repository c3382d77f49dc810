"""The page: nothing from outside, nothing that runs but our own script, nothing raw."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from reporting.tiny import FACTS

from analytics.reporting.render import (
    Page,
    code_marked,
    css_text,
    fill,
    notebook_body,
    said_in_markdown,
    script_json,
    whole_page,
)  # fmt: skip
from analytics.reporting.sections import anchor, in_sections
from analytics.vocabulary.language import speak
from analytics.vocabulary.results import EXHIBIT_MIME

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
DRAWN = {"data": [{"name": EVIL}], "layout": {}, "config": {}}
OWN = {"id": "one", "title": EVIL, "summary": EVIL, "figure": DRAWN,
       "table": "<table><caption>T</caption></table>", "body": "", "data": {"n": [5]}}  # fmt: skip


def _page(*outputs, **page):
    cells = [new_markdown_cell("# How did it go?\n\nWords."), new_markdown_cell("## First & *second*"),
             new_code_cell("secret = 1", outputs=list(outputs))]  # fmt: skip
    title, body = notebook_body(new_notebook(cells=cells), tables="tables/oak")
    return whole_page(body, Page("Oak " + EVIL, title, **page), facts=FACTS)


def _shown(data):
    return new_output("display_data", data={"text/plain": "plain", **data})


def test_an_exhibit_is_a_figure_with_words_table_and_download():
    html = _page(_shown({EXHIBIT_MIME: OWN, "text/html": "<p>not this</p>"}))
    assert '<figure aria-labelledby="one-title" class="exhibit drawn alone" id="one" role="group">' in html
    assert '<div class="plot" data-figure="one" style="min-height:340px">' in html
    assert "<caption>T</caption>" in html
    assert 'href="tables/oak/one.csv"' in html
    assert "not this" not in html


def test_what_comes_from_data_is_escaped():
    html = _page(_shown({EXHIBIT_MIME: OWN}))
    assert EVIL not in html
    assert "onerror=alert" not in re.sub(
        r"&lt;img src=x onerror=alert\(2\)&gt;|\\u003cimg src=x onerror=alert\(2\)", "", html
    )


@pytest.mark.parametrize(
    "output",
    [
        _shown({"text/html": EVIL}), _shown({"text/markdown": EVIL}), _shown({"image/svg+xml": EVIL}),
        _shown({"application/javascript": "alert(1)"}), new_output("stream", name="stdout", text="Jane Doe"),
        new_output("stream", name="stderr", text="Jane Doe"),
        new_output("error", ename="E", evalue="Jane Doe", traceback=["Jane Doe"]),
        new_output("execute_result", data={"text/plain": "Jane Doe"}),
    ],
)  # fmt: skip
def test_other_outputs_stay_behind(output):
    html = _page(output)
    assert "alert(1)</script>" not in html
    assert "Jane" not in html
    assert "secret = 1" not in html


def test_the_policy_lets_nothing_in_but_our_own_script():
    html = _page()
    nonce = re.search(r"script-src 'nonce-([0-9a-f]{32})'", html)[1]
    assert "default-src 'none'" in html
    assert "connect-src 'none'" in html
    scripts = re.findall(r"<script[^>]*>", html)
    assert scripts
    assert all(f'nonce="{nonce}"' in tag or "application/json" in tag for tag in scripts)
    assert not re.search(r"(?:src|href)=\"https?:", html)


def test_headings_make_sections_and_contents():
    html = _page()
    assert '<h2 id="first-second-title">First &amp; <em>second</em></h2>' in html
    assert '<section aria-labelledby="first-second-title"><details class="part" open>' in html
    assert '<div class="inside" id="first-second">' in html
    assert '<li><a href="#first-second">First &amp; <em>second</em></a></li>' in html
    assert html.count("<h1>") == 1


def _sections(*tags, exhibits=()):
    heading = new_markdown_cell("## How it is done", metadata={"tags": list(tags)})
    outputs = [_shown({EXHIBIT_MIME: one}) for one in exhibits]
    cells = [new_markdown_cell("# T"), heading, new_code_cell("1", outputs=outputs)]
    _, body = notebook_body(new_notebook(cells=cells), tables="")
    return in_sections(body)[1]


@pytest.mark.parametrize(
    ("tag", "begins", "unprinted"),
    [
        ("other", '<details class="part" open>', 0),
        ("closed", '<details class="part">', 0),
        ("checkers", '<details class="part checkers">', 1),
    ],
)
def test_a_tag_of_its_heading_shuts_a_section(tag, begins, unprinted):
    (section,) = _sections(tag)
    assert begins in section.html
    assert section.html.count("Not printed") == unprinted


def test_drawings_pair_up_and_the_last_of_an_odd_row_stands_alone():
    drawn = [OWN | {"id": f"d{at}"} for at in range(3)]
    table = OWN | {"id": "t", "figure": None}
    (section,) = _sections(exhibits=[*drawn, table, OWN | {"id": "d4"}])
    alone = re.findall(r'<figure [^>]*class="exhibit drawn alone" id="(\w+)"', section.html)
    paired = re.findall(r'<figure [^>]*class="exhibit drawn" id="(\w+)"', section.html)
    assert (paired, alone) == (["d0", "d1"], ["d2", "d4"])


@pytest.mark.parametrize(
    ("heading", "taken", "expected"),
    [
        ("Wie groß ist die Übung?", set(), "wie-gross-ist-die-ubung"),
        ("First &amp; <em>second</em>", set(), "first-second"),
        ("Glossary", {"glossary"}, "glossary-2"),
        ("Glossary", {"glossary", "glossary-2-title"}, "glossary-3"),
        ("痛み", set(), "section"),
        ("&lt;script&gt;alert(1)", set(), "script-alert-1"),
    ],
)
def test_anchors_are_plain_and_never_twice_the_same(heading, taken, expected):
    assert anchor(heading, taken) == expected


def test_a_section_never_takes_the_anchor_of_an_exhibit():
    own = [_shown({EXHIBIT_MIME: OWN | {"id": "how-it-is-done"}})]
    cells = [new_markdown_cell("# T"), new_markdown_cell("## How it is done"), new_code_cell("", outputs=own)]
    html = whole_page(notebook_body(new_notebook(cells=cells), tables="")[1], Page("Oak", "T"), facts=FACTS)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


@pytest.fixture
def german(monkeypatch):
    """A catalogue that answers each sentence with itself in brackets, and German dates."""
    monkeypatch.setattr("analytics.reporting.render.tr", lambda text: f"[{text}]" if text else text)
    speak("de")
    yield
    speak("en")


def test_markdown_is_said_sentence_by_sentence(german):
    source = "## What can be\n\nOne line\nand another.\n\n- a *b*\n  goes on\n- c\n\n1. d\nText"
    assert said_in_markdown(source) == (
        "## [What can be]\n\n[One line and another.]\n\n- [a *b* goes on]\n- [c]\n\n1. [d Text]"
    )


@pytest.mark.parametrize("source", ["# T\n\nA *b*.\n\n- c\n- d", "## H\nText at once\n\n> said\n\n* e", ""])
def test_english_stays_as_it_was_written(source):
    assert said_in_markdown(source) == source


def test_each_page_of_a_process_speaks_its_own_language():
    """Whatever was worked out for the page before is not left standing."""
    said = {"en": "These numbers as CSV", "de": "Diese Zahlen als CSV"}
    for language in ("en", "de", "en"):
        speak(language)
        try:
            html = _page(_shown({EXHIBIT_MIME: OWN}))
        finally:
            speak("en")
        assert [code for code, words in said.items() if words in html] == [language]


def test_the_page_says_its_language_and_writes_its_dates(german):
    html = _page()
    assert '<html lang="de">' in html
    assert "30. Juni 2026" in html
    assert "30 June 2026" not in html


def test_a_page_without_its_own_folder_names_no_file():
    cells = [new_markdown_cell("# T"), new_code_cell("", outputs=[_shown({EXHIBIT_MIME: OWN})])]
    _, body = notebook_body(new_notebook(cells=cells), tables="")
    assert "href=" not in body


def test_a_failed_report_is_said_and_its_reason_escaped():
    html = fill("failed.html.j2", {"reason": EVIL})
    assert EVIL not in html
    assert "<code>lumbar check</code>" in html


@pytest.mark.parametrize("text", ['"}</style><script>', "a\\b", "Ö · 1\n2", "50"])
def test_text_cannot_leave_its_css_string(text):
    inside = str(css_text(text))[1:-1]
    assert not set(inside) & set("\"'<>{}\n;")
    read = re.sub(r"\\([0-9a-f]+) ", lambda found: chr(int(found[1], 16)), inside)
    assert read == text


def test_code_in_a_sentence_is_marked_and_all_is_escaped():
    assert code_marked("run `a<b` & go") == "run <code>a&lt;b</code> &amp; go"


def test_the_same_page_twice_is_the_same():
    assert _page(_shown({EXHIBIT_MIME: OWN})) == _page(_shown({EXHIBIT_MIME: OWN}))


def test_json_cannot_close_its_script():
    text = script_json({"a": "</script><!--&"})
    assert "<" not in text
    assert ">" not in text
    assert "&" not in text
