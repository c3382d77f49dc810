"""Study -> published reports.

Plan, make what is not there yet, put a folder together of links, publish it at once or not at all.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analytics.reporting import archive, cluster, pdf, single_file
from analytics.reporting.changes import release_changes
from analytics.reporting.child import Limits
from analytics.reporting.index import clinics_index
from analytics.reporting.ledger import open_ledger
from analytics.reporting.manifest import manifest, read_manifest, write_manifest
from analytics.reporting.plan import Asked, Planned, plan_run
from analytics.reporting.pool import Pace, make_all
from analytics.reporting.publish import holding, next_number, prune, publish, staging
from analytics.reporting.stale import put_in_place
from analytics.reporting.worker import Made
from analytics.vocabulary.files import checksum, link
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study
from analytics.vocabulary.telling import Tell, quiet

DEFAULT = Asked()


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run: where it is published, what became of each report, and what else is to be said.

    `unchanged`: what is published already says the same, so nothing was published anew.
    """

    folder: Path
    reports: tuple[Made, ...]
    notes: tuple[str, ...] = ()
    unchanged: bool = False

    @property
    def exit_code(self) -> int:
        """What the command returns to whoever started it."""
        return int(not all(made.good for made in self.reports))

    @property
    def counts(self) -> dict[str, int]:
        """How many reports were made, reused, failed, or stand there as they last were (stale)."""
        found = Counter(made.status for made in self.reports)
        return {status: found[status] for status in ("made", "reused", "stale", "failed")}

    def __str__(self) -> str:
        """One line, one more for each report that failed, and the notes."""
        count, lacking = self.counts, [made for made in self.reports if not made.good]
        told = f"{count['made'] + count['reused']} of {len(self.reports)} reports made"
        told += f" ({count['reused']} of them before: nothing changed)" if count["reused"] else ""
        lines = [f"{told}: {self.folder / 'index.html'}"]
        lines += ["Nothing is published anew: it would say the same."] if self.unchanged else []
        return "\n".join(
            [*lines, *(f"{made.status}: {made.slug}: {made.reason}" for made in lacking), *self.notes]
        )


def run_reports(settings: Settings, study: Study, asked: Asked = DEFAULT, *, tell: Tell = quiet) -> Run:
    """Make and publish every report; with `asked.only` those clinics' alone, and `latest` stays as it was.

    Raises BusyError where another run writes them, ConfigurationError where they cannot be written.
    """
    started, reports = datetime.now(UTC), settings.path(settings.reports)
    with holding(reports):
        ledger = open_ledger(study, latest=reports / "latest")
        release_changes(study, ledger)
        plan = plan_run(settings, study, asked, day=started.date())
        made = _make_all(plan, settings, asked, study=study, tell=tell)
        with staging(reports) as folder:
            last = read_manifest(reports / "latest")
            files, made = _put_together(folder, plan, made, study=study, last=last)
            if not asked.only:  # it names every clinic, and is what the next run is compared with
                files[ledger.write(folder)] = ""
            files = {place: known or checksum(folder / place) for place, known in files.items()}
            content = manifest(study.facts, made, files=files, started=started)
            if not asked.only and _says_the_same(content, last, reports / "latest"):
                return Run(
                    reports / "latest", tuple(made), _notes(made, reports / "latest", asked), unchanged=True
                )
            write_manifest(folder, content | {"number": next_number(reports)})
            target = publish(
                folder, name=f"{study.facts['as_of']}-{study.facts['data_hash'][:8]}", latest=not asked.only
            )
        prune(reports, keep=settings.run.keep_runs)
        tell({"event": "publish", "run": target.name, "files": len(files)})
    shown = target if asked.only else target.with_name("latest")
    return Run(shown, tuple(made), _notes(made, shown, asked))


