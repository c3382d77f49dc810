"""Weights: what makes patients who did much and patients who did little alike in what went before.

Pain drives work: who hurts does less, and is asked for less. Stabilised inverse-probability weights (Robins,
Hernan and Brumback 2000, Epidemiology 11: 550) undo what was known before a week's work; censoring weights
undo that some stop writing. They undo nothing that was not written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from analytics.models.predictors import case_mix_terms, varying
from analytics.models.weighting.densities import Array, Density, amount, chance, sessions
from analytics.models.weighting.histories import KNOWN, KNOWN_AFTER, time_course
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.tidy import Noun

# Cole and Hernan 2008, Am J Epidemiol 168: 656: the usual cut, at the 1st and 99th centile of the weights.
CUT = (0.01, 0.99)
# Our choice: below this the models of who does what have more columns than they can learn.
MIN_ROWS = 300
SUBJECTS = ("adherence", "load")
KINDS = ("work", "rating")


@dataclass(frozen=True, slots=True, repr=False)
class Weighting(Noun):
    """Weights of patient-weeks, and what shows whether they can be trusted.

    `rows`: the histories with `weight` (for what drove the work, cut), `rated_weight` (that times the weight
    for pain that was not written down, cut), and the parts before the cut: `work`, `rating`, `raw` (both).
    `summary`: one row a kind of weight: rows, mean (should be near 1), sd, min, max, effective rows (Kish).
    `balance`: one row a column of the history: its correlation with the work before and after weighting,
    given case-mix and time. `positivity`: one row a tenth of expected adherence: rows, and the shares that
    did little, some and most of the plan. `parts`: the densities, each with the sign of its logarithm.
    """

    rows: pl.DataFrame
    summary: pl.DataFrame
    balance: pl.DataFrame
    positivity: pl.DataFrame
    subjects: tuple[str, ...]
    parts: tuple[tuple[str, int, Density], ...] = field(repr=False, default=())


def weigh(rows: pl.DataFrame, *, subjects: tuple[str, ...] = ("adherence",)) -> Weighting:
    """Weights for last week's work and for pain that was not written down, from `histories`.

    `subjects`: ("adherence",), or with "load", whose intensity of a session is weighed for beside it. The
    numerator knows case-mix and time (the outcome's model must have them), the denominator also pain,
    adherence and effort of the weeks before, what was asked, and what is usual in the clinic. Sessions: a
    logistic model of doing any, times a beta-binomial of how many. Raises InputError with too few rows.
    """
    if not subjects or set(subjects) - set(SUBJECTS) or subjects[0] != "adherence":
        raise InputError("Weights are for 'adherence', alone or with 'load'.")
    rows = rows.drop_nulls(["baseline_pain", *(("load",) if "load" in subjects else ())])
    if rows.height < MIN_ROWS:
        raise InputError(
            f"Weights need {MIN_ROWS} weeks of work with a plan and pain before it; there are {rows.height}."
        )
    parts = [*_work_parts(rows, subjects), *_rating_parts(rows)]
    logs = {
        kind: sum((sign * one.log for name, sign, one in parts if name == kind), np.zeros(rows.height))
        for kind in KINDS
    }
    made = rows.with_columns(pl.Series(kind, np.exp(log)) for kind, log in logs.items())
    seen, whole = pl.col("pain").is_not_null(), pl.col("work") * pl.col("rating")
    made = made.with_columns(raw=whole, weight=_cut(pl.col("work"), seen), rated_weight=_cut(whole, seen))
    return Weighting(
        rows=made,
        summary=_summary(made.filter(seen)),
        balance=_balance(made.filter(seen)),
        positivity=_positivity(made, parts),
        subjects=subjects,
        parts=tuple(parts),
    )


def _work_parts(rows: pl.DataFrame, subjects: tuple[str, ...]) -> list[tuple[str, int, Density]]:
    """Any session at all (the first week has one by definition), how many, and how hard."""
    done, asked = rows["sessions"].to_numpy(), rows["asked"].to_numpy()
    later, some = rows["week"].to_numpy() > 1, done > 0
    less, more = _columns(rows, ()), _columns(rows, KNOWN)
    parts: list[tuple[str, int, Density]] = []
    for sign, x in ((1, less), (-1, more)):
        parts.append(("work", sign, chance(x, some, later)))
        parts.append(("work", sign, sessions(x, done, asked, used=some & (asked > 1))))
    if "load" in subjects:
        hard = rows["effort"].fill_null(0).to_numpy()
        known = some & (hard > 0)
        value = np.log(np.where(known, hard, 1.0))
        kept = rows["adherence"].to_numpy()[:, None]
        parts += [
            ("work", sign, amount(np.hstack([x, kept]), value, known)) for sign, x in ((1, less), (-1, more))
        ]
    return parts


def _rating_parts(rows: pl.DataFrame) -> list[tuple[str, int, Density]]:
    """To have written down the week's pain: who stopped did not, nor who rested."""
    rated, everyone = rows["pain"].is_not_null().to_numpy(), np.ones(rows.height, bool)
    rested = rows.with_columns(rested=(pl.col("sessions") == 0).cast(pl.Float64))
    work = ("adherence", "rested")
    return [
        ("rating", sign, chance(_columns(rested, (*work, *known)), rated, everyone))
        for sign, known in ((1, ()), (-1, KNOWN_AFTER))
    ]


def _columns(rows: pl.DataFrame, names: tuple[str, ...]) -> Array:
    """An intercept, case-mix, time that may bend, and these columns; pain of the history may bend, too."""
    pains = [name for name in names if name.startswith(("last_pain", "mean_pain"))]
    beside = [name for name in names if name.startswith(("asked", "rested", "mean_adherence", "mean_pain"))]
    made = rows.select(
        *varying(rows, (*case_mix_terms(), "log_week", *names)),
        pl.lit(1.0).alias("one"),
        *(pl.col(name).pow(2).alias(f"{name}_square") for name in pains),
        *((pl.col(pains[0]) * pl.col(name)).alias(f"pain:{name}") for name in beside if pains),
        **time_course(rows),
    )
    told = made.select(pl.all().exclude("one")).fill_null(0).to_numpy().astype(float)
    spread = told.std(axis=0)
    told = (told - told.mean(axis=0))[:, spread > 0] / spread[spread > 0]
    return np.hstack([made["one"].to_numpy()[:, None], told])


def _cut(weight: pl.Expr, seen: pl.Expr) -> pl.Expr:
    low, high = (weight.filter(seen).quantile(at, "linear") for at in CUT)
    return weight.clip(low, high)


def _summary(rated: pl.DataFrame) -> pl.DataFrame:
    """One row a weight, over the weeks with pain: how far it is from 1, and what it costs."""
    kinds = {
        "work, before the cut": "work",
        "work": "weight",
        "work and dropout, before the cut": "raw",
        "work and dropout": "rated_weight",
    }
    told = []
    for kind, name in kinds.items():
        w = pl.col(name)
        told.append(
            rated.select(
                weight=pl.lit(kind), rows=pl.len(), mean=w.mean(), sd=w.std(), min=w.min(), max=w.max(),
                effective_rows=w.sum() ** 2 / (w**2).sum(),
            )
        )  # fmt: skip
    return pl.concat(told)


def _balance(rated: pl.DataFrame) -> pl.DataFrame:
    """Correlation of adherence with what went before, given case-mix and time, unweighted and weighted."""
    base = _columns(rated, ())
    names = varying(rated, KNOWN)
    values = rated.select("adherence", *names).fill_null(0).to_numpy().astype(float)
    found: dict[str, list[float] | tuple[str, ...]] = {"column": names}
    for title, name in (("before", None), ("after", "weight")):
        w = np.ones(len(values)) if name is None else rated[name].to_numpy()
        weighed = base * w[:, None]
        fitted = base @ np.linalg.lstsq(weighed.T @ base, weighed.T @ values)[0]
        left = (values - fitted) * np.sqrt(w)[:, None]
        size = np.sqrt((left**2).sum(axis=0))
        found[title] = list((left[:, 0] @ left)[1:] / (size[0] * size[1:]))
    return pl.DataFrame(found)


def _positivity(rows: pl.DataFrame, parts: list[tuple[str, int, Density]]) -> pl.DataFrame:
    """In each tenth of expected adherence: how many weeks, and how much was really done."""
    some, many, *_ = (one.mean for name, sign, one in parts if name == "work" and sign < 0)
    expected = np.nan_to_num(some, nan=1.0) * np.nan_to_num(many, nan=float(np.nanmean(many)))
    kept = pl.col("adherence")
    tenth = 1 + (10 * (pl.col("expected").rank("ordinal") - 1) // pl.len()).cast(pl.Int32)
    return (
        rows.with_columns(expected=pl.Series(expected))
        .with_columns(tenth=tenth)
        .group_by("tenth")
        .agg(
            rows=pl.len(), expected=pl.col("expected").mean(), done=kept.mean(),
            under_half=(kept < 0.5).mean(), half_to_most=kept.is_between(0.5, 0.8, closed="left").mean(),
            most=(kept >= 0.8).mean(),
        )
        .sort("tenth")
    )  # fmt: skip
