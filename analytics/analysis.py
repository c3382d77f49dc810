"""Cohort -> models -> the frames that may leave: what every report reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from analytics.cohort.eligibility import exclusion_flow, select_eligible
from analytics.cohort.questions import describe_questions
from analytics.exhibits.differencing import SHOWN, renew
from analytics.exhibits.disclosure import release_cells, release_flow, release_quality
from analytics.exhibits.disclosure_of_benchmark import release_benchmark, release_funnel
from analytics.exhibits.disclosure_of_charts import release_charts, showable
from analytics.exhibits.disclosure_of_gaps import release_before_after, release_gaps
from analytics.exhibits.disclosure_of_models import (
    release_diagnostics,
    release_dose,
    release_fit,
    release_influence,
)
from analytics.exhibits.disclosure_of_quality import release_checks
from analytics.journal.quality.audit import Audit, audit_run
from analytics.models.benchmark import benchmark_clinics
from analytics.models.certificate import verify
from analytics.models.contrasts import trajectory_contrasts, trajectory_influence
from analytics.models.control_chart import control_chart
from analytics.models.decomposition import decompose_gaps
from analytics.models.diagnostics import quantiles
from analytics.models.differencing import guard_before_after, guard_cells
from analytics.models.dose_response import bend_tests, dose_curve, dose_surface, fit_dose_response
from analytics.models.monthly import BETTER, RANGES, monthly_series
from analytics.models.observed import observe
from analytics.models.regression_to_mean import before_after
from analytics.models.trajectory import fit_trajectory
from analytics.vocabulary.over import Over
from analytics.vocabulary.results import Cohort, Fit, Journal
from analytics.vocabulary.settings import Settings

Frames = dict[str, pl.DataFrame]


def write_study(
    read: tuple[Journal, Cohort, Sequence[pl.DataFrame]],
    facts: dict[str, Any],
    settings: Settings,
    *,
    staging: Path,
    over: Over = map,
) -> dict[str, Any]:
    """Audit, describe, fit and compare what was read, and write every frame of the study; its facts.

    `over`: as `map`, for what can be worked on side by side.
    """
    journal, cohort, counts = read
    audit = audit_run(journal, counts, cohort.practice, settings, data_hash=facts["data_hash"])
    rows = {name: getattr(cohort, name) for name in Cohort.__slots__}  # all that numbers are made of
    renewal = renew(rows, facts, old=settings.path(settings.study), rules=settings.disclosure)
    made = analyse(journal, Cohort(**renewal.frames), settings, staging=staging, over=over)
    release = renewal.release(made | _released(audit, settings))
    (staging / SHOWN).mkdir(mode=0o700, parents=True)
    write_frames(renewal.frames, staging / SHOWN)
    write_frames(audit.frames(), staging / "frames")
    write_frames(release, staging / "release")
    clinics = release["clinics"].height
    return facts | {"clinics": clinics, "gate": audit.gate.facts(), "rows": _counted(journal)}


def _counted(journal: Journal) -> dict[str, int]:
    """Lines of exports that came in, and sessions that stayed."""
    account = journal.accounting
    stayed = account.filter(table="sessions")
    return {"in": int(account["lines"].sum()), "out": int(stayed["rows"].sum())}


def _released(audit: Audit, settings: Settings) -> Frames:
    """What may leave of the audit."""
    rules = settings.disclosure
    return {
        "checks": release_checks(audit.checks, rules),
        "quality": release_quality(audit.quality, rules),
        "exports": release_quality(audit.exports, rules),
    }


def analyse(
    journal: Journal, cohort: Cohort, settings: Settings, *, staging: Path, over: Over = map
) -> Frames:
    """The frames that may leave; those with patients' rows are written into the study on the way.

    `over`: as `map`, for what can be worked on side by side.
    """
    rules, episodes, weeks = settings.disclosure, cohort.episodes, cohort.weeks
    eligible, excluded = select_eligible(episodes, settings)
    fit, flow = fit_trajectory(weeks, eligible, settings), exclusion_flow(journal, episodes, settings)
    frames = {
        "clinics": journal.clinics, "accounting": journal.accounting, "coverage": journal.coverage,
        "measured": journal.measured, "fates": journal.fates, "episodes": episodes, "eligible": eligible,
        "excluded": excluded, "patient_weeks": weeks, "practice": cohort.practice,
        "scores": cohort.scores, "fitted": fit.rows.collect(), "flow": flow,
    }  # fmt: skip
    write_frames(frames, staging / "frames")
    cells = guard_cells(observe(cohort, eligible, settings), rules)
    return {
        "clinics": journal.clinics.select("clinic_id", "clinic_name", "contact", "language"),
        "cells": release_cells(cells, rules),
        "flow": release_flow(flow, rules),
        "told": describe_questions(journal, cohort, eligible, settings),
        "before_after": release_before_after(guard_before_after(before_after(eligible, weeks), rules), rules),
        "certificate": verify(),
        **_compared(cohort, eligible, settings),
        **_over_time(episodes, eligible, settings),
        **release_fit(fit, trajectory_contrasts(fit, weeks, settings), rules),
        **_modelled(fit, weeks, eligible, settings),
        "influence": _influence(fit, weeks, eligible, settings, over=over),
    }


def _compared(cohort: Cohort, eligible: pl.DataFrame, settings: Settings) -> Frames:
    """What may leave of the comparison: each clinic beside what is expected, and what its gap is made of."""
    rules = settings.disclosure
    benchmark = benchmark_clinics(cohort, eligible, settings)
    return {
        "benchmark": release_benchmark(benchmark.clinics, rules),
        "gaps": release_gaps(decompose_gaps(eligible, settings), rules),
        **release_funnel(benchmark.limits, benchmark.comparison, rules),
    }


def _over_time(episodes: pl.DataFrame, eligible: pl.DataFrame, settings: Settings) -> Frames:
    """What may leave of the control charts; their limits are of periods that can be shown."""
    rules = settings.disclosure
    series = showable(monthly_series(eligible, episodes, settings), rules)
    targets = settings.targets.model_dump(exclude_none=True)
    chart = control_chart(series, better=BETTER, ranges=RANGES, targets=targets)
    return release_charts(chart.points, chart.icons, rules)


def _modelled(fit: Fit, weeks: pl.DataFrame, eligible: pl.DataFrame, settings: Settings) -> Frames:
    """What may leave of the trajectory's diagnostics, and of the curves of dose."""
    rules = settings.disclosure
    curved = fit_dose_response(weeks, eligible, settings)
    curve, surface = dose_curve(curved, settings), dose_surface(curved, settings)
    return {
        **release_dose(curve, surface, bend_tests(curved), rules=rules),
        **release_diagnostics(quantiles(fit), fit.components, rules),
    }


def _influence(
    fit: Fit, weeks: pl.DataFrame, eligible: pl.DataFrame, settings: Settings, *, over: Over
) -> pl.DataFrame:
    """What may leave of the trajectory fitted again without each clinic."""
    patients = eligible.group_by("clinic_id").agg(patients=pl.col("patient_id").n_unique())
    return release_influence(
        trajectory_influence(fit, weeks, settings, over=over), patients, settings.disclosure
    )


def write_frames(frames: Frames, folder: Path) -> None:
    """Each frame as one Parquet file of its name."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
