"""Study -> published reports.

Plan, make each in its own process, write index and manifest, publish at once.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from analytics.reporting import pdf, single_file
from analytics.reporting.catalogue import PER_CLINIC, page_of, plan_reports
from analytics.reporting.changes import release_changes
from analytics.reporting.index import clinics_index
from analytics.reporting.ledger import open_ledger
from analytics.reporting.pool import make_all
from analytics.reporting.progress import telling
from analytics.reporting.publish import prune, publish, staging
from analytics.reporting.worker import Made, Task
from analytics.vocabulary.installed import notebook_folder
from analytics.vocabulary.language import known_language
from analytics.vocabulary.results import Report
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: where it is published, what became of each report, and what else is to be said."""

    folder: Path
    reports: tuple[Made, ...]
    notes: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """What the command returns to whoever started it."""
        return int(any(made.status != "ok" for made in self.reports))

    def __str__(self) -> str:
        """One line, one more for each report that failed, and the notes."""
        failed = [made for made in self.reports if made.status != "ok"]
        made = len(self.reports) - len(failed)
        lines = [f"{made} of {len(self.reports)} reports made: {self.folder / 'index.html'}"]
        return "\n".join([*lines, *(f"failed: {made.slug}: {made.reason}" for made in failed), *self.notes])


def run_reports(
    settings: Settings,
    study: Study,
    *,
    only: tuple[str, ...] = (),
    also: tuple[str, ...] = (),
    notebooks: Path | None = None,
) -> Run:
    """Make and publish every report. With `only`, those clinics' alone, and `latest` stays where it was.

    `also`: what else is made of each clinic's page: `single` (one file for e-mail), `pdf`.
    """
    started = datetime.now(UTC)
    reports, facts = plan_reports(study, only=only), study.facts
    with staging(settings.path(settings.reports)) as folder:
        ledger = open_ledger(study, latest=folder.with_name("latest"))
        release_changes(study, ledger)
        tasks = _tasks(settings, study, reports, folder=folder, notebooks=notebooks or notebook_folder())
        tasks = _with_more(tasks, also=also)
        _copy_plotly(folder / "assets")
        made = _make_all(tasks, jobs=settings.run.jobs or os.cpu_count() or 1)
        (folder / "index.html").write_text(clinics_index(study, reports, made), encoding="utf-8")
        _write_manifest(folder, facts, made, started=started)
        if not only:  # it names every clinic, and is what the next run is compared with
            ledger.write(folder)
        name = f"{facts['as_of']}-{facts['data_hash'][:8]}"
        target = publish(folder, name=name, latest=not only)
        prune(target.parent, keep=settings.run.keep_runs)
    shown = target if only else target.with_name("latest")
    return Run(shown, made, _notes(made, shown, also=also))


def _tasks(
    settings: Settings, study: Study, reports: tuple[Report, ...], *, folder: Path, notebooks: Path
) -> list[Task]:
    facts = study.facts
    clinics = study.release("clinics").collect()
    about = {row["clinic_id"]: row for row in clinics.iter_rows(named=True)}
    return [
        Task(
            report, str(notebooks), str(folder), page_of(report).as_posix(), facts,
            about.get(report.clinic_id, {}).get("contact") or "", settings.run.timeout_seconds,
            known_language(about.get(report.clinic_id, {}).get("language")) or study.language,
        )
        for report in reports
    ]  # fmt: skip


def _with_more(tasks: list[Task], *, also: tuple[str, ...]) -> list[Task]:
    """What is also made of the clinics' pages; no PDF where this machine has no browser to print it."""
    browser = pdf.find_browser() if "pdf" in also else ""
    more = {"single": "single" in also, "browser": browser}
    return [replace(task, **more) if task.report.notebook == PER_CLINIC else task for task in tasks]


def _notes(made: tuple[Made, ...], folder: Path, *, also: tuple[str, ...]) -> tuple[str, ...]:
    """How many single files and PDFs there are, how large, and why one is not there."""
    notes = []
    for kind, name in (("single", "one file for e-mail"), ("pdf", "PDF")):
        places = [folder / place for one in made if (place := getattr(one, kind))]
        if places:
            largest = single_file.size_in_words(max(places, key=lambda place: place.stat().st_size))
            notes.append(f"{name}: {len(places)}, up to {largest} each: {folder / kind}")
    if "pdf" in also and not pdf.find_browser():
        notes.append(f"no PDF: {pdf.NO_BROWSER}. The reports are made without.")
    return (*notes, *(f"no PDF: {one.slug}: {one.lacks}" for one in made if one.lacks))


def _make_all(tasks: list[Task], *, jobs: int) -> tuple[Made, ...]:
    """Every report, in the order of the plan."""
    done = {}
    with telling(len(tasks)) as tell:
        tell({"event": "start", "reports": len(tasks)})
        for task, made in make_all(tasks, jobs=jobs):
            done[task.page] = made
            tell({"event": "report", "slug": made.slug, "status": made.status, "seconds": made.seconds})
    return tuple(done[task.page] for task in tasks)


def _copy_plotly(assets: Path) -> None:
    """plotly.min.js of the installed package, one for all pages; nothing is vendored."""
    from importlib.resources import files

    assets.mkdir(parents=True, exist_ok=True)
    (assets / "plotly.min.js").write_bytes((files("plotly") / "package_data" / "plotly.min.js").read_bytes())


def _write_manifest(folder: Path, facts: dict, made: tuple[Made, ...], *, started: datetime) -> None:
    """What was made from what. Inputs by their checksums alone: a file's name can be a patient's."""
    content = {
        "as_of": facts["as_of"],
        "data_hash": facts["data_hash"],
        "inputs": sorted(facts["inputs"].values()),
        "versions": facts["versions"],
        "disclosure": facts["disclosure"],
        "gate": facts.get("gate"),
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "exit_code": int(any(one.status != "ok" for one in made)),
        "reports": [asdict(one) for one in made],
    }
    (folder / "manifest.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
