"""Claims within patients: a week against another week of the same patient.

The choice of a week's work is first cleared of what may have driven it: the share of sessions less what the
week of the programme, the pain before the week's first session and the amount of work let expect, from
patients' own ups and downs (E-estimation: Robins, Mark & Newey 1992, Biometrics 48:479). What is left is
split into the patient's mean and the deviation from it, which is what a claim is judged by. Pain that the
work may have changed is nowhere adjusted for, and since the cleared choice no longer follows pain, its mean
over weeks holds nothing of later pain (Nickell 1981, Econometrica 49:1417).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from analytics.models.claims.fitting import (
    MIN_EACH,
    Found,
    NotMeasuredError,
    contrast,
    fit_claim,
    need_patients,
)
from analytics.models.claims.register import Claim
from analytics.models.claims.rows import KEYS, ClaimRows
from analytics.models.splines import spline_terms
from analytics.models.trajectory import MIN_KNOWN

# Pain as driver may bend: knots at the bounds of mild, moderate and severe pain (Serlin 1995, Pain 61:277).
PAIN_KNOTS = (1.0, 4.5, 8.0)
PAINS = ("pain", "pain_first")


def within_patients(claim: Claim, rows: ClaimRows) -> Found:
    """The claim's estimate from the patients' own weeks."""
    chosen = cleared(rows.weeks, claim)
    found = _asked(claim, rows, chosen, lag=claim.lag)
    if not claim.control:
        return found
    return replace(found, control=_asked(claim, rows, chosen, lag=-1).p)


def cleared(weeks: pl.DataFrame, claim: Claim) -> pl.DataFrame:
    """One row is one week whose choice is known: its key and `own_<exposure>`, less what drove it."""
    names = [name for name in (claim.exposure, claim.against) if name]
    drivers = {driver: pl.col(driver) for driver in claim.drivers}
    for pain in set(PAINS) & set(drivers):
        drivers |= spline_terms(pain, PAIN_KNOTS)
    known = weeks.select("episode_id", "week", *names, **drivers).drop_nulls()
    numbers = pl.col(*names, *drivers).cast(pl.Float64)
    off = known.with_columns(numbers - numbers.mean().over("week"))
    own = off.select(numbers - numbers.mean().over("episode_id"))
    x, d = own.select(names).to_numpy(), own.select(list(drivers)).to_numpy()
    slopes = np.linalg.pinv(d.T @ d, hermitian=True) @ (d.T @ x)
    return off.select(
        "episode_id", "week",
        *(
            (pl.col(name) - pl.sum_horizontal(
                float(slope) * pl.col(driver) for slope, driver in zip(column, drivers, strict=True)
            )).alias(f"own_{name}")
            for name, column in zip(names, slopes.T, strict=True)
        ),
    )  # fmt: skip


def _asked(claim: Claim, rows: ClaimRows, chosen: pl.DataFrame, *, lag: int) -> Found:
    """The outcome `lag` weeks after the choice on the choice."""
    names = [name.removeprefix("own_") for name in chosen.columns if name.startswith("own_")]
    outcome = f"now_{claim.outcome}"
    work = _work(rows.weeks) if claim.outcome == "pain" and lag == 1 else ()
    last = tuple(f"{name}_last" for name in work)
    data = (
        rows.weeks.select(*KEYS, outcome, "sessions_done", *rows.fixed, *last)
        .drop_nulls()
        .join(chosen.with_columns(pl.col("week") + lag), on=["episode_id", "week"])
        .sort("clinic_id", "episode_id", "week")
    )
    need_patients(data, of=f"weeks with {', '.join(claim.needs)}")
    split = {f"{name}_mean": pl.col(f"own_{name}").mean().over("episode_id") for name in names}
    split |= {f"{name}_mean": pl.col(f"{name}_last").mean().over("episode_id") for name in work}
    data = data.with_columns(**split).with_columns(
        *((pl.col(f"own_{name}") - pl.col(f"{name}_mean")).alias(f"{name}_within") for name in names),
        *((pl.col(f"{name}_last") - pl.col(f"{name}_mean")).alias(f"{name}_lag") for name in work),
    )
    _need_change(data, names[0])
    of_work = tuple(f"{name}_{part}" for name in work for part in ("mean", "lag"))
    terms = (
        *rows.fixed, *of_work, *(f"log_week:{name}" for name in of_work),
        *(f"{name}_{part}" for name in names for part in ("within", "mean")),
    )  # fmt: skip
    # of the same week, outcome and choice are both means over its sessions: few of them make both uncertain
    weights = "sessions_done" if lag == 0 else None
    fit = fit_claim(data, outcome=outcome, terms=terms, slope="log_week", weights=weights)
    signs = dict(zip(names, (claim.step, -claim.step), strict=False))
    return contrast(fit, {f"{name}_within": sign for name, sign in signs.items()}, data)


def _work(weeks: pl.DataFrame) -> tuple[str, ...]:
    """The measures of last week's work that are known in at least half of the rated weeks (MIN_KNOWN)."""
    rated = weeks.filter(pl.col("now_pain").is_not_null(), pl.col("week") > 0)
    return tuple(
        name
        for name in ("adherence", "load")
        if rated[f"{name}_last"].count() >= max(1, MIN_KNOWN * rated.height)
    )


def _need_change(data: pl.DataFrame, name: str) -> None:
    """Refuse a claim within patients where hardly anybody changes what was done."""
    changes = pl.col(f"{name}_within").abs() > 1e-9
    count = data.filter(changes)["patient_id"].n_unique()
    if count < MIN_EACH:
        raise NotMeasuredError(f"only {count} patients ever changed it; {MIN_EACH} are needed")
