"""The page: nothing from outside, nothing that runs but our own script, nothing raw."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from reporting.tiny import FACTS

from analytics.reporting.render import Page, notebook_body, script_json, whole_page
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
    assert '<figure aria-labelledby="one-title" class="exhibit drawn" id="one" role="group">' in html
    assert '<div class="plot" data-figure="one">' in html
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


def test_headings_make_the_contents():
    html = _page()
    assert '<h2 id="first-amp-em-second-em">First &amp; <em>second</em></h2>' in html
    assert '<li><a href="#first-amp-em-second-em">' in html
    assert html.count("<h1>") == 1


def test_the_same_page_twice_is_the_same():
    assert _page(_shown({EXHIBIT_MIME: OWN})) == _page(_shown({EXHIBIT_MIME: OWN}))


def test_json_cannot_close_its_script():
    text = script_json({"a": "</script><!--&"})
    assert "<" not in text
    assert ">" not in text
    assert "&" not in text
