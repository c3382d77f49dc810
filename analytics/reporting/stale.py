"""A report that could not be made: its last good one with a banner in its place, or a page that says so."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from markupsafe import Markup

from analytics.reporting.render import Page, fill, whole_page
from analytics.reporting.worker import Made, Task, name_of
from analytics.vocabulary.files import checksum, link
from analytics.vocabulary.language import long_date, speak, spoken, tr

GOOD = ("made", "reused", "stale")
OLD = re.compile(r"<!--banner-->.*?<!--/banner-->", re.DOTALL)
TO_PDF = re.compile(r'<a href="[./]*pdf/[^"]*" download>.*?</a>\n?')  # it is not taken along
MAIN = re.compile(r"(<main\b[^>]*>)")


def put_in_place(folder: Path, task: Task, made: Made, *, manifest: dict[str, Any]) -> tuple[list[str], Made]:
    """Put the last good report into the run with a banner; where there is none, a page that says what failed.

    One that was made under other rules of disclosure is not shown again. `manifest`: of the run before.
    Returns the places of its files, and what became of the report.
    """
    latest = folder.with_name("latest")
    last = next((one for one in manifest.get("reports", []) if one.get("slug") == task.report.slug), {})
    files = {one: known for one, known in manifest.get("files", {}).items() if _is_of(one, task)}
    places = [one for one, known in files.items() if _is_whole(latest / one, known)]
    loosely = manifest.get("disclosure") != task.facts["disclosure"]  # it may show what now may not be shown
    if last.get("status") not in GOOD or task.page not in places or loosely:
        return [_write(folder / task.page, failed_page(task, made.reason), task.page)], made
    day = last.get("good_as_of") or manifest["as_of"]
    for place in places:
        if place.endswith(".html"):
            page = TO_PDF.sub("", (latest / place).read_text(encoding="utf-8"))
            _write(folder / place, with_banner(page, task, day=date.fromisoformat(day)), place)
        elif not place.startswith("pdf/"):  # a PDF can carry no banner, and looks as if it were new
            link((latest / place).resolve(), folder / place)
    places = [place for place in places if not place.startswith("pdf/")]
    single = last.get("single", "")
    return places, replace(made, status="stale", good_as_of=day, single=single)


def failed_page(task: Task, reason: str) -> str:
    """A clear page in place of a report that could not be made, in the language of the report."""
    before, up = spoken(), "../" * task.page.count("/")
    speak(task.language)
    try:
        page = Page(name_of(task), tr("Report not made"), home=f"{up}index.html", contact=task.contact)
        return whole_page(fill("failed.html.j2", {"reason": reason}), page, facts=task.facts)
    finally:
        speak(before)


def with_banner(page: str, task: Task, *, day: date) -> str:
    """The page, which says first that it is not the newest, and from which day it is."""
    before = spoken()
    speak(task.language)
    try:
        said = tr(
            "This is the report of {day}. A newer one could not be made: ask those who run these reports."
        )
        words = Markup('<p class="banner" role="alert"><strong>{}</strong> {}</p>').format(
            tr("Not up to date."), said.format(day=long_date(day))
        )
    finally:
        speak(before)
    return MAIN.sub(lambda found: f"{found[1]}<!--banner-->{words}<!--/banner-->", OLD.sub("", page), count=1)


def _is_whole(path: Path, known: str) -> bool:
    return path.is_file() and checksum(path) == known


def _is_of(place: str, task: Task) -> bool:
    """Whether a file of a run is part of this report."""
    slug = task.report.slug
    whole = (task.page, f"tables/{slug}.xlsx", f"single/{slug}.html", f"pdf/{slug}.pdf")
    return place in whole or place.startswith(f"tables/{slug}/")


def _write(path: Path, text: str, place: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return place
