"""Planning a study: what is assumed of its patients, and which designs are asked about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product

import numpy as np
import polars as pl

from analytics.models.formula import INTERCEPT
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

DESIGN = {"clinics": pl.Int64, "patients": pl.Int64, "weeks": pl.Int64, "effect": pl.Float64}
# Our limits: below, variances cannot be told apart; above, one design takes minutes and hundreds of MB.
FEWEST, MOST_ROWS = {"clinics": 2, "patients": 2, "weeks": 2}, 2_000_000


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What a study would meet: NPRS points, and shares of the plan kept, each a standard deviation.

    `clinic_*`, `patient_*`: of where pain lies (`sd`), of how it moves with log(1 + week) (`slope_sd`), and
    the correlation of both. `residual_sd`: of a week. `adherence_*_sd`: of clinics' means, of patients' round
    their clinic's, of weeks round the patient's. `dropout`: the chance that a week is the first after the
    last rating. `unrated`: the share of earlier weeks without a rating.
    """

    clinic_sd: float = 0.3
    clinic_slope_sd: float = 0.15
    clinic_correlation: float = 0.0
    patient_sd: float = 1.0
    patient_slope_sd: float = 0.3
    patient_correlation: float = 0.0
    residual_sd: float = 0.8
    adherence_clinic_sd: float = 0.05
    adherence_patient_sd: float = 0.15
    adherence_week_sd: float = 0.2
    dropout: float = 0.03
    unrated: float = 0.05

    def __post_init__(self) -> None:
        """Refuse what no study can be like."""
        for name, value in asdict(self).items():
            low, high = (-1, 1) if "correlation" in name else (0, np.inf if name.endswith("sd") else 0.99)
            if not low <= value <= high:
                raise InputError(f"Of a study, {name} is from {low} to {high}, not {value:g}.")
        if min(self.residual_sd, self.adherence_patient_sd, self.adherence_week_sd) <= 0:
            raise InputError("A plan needs weeks that differ, and patients and weeks of different adherence.")

    def covariances(self) -> tuple[np.ndarray, np.ndarray]:
        """Of clinics' and of patients' level and slope."""
        return (
            _covariance(self.clinic_sd, self.clinic_slope_sd, self.clinic_correlation),
            _covariance(self.patient_sd, self.patient_slope_sd, self.patient_correlation),
        )

    def __repr__(self) -> str:
        """One line an assumption."""
        return "\n".join(f"{name:22}{value:8.3f}" for name, value in asdict(self).items())

    def frame(self) -> pl.DataFrame:
        """One row is one assumption: its name and value."""
        named = asdict(self)
        return pl.DataFrame({"assumption": list(named), "value": list(map(float, named.values()))})


def assumptions_of(fit: Fit, weeks: pl.DataFrame, *, cautious: bool = False) -> Assumptions:
    """What the study at hand lets one assume of the next: a trajectory's variances, and its patient-weeks.

    `fit`: of `fit_trajectory` on time as log(1 + week), or of `fit_mixed` likewise, over clinics and
    patients. `weeks`: the patient-weeks that it was fitted on. `cautious`: the upper ends of the 95 %
    intervals of what differs between clinics, which few clinics tell roughly; where a variance is zero there
    is no such end, and it stays zero. Raises InputError for a fit of another kind.
    """
    found = fit.components
    groups = found["group"].unique(maintain_order=True).to_list() if found.height else []
    slopes = set(found["term"]) - {INTERCEPT} if found.height else set()
    if len(groups) != 3 or slopes - {"log_week"}:
        raise InputError(
            "A plan is made from a trajectory over clinics and patients, with time as log(1 + week)."
        )
    clinic, patient, _ = groups
    ends = {True: "high", False: "sd"}
    own = {
        "clinic_sd": _sd(found, clinic, INTERCEPT, ends[cautious]),
        "clinic_slope_sd": _sd(found, clinic, "log_week", ends[cautious]),
        "clinic_correlation": _correlation(found, clinic),
        "patient_sd": _sd(found, patient, INTERCEPT, "sd"),
        "patient_slope_sd": _sd(found, patient, "log_week", "sd"),
        "patient_correlation": _correlation(found, patient),
        "residual_sd": _sd(found, "residual", INTERCEPT, "sd"),
    }
    return Assumptions(**own, **_adherence(weeks), **_follow_up(weeks))


