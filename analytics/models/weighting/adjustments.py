"""Side by side: what adherence goes with, as it looks, and the more of what drives it is taken away."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from analytics.models.contrasts import KEPT, MISSED, trajectory_contrasts
from analytics.models.predictors import split_terms
from analytics.models.trajectory import fit_weeks, model_weeks
from analytics.models.weighting.histories import histories
from analytics.models.weighting.marginal import fit_weighted, weighted_contrast
from analytics.models.weighting.sensitivity import e_values
from analytics.models.weighting.weights import Weighting, weigh
from analytics.vocabulary.settings import Settings

# Each way by name: what it compares, and what has to hold for its number to be what more adherence does.
WAYS = {
    "as it looks": ("weeks after more work, less weeks after less, in one clinic and week of care",
                    "nothing but the clinic and time drives both work and pain"),
    "like patients": ("the same, of patients with like pain and case-mix at the start",
                      "nothing since the start drives both work and pain"),
    "between patients": ("patients who kept more of the plan throughout, less those who kept less",
                         "patients who keep to plans differ in nothing else that lowers pain"),
    "within a patient": ("a patient's better weeks, less the same patient's worse weeks",
                         "a good or bad week of pain does not change the work that follows"),
    "weighted": ("weeks after more work, less weeks after less, weighted to be alike in what went before",
                 "pain and work of the weeks before, as written, hold all that drives both"),
    "weighted, with dropout": ("the same, weighted also for pain that was not written down",
                               "and who did not write is like who did, given what was written before"),
}  # fmt: skip
ADJUSTMENTS = {
    "way": pl.String, "compares": pl.String, "holds_if": pl.String, "week": pl.Int32, "estimate": pl.Float64,
    "se": pl.Float64, "df": pl.Float64, "low": pl.Float64, "high": pl.Float64, "p": pl.Float64,
    "e_value": pl.Float64, "e_value_limit": pl.Float64, "rows": pl.Int64, "patients": pl.Int64,
}  # fmt: skip


def compare_adjustments(
    weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings, *, weighting: Weighting | None = None
) -> pl.DataFrame:
    """One row is one answer to how much less pain goes with keeping 90 % of the plan, not 50 %.

    NPRS points of pain reduction at the horizon, positive is better, 95 % interval. `way`: from what is seen
    to what is weighed, in the order of WAYS; `compares` and `holds_if` in words. Only the weighted ways claim
    an effect, of last week's work with all that comes by it (load, too), and only if what they assume holds.
    `e_value`: how strong (risk ratio) something unwritten would have to be to explain the estimate,
    `e_value_limit` its interval. `weighting`: from `weigh`; made here where it is not given.
    """
    week, change = settings.definitions.horizon_weeks, {"adherence": KEPT - MISSED}
    made = weighting or weigh(histories(weeks, episodes, settings))
    fits = {
        "as it looks": fit_weighted(made, weights="none", given="time"),
        "like patients": fit_weighted(made, weights="none", given="case-mix"),
        "weighted": fit_weighted(made, weights="work"),
        "weighted, with dropout": fit_weighted(made, weights="dropout"),
    }
    rows = [
        weighted_contrast(fit, change, week=week).with_columns(
            way=pl.lit(way), rows=fit.overall["n"].item(), patients=fit.overall["patients"].item()
        )
        for way, fit in fits.items()
    ]
    found = pl.concat(
        [*(row.select(_NUMBERS) for row in rows), _trajectory(weeks, episodes, settings)],
        how="vertical_relaxed",
    )
    told = found.with_columns(
        compares=pl.col("way").replace_strict({way: one for way, (one, _) in WAYS.items()}),
        holds_if=pl.col("way").replace_strict({way: one for way, (_, one) in WAYS.items()}),
    )
    rated = pl.col("pain").filter(pl.col("week") == week)
    sd = made.rows.select(pl.coalesce(rated.std(), pl.col("pain").std())).item()
    return (
        e_values(told, sd=sd)
        .select(pl.col(name).cast(dtype) for name, dtype in ADJUSTMENTS.items())
        .sort(pl.col("way").cast(pl.Enum(list(WAYS))))
    )


_NUMBERS = [name for name in ADJUSTMENTS if name not in ("compares", "holds_if", "e_value", "e_value_limit")]


def _trajectory(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """What a trajectory of adherence alone says between patients and within one; empty where none is fitted.

    Load is left to what adherence does, as it is in the other ways.
    """
    data = model_weeks(weeks, episodes, settings)
    fit = fit_weeks(replace(data, work=("adherence",)), tuple(split_terms("adherence")))
    way = {"adherence_between": "between patients", "adherence_within": "within a patient"}
    return (
        trajectory_contrasts(fit, weeks, settings)
        .filter(pl.col("contrast").is_in(list(way)), pl.col("week") == settings.definitions.horizon_weeks)
        .with_columns(
            way=pl.col("contrast").replace_strict(way),
            rows=pl.lit(fit.overall["n"].item(), pl.Int64),
            patients=pl.lit(fit.overall["patients"].item(), pl.Int64),
        )
        .select(_NUMBERS)
    )
