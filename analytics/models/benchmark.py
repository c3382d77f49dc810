"""Benchmark: each clinic's outcomes beside what its patients' case-mix lets expect, and the limits of chance.

One rule decides all: a clinic is better or worse than expected where its difference is outside the 95 %
limits of its funnel. The interval of the difference is the difference less those limits, so that it holds 0
just where the clinic is within them: table, headline and funnel cannot disagree.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.expectation import Expectation, expect
from analytics.models.funnel import OUTSIDE, is_overdispersed, overdispersion
from analytics.models.outcomes import Outcome, compared_outcomes, enough_to_compare
from analytics.models.standing import LIMITS, funnel_curves, stand
from analytics.vocabulary.results import Benchmark, Cohort
from analytics.vocabulary.settings import Comparison, Settings

NUMBERS = (
    "observed", "low", "high", "expected", "difference", "difference_low", "difference_high",
    "adjusted", "adjusted_low", "adjusted_high", "shrunken", "shrunken_low", "shrunken_high",
)  # fmt: skip
CLINICS = {
    "clinic_id": pl.String, "measure": pl.String, "kind": pl.String, "patients": pl.Int32,
    **dict.fromkeys(NUMBERS, pl.Float64), "rank_low": pl.Int32, "rank_high": pl.Int32,
    **{f"limit_{name}": pl.Float64 for name in LIMITS},
    "signal": pl.String, "flag": pl.String,
}  # fmt: skip
FUNNEL = {"measure": pl.String, "patients": pl.Int32, **dict.fromkeys(LIMITS, pl.Float64)}
COMPARISON = {
    "measure": pl.String, "kind": pl.String, "target": pl.Float64, "clinics": pl.Int32, "patients": pl.Int32,
    "between": pl.Float64, "dispersion": pl.Float64, "tau": pl.Float64, "expected_false_95": pl.Float64,
    "expected_false_998": pl.Float64,
}  # fmt: skip


def benchmark_clinics(cohort: Cohort, eligible: pl.DataFrame, settings: Settings) -> Benchmark:
    """One row is one clinic and measure, observed and expected, in the measure's unit: more is better.

    `expected` is what the clinic's patients would show by their case-mix (baseline pain, phase, STarT Back,
    age, surgery; for function the first score) at the network's mean; adherence is part of what a clinic does
    and stays out. `difference`: observed less expected; `adjusted`: target + difference (NHS PROMs).
    `limit_*`: limits of the difference by chance. `shrunken`, with its interval: what empirical Bayes leaves
    of the difference; `rank_*`: between which ranks the clinic may stand. `signal`: outside the 95 % limits
    or not; `flag`: outside which. Below the gates of `settings.comparison` (episodes, and the share of them
    with a seen outcome), or where case-mix cannot be fitted, a clinic is "not enough data" and not compared.

    >>> an.benchmark_clinics(cohort, eligible, settings).clinics["signal"].n_unique() > 1
    True
    """
    parts = [_benchmark(outcome, settings) for outcome in compared_outcomes(cohort, eligible, settings)]
    clinics, limits, comparison = (
        pl.concat([pl.DataFrame(schema=schema), *tables])
        for schema, tables in zip((CLINICS, FUNNEL, COMPARISON), zip(*parts, strict=True), strict=True)
    )
    order = pl.Enum(comparison["measure"].to_list())
    return Benchmark(clinics.sort("clinic_id", pl.col("measure").cast(order)), limits, comparison)


def _benchmark(outcome: Outcome, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Clinics, funnel and comparison of one outcome."""
    made = expect(outcome)
    known = _gate(outcome, made, rules=settings.comparison)
    phi, tau = _dispersion(made, known)
    between, clinics = stand(made, known, tau=tau, kind=outcome.kind, seed=settings.seed)
    funnel = funnel_curves(made, known, tau=tau, step=settings.disclosure.round_to)
    compared = int(known.sum())
    row = {
        "measure": outcome.measure, "kind": outcome.kind, "target": made.target,
        "clinics": compared, "patients": int(made.sizes.sum()), "between": between, "dispersion": phi,
        "tau": tau, **{f"expected_false_{name}": share * compared for name, share in OUTSIDE.items()},
    }  # fmt: skip
    named = {"measure": pl.lit(outcome.measure), "kind": pl.lit(outcome.kind)}
    return (
        _typed(clinics.with_columns(**named), CLINICS),
        _typed(funnel.with_columns(**named), FUNNEL),
        _typed(pl.DataFrame([row], schema=COMPARISON), COMPARISON),
    )


def _typed(frame: pl.DataFrame, schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return frame.with_columns(pl.selectors.float().fill_nan(None)).select(
        pl.col(name).cast(dtype) for name, dtype in schema.items()
    )


def _gate(outcome: Outcome, made: Expectation, *, rules: Comparison) -> NDArray[np.bool_]:
    """Which clinics are compared: enough episodes, enough of them with the outcome seen, case-mix fitted."""
    told = pl.col("value").is_not_null()
    counts = outcome.patients.group_by("clinic_id").agg(
        pl.col("episodes").filter(told).sum(), share=pl.col("seen").sum() / pl.col("episodes").sum()
    )
    passed = set(counts.filter(enough_to_compare(rules))["clinic_id"])
    fitted = (made.sizes > 1) & (made.df > 0)
    return np.array([clinic in passed for clinic in made.clinics], dtype=bool) & fitted


def _dispersion(made: Expectation, known: NDArray[np.bool_]) -> tuple[float | None, float]:
    """phi, and the tau by which the limits are widened: 0 unless clinics differ by more than chance."""
    if known.sum() < 2:
        return None, 0.0
    errors = made.errors[known]
    phi, tau2 = overdispersion(made.difference[known] / errors, errors)
    return phi, float(np.sqrt(tau2)) if is_overdispersed(phi, int(known.sum())) else 0.0