def plan_reports_of(settings: Settings, study: Study, asked: Asked = DEFAULT) -> list[Planned]:
    """What `run_reports` would make and why. Nothing is written but the comparison with the last run."""
    ledger = open_ledger(study, latest=settings.path(settings.reports) / "latest")
    release_changes(study, ledger)
    return plan_run(settings, study, asked, day=datetime.now(UTC).date())


def _make_all(
    plan: list[Planned], settings: Settings, asked: Asked, *, study: Study, tell: Tell
) -> list[Made]:
    """What became of every report, in the order of the plan; those that are there already are not made."""
    waiting = [one.task for one in plan if not one.kept]
    kept = {one.task.key: replace(one.kept.made, status="reused", seconds=0.0) for one in plan if one.kept}
    tell({"event": "plan", "reports": len(plan), "to_make": len(waiting), "reused": len(kept)})
    rules = settings.run
    pace = Pace(
        rules.jobs or os.cpu_count() or 1, Limits(rules.timeout_seconds, rules.memory_mb), rules.attempts
    )
    done = dict(kept)
    made_by = (
        cluster.make_all(waiting, pace, address=asked.cluster, study_root=study.root)
        if asked.cluster
        else make_all(waiting, pace)
    )
    for task, made in made_by:
        done[task.key] = made
        told = {name: getattr(made, name) for name in ("slug", "status", "seconds", "memory_mb", "attempts")}
        tell({"event": "report", **told})
    return [replace(done[one.task.key], slug=one.task.report.slug, parts=one.task.parts) for one in plan]


def _put_together(
    folder: Path, plan: list[Planned], made: list[Made], *, study: Study, last: dict[str, Any]
) -> tuple[dict[str, str], list[Made]]:
    """The files of the run, all but the manifest, with their checksums where they are known; and the reports.

    A report that failed gives way to the last good one, with a banner. `last`: the manifest of the run
    before.
    """
    reports = folder.parent
    files, shown = {_copy_plotly(folder): ""}, []
    for one, result in zip(plan, made, strict=True):
        kept = (one.kept or archive.find(reports, result.key)) if result.good else None
        if kept:
            for place, known in kept.files.items():
                link(kept.folder / place, folder / place)
                files[place] = known
        else:
            places, result = put_in_place(folder, one.task, result, manifest=last)  # noqa: PLW2901
            files |= dict.fromkeys(places, "")
        shown.append(result)
    index = clinics_index(study, tuple(one.task.report for one in plan), tuple(shown))
    (folder / "index.html").write_text(index, encoding="utf-8")
    return files | {"index.html": ""}, shown


def _copy_plotly(folder: Path) -> str:
    """plotly.min.js of the installed package, one for all pages; nothing is vendored."""
    place = "assets/plotly.min.js"
    (folder / place).parent.mkdir()
    (folder / place).write_bytes(single_file.plotly_file().read_bytes())
    return place


def _says_the_same(content: dict, last: dict, latest: Path) -> bool:
    """Whether what is published is what would be, every file of it there and whole."""
    if content["files"] != last.get("files") or content["exit_code"] != last.get("exit_code"):
        return False
    there = {place: latest / place for place in content["files"] if (latest / place).is_file()}
    return {place: checksum(path) for place, path in there.items()} == content["files"]


def _notes(made: list[Made], folder: Path, asked: Asked) -> tuple[str, ...]:
    """How many single files and PDFs there are, how large, and why one is not there."""
    notes = []
    for kind, name in (("single", "one file for e-mail"), ("pdf", "PDF")):
        places = [folder / place for one in made if (place := getattr(one, kind))]
        if places:
            largest = single_file.size_in_words(max(places, key=lambda place: place.stat().st_size))
            notes.append(f"{name}: {len(places)}, up to {largest} each: {folder / kind}")
    if "pdf" in asked.also and not pdf.find_browser():
        notes.append(f"no PDF: {pdf.NO_BROWSER}. The reports are made without.")
    return (*notes, *(f"no PDF: {one.slug}: {one.lacks}" for one in made if one.lacks))
