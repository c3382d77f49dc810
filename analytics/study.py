"""The table of contents: journals -> cohort -> models -> one Study on disk, and beside it what may leave."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import uuid
from importlib.metadata import version
from pathlib import Path
from typing import Any

import polars as pl

from analytics.cohort.eligibility import exclusion_flow, select_eligible
from analytics.cohort.episodes import describe_episodes
from analytics.cohort.outcomes import add_outcomes
from analytics.cohort.questions import describe_questions
from analytics.cohort.weeks import weekly
from analytics.exhibits.disclosure import release_benchmark, release_cells, release_flow, release_quality
from analytics.exhibits.disclosure_of_models import (
    release_diagnostics,
    release_dose,
    release_fit,
    release_influence,
)
from analytics.journal.audit import audit_journal
from analytics.journal.clean import clean_journal
from analytics.journal.read import read_journal
from analytics.models.benchmark import benchmark_clinics
from analytics.models.contrasts import trajectory_contrasts, trajectory_influence
from analytics.models.diagnostics import quantiles
from analytics.models.dose_response import bend_tests, dose_curve, dose_surface, fit_dose_response
from analytics.models.observed import observe
from analytics.models.trajectory import fit_trajectory
from analytics.vocabulary.installed import sample_folder
from analytics.vocabulary.results import Fit, Journal
from analytics.vocabulary.settings import Settings, read_settings
from analytics.vocabulary.study import Study

Frames = dict[str, pl.DataFrame]


def prepare_study(settings: Settings) -> Study:
    """Read, clean, describe, fit and compare once; every report is then a reading of what this wrote.

    Raises ConfigurationError for a wrong mapping, InputError where nothing valid could be read.
    """
    exports = read_journal(settings)
    journal = clean_journal(exports, settings)
    frames, release = analyse(journal, settings)
    return _write(settings, frames, release, facts=_facts(settings, journal, release))


def analyse(journal: Journal, settings: Settings) -> tuple[Frames, Frames]:
    """Everything that a study holds: all frames (patient rows included), and those that may leave."""
    episodes = describe_episodes(journal, settings)
    weeks = weekly(journal, episodes, settings)
    episodes = add_outcomes(episodes, weeks, settings)
    eligible, excluded = select_eligible(episodes, settings)
    fit = fit_trajectory(weeks, eligible, settings)
    contrasts = trajectory_contrasts(fit, weeks, settings)
    benchmark = benchmark_clinics(eligible, settings)
    rules = settings.disclosure
    release = {
        "clinics": journal.clinics.select("clinic_id", "clinic_name", "contact", "language"),
        "cells": release_cells(observe(episodes, eligible, weeks, journal, settings), rules),
        "flow": release_flow(exclusion_flow(journal, episodes, settings), rules),
        "quality": release_quality(audit_journal(journal), rules),
        "benchmark": release_benchmark(benchmark.clinics, rules),
        "told": describe_questions(journal, eligible, settings),
        **release_fit(fit, contrasts, rules),
        **_released_models(fit, weeks, eligible, settings=settings, clinics=benchmark.clinics),
    }
    frames = {
        "sessions": journal.sessions, "patients": journal.patients, "plans": journal.plans,
        "measures": journal.measures, "clinics": journal.clinics, "findings": journal.findings,
        "accounting": journal.accounting, "coverage": journal.coverage, "measured": journal.measured,
        "episodes": episodes, "eligible": eligible, "excluded": excluded, "patient_weeks": weeks,
        "fitted": fit.rows.collect(),
    }  # fmt: skip
    return frames, release


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


def find_settings(path: str | Path = "") -> Settings:
    """The settings of a lumbar.toml.

    Where none is named, LUMBAR_CONFIG's, the one here, else the sample's.
    """
    here = Path("lumbar.toml")
    chosen = str(path) or os.environ.get("LUMBAR_CONFIG", "") or (here if here.is_file() else "")
    return read_settings(Path(chosen)) if chosen else sample_settings(_cache())


def sample_study() -> Study:
    """The study of the sample network, prepared once on this machine and kept in the user's cache."""
    settings = sample_settings(_cache())
    if not (settings.path(settings.study) / "study.json").is_file():
        return prepare_study(settings)
    return Study(settings.path(settings.study))


def sample_settings(folder: Path) -> Settings:
    """Settings that read the sample network and write into `folder`."""
    settings = read_settings(sample_folder() / "lumbar.toml")
    at = {"study": "study", "reports": "reports"}
    here = {key: str(folder / name) for key, name in at.items()}
    privacy = settings.privacy.model_copy(update={"key_file": str(folder / "lumbar.key")})
    return settings.model_copy(update=here | {"privacy": privacy})


def _cache() -> Path:
    """The user's own folder for what can be made again, one for each version of the package."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("lumbar", version=version("lumbar")))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _facts(settings: Settings, journal: Journal, release: Frames) -> dict[str, Any]:
    inputs = {
        file: hashlib.sha256((settings.root / file).read_bytes()).hexdigest()
        for file in sorted(set(journal.accounting["file"]))
    }
    chosen = settings.model_dump(mode="json", exclude={"study", "reports", "run", "privacy"})
    digest = hashlib.sha256(json.dumps([inputs, chosen], sort_keys=True).encode()).hexdigest()
    return {
        "title": settings.title,
        "as_of": settings.as_of.isoformat(),
        "horizon_weeks": settings.definitions.horizon_weeks,
        "disclosure": settings.disclosure.model_dump(),
        "clinics": release["clinics"].height,
        "data_hash": digest,
        "inputs": inputs,
        "settings": chosen,
        "versions": {name: version(name) for name in ("lumbar", "polars", "numpy", "scipy", "plotly")},
    }


def _write(settings: Settings, frames: Frames, release: Frames, *, facts: dict[str, Any]) -> Study:
    """Write beside the old study, then swap: a reader sees the old one whole or the new one whole."""
    target = settings.path(settings.study)
    staging = target.with_name(f".{target.name}-{uuid.uuid4().hex[:8]}")
    for folder, content in (("frames", frames), ("release", release)):
        (staging / folder).mkdir(parents=True, mode=0o700)
        for name, frame in content.items():
            frame.write_parquet(staging / folder / f"{name}.parquet")
    staging.chmod(0o700)
    (staging / "study.json").write_text(json.dumps(facts, indent=1, sort_keys=True), encoding="utf-8")
    old = target.with_name(f"{staging.name}-old")
    if target.exists():
        target.rename(old)
    staging.rename(target)
    shutil.rmtree(old, ignore_errors=True)
    return Study(target)
