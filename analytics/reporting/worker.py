"""Make one report, in a process that does nothing else.

Run its notebook, render its page, write its tables; where asked, the page as one file and as a PDF.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.vocabulary.errors import ConfigurationError, LumbarError
from analytics.vocabulary.language import ENGLISH, speak, spoken, tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Report

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from analytics.reporting.render import Page


@dataclass(frozen=True, slots=True)
class Task:
    """One report to make, and where; everything a worker needs, since it shares nothing with the run.

    `single`: also as one file. `browser`: the program that also prints it as a PDF; empty: none does.
    """

    report: Report
    notebooks: str
    staging: str
    page: str
    facts: dict[str, Any]
    contact: str
    timeout_seconds: int
    language: str = ENGLISH
    single: bool = False
    browser: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a report: `ok` or `failed` with a reason that holds no data.

    `single`, `pdf`: where its page is as one file and as a PDF, from the published folder; empty: not made.
    `lacks`: why a PDF that was asked for is not there.
    """

    slug: str
    notebook: str
    status: str
    reason: str
    seconds: float
    sha256: str
    single: str = ""
    pdf: str = ""
    lacks: str = ""


def make(task: Task) -> Made:
    """Make the report; where its notebook fails, a page that says so stands in its place.

    Raises ConfigurationError where the notebook does not take the parameters: that is nobody's one clinic.
    """
    started = time.monotonic()
    speak(task.language)
    try:
        return replace(_report(task), seconds=round(time.monotonic() - started, 2))
    except ConfigurationError:
        raise
    except LumbarError as error:
        return make_failed(task, str(error), seconds=time.monotonic() - started)


def make_failed(task: Task, reason: str, *, seconds: float = 0.0) -> Made:
    """Put a clear page in place of a report that could not be made."""
    before = spoken()
    speak(task.language)
    try:
        digest = _write(task, task.page, failed_page(task, reason))
    finally:
        speak(before)
    return Made(task.report.slug, task.report.notebook, "failed", reason, round(seconds, 2), digest)


def failed_page(task: Task, reason: str) -> str:
    """A clear page in place of a report that could not be made."""
    from analytics.reporting.render import Page, fill, whole_page

    up = "../" * task.page.count("/")
    page = Page(_name(task), tr("Report not made"), home=f"{up}index.html", contact=task.contact)
    return whole_page(fill("failed.html.j2", {"reason": reason}), page, facts=task.facts)


def _report(task: Task) -> Made:
    from analytics.reporting.downloads import exhibits_of, write_tables
    from analytics.reporting.engine import execute
    from analytics.reporting.render import Page, notebook_body, whole_page

    report, up = task.report, "../" * task.page.count("/")
    notebook = execute(
        Path(task.notebooks) / report.notebook,
        parameters=report.parameters,
        timeout_seconds=task.timeout_seconds,
    )
    tables = Path(task.staging) / "tables" / report.slug
    there = write_tables(exhibits_of(notebook), tables, as_of=_as_of(task))
    title, body = notebook_body(notebook, tables=f"{up}tables/{report.slug}")
    page = Page(
        _name(task), title, home=f"{up}index.html", plotly=f"{up}assets/plotly.min.js",
        workbook=f"{up}tables/{report.slug}.xlsx" if there else "", contact=task.contact,
    )  # fmt: skip
    digest = _write(task, task.page, whole_page(body, page, facts=task.facts))
    made = Made(report.slug, report.notebook, "ok", "", 0.0, digest)
    if not (task.single or task.browser):
        return made
    made, page = _also(task, made, notebook, page)
    return replace(made, sha256=_write(task, task.page, whole_page(body, page, facts=task.facts)))


def _also(task: Task, made: Made, notebook: NotebookNode, page: Page) -> tuple[Made, Page]:
    """The page as one file and as a PDF, and the page that says where they are. A PDF is made of the page."""
    from analytics.reporting import pdf, single_file

    folder, up = Path(task.staging), "../" * task.page.count("/")
    if task.single:
        at = f"{single_file.FOLDER}/{made.slug}.html"
        _write(task, at, single_file.single_page(notebook, page, facts=task.facts))
        page = replace(page, single=(f"{up}{at}", single_file.size_in_words(folder / at)))
        made = replace(made, single=at)
    if task.browser:
        at = f"{pdf.FOLDER}/{made.slug}.pdf"
        lacks = pdf.write_pdf(folder / task.page, folder / at, browser=task.browser, as_of=_as_of(task))
        made = replace(made, lacks=lacks, pdf="" if lacks else at)
        if not lacks:
            page = replace(page, pdf=(f"{up}{at}", single_file.size_in_words(folder / at)))
    return made, page


def _write(task: Task, place: str, html: str) -> str:
    path = Path(task.staging) / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return hashlib.sha256(html.encode()).hexdigest()


def _as_of(task: Task) -> date:
    return date.fromisoformat(task.facts["as_of"])


def _name(task: Task) -> str:
    return task.report.clinic_name if task.report.clinic_id != NETWORK else tr("All clinics")
