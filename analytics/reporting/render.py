"""Executed notebook -> one HTML page by our own nbconvert template.

A page works offline, lets no script in but ours, and is the same bytes for the same notebook.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter
from traitlets.config import Config

from analytics.vocabulary.results import EXHIBIT_MIME

TEMPLATES = Path(__file__).parent / "template"
# known to the template, which writes nothing for them: only exhibits are shown
LEFT_BEHIND = (
    "text/html",
    "text/markdown",
    "image/svg+xml",
    "image/png",
    "application/javascript",
    "text/plain",
)
NONCE = "nonce-to-be-made-from-the-page"
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Page:
    """What stands around a body: whose page, its title, and where its neighbours are from here."""

    name: str
    title: str
    home: str = ""
    plotly: str = ""
    workbook: str = ""
    contact: str = ""
    language: str = "en"
    contents: tuple[tuple[str, Markup], ...] = ()


def notebook_body(notebook: nbformat.NotebookNode, *, tables: str) -> tuple[str, str]:
    """The title (the notebook's first heading) and the rest as HTML.

    `tables` is the folder of CSVs from the page.
    """
    cells = notebook.cells
    title = cells[0].source.splitlines()[0].removeprefix("# ").strip()
    rest = nbformat.NotebookNode(notebook, cells=[_without_title(cells[0]), *cells[1:]])
    resources = {"lumbar": {"mime": EXHIBIT_MIME, "tables": tables}}
    body, _ = _exporter().from_notebook_node(rest, resources=resources)
    return title, body


def whole_page(body: str, page: Page, *, facts: dict[str, Any]) -> str:
    """The page, with contents made of its second headings and a nonce made of its own bytes."""
    headings = [(_anchor(text), Markup(text)) for text in HEADING.findall(body)]
    filled = replace(page, contents=tuple(headings))
    html = _environment().get_template("page.html.j2").render(
        body=_in_sections(body), page=filled, facts=facts, nonce=NONCE,
        style=Markup(_text("style.css")), script=Markup(_text("page.js")),
    )  # fmt: skip
    return html.replace(NONCE, hashlib.sha256(html.encode()).hexdigest()[:32])


def fill(template: str, values: dict[str, Any]) -> str:
    """A body that is no notebook: the index, or the page of a report that failed. Values are escaped."""
    return _environment().get_template(template).render(values)


def _without_title(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.NotebookNode(cell, source="\n".join(cell.source.splitlines()[1:]))


def _in_sections(body: str) -> str:
    """Each second heading opens a section that reaches to the next; contents point at its anchor."""
    first, *others = re.split(r'(?=<div class="words"><h2>)', body)
    return first + "".join(_section(part) for part in others)


def _section(part: str) -> str:
    anchor = _anchor(HEADING.findall(part)[0])
    anchored = part.replace("<h2>", f'<h2 id="{anchor}">', 1)
    return f'<section aria-labelledby="{anchor}">{anchored}</section>'


def _anchor(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


@cache
def _exporter() -> HTMLExporter:
    config = Config()
    config.NbConvertBase.display_data_priority = [EXHIBIT_MIME, *LEFT_BEHIND]
    exporter = HTMLExporter(
        config=config,
        template_name="lumbar",
        extra_template_basedirs=[str(TEMPLATES)],
        exclude_anchor_links=True,
    )
    exporter.register_filter("script_json", script_json)
    return exporter


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )


def script_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@cache
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()
