"""Executed notebook -> one HTML page by our own nbconvert template.

A page works offline, lets no script in but ours, and is the same bytes for the same notebook. It speaks the
language that is spoken when it is made (`vocabulary/language.py`).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import nbformat
from markupsafe import Markup
from nbconvert import HTMLExporter
from traitlets.config import Config

from analytics.reporting.downloads import exhibits_of
from analytics.reporting.sections import in_sections
from analytics.reporting.sharing import alike, with_lean_tables, with_shared_icons, without
from analytics.vocabulary.language import long_date, spoken, tr
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
# what may begin a line of Markdown and is no part of its sentence: marks of a heading, a list, a quotation
MARK = re.compile(r"(\s*(?:#{1,6}|[-*+]|\d+\.|>)\s+)(.*)")


@dataclass(frozen=True, slots=True)
class Page:
    """What stands around a body: whose page, its title, and where its neighbours are from here.

    `plotly`: where the script of the figures is; `inlined`: that script itself, for a page that stands alone.
    `single`, `pdf`: the page as one file and as a PDF: where it is, and its size in words; None: not made.
    """

    name: str
    title: str
    home: str = ""
    plotly: str = ""
    inlined: str = ""
    workbook: str = ""
    contact: str = ""
    single: tuple[str, str] | None = None
    pdf: tuple[str, str] | None = None


def notebook_body(notebook: nbformat.NotebookNode, *, tables: str) -> tuple[str, str]:
    """The title (the notebook's first heading) and the rest as HTML, both in the language spoken.

    `tables` is the folder of CSVs from the page; empty: the page names none.
    """
    cells = [_said(cell) if cell.cell_type == "markdown" else cell for cell in notebook.cells]
    title = cells[0].source.splitlines()[0].removeprefix("# ").strip()
    rest = nbformat.NotebookNode(notebook, cells=[_without_title(cells[0]), *cells[1:]])
    shared = alike([exhibit["figure"] for exhibit in exhibits_of(notebook) if exhibit.get("figure")])
    resources = {"lumbar": {"mime": EXHIBIT_MIME, "tables": tables, "shared": shared}}
    body, _ = _exporter().from_notebook_node(rest, resources=resources)
    in_all = f'<script type="application/json" id="figures-alike">{script_json(shared)}</script>\n'
    return title, with_lean_tables(with_shared_icons(in_all + body))


def whole_page(body: str, page: Page, *, facts: dict[str, Any]) -> str:
    """The page, in sections, with contents made of their headings and a nonce made of its own bytes."""
    opening, sections = in_sections(body)
    as_of = date.fromisoformat(facts["as_of"])
    html = _environment().get_template("page.html.j2").render(
        opening=Markup(opening), sections=sections, page=page, facts=facts, nonce=NONCE,
        language=spoken(), as_of=as_of, style=Markup(_text("style.css")), script=Markup(_text("page.js")),
        inlined=Markup(page.inlined),
    )  # fmt: skip
    return html.replace(NONCE, hashlib.sha256(html.encode()).hexdigest()[:32])


def fill(template: str, values: dict[str, Any]) -> str:
    """A body that is no notebook: the index, or the page of a report that failed. Values are escaped."""
    return _environment().get_template(template).render(values)


def said_in_markdown(source: str) -> str:
    """Markdown, each heading, list item and paragraph of it in the language spoken.

    A sentence of the catalogue is the line without its mark; lines of one paragraph are joined by a blank.
    """
    blocks: list[tuple[str, list[str]]] = []
    for line in source.splitlines():
        marked = MARK.fullmatch(line)
        if marked:
            blocks.append((marked[1], [marked[2].strip()]))
        elif not line.strip() or not blocks or not blocks[-1][1] or "#" in blocks[-1][0]:
            blocks.append(("", [line.strip()] if line.strip() else []))
        else:
            blocks[-1][1].append(line.strip())
    return "\n".join(mark + tr(" ".join(words)) for mark, words in blocks)


def _said(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.NotebookNode(cell, source=said_in_markdown(cell.source))


def _without_title(cell: nbformat.NotebookNode) -> nbformat.NotebookNode:
    return nbformat.NotebookNode(cell, source="\n".join(cell.source.splitlines()[1:]))


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
    # no filter: one of a literal is worked out once, in the language of the first page
    exporter.environment.globals["tr"] = tr
    exporter.register_filter("without", without)
    return exporter


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.globals.update(tr=tr, long_date=long_date)
    environment.filters.update(css_text=css_text, code_marked=code_marked)
    return environment


def script_json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def css_text(text: str) -> Markup:
    """A CSS string that nothing can end: all but plain letters, digits and blanks by their number."""
    plain = (one if one == " " or (one.isascii() and one.isalnum()) else f"\\{ord(one):x} " for one in text)
    return Markup('"{}"').format(Markup("".join(plain)))


def code_marked(text: str) -> Markup:
    """Words between backticks as code; the rest escaped."""
    parts = text.split("`")
    kinds = [Markup("<code>{}</code>") if at % 2 else Markup("{}") for at in range(len(parts))]
    return Markup("").join(kind.format(part) for kind, part in zip(kinds, parts, strict=True))


@cache
def _text(name: str) -> str:
    """Without comments and indents: a page carries it along."""
    lines = (line.strip() for line in (TEMPLATES / name).read_text(encoding="utf-8").splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))
