"""Make one report, in a process that does nothing else.

Run its notebook, render its page, write its tables; where asked, the page as one file and as a PDF.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.reporting.processes import peak_mb
from analytics.vocabulary.errors import ConfigurationError, LumbarError
from analytics.vocabulary.language import ENGLISH, speak, tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Report

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from analytics.reporting.render import Page


GOOD = ("made", "reused")


@dataclass(frozen=True, slots=True)
class Task:
    """One report to make; everything a worker needs, since it shares nothing with the run.

    `reports`: the folder that holds all runs. `page`: its place in a published run. `facts`: what a page says
    of the study. `single`: also as one file. `browser`: the program that also prints it as a PDF; empty: none
    does. `key`, `parts`: what it rests on (Fingerprint). `day`: of the making. `staging`: the folder that it
    is made in, once there is one.
    """

    report: Report
    notebooks: str
    reports: str
    page: str
    facts: dict[str, Any]
    contact: str
    timeout_seconds: int
    language: str = ENGLISH
    engine: str = "fork"
    single: bool = False
    browser: str = ""
    key: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    day: str = ""
    staging: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a report, and why where it could not be made; the reason holds no data.

    `status`: made; reused, as nothing that it rests on changed; failed; stale: failed, and the last good one,
    which speaks of the day `good_as_of`, stands in its place. `attempts`: how often it was tried. `key` and
    `parts`: of what it rests on (Fingerprint).
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
    memory_mb: int = 0
    attempts: int = 1
    key: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    good_as_of: str = ""

    @property
    def good(self) -> bool:
        """Whether the page is the report as it should be."""
        return self.status in GOOD


def make(task: Task) -> Made:
    """Make the report in its staging folder. Of one whose notebook fails the reason is told, and no more.

    Raises ConfigurationError where the notebook does not take the parameters: that is nobody's one clinic.
    """
    started = time.monotonic()
    speak(task.language)
    try:
        made, seconds = _report(task), round(time.monotonic() - started, 2)
        return replace(made, seconds=seconds, memory_mb=peak_mb())
    except ConfigurationError:
        raise
    except LumbarError as error:
        return failed(task, str(error))


def failed(task: Task, reason: str) -> Made:
    """A report that could not be made."""
    return Made(task.report.slug, task.report.notebook, "failed", reason, 0.0, "", key=task.key)


def _report(task: Task) -> Made:
    from analytics.reporting.downloads import exhibits_of, write_tables
    from analytics.reporting.notebook import execute
    from analytics.reporting.render import Page, notebook_body, whole_page

    report, up = task.report, "../" * task.page.count("/")
    notebook = execute(
        Path(task.notebooks) / report.notebook,
        parameters=report.parameters,
        timeout_seconds=task.timeout_seconds,
        engine=task.engine,
    )
    tables = Path(task.staging) / "tables" / report.slug
    there = write_tables(exhibits_of(notebook), tables, as_of=_as_of(task))
    title, body = notebook_body(notebook, tables=f"{up}tables/{report.slug}")
    page = Page(
        name_of(task), title, home=f"{up}index.html", plotly=f"{up}assets/plotly.min.js",
        workbook=f"{up}tables/{report.slug}.xlsx" if there else "", contact=task.contact,
    )  # fmt: skip
    digest = _write(task, task.page, whole_page(body, page, facts=task.facts))
    made = Made(report.slug, report.notebook, "made", "", 0.0, digest, key=task.key)
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
        with _figures_beside(folder):
            lacks = pdf.write_pdf(folder / task.page, folder / at, browser=task.browser, as_of=_as_of(task))
        made = replace(made, lacks=lacks, pdf="" if lacks else at)
        if not lacks:
            page = replace(page, pdf=(f"{up}{at}", single_file.size_in_words(folder / at)))
    return made, page


@contextmanager
def _figures_beside(folder: Path) -> Iterator[None]:
    """The script of the figures where the page looks for it, while a browser looks at the page."""
    from importlib.resources import as_file

    from analytics.reporting.single_file import plotly_file

    with as_file(plotly_file()) as script:
        assets = folder / "assets"
        assets.mkdir()
        (assets / "plotly.min.js").symlink_to(script)
        try:
            yield
        finally:
            shutil.rmtree(assets)


def _write(task: Task, place: str, html: str) -> str:
    path = Path(task.staging) / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return hashlib.sha256(html.encode()).hexdigest()


def _as_of(task: Task) -> date:
    return date.fromisoformat(task.facts["as_of"])


def name_of(task: Task) -> str:
    """Whose report it is, as its page says it."""
    return task.report.clinic_name if task.report.clinic_id != NETWORK else tr("All clinics")
