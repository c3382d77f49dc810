"""Publish a run whole or not at all.

Staged beside the reports, made durable, renamed, then `latest` is swapped.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from analytics.reporting import archive
from analytics.reporting.manifest import read_manifest
from analytics.vocabulary.errors import BusyError, ConfigurationError
from analytics.vocabulary.failure import storage_refusal
from analytics.vocabulary.files import make_durable, sync

STAGING = ".staging-"
# what a run that was ended leaves: folders of its own, reports half made, a status.json not yet in its place
UNFINISHED = (f"{STAGING}*", f"{archive.FOLDER}/{archive.UNFINISHED}*", ".status.json-*")
RUN = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-\d+)?")


@contextmanager
def holding(reports: Path) -> Iterator[None]:
    """Nobody else writes these reports meanwhile; what is left unfinished is removed before and after.

    Raises BusyError, and ConfigurationError in words where the disk does not take what is written.
    """
    try:
        reports.mkdir(parents=True, exist_ok=True)
        _need_a_link(reports / "latest")
        with FileLock(reports / ".lock", timeout=0):
            _remove_unfinished(reports)
            try:
                yield
            finally:  # at once: where the disk is full, status.json needs the room
                _remove_unfinished(reports)
    except Timeout:
        raise BusyError(
            "Another run is writing these reports. Wait for it, or look at reports/.lock."
        ) from None
    except OSError as error:
        refusal = storage_refusal(error, f"The folder of reports ({reports.name})")
        raise refusal or error from None


def _remove_unfinished(reports: Path) -> None:
    for left in (left for begun in UNFINISHED for left in reports.glob(begun)):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink()


@contextmanager
def staging(reports: Path) -> Iterator[Path]:
    """A fresh folder that only this run writes."""
    folder = reports / f"{STAGING}{uuid.uuid4().hex[:12]}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _need_a_link(latest: Path) -> None:
    """`latest` is swapped as a link; a copy of the reports may have made a folder of it."""
    if latest.exists() and not latest.is_symlink():
        raise ConfigurationError(
            f"{latest.parent.name}/latest is a folder, not a link. Move it away, then run again."
        )


def publish(folder: Path, *, name: str, latest: bool) -> Path:
    """Rename the staged folder to the run's name (numbered where taken) and point `latest` at it."""
    reports, target, again = folder.parent, folder.parent / name, 2
    while target.exists():
        target, again = reports / f"{name}-{again}", again + 1
    make_durable(folder)
    folder.rename(target)
    if latest:
        link = reports / f"{STAGING}link-{uuid.uuid4().hex[:8]}"
        link.symlink_to(target.name)
        os.replace(link, reports / "latest")
    sync(reports)
    return target


def prune(reports: Path, *, keep: int) -> None:
    """Remove the oldest runs beyond `keep`, and of the archive what no run that stays uses.

    Never the one that `latest` points at, never another folder.
    """
    runs = [
        path
        for path in reports.iterdir()
        if path.is_dir() and not path.is_symlink() and RUN.fullmatch(path.name)
    ]
    told, shown = {run: read_manifest(run) for run in runs}, (reports / "latest").resolve()
    # by the number that a run has in its manifest, as clocks jump; before there was one, by the clock
    newest = sorted(runs, key=lambda run: (told[run].get("number", 0), run.stat().st_mtime_ns), reverse=True)
    for old in newest[keep:]:
        if old.resolve() != shown:
            shutil.rmtree(old)
            del told[old]
    reported = (one for manifest in told.values() for one in manifest.get("reports", []))
    archive.sweep(reports, {one["key"] for one in reported if "key" in one})


def next_number(reports: Path) -> int:
    """Of the run that comes next: runs are counted, as clocks jump."""
    runs = (path for path in reports.iterdir() if RUN.fullmatch(path.name))
    return 1 + max((read_manifest(run).get("number", 0) for run in runs), default=0)
