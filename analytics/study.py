"""The table of contents: journals -> cohort -> models -> one Study on disk, and beside it what may leave."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from analytics.analysis import Frames, analyse, write_frames
from analytics.exhibits.differencing import SHOWN, renew
from analytics.exhibits.disclosure import release_quality
from analytics.exhibits.disclosure_of_quality import release_checks
from analytics.journal.quality.audit import Audit, audit_run
from analytics.journal.read import Export, read_journal
from analytics.reading import read_exports
from analytics.vocabulary.installed import cache_folder, code_hash, sample_settings
from analytics.vocabulary.results import Cohort
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study
from analytics.vocabulary.value_set import read_value_set


def prepare_study(settings: Settings) -> Study:
    """Read, clean, describe, fit and compare once; every report is then a reading of what this wrote.

    Clinics go through one group after another, so that memory holds the patients, never all the sessions.
    Raises ConfigurationError for a wrong mapping, InputError where nothing valid could be read.
    """
    exports = read_journal(settings)
    with _beside(settings.path(settings.study)) as staging:
        facts = _facts(settings, exports)
        journal, cohort, counts = read_exports(exports, settings, staging=staging)
        audit = audit_run(journal, counts, cohort.practice, settings, data_hash=facts["data_hash"])
        renewal = renew(_rows(cohort), facts, old=settings.path(settings.study), rules=settings.disclosure)
        made = analyse(journal, Cohort(**renewal.frames), settings, staging=staging)
        release = renewal.release(made | _released(audit, settings))
        (staging / SHOWN).mkdir(mode=0o700, parents=True)
        write_frames(renewal.frames, staging / SHOWN)
        write_frames(audit.frames(), staging / "frames")
        write_frames(release, staging / "release")
        facts |= {"clinics": release["clinics"].height, "gate": audit.gate.facts()}
        text = json.dumps(facts, indent=1, sort_keys=True)
        (staging / "study.json").write_text(text, encoding="utf-8")
    return Study(settings.path(settings.study))


def _rows(cohort: Cohort) -> Frames:
    """All that numbers are made of, under the names of Cohort."""
    return {name: getattr(cohort, name) for name in Cohort.__slots__}


def _released(audit: Audit, settings: Settings) -> Frames:
    """What may leave of the audit."""
    rules = settings.disclosure
    return {
        "checks": release_checks(audit.checks, rules),
        "quality": release_quality(audit.quality, rules),
        "exports": release_quality(audit.exports, rules),
    }


def open_study(path: str | Path = "") -> Study:
    """The prepared study in a folder; where none is named, LUMBAR_STUDY's, else the sample network's."""
    chosen = str(path) or os.environ.get("LUMBAR_STUDY", "")
    return Study(Path(chosen)) if chosen else sample_study()


def sample_study() -> Study:
    """The study of the sample network, prepared once on this machine and kept in the user's cache."""
    settings = sample_settings(cache_folder())
    if not (settings.path(settings.study) / "study.json").is_file():
        return prepare_study(settings)
    return Study(settings.path(settings.study))


def _facts(settings: Settings, exports: list[Export]) -> dict[str, Any]:
    files = {export.part.stored.path for export in exports}
    inputs = {path.relative_to(settings.root).as_posix(): _digest(path) for path in sorted(files)}
    if value_set := settings.definitions.eq5d_value_set:
        read_value_set(settings.path(value_set))  # a wrong one is refused before any export is read
        inputs[value_set] = _digest(settings.path(value_set))
    mappings = {source.mapping for source in settings.sources}
    chosen = settings.model_dump(mode="json", exclude={"study", "reports", "run", "privacy"})
    digest = hashlib.sha256(json.dumps([inputs, chosen], sort_keys=True).encode()).hexdigest()
    return {
        "title": settings.title,
        "language": settings.language,
        "as_of": settings.as_of.isoformat(),
        "horizon_weeks": settings.definitions.horizon_weeks,
        "disclosure": settings.disclosure.model_dump(),
        "data_hash": digest,
        "inputs": inputs,
        "settings": chosen,
        "id_scope": settings.privacy.id_scope,
        "mappings": {name: _digest(settings.path(name)) for name in sorted(mappings)},
        "code_hash": code_hash(),
        "versions": {name: version(name) for name in ("lumbar", "polars", "numpy", "scipy", "plotly")},
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """A folder to write in, swapped with the old study at the end: a reader sees the old or the new whole."""
    staging = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}")
    staging.mkdir(mode=0o700, parents=True)
    try:
        yield staging
        old = target.with_name(f"{staging.name}-old")
        if target.exists():
            target.rename(old)
        staging.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
