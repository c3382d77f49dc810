"""How the last run went and what is published, on one screen; or the proof of what was published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from analytics.reporting.last_run import LastRun, find_last_run
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import Settings

LISTED = 12  # reports that are named one by one
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the last run: an age in hours at most (None: the settings'), an answer in JSON."""

    max_age: float | None = None
    machine: bool = False


def show_status(
    settings: Settings,
    folder: Path | None,
    *,
    disclosure: bool,
    canaries: Path | None,
    asked: Asked = Asked(),
) -> int:
    """Print what was asked for; the exit code."""
    if disclosure:
        from analytics.reporting.disclosure_check import show_disclosure

        return show_disclosure(settings, folder, canaries)
    if canaries:
        raise ConfigurationError("--canaries goes with --disclosure.")
    return show_last_run(find_last_run(settings, folder, max_age=asked.max_age), machine=asked.machine)


def show_last_run(run: LastRun, *, machine: bool) -> int:
    """Print how it went, what is published and what to do; 1 where all is not well."""
    now = datetime.now(UTC)
    problems = run.problems(now)
    if machine:
        print(json.dumps(_facts(run, now), indent=1, sort_keys=True))
        return int(bool(problems))
    print("\n".join(_screen(run, now)))
    print(
        "\n".join(["Not well:", *(f"  {problem.words}" for problem in problems)] if problems else ["Well."])
    )
    return int(bool(problems))


def _facts(run: LastRun, now: datetime) -> dict[str, Any]:
    """The outcome as status.json holds it, and what follows from it at this hour."""
    last, published, problems = run.outcome.last_success, run.published, run.problems(now)
    return run.outcome.model_dump(mode="json") | {
        "well": not problems,
        "problems": [problem.code for problem in problems],
        "age_hours": round((now - last) / HOUR, 3) if last else None,
        "max_age_hours": run.limit,
        "published": run.outcome.run if published is None else run.name,
        "lacking": [one.model_dump() for one in published.lacking] if published else [],
    }


def _screen(run: LastRun, now: datetime) -> Iterator[str]:
    outcome, published = run.outcome, run.published
    memory = f", {outcome.peak_mb:,.0f} MB" if outcome.peak_mb else ""
    yield (
        f"Last run: {outcome.state}, {_when(outcome.finished, now)} "
        f"(exit code {outcome.exit_code}, {outcome.seconds:,.0f} seconds{memory})"
    )
    counts = {name: getattr(outcome, name) for name in ("made", "reused", "stale", "failed")}
    if any(counts.values()):
        yield f"Reports: {', '.join(f'{count} {name}' for name, count in counts.items())}"
    if outcome.rows_in is not None and outcome.rows_out is not None:
        yield f"Rows: {outcome.rows_in:,} read, {outcome.rows_out:,} kept"
    limit = f"; at most {run.limit:g} hours" if run.limit else ""
    yield f"Last success: {_when(outcome.last_success, now) if outcome.last_success else 'never'}{limit}"
    if published is None:
        return
    lacking = published.lacking
    there = f"{len(published.reports) - len(lacking)} of {len(published.reports)} reports made"
    yield f"Published: {run.name}, as of {published.as_of}, {_when(published.finished, now)}, {there}"
    yield from (f"  {one.status}: {one.slug}: {one.reason or 'no reason given'}" for one in lacking[:LISTED])
    if len(lacking) > LISTED:
        yield f"  and {len(lacking) - LISTED} more; --json names all"


def _when(moment: datetime, now: datetime) -> str:
    """In UTC, and how long ago in words."""
    hours = (now - moment) / HOUR
    if hours < 0:
        ago = "after this machine's clock"
    elif hours < 1:
        ago = f"{hours * 60:.0f} min ago"
    else:
        ago = f"{hours:.1f} hours ago" if hours < 72 else f"{hours / 24:.1f} days ago"
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC, {ago}"
