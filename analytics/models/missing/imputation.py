"""Imputation: the model that fills weeks of pain which were not rated, and the weeks that it may fill.

Congenial (Meng 1994, Stat Sci 9: 538): it holds every term of the trajectory, with the same columns of work,
and more: time as a curve, case-mix by time, and weeks whose work is not known. The same random intercepts
and slopes by clinic and by episode let clinics stay as different as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from analytics.models.followup import followed
from analytics.models.missing.draws import Array, Sampler, draw_values, make_sampler
from analytics.models.missing.writing import mark_weeks
from analytics.models.mixed import Random, fit_mixed
from analytics.models.predictors import case_mix_terms, split_terms, time_terms, varying
from analytics.models.trajectory import MIN_PATIENTS, ModelWeeks, model_weeks
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

# Our choice: unknown work has terms of its own only where as many rated weeks lack it, at least 30, as
# missing ones do. A plan may end when the patient stops: ten rated weeks must not say what hundreds are
# filled with.
MIN_UNKNOWN = 30


@dataclass(frozen=True, slots=True)
class ImputationModel:
    """What is needed to fill the weeks again and again.

    `marked`: every week (see mark_weeks) with `place`: where a missing week stands among the drawn values.
    `data`: the weeks as the trajectory reads them, with `place` beside them. `fit`: the model of the rated
    weeks, or none with a `reason`.
    """

    settings: Settings
    marked: pl.DataFrame
    data: ModelWeeks
    fit: Fit | None
    sampler: Sampler | None
    reason: str = ""


def fit_imputation(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> ImputationModel:
    """The imputation model of weekly pain (NPRS), fitted to the rated weeks from 1 to the horizon.

    On time (a curve), baseline pain and case-mix, alone and with time; last week's adherence and load, as
    the patient's mean while rating and the deviation from it (as the trajectory has them: a mean over all
    weeks would say when the patient stopped), alone and with time; random intercept and slope of time by
    clinic and by episode. A week of care in which nothing was logged has work of 0, as the journal has it.
    Work that is not known (no plan, no export) stands at the patient's mean, with a column that says so where
    rated weeks can tell what that means. Missing at random: given all that, whether a week was rated depends
    on what was seen, not on the pain of that week. `episodes`: all of them (see mark_weeks).
    """
    whose = followed(episodes, settings)
    marked = mark_weeks(weeks, episodes, settings).with_columns(
        place=pl.when("missing").then(pl.col("missing").cast(pl.Int64).cum_sum() - 1)
    )
    keys = ["episode_id", "week"]
    own = weeks.join(whose, on="episode_id", how="semi", maintain_order="left")
    data = model_weeks(own, whose, settings)
    placed = data.frame.join(marked.select(*keys, "place"), on=keys, how="left", maintain_order="left")
    data = replace(data, frame=placed)
    rows, terms = _rows(data, settings)
    try:
        fit = _fitted(rows, terms, data.time[0])
    except InputError as error:
        return ImputationModel(settings, marked, data, None, None, str(error))
    missing = rows.filter(pl.col("place").is_not_null()).sort("place")
    return ImputationModel(settings, marked, data, fit, make_sampler(fit, missing))


def draw_imputations(model: ImputationModel, *, imputations: int, seed: int) -> Iterator[Array]:
    """Weekly pain (NPRS) of the missing weeks, in their `place`, one array an imputation.

    The m-th array depends on the seed and m alone: the same again whenever it is asked for, and whatever
    their number, so that none need be kept. Values may lie a little outside 0 to 10 (see draw_values).
    """
    for number in range(imputations):
        if model.sampler is not None:
            yield draw_values(model.sampler, np.random.default_rng([seed, number]))


def _rows(data: ModelWeeks, settings: Settings) -> tuple[pl.DataFrame, list[str]]:
    """The rows of the imputation model, and its terms."""
    slope = data.time[0]
    frame = data.frame.drop_nulls("baseline_pain").with_columns(**_other_time(settings))
    unknown = {f"{name}_unknown": pl.col(name).is_null().cast(pl.Float64) for name in data.work}
    columns = [column for name in data.work for column in split_terms(name)]
    frame = frame.with_columns(**unknown)
    for name in data.work:  # whoever was never rated is taken as average, with the work that was done
        mean = pl.col(f"{name}_mean").fill_null(strategy="mean")
        lag = split_terms(name)[f"{name}_lag"].fill_null(0.0).alias(f"{name}_lag")
        frame = frame.with_columns(mean).with_columns(lag)
    rated = frame.drop_nulls("pain")
    time = varying(rated, (*data.time, *_other_time(settings)))
    told = tuple(name for name in unknown if _is_told(frame, name))
    own = varying(rated, (*case_mix_terms(), *columns, *told))
    return frame, [*time, *own, *(f"{slope}:{name}" for name in own)]


def _is_told(frame: pl.DataFrame, unknown: str) -> bool:
    """Whether rated weeks can say what unknown work goes with: see MIN_UNKNOWN."""
    lacking = frame.filter(pl.col(unknown) == 1.0)
    return lacking["pain"].count() >= max(MIN_UNKNOWN, lacking["place"].count())


def _other_time(settings: Settings) -> dict[str, pl.Expr]:
    """Time in the way that the trajectory does not have it, so that the two together bend freely."""
    other = "spline" if settings.definitions.week_term == "log" else "log"
    definitions = settings.definitions.model_copy(update={"week_term": other})
    return time_terms(settings.model_copy(update={"definitions": definitions}))


def _fitted(rows: pl.DataFrame, terms: list[str], slope: str) -> Fit:
    rated = rows.drop_nulls("pain")
    patients, clinics = (rated[name].n_unique() for name in ("patient_id", "clinic_id"))
    if patients < MIN_PATIENTS:
        raise InputError(f"fewer than {MIN_PATIENTS} patients have pain at the start and in later weeks")
    levels = ("clinic_id", "episode_id") if clinics > 1 else ("episode_id",)
    fit = fit_mixed(
        rows,
        f"pain ~ {' + '.join(terms or ['1'])}",
        random=tuple(Random(level, slope=slope) for level in levels),
    )
    if not fit.overall["converged"].item():
        raise InputError("; ".join(fit.warnings))
    return fit
