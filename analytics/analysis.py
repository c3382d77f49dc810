"""Cohort -> models -> the frames that may leave: what every report reads."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from analytics.cohort.eligibility import exclusion_flow, select_eligible
from analytics.cohort.questions import describe_questions
from analytics.exhibits.disclosure import release_cells, release_flow
from analytics.exhibits.disclosure_of_benchmark import release_benchmark, release_funnel
from analytics.exhibits.disclosure_of_charts import release_charts, showable
from analytics.exhibits.disclosure_of_gaps import release_before_after, release_gaps
from analytics.exhibits.disclosure_of_models import (
    release_diagnostics,
    release_dose,
    release_fit,
    release_influence,
)
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
from analytics.vocabulary.results import Cohort, Fit, Journal
from analytics.vocabulary.settings import Settings

Frames = dict[str, pl.DataFrame]


def analyse(journal: Journal, cohort: Cohort, settings: Settings, *, staging: Path) -> Frames:
    """The frames that may leave; those with patients' rows are written into the study on the way."""
    rules, episodes, weeks = settings.disclosure, cohort.episodes, cohort.weeks
    eligible, excluded = select_eligible(episodes, settings)
    fit = fit_trajectory(weeks, eligible, settings)
    frames = {
        "clinics": journal.clinics, "accounting": journal.accounting, "coverage": journal.coverage,
        "measured": journal.measured, "fates": journal.fates, "episodes": episodes, "eligible": eligible,
        "excluded": excluded, "patient_weeks": weeks, "practice": cohort.practice,
        "scores": cohort.scores, "fitted": fit.rows.collect(),
    }  # fmt: skip
    write_frames(frames, staging / "frames")
    cells = guard_cells(observe(cohort, eligible, settings), rules)
    return {
        "clinics": journal.clinics.select("clinic_id", "clinic_name", "contact", "language"),
        "cells": release_cells(cells, rules),
        "flow": release_flow(exclusion_flow(journal, episodes, settings), rules),
        "told": describe_questions(journal, cohort, eligible, settings),
        "before_after": release_before_after(guard_before_after(before_after(eligible, weeks), rules), rules),
        "certificate": verify(),
        **_compared(cohort, eligible, settings),
        **_over_time(episodes, eligible, settings),
        **release_fit(fit, trajectory_contrasts(fit, weeks, settings), rules),
        **_modelled(fit, weeks, eligible, settings),
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
    patients = eligible.group_by("clinic_id").agg(patients=pl.col("patient_id").n_unique())
    return {
        **release_dose(curve, surface, bend_tests(curved), rules=rules),
        **release_diagnostics(quantiles(fit), fit.components, rules),
        "influence": release_influence(trajectory_influence(fit, weeks, settings), patients, rules),
    }


def write_frames(frames: Frames, folder: Path) -> None:
    """Each frame as one Parquet file of its name."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"{name}.parquet")
