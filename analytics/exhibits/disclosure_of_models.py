"""What may leave of the network's models: terms, curves, diagnostics, influence; suppressed and rounded."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.disclosure import (
    four_figures,
    printed,
    refuse_rules_that_hide_nothing,
    two_decimals,
    typed_as,
)
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Disclosure

COUNTS_OF_FIT = ("n", "dropped", "patients")


def release_fit(fit: Fit, contrasts: pl.DataFrame, rules: Disclosure) -> dict[str, pl.DataFrame]:
    """The network's model as may leave: terms, contrasts, overall; no row where its patients are few."""
    refuse_rules_that_hide_nothing(rules)
    overall = fit.overall.with_columns(
        printed(name, rules).alias(name) for name in COUNTS_OF_FIT if name in fit.overall.columns
    )
    if "gradient" in overall.columns:  # below its order of magnitude it is noise, which no page may differ by
        overall = overall.with_columns(gradient=10.0 ** pl.col("gradient").log10().ceil())
    frames = {"contrasts": contrasts, "terms": fit.terms, "overall": overall}
    patients = overall["patients"] if "patients" in overall.columns else overall.clear().to_series()
    if overall.height and patients.null_count():
        return {name: frame.clear() for name, frame in frames.items()}
    return {name: four_figures(frame) for name, frame in frames.items()}


def release_dose(
    curve: pl.DataFrame, surface: pl.DataFrame, bends: pl.DataFrame, *, rules: Disclosure
) -> dict[str, pl.DataFrame]:
    """Curve and surface as may leave: no number of few patients, and no end that may be one patient's own."""
    refuse_rules_that_hide_nothing(rules)
    found = _supported(curve, rules, along=["at"], each=["measure", "week"])
    cells = _supported(surface, rules, along=["adherence", "load"], each=[pl.lit(0)])
    return {"dose_curve": found, "dose_surface": cells, "bends": four_figures(bends)}


def release_diagnostics(
    quantiles: pl.DataFrame, components: pl.DataFrame, rules: Disclosure
) -> dict[str, pl.DataFrame]:
    """Components, and percentiles with at least the floor's number of groups beyond them on either side.

    Residuals count by the innermost groups, the patients: one of them has many.
    """
    refuse_rules_that_hide_nothing(rules)
    patients = quantiles.filter(pl.col("of") != "residual").select(pl.col("groups").max().fill_null(0)).item()
    rank, after = pl.col("expected").rank(), pl.len() + 1
    nearer = pl.min_horizontal(rank, after - rank).over("of")
    beyond = nearer * (pl.min_horizontal("groups", patients) - 1)
    inner = quantiles.filter(beyond >= rules.min_patients * after.over("of"))
    shown = inner.with_columns(two_decimals("expected", "observed"), printed("groups", rules))
    enough = components.filter(pl.lit(patients >= rules.min_patients))
    return {"quantiles": typed_as(quantiles, shown), "components": four_figures(enough)}


def release_influence(influence: pl.DataFrame, clinics: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Estimates without each clinic as may leave; where its patients (in `clinics`) are few, none.

    What all clinics give, less what the others give, is that clinic's own.
    """
    refuse_rules_that_hide_nothing(rules)
    enough = clinics.filter(printed("patients", rules) > 0)["clinic_id"].implode()
    numbers = pl.col("estimate", "change", "change_in_se")
    return four_figures(influence.with_columns(pl.when(pl.col("clinic_id").is_in(enough)).then(numbers)))


def _supported(frame: pl.DataFrame, rules: Disclosure, *, along: list[str], each: list[Any]) -> pl.DataFrame:
    """The grid from the first to the last shown point of each axis; three figures place a point."""
    patients = printed("patients", rules)
    numbers = pl.when(patients > 0).then(two_decimals("estimate", "low", "high"))
    counted = frame.with_columns(numbers, patients, pl.col(along).round_sig_figs(3))
    for axis in along:
        known = pl.col(axis).filter(pl.col("estimate").is_not_null())
        counted = counted.filter(pl.col(axis).is_between(known.min().over(each), known.max().over(each)))
    return typed_as(frame, counted)
