"""Make one report, in a process that does nothing else.

Run its notebook, render its page, write its tables.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from analytics.vocabulary.errors import ConfigurationError, LumbarError
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Report


@dataclass(frozen=True, slots=True)
class Task:
    """One report to make, and where; everything a worker needs, since it shares nothing with the run."""

    report: Report
    notebooks: str
    staging: str
    page: str
    facts: dict[str, Any]
    contact: str
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a report: `ok` or `failed` with a reason that holds no data."""

    slug: str
    notebook: str
    status: str
    reason: str
    seconds: float
    sha256: str


def make(task: Task) -> Made:
    """Make the report; where its notebook fails, a page that says so stands in its place.

    Raises ConfigurationError where the notebook does not take the parameters: that is nobody's one clinic.
    """
    started = time.monotonic()
    try:
        html = _report(task)
    except ConfigurationError:
        raise
    except LumbarError as error:
        return make_failed(task, str(error), seconds=time.monotonic() - started)
    digest = _write(task, html)
    seconds = round(time.monotonic() - started, 2)
    return Made(task.report.slug, task.report.notebook, "ok", "", seconds, digest)


def make_failed(task: Task, reason: str, *, seconds: float = 0.0) -> Made:
    """Put a clear page in place of a report that could not be made."""
    digest = _write(task, failed_page(task, reason))
    return Made(task.report.slug, task.report.notebook, "failed", reason, round(seconds, 2), digest)


def _write(task: Task, html: str) -> str:
    path = Path(task.staging) / task.page
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return hashlib.sha256(html.encode()).hexdigest()


def failed_page(task: Task, reason: str) -> str:
    """A clear page in place of a report that could not be made."""
    from analytics.reporting.render import Page, fill, whole_page

    up = "../" * task.page.count("/")
    page = Page(task.report.clinic_name, "Report not made", home=f"{up}index.html", contact=task.contact)
    return whole_page(fill("failed.html.j2", {"reason": reason}), page, facts=task.facts)


def _report(task: Task) -> str:
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
    there = write_tables(exhibits_of(notebook), tables, as_of=date.fromisoformat(task.facts["as_of"]))
    title, body = notebook_body(notebook, tables=f"{up}tables/{report.slug}")
    page = Page(
        report.clinic_name if report.clinic_id != NETWORK else "All clinics", title, home=f"{up}index.html",
        plotly=f"{up}assets/plotly.min.js", workbook=f"{up}tables/{report.slug}.xlsx" if there else "",
        contact=task.contact,
    )  # fmt: skip
    return whole_page(body, page, facts=task.facts)
