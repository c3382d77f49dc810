"""Imagined studies: patient-weeks drawn from assumptions, and what they say where variances are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.planning.designs import Assumptions

Array = NDArray[np.floating]
FORMULA = "pain ~ log_week * (adherence_mean + adherence_lag + arm)"
COLUMNS = ("adherence_mean", "adherence_lag", "arm")
SINGULAR = 1e12  # condition of the information beyond which nothing of it is to be believed
GAP = 0.4  # from 50 % to 90 % of the plan, the two adherences that METHODS compares


@dataclass(frozen=True, slots=True)
class Imagined:
    """One study. Axes: patients (clinic by clinic), weeks 1 to the last; `seen` where a week is rated.

    `x`: the columns of work and arm, last axis; `pain`: NPRS points about 0, to which nothing contributes.
    """

    clinic: NDArray[np.intp]
    log_week: Array
    x: Array
    pain: Array
    seen: NDArray[np.bool_]


def imagine(design: dict[str, int], assumptions: Assumptions, rng: np.random.Generator) -> Imagined:
    """Draw a study in which neither adherence nor arm goes with pain; half of the clinics are one arm.

    Normal throughout: a linear model's power depends on how much adherence varies, not on its shape.
    """
    count, patients, weeks = design["clinics"], design["patients"], design["weeks"]
    clinic, log_week = np.repeat(np.arange(count), patients), np.log1p(np.arange(1, weeks + 1))
    between, within = assumptions.covariances()
    own = rng.multivariate_normal(np.zeros(2), within, size=len(clinic), method="eigh")
    own += rng.multivariate_normal(np.zeros(2), between, size=count, method="eigh")[clinic]
    noise = rng.normal(0, assumptions.residual_sd, (len(clinic), weeks))
    last = (
        rng.geometric(assumptions.dropout, len(clinic)) - 1
        if assumptions.dropout
        else np.full(len(clinic), weeks)
    )
    seen = (np.arange(1, weeks + 1) <= last[:, None]) & (rng.random(noise.shape) >= assumptions.unrated)
    kept = rng.normal(0, assumptions.adherence_week_sd, noise.shape)
    kept += rng.normal(0, assumptions.adherence_patient_sd, (len(clinic), 1))
    kept += rng.normal(0, assumptions.adherence_clinic_sd, count)[clinic][:, None]
    mean = (kept * seen).sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True).clip(1)
    arm = rng.permutation(np.arange(count) % 2)[clinic].astype(float)
    x = np.stack(np.broadcast_arrays(mean, kept - mean, arm[:, None]), axis=-1)
    return Imagined(clinic, log_week, x, own[:, :1] + own[:, 1:] * log_week + noise, seen)


def frame_of(study: Imagined) -> pl.DataFrame:
    """One row is one rated week, with the columns of FORMULA and its groups."""
    patient, week = np.nonzero(study.seen)
    columns = {name: study.x[patient, week, at] for at, name in enumerate(COLUMNS)}
    return pl.DataFrame(
        {"clinic": study.clinic[patient], "patient": patient, "log_week": study.log_week[week],
         "pain": study.pain[patient, week], **columns}
    )  # fmt: skip


def contrasts(weeks: int) -> dict[str, dict[str, float]]:
    """Weights of FORMULA's terms for each comparison in the last week, in NPRS points."""
    gaps = {"adherence_between": ("adherence_mean", GAP), "adherence_within": ("adherence_lag", GAP),
            "arm": ("arm", 1.0)}  # fmt: skip
    at = float(np.log1p(weeks))
    return {name: {term: gap, f"log_week:{term}": gap * at} for name, (term, gap) in gaps.items()}


def known_variances(study: Imagined, assumptions: Assumptions) -> tuple[Array, Array]:
    """Each comparison's estimate and variance by generalised least squares at the assumed variances.

    V is not made: patients' random effects are absorbed first, then clinics' (Woodbury's identity twice).
    NaN where so few weeks are rated that the terms cannot be told apart.
    """
    between, within = assumptions.covariances()
    seen, s2 = study.seen[..., None], assumptions.residual_sd**2
    z = (
        np.stack([np.ones(study.pain.shape), np.broadcast_to(study.log_week, study.pain.shape)], axis=-1)
        * seen
    )
    timed = study.x * study.log_week[:, None]
    r = np.concatenate([z, study.x * seen, timed * seen, study.pain[..., None] * seen], axis=-1)
    both = np.concatenate([z, r], axis=-1)
    inner = np.swapaxes(z, 1, 2) @ both / s2  # Z'Z and Z'R of each patient
    zz = inner[..., :2]
    pull = within @ np.linalg.inv(np.eye(2) + zz @ within)
    starts = np.flatnonzero(np.diff(study.clinic, prepend=-1))
    left = inner - zz @ pull @ inner
    upper = np.add.reduceat(left, starts, axis=0)
    flat = r.reshape(-1, r.shape[-1])
    whole = flat.T @ flat / s2 - np.einsum(
        "npa,npq,nqb->ab", inner[..., 2:], pull, inner[..., 2:], optimize=True
    )
    pulled = between @ np.linalg.inv(np.eye(2) + upper[..., :2] @ between)
    whole -= np.einsum("npa,npq,nqb->ab", upper[..., 2:], pulled, upper[..., 2:], optimize=True)
    if np.linalg.cond(whole[:-1, :-1]) > SINGULAR:
        return np.full(len(COLUMNS), np.nan), np.full(len(COLUMNS), np.nan)
    covariance = np.linalg.inv(whole[:-1, :-1])
    terms = ["intercept", "log_week", *COLUMNS, *(f"log_week:{name}" for name in COLUMNS)]
    asked = contrasts(study.pain.shape[1]).values()
    weights = np.array([[row.get(term, 0.0) for term in terms] for row in asked])
    return weights @ covariance @ whole[:-1, -1], np.einsum("ka,ab,kb->k", weights, covariance, weights)
