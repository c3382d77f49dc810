"""The last run as it is found: its outcome, what is published, and why all is not well."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict

from analytics.reporting.manifest import NAME
from analytics.reporting.outcome import REASONS, RUN, Outcome, read_outcome
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.settings import Settings

MADE = {"made", "ok"}  # older manifests say ok


class Entry(BaseModel):
    """A report, as the manifest of its run keeps it."""

    slug: str
    status: str
    reason: str | None = None


class Published(BaseModel):
    """A published run, as its manifest says."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    as_of: date
    started: AwareDatetime
    finished: AwareDatetime
    exit_code: int
    reports: tuple[Entry, ...]

    @property
    def lacking(self) -> tuple[Entry, ...]:
        """Reports that failed, or are the last good ones of before."""
        return tuple(one for one in self.reports if one.status not in MADE | {"reused"})

    def outcome(self, name: str) -> Outcome:
        """How its run went, where no status.json says so."""
        count = [one.status for one in self.reports].count
        good = not (self.exit_code or self.lacking)
        return Outcome(
            state="published" if good else "partial",
            exit_code=int(not good),
            started=self.started,
            finished=self.finished,
            seconds=max(0.0, (self.finished - self.started).total_seconds()),
            as_of=self.as_of,
            run=name if re.match(RUN, name) else None,
            made=sum(map(count, MADE)),
            reused=count("reused"),
            stale=count("stale"),
            failed=count("failed"),
            reason=None if good else "reports",
            last_success=self.finished if good else None,
            last_published=self.finished,
        )


class Problem(NamedTuple):
    """Why all is not well: a code for machines; in words, with what to do."""

    code: str
    words: str


@dataclass(frozen=True, slots=True)
class LastRun:
    """How the last run went, the folder that is published, and what is not well. `limit`: hours."""

    outcome: Outcome
    name: str
    published: Published | None
    limit: float | None

    def problems(self, now: datetime) -> tuple[Problem, ...]:
        """The gravest first; none where all is well."""
        return (*self._of_time(now), *self._of_reports())

    def _of_time(self, now: datetime) -> Iterator[Problem]:
        last, limit = self.outcome.last_success, self.limit
        if now < max(self.outcome.finished, last or self.outcome.finished):
            words = "The clock stands before the last run. Set this machine's clock, then ask again."
            yield Problem("clock", words)
        elif limit and not last:
            yield Problem("never", "No run has succeeded yet. Run `lumbar report`.")
        elif limit and last and now - last > timedelta(hours=limit):
            words = f"The last run that succeeded is older than {limit:g} hours. See whether its timer is on."
            yield Problem("old", words)

    def _of_reports(self) -> Iterator[Problem]:
        lacking = self.published.lacking if self.published else ()
        if self.published is None:
            yield Problem("unpublished", "No report is published. Run `lumbar report`.")
        elif lacking:
            words = (
                f"{len(lacking)} of {len(self.published.reports)} reports failed or are of an earlier run."
            )
            yield Problem("reports", f"{words} See to the reasons above, then run `lumbar report`.")
        if self.outcome.exit_code and not (lacking and self.outcome.reason == "reports"):
            at = f" {self.outcome.place}." if self.outcome.place else ""
            yield Problem("run", f"The last run: {REASONS.get(self.outcome.reason or '', 'it failed.')}{at}")


def find_last_run(settings: Settings, folder: Path | None, *, max_age: float | None) -> LastRun:
    """What status.json and the published manifest say. Raises InputError where neither is there.

    Of a folder that is named only its own run is told, and its age judged only where one is given.
    """
    reports = settings.path(settings.reports)
    place = (folder or reports / "latest").resolve()
    published = _published(place)
    shown = published.outcome(place.name) if published else None
    outcome = (None if folder else read_outcome(reports)) or shown
    if outcome is None:
        raise InputError(f"{place.name}: no run is published there. Run `lumbar report` first.")
    if shown and not outcome.last_success:  # it was told by a version that kept no status.json
        outcome = outcome.model_copy(update={"last_success": shown.last_success})
    limit = max_age or (None if folder else settings.run.max_age_hours)
    return LastRun(outcome, place.name, published, limit)


def _published(folder: Path) -> Published | None:
    try:
        return Published.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return None
