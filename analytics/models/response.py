"""Response: what goes with being a responder, as odds ratios and as shares of patients; an association."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import polars as pl

from analytics.models.estimating.gee import fit_gee
from analytics.models.predictors import case_mix_terms, varying
from analytics.models.responders import responds
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

Outcomes = Literal["last", "complete", "failure"]
# Our choice: fewer are described, not modelled.
MIN_PATIENTS, MIN_EACH = 30, 10
# Our choice, of patients of each kind of outcome in a category: fewer tell its odds by chance, or not at all.
FEWEST = 5
MIN_KNOWN = 0.5  # a measure known of fewer episodes is left out, rather than the episodes that lack it
WORK = {"adherence": pl.col("adherence_capped"), "load": pl.col("mean_load") / 100}
TERMS = {"term": pl.String} | dict.fromkeys(
    ("estimate", "se", "df", "statistic", "p", "low", "high"), pl.Float64
)


def fit_responders(
    eligible: pl.DataFrame,
    settings: Settings,
    *,
    threshold: float | pl.Expr | None = None,
    outcomes: Outcomes = "last",
) -> Fit:
    """Who responds: log odds of a meaningful fall in pain, by logistic GEE clustered on clinic.

    On adherence (share, each week at most 1), mean weekly load (100 CR-10 x minutes) and case-mix; one row is
    one eligible episode. `threshold`: a fall of so many NPRS points or 30 % of baseline (none:
    `settings.definitions.meaningful_change`), or a definition of your own as an expression. `outcomes`: the
    last pain seen of every episode; of episodes seen in the last third of the horizon alone ("complete"); or
    all, those not seen then counted as no responders ("failure"). An association, not an effect: less pain
    also lets patients train. A category of fewer than 5 responders or 5 others joins its reference. Where
    nothing can be fitted, terms are empty, n is 0 and a warning begins with "not fitted".

    >>> fit = fit_responders(eligible, settings)  # doctest: +SKIP
    """
    rows, work = _model_rows(eligible, settings, threshold=threshold, outcomes=outcomes)
    whole = rows.drop_nulls()
    responders = int(whole["responds"].sum())
    if whole["patient_id"].n_unique() < MIN_PATIENTS:
        return _not_fitted(f"fewer than {MIN_PATIENTS} patients have all that the model reads")
    if min(responders, whole.height - responders) < MIN_EACH:
        return _not_fitted(f"fewer than {MIN_EACH} episodes are responders, or are none")
    columns = varying(whole, (*case_mix_terms(), *work))
    kept = [name for name in columns if not _is_rare(whole, name)]
    try:
        fit = fit_gee(rows, f"responds ~ {' + '.join(kept or ['1'])}", cluster="clinic_id")
    except InputError as error:
        return _not_fitted(str(error))
    rare = (f"{name} joins the reference: too few patients of a kind" for name in columns if name not in kept)
    absent = (f"{name} was left out: known of too few episodes" for name in WORK if name not in work)
    counts = {
        "patients": whole["patient_id"].n_unique(), "responders": responders,
        "incomplete": int((~whole["complete"]).sum()),
    }  # fmt: skip
    return replace(
        fit,
        overall=fit.overall.with_columns(pl.lit(value).alias(name) for name, value in counts.items()),
        warnings=(*absent, *rare, *fit.warnings),
        scaling=_quartiles(whole) if "load" in work else {},
    )


def responder_account(eligible: pl.DataFrame) -> pl.DataFrame:
    """One row is one kind of eligible episode: how many there are, and how many patients they are of.

    What a responder analysis rests on. An episode whose pain was last seen before the last third of the
    horizon has an outcome, but an early one: it is in the model, unless `outcomes` says otherwise.

    >>> one = pl.DataFrame({"patient_id": ["x"], "complete": [False], "pain_reduction": [2.0],
    ...     "adherence_capped": [0.5], "mean_load": [None]})
    >>> responder_account(one)["episodes"].to_list()
    [1, 0, 1, 0, 0, 1]
    """
    kinds = {
        "eligible": pl.lit(value=True),
        "outcome in the last third of the horizon": pl.col("complete"),
        "last seen earlier": ~pl.col("complete") & pl.col("pain_reduction").is_not_null(),
        "never seen again": pl.col("pain_reduction").is_null(),
        "adherence not known": pl.col("adherence_capped").is_null(),
        "load not known": pl.col("mean_load").is_null(),
    }
    rows = [
        eligible.filter(kind).select(
            kind=pl.lit(name).first(),
            episodes=pl.len().cast(pl.Int64),
            patients=pl.col("patient_id").n_unique().cast(pl.Int64),
        )
        for name, kind in kinds.items()
    ]
    return pl.concat(rows)


def _model_rows(
    eligible: pl.DataFrame, settings: Settings, *, threshold: float | pl.Expr | None, outcomes: Outcomes
) -> tuple[pl.DataFrame, list[str]]:
    """One row is one episode with an outcome, and the measures of work that are known often enough."""
    if outcomes not in ("last", "complete", "failure"):
        raise InputError(f"'{outcomes}' is not one of: last, complete, failure.")
    points = settings.definitions.meaningful_change if threshold is None else threshold
    met = points if isinstance(points, pl.Expr) else responds(points, pl.col("pain_reduction"))
    rows = eligible.filter(pl.col("complete")) if outcomes == "complete" else eligible
    met = met & pl.col("complete") if outcomes == "failure" else met
    rows = rows.filter(pl.col("pain_reduction").is_not_null()).select(
        "clinic_id", "patient_id", "complete", responds=met.cast(pl.Float64), **case_mix_terms(), **WORK
    )
    work = [name for name in WORK if rows[name].count() >= max(1, MIN_KNOWN * rows.height)]
    return rows.drop([name for name in WORK if name not in work]), work


def _is_rare(rows: pl.DataFrame, name: str) -> bool:
    """A category with hardly any patients of one kind of outcome: its odds ratio has no finite interval."""
    if not rows[name].is_in([0.0, 1.0]).all():
        return False
    counts = rows.group_by(name, "responds").len()
    return bool(counts.height < 4 or (counts["len"] < FEWEST).any())


def _quartiles(rows: pl.DataFrame) -> dict[str, float]:
    return {f"load {at:.0%}": float(rows["load"].quantile(at, "linear") or 0.0) for at in (0.25, 0.75)}


def _not_fitted(reason: str) -> Fit:
    return Fit(
        terms=pl.DataFrame(schema=TERMS),
        overall=pl.DataFrame({"n": [0], "dropped": [0], "patients": [0], "clinics": [0]}),
        rows=pl.LazyFrame(schema={"fitted": pl.Float64, "residual": pl.Float64}),
        covariance=(),
        warnings=(f"not fitted: {reason}",),
    )
