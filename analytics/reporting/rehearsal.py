"""What a process does once, before it is forked for report after report: it makes one of nothing.

Libraries compile grammars, selectors and templates when they are first used; a child would pay for them each
time. No query is run: after one, a fork hangs.
"""

from __future__ import annotations

import atexit
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from analytics.reporting import notebook, pdf, single_file
from analytics.reporting.downloads import exhibits_of, write_tables
from analytics.reporting.render import Page, notebook_body, whole_page
from analytics.reporting.shell import Shell
from analytics.vocabulary.language import LANGUAGES, speak, spoken
from analytics.vocabulary.results import EXHIBIT_MIME

FACTS = {
    "title": "", "as_of": "2026-01-01", "data_hash": "", "versions": {"lumbar": ""},
    "disclosure": {"min_patients": 0, "round_to": 0},
}  # fmt: skip
USED = (notebook, pdf, single_file)  # a child opens them when it needs them


def rehearse(figure: dict[str, Any]) -> None:
    """Make a page with this figure in every language, and leave nothing of it."""
    nothing = _notebook_with(figure)
    nbformat.validate(nothing)
    before = spoken()
    for language in LANGUAGES:
        speak(language)
        title, body = notebook_body(nothing, tables="")
        whole_page(body, Page("", title), facts=FACTS)
    speak(before)
    with tempfile.TemporaryDirectory(prefix="lumbar-") as folder:
        write_tables(exhibits_of(nothing), Path(folder) / "tables", as_of=date(2026, 1, 1))
    atexit.unregister(Shell.instance().atexit_operations)  # of history and files that it does not keep
    os.chdir(os.sep)  # whoever was first to ask for a report may have stood in a folder of short life


def _notebook_with(figure: dict[str, Any]) -> nbformat.NotebookNode:
    shown = {
        "id": "nothing", "title": "Nothing", "summary": "", "figure": figure, "table": "<table></table>",
        "body": "<p>&amp;&minus;</p>", "data": {"clinic": ["-"], "value": [0.5]},
    }  # fmt: skip
    output = new_output("display_data", data={EXHIBIT_MIME: shown, "text/plain": "Nothing"})
    return new_notebook(
        cells=[
            new_markdown_cell("# Nothing\n\nA *line*, and a `word`.\n\n- a point"),
            new_markdown_cell("## Part"),
            new_code_cell("1", outputs=[output], execution_count=1),
        ]
    )
