"""The night's run: exports -> study -> reports -> told. One command that a timer may start at any moment."""

from __future__ import annotations

import resource
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from types import FrameType
from typing import Any

import typer

from analytics.reporting.child import warm_up
from analytics.reporting.cluster import over
from analytics.reporting.outcome import Outcome, State, outcome_of_failure, tell_outcome
from analytics.reporting.plan import Asked
from analytics.reporting.progress import telling
from analytics.reporting.run import Run, plan_reports_of, run_reports
from analytics.study import prepare_study
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.gate import gate_of
from analytics.vocabulary.over import Over
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study
from analytics.vocabulary.telling import Tell


@dataclass(slots=True)
class Clock:
    """When a run began, and how long it has been going by a clock that never jumps."""

    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    tick: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return round(time.monotonic() - self.tick, 2)


def run_night(settings: Settings, asked: Asked) -> int:
    """Prepare what changed, make what it touches, publish, tell; the exit code.

    What ends it is raised, after it was told: status.json, the metrics and the hook hear of every run.
    """
    clock = Clock()
    with telling() as tell, _ended_in_words():
        tell({"event": "start"})
        try:
            study, run = _prepared_and_published(settings, asked, tell)
        except BaseException as error:
            outcome = outcome_of_failure(error, started=clock.started, seconds=clock.seconds)
            _end(settings, outcome, tell)
            raise
        outcome = _outcome(study, run, asked, clock)
        notes = _end(settings, outcome, tell)
    typer.echo("\n".join([str(run), *notes]))
    return run.exit_code


def show_plan(settings: Settings, asked: Asked) -> int:
    """Prepare what changed, then print what would be made and why; no report is written."""
    study = prepare_study(settings)
    plan = plan_reports_of(settings, study, asked)
    for one in plan:
        typer.echo(str(one))
    made = sum(not one.kept for one in plan)
    typer.echo(f"{made} of {len(plan)} reports would be made.")
    return 0


def day_of(text: str, *, option: str) -> date:
    """The day that a person names: `today`, or YYYY-MM-DD. Raises ConfigurationError."""
    try:
        return datetime.now().astimezone().date() if text == "today" else date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{option}: '{text[:20]}' is no day. Write today, or YYYY-MM-DD.") from None


def _prepared_and_published(settings: Settings, asked: Asked, tell: Tell) -> tuple[Study, Run]:
    def heard(event: dict[str, Any]) -> None:
        if event["event"] == "read":
            warm_up()  # something changed: what reports need is imported while models are fitted
        tell(event)

    with _readers(settings, asked) as way:
        study = prepare_study(settings, over=way, tell=heard, force=asked.force)
    gate_of(study.facts).refuse_if_held(settings.quality.thresholds)
    return study, run_reports(settings, study, asked, tell=tell)


def _readers(settings: Settings, asked: Asked) -> AbstractContextManager[Over | None]:
    """Who reads the exports: this machine, or the workers of a cluster that see the same folders."""
    folders = (settings.root, settings.path(settings.study).parent)
    return over(asked.cluster, shared=folders) if asked.cluster and asked.shared else nullcontext()


def _outcome(study: Study, run: Run, asked: Asked, clock: Clock) -> Outcome:
    state: State = "selected" if asked.only else "unchanged" if run.unchanged else "published"
    rows = study.facts.get("rows") or {}
    return Outcome(
        state="partial" if run.exit_code and state == "published" else state,
        exit_code=run.exit_code,
        started=clock.started,
        finished=datetime.now(UTC),
        seconds=clock.seconds,
        as_of=date.fromisoformat(study.facts["as_of"]),
        run=run.folder.resolve().name,
        reason="reports" if run.exit_code else None,
        rows_in=rows.get("in"),
        rows_out=rows.get("out"),
        peak_mb=_peak(),
        made=run.counts["made"],
        reused=run.counts["reused"],
        stale=run.counts["stale"],
        failed=run.counts["failed"],
    )


def _end(settings: Settings, outcome: Outcome, tell: Tell) -> tuple[str, ...]:
    notes = tell_outcome(settings, outcome)
    tell({"event": "told", "notes": len(notes)})
    tell({"event": "end", "exit_code": outcome.exit_code, "state": outcome.state, "seconds": outcome.seconds})
    return notes


def _peak() -> float:
    """Most memory of one process of this run, in units of 2^20 bytes."""
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return round(most / 1024, 1)


@contextmanager
def _ended_in_words() -> Iterator[None]:
    """A timer that ends the run by SIGTERM ends it as a person would: what was begun is left in order."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