def study_designs(
    *,
    clinics: int | Sequence[int],
    patients: int | Sequence[int],
    weeks: int | Sequence[int] = 12,
    effect: float | Sequence[float],
) -> pl.DataFrame:
    """One row is one design: clinics, `patients` of each, weeks, and the true difference to be found.

    Every combination of what is given. `effect`: NPRS points of pain reduction in the last week, between
    90 % and 50 % of the plan, or between two arms.

    >>> study_designs(clinics=[8, 16], patients=40, effect=0.5).rows()
    [(8, 40, 12, 0.5), (16, 40, 12, 0.5)]
    """
    given = {"clinics": clinics, "patients": patients, "weeks": weeks, "effect": effect}
    lists = [[value] if isinstance(value, int | float) else list(value) for value in given.values()]
    frame = pl.DataFrame(list(product(*lists)), schema=list(DESIGN), orient="row").cast(pl.Schema(DESIGN))
    for name, least in FEWEST.items():
        if (frame[name] < least).any():
            raise InputError(f"A design has at least {least} {name}.")
    if (frame["clinics"] * frame["patients"] * frame["weeks"] > MOST_ROWS).any():
        raise InputError(f"A design has at most {MOST_ROWS:,} patient-weeks.")
    return frame


def _covariance(level: float, slope: float, correlation: float) -> np.ndarray:
    both = correlation * level * slope
    return np.array([[level**2, both], [both, slope**2]])


def _sd(found: pl.DataFrame, group: str, term: str, end: str) -> float:
    own = found.filter(pl.col("group") == group, pl.col("term") == term, pl.col("other").is_null())
    return float(own.select(pl.coalesce(end, "sd")).item()) if own.height else 0.0


def _correlation(found: pl.DataFrame, group: str) -> float:
    """0 where there is none, or where a variance is zero."""
    own = found.filter(pl.col("group") == group, pl.col("other").is_not_null())
    return float(np.clip(own["sd"].fill_nan(None).fill_null(0.0).item(), -1, 1)) if own.height else 0.0


def _adherence(weeks: pl.DataFrame) -> dict[str, float]:
    """Standard deviations between clinics, patients and weeks, by the moments of an analysis of variance."""
    known = weeks.filter(pl.col("adherence_capped").is_not_null())
    if known["clinic_id"].n_unique() < 2:
        raise InputError("How adherence differs is known in fewer than two clinics: it needs their plans.")
    own = known.group_by("clinic_id", "episode_id").agg(
        mean=pl.col("adherence_capped").mean(), square=pl.col("adherence_capped").var(), weeks=pl.len()
    )
    free = pl.col("weeks") - 1
    week = own.select((pl.col("square").fill_null(0.0) * free).sum() / free.sum()).item()
    noise = own.select((week / pl.col("weeks")).mean()).item()  # of a patient's mean
    clinics = own.group_by("clinic_id").agg(
        pl.col("mean").mean(), square=pl.col("mean").var(), patients=pl.len()
    )
    free = pl.col("patients") - 1
    between = clinics.select((pl.col("square").fill_null(0.0) * free).sum() / free.sum()).item()
    apart = (clinics["mean"].var() or 0.0) - clinics.select((between / pl.col("patients")).mean()).item()
    patient, clinic = max(between - noise, 0.0), max(apart, 0.0)
    names = ("adherence_clinic_sd", "adherence_patient_sd", "adherence_week_sd")
    return dict(zip(names, map(float, np.sqrt([clinic, patient, week])), strict=True))


def _follow_up(weeks: pl.DataFrame) -> dict[str, float]:
    """The weekly chance of a last rating, of weeks that an export covers, and the share of weeks unrated."""
    later = weeks.filter(pl.col("week") >= 1, pl.col("state") != "unknown")
    rated = pl.col("pain").is_not_null()
    own = later.group_by("episode_id").agg(
        last=pl.col("week").filter(rated).max().fill_null(0), end=pl.col("week").max(), rated=rated.sum()
    )
    left = pl.col("last") < pl.col("end")
    seen = own.select(
        dropout=left.sum() / (pl.col("last") + left.cast(pl.Int64)).sum(),
        unrated=1 - pl.col("rated").sum() / pl.col("last").sum(),
    )
    return {name: float(seen[name].fill_nan(0.0).item() or 0.0) for name in ("dropout", "unrated")}
