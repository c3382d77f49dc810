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

import polars as pl

from analytics.cohort.eligibility import exclusion_flow, select_eligible
from analytics.cohort.questions import describe_questions
from analytics.exhibits.disclosure import release_benchmark, release_cells, release_flow, release_quality
from analytics.exhibits.disclosure_of_models import (
    release_diagnostics,
    release_dose,
    release_fit,
    release_influence,
)
from analytics.exhibits.disclosure_of_quality import release_checks
from analytics.journal.quality.audit import Audit, audit_run
from analytics.journal.read import Export, read_journal
from analytics.models.benchmark import benchmark_clinics
from analytics.models.contrasts import trajectory_contrasts, trajectory_influence
from analytics.models.diagnostics import quantiles
from analytics.models.dose_response import bend_tests, dose_curve, dose_surface, fit_dose_response
from analytics.models.observed import observe
from analytics.models.trajectory import fit_trajectory
from analytics.reading import read_exports
from analytics.vocabulary.installed import cache_folder, sample_settings
from analytics.vocabulary.results import Cohort, Fit, Journal
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import Study
from analytics.vocabulary.value_set import read_value_set

Frames = dict[str, pl.DataFrame]


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
        release = analyse(journal, cohort, settings, staging=staging) | _released(audit, settings)
        _write(audit.frames(), staging / "frames")
        _write(release, staging / "release")
        facts |= {"clinics": release["clinics"].height, "gate": audit.gate.facts()}
        text = json.dumps(facts, indent=1, sort_keys=True)
        (staging / "study.json").write_text(text, encoding="utf-8")
    return Study(settings.path(settings.study))


def _released(audit: Audit, settings: Settings) -> Frames:
    """What may leave of the audit."""
    rules = settings.disclosure
    return {
        "checks": release_checks(audit.checks, rules),
        "quality": release_quality(audit.quality, rules),
        "exports": release_quality(audit.exports, rules),
    }


def analyse(journal: Journal, cohort: Cohort, settings: Settings, *, staging: Path) -> Frames:
    """The frames that may leave; those with patients' rows are written into the study on the way."""
    rules, episodes, weeks = settings.disclosure, cohort.episodes, cohort.weeks
    eligible, excluded = select_eligible(episodes, settings)
    fit = fit_trajectory(weeks, eligible, settings)
    contrasts = trajectory_contrasts(fit, weeks, settings)
    benchmark = benchmark_clinics(eligible, settings)
    frames = {
        "clinics": journal.clinics, "accounting": journal.accounting, "coverage": journal.coverage,
        "measured": journal.measured, "fates": journal.fates, "episodes": episodes, "eligible": eligible,
        "excluded": excluded, "patient_weeks": weeks, "practice": cohort.practice,
        "scores": cohort.scores, "fitted": fit.rows.collect(),
    }  # fmt: skip
    _write(frames, staging / "frames")
    return {
        "clinics": journal.clinics.select("clinic_id", "clinic_name", "contact", "language"),
        "cells": release_cells(observe(cohort, eligible, settings), rules),
        "flow": release_flow(exclusion_flow(journal, episodes, settings), rules),
        "benchmark": release_benchmark(benchmark.clinics, rules),
        "told": describe_questions(journal, cohort, eligible, settings),
        **release_fit(fit, contrasts, rules),
        **_released_models(fit, weeks, eligible, settings=settings, clinics=benchmark.clinics),
    }


def _released_models(
    fit: Fit, weeks: pl.DataFrame, eligible: pl.DataFrame, *, settings: Settings, clinics: pl.DataFrame
) -> Frames:
    """What may leave of the trajectory's diagnostics, and of the curves of dose."""
    rules = settings.disclosure
    curved = fit_dose_response(weeks, eligible, settings)
    curve, surface = dose_curve(curved, settings), dose_surface(curved, settings)
    return {
        **release_dose(curve, surface, bend_tests(curved), rules=rules),
        **release_diagnostics(quantiles(fit), fit.components, rules),
        "influence": release_influence(trajectory_influence(fit, weeks, settings), clinics, rules),
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
    chosen = settings.model_dump(mode="json", exclude={"study", "reports", "run", "privacy"})
    digest = hashlib.sha256(json.dumps([inputs, chosen], sort_keys=True).encode()).hexdigest()
    return {
        "title": settings.title,
        "as_of": settings.as_of.isoformat(),
        "horizon_weeks": settings.definitions.horizon_weeks,
        "disclosure": settings.disclosure.model_dump(),
        "data_hash": digest,
        "inputs": inputs,
        "settings": chosen,
        "versions": {name: version(name) for name in ("lumbar", "polars", "numpy", "scipy", "plotly")},
    }


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(frames: Frames, folder: Path) -> None:
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")


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
