"""How the last run went, as its manifest says; or the proof of what it published."""

from __future__ import annotations

import json
from pathlib import Path

from analytics.reporting.disclosure_check import show_disclosure
from analytics.vocabulary.errors import ConfigurationError, InputError
from analytics.vocabulary.settings import Settings


def show_status(settings: Settings, folder: Path | None, *, disclosure: bool, canaries: Path | None) -> int:
    """Print what was asked for; the exit code."""
    if disclosure:
        return show_disclosure(settings, folder, canaries)
    if canaries:
        raise ConfigurationError("--canaries goes with --disclosure.")
    return show_last_run(settings, folder)


def show_last_run(settings: Settings, folder: Path | None) -> int:
    """Print when it was, how many reports it made and which failed; 1 where one failed."""
    published = (folder or settings.path(settings.reports) / "latest").resolve()
    try:
        run = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
        reports, failed = run["reports"], [one for one in run["reports"] if one["status"] != "ok"]
        print(f"{published.name}: as of {run['as_of']}, finished {run['finished']}")
        print(f"{len(reports) - len(failed)} of {len(reports)} reports made")
        for one in failed:
            print(f"failed: {one['slug']}: {one['reason']}")
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{published.name}: no run is published there. Run `lumbar report` first.") from None
    return int(bool(failed))
