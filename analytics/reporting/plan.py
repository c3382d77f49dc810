"""What a run would make, and why: every report with what it rests on, and the one that is there already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from analytics.reporting import archive, pdf
from analytics.reporting.archive import Kept
from analytics.reporting.catalogue import PER_CLINIC, page_of, plan_reports
from analytics.reporting.fingerprint import fingerprints
from analytics.reporting.worker import Task
from analytics.vocabulary.installed import notebook_folder
from analytics.vocabulary.language import known_language
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study

ON_A_PAGE = ("title", "as_of", "disclosure", "versions")  # facts that stand around every page


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a run.

    `only`: the reports of these clinics alone. `also`: what else is made of each clinic's page: `single` (one
    file for e-mail), `pdf`. `force`: make anew what did not change, too; `since`: what was made before that
    day. `notebooks`: a folder of other notebooks of the same names. `cluster`: the address of a dask
    scheduler whose workers make the reports; `shared`: they see the same folders, and read the exports, too.
    """

    only: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    force: bool = False
    since: date | None = None
    notebooks: Path | None = None
    cluster: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Planned:
    """One report of a run: `kept` where it is there already; `why` it is made, or not."""

    task: Task
    kept: Kept | None
    why: str

    def __str__(self) -> str:
        """One line for a person."""
        return f"{'keep' if self.kept else 'make'}  {self.task.report.slug}: {self.why}"


def plan_run(settings: Settings, study: Study, asked: Asked, *, day: date) -> list[Planned]:
    """Every report that is asked for, in the order of the catalogue. Nothing is made or written."""
    tasks, reports = _tasks(settings, study, asked), settings.path(settings.reports)
    prints, last = fingerprints(study, tasks), _last_parts(reports)
    planned = []
    for task in tasks:
        rests_on = prints[task.report.slug]
        task = replace(task, key=rests_on.key, parts=rests_on.parts, day=day.isoformat())  # noqa: PLW2901
        task = replace(task, facts=task.facts | {"data_hash": task.key})  # noqa: PLW2901 - said on the page
        kept = archive.find(reports, task.key)
        kept, why = _verdict(kept, asked, differs=rests_on.differs(last.get(task.report.slug, {})))
        planned.append(Planned(task, kept, why))
    return planned


def _verdict(kept: Kept | None, asked: Asked, *, differs: tuple[str, ...]) -> tuple[Kept | None, str]:
    if kept and asked.force:
        return None, "asked to make it anew"
    if kept and asked.since and date.fromisoformat(kept.day) < asked.since:
        return None, f"it was made before {asked.since.isoformat()}"
    if kept:
        return kept, "nothing that it rests on changed"
    return None, f"changed: {', '.join(differs)}" if differs else "it could not be made, or is damaged"


def _last_parts(reports: Path) -> dict[str, dict[str, str]]:
    """What each report of the last run rested on, by its slug."""
    from analytics.reporting.manifest import read_manifest

    last = read_manifest(reports / "latest")
    return {one["slug"]: one.get("parts", {}) for one in last.get("reports", [])}


def _tasks(settings: Settings, study: Study, asked: Asked) -> list[Task]:
    facts, run = study.facts, settings.run
    on_a_page = {name: facts[name] for name in ON_A_PAGE}
    clinics = {row["clinic_id"]: row for row in study.release("clinics").collect().iter_rows(named=True)}
    browser = pdf.find_browser() if "pdf" in asked.also else ""
    tasks = []
    for report in plan_reports(study, only=asked.only):
        about = clinics.get(report.clinic_id, {})
        task = Task(
            report, str(asked.notebooks or notebook_folder()), str(settings.path(settings.reports).resolve()),
            page_of(report).as_posix(), on_a_page, about.get("contact") or "", run.timeout_seconds,
            known_language(about.get("language")) or study.language, run.engine,
        )  # fmt: skip
        if report.notebook == PER_CLINIC:  # no PDF where this machine has no browser to print it
            task = replace(task, single="single" in asked.also, browser=browser)
        tasks.append(task)
    return tasks
