"""One estimate of one claim, and the models that claims share."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.models.inference import contrast_table
from analytics.models.mixed import Random, fit_mixed
from analytics.models.predictors import varying
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

# Our choices: fewer patients than the first are described, not modelled; a comparison of which one side has
# fewer patients than the second says more of them than of the claim.
MIN_PATIENTS, MIN_EACH = 30, 10


class NotMeasuredError(Exception):
    """What a claim needs is not in the journals; its words say what."""


class NotToldError(Exception):
    """It is there, but no model of it can be fitted; its words say why."""


@dataclass(frozen=True, slots=True)
class Found:
    """An estimate with its standard error, degrees of freedom (Kenward-Roger), 95 % interval and p value.

    `patients`, `weeks`, `clinics`: what it rests on. `control`: p of the negative control, if any.
    """

    estimate: float
    se: float
    df: float
    low: float
    high: float
    p: float
    patients: int
    weeks: int
    clinics: int
    control: float | None = None


def fit_claim(
    rows: pl.DataFrame,
    *,
    outcome: str,
    terms: tuple[str, ...],
    slope: str | None = None,
    weights: str | None = None,
) -> Fit:
    """The outcome on these columns, by REML over episodes in clinics (one clinic: episodes).

    A column that does not vary is left out, as is a product `a:b` of one. `slope`: random by clinic and by
    episode. `weights`: as in fit_mixed. Raises NotToldError where nothing sound comes out.
    """
    kept = varying(rows, tuple({part for term in terms for part in term.split(":")}))
    fixed = [term for term in terms if set(term.split(":")) <= set(kept)]
    try:
        fit = fit_mixed(
            rows,
            f"{outcome} ~ {' + '.join(fixed or ['1'])}",
            random=tuple(Random(level, slope=slope) for level in _levels(rows)),
            weights=weights,
        )
    except InputError as error:
        raise NotToldError(str(error)) from None
    if not fit.overall["converged"].item():
        raise NotToldError("the model did not converge")
    return fit


def _levels(rows: pl.DataFrame) -> tuple[str, ...]:
    """Episodes in clinics; clinics alone where each episode has one row, episodes where one clinic is."""
    clinics, episodes = rows["clinic_id"].n_unique(), rows["episode_id"].n_unique()
    of_clinics = ("clinic_id",) if clinics > 1 else ()
    return of_clinics if of_clinics and episodes == rows.height else (*of_clinics, "episode_id")


def contrast(fit: Fit, weights: dict[str, float], rows: pl.DataFrame) -> Found:
    """What a weighted sum of the model's terms comes to."""
    absent = sorted(set(weights) - set(fit.terms["term"]))
    if absent:
        raise NotToldError(f"'{absent[0]}' cannot be told apart from the rest of the model")
    row = contrast_table(fit, {"claim": weights}).row(0, named=True)
    if row["p"] is None:
        raise NotToldError("too few groups for a standard error")
    told = {name: row[name] for name in ("estimate", "se", "df", "low", "high", "p")}
    return Found(**told, **sizes(rows))


def sizes(rows: pl.DataFrame) -> dict[str, int]:
    """Patients, rows and clinics behind a number."""
    patients, clinics = (rows[name].n_unique() for name in ("patient_id", "clinic_id"))
    return {"patients": patients, "weeks": rows.height, "clinics": clinics}


def need_patients(rows: pl.DataFrame, *, of: str) -> None:
    """Refuse rows of too few patients."""
    count = rows["patient_id"].n_unique()
    if count < MIN_PATIENTS:
        raise NotMeasuredError(f"{count} patients have {of}; {MIN_PATIENTS} are needed")


def need_both(rows: pl.DataFrame, column: str) -> None:
    """Refuse a comparison of which one side (up to the median, above it) has too few patients."""
    value, middle, most = pl.col(column), rows[column].median(), rows[column].max()
    low = value < most if middle == most else value <= middle
    count = min(rows.filter(side)["patient_id"].n_unique() for side in (low, ~low))
    if count < MIN_EACH:
        raise NotMeasuredError(f"one side of the comparison has {count} patients; {MIN_EACH} are needed")
