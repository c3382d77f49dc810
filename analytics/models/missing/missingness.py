"""Missingness: the answers with the unrated weeks filled in, and if those who stopped were worse since.

Three readings side by side: of complete cases, of weeks missing at random, and of weeks after the last rating
shifted by delta points (Carpenter and Kenward 2013, Multiple Imputation and its Application, chapter 10;
Cro et al. 2020, Stat Med 39: 2815). Nothing seen can tell which is true.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl

from analytics.models.contrasts import trajectory_contrasts
from analytics.models.missing.completed import KEYS, MEANS, Means, make_means, mean_table, sums_of
from analytics.models.missing.draws import Array
from analytics.models.missing.imputation import ImputationModel, draw_imputations, fit_imputation
from analytics.models.missing.pooling import NUMBERS, pool
from analytics.models.missing.reductions import REDUCTION, mean_rows
from analytics.models.predictors import split_terms
from analytics.models.trajectory import fit_weeks
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.settings import Settings

POOLED = MEANS | dict.fromkeys(NUMBERS, pl.Float64) | {"imputations": pl.Int64}


@dataclass(frozen=True, slots=True)
class Imputed:
    """Weekly pain with its missing weeks filled `imputations` times.

    Each draw follows from `seed` and its number.
    `marked`: every week of care and whether it was rated (see mark_weeks). `sums`: what means need, of each
    draw. `shift`: what one point of delta adds to each missing week. `warnings`: in words, also why nothing
    was filled. `answers`: comparisons at each delta that was asked for, since they take a fit a draw.
    """

    model: ImputationModel
    imputations: int
    seed: int
    means: Means
    sums: tuple[Array, ...]
    shift: Array
    warnings: tuple[str, ...] = ()
    answers: dict[float, pl.DataFrame] = field(default_factory=dict, repr=False)

    @property
    def marked(self) -> pl.DataFrame:
        """One row is one week of care: see mark_weeks."""
        return self.model.marked

    def __repr__(self) -> str:
        """How much was filled, and from what."""
        missing = int(self.marked["missing"].sum())
        after = int((self.marked["missing"] & (self.marked["since"] > 0)).sum())
        lines = [
            f"{int(self.marked['rated'].sum()):,} rated weeks; {missing:,} missing ones filled "
            f"{self.imputations} times: {after:,} after the last rating, {missing - after:,} in gaps"
        ]
        return "\n".join(lines + [f"! {text}" for text in self.warnings])


def impute_missing(
    weeks: pl.DataFrame,
    episodes: pl.DataFrame,
    settings: Settings,
    *,
    imputations: int = 20,
    seed: int | None = None,
) -> Imputed:
    """Every unrated week of care filled with pain (NPRS) that could have been, `imputations` times over.

    `episodes`: all of them, not the eligible ones only. `seed`: the settings' where none is given. Which
    weeks are missing: mark_weeks; how they are filled, and what is assumed: fit_imputation and draw_values.
    The shift is one point for one point of delta in every week after the last rating, none in gaps before
    it: `shape_delta` has others. Nothing is kept but sums: a draw is made again when a model needs it.
    Raises InputError for fewer than two imputations.

    >>> imputed = an.impute_missing(weeks, cohort.episodes, settings, imputations=2)
    >>> len(imputed.sums)
    2
    """
    if imputations < 2:
        raise InputError("Two imputations or more are needed to tell what the missing weeks add in doubt.")
    model = fit_imputation(weeks, episodes, settings)
    means = make_means(mean_rows(model.marked, settings))
    bare = Imputed(model, imputations, settings.seed if seed is None else seed, means, (), np.zeros(0))
    why = (f"not filled: {model.reason}",) if model.fit is None else model.fit.warnings
    return shape_delta(replace(bare, warnings=why))


def shape_delta(imputed: Imputed, *, lags: tuple[float, ...] = (1.0,), gaps: bool = False) -> Imputed:
    """The same draws, with another course of delta over the weeks after the last rating.

    `lags`: what each further week adds, per point of delta: (1,) is delta points from the first week on,
    (1, 1, 1) one, two, then three times delta, as rbmi's `dlag`. `gaps`: missing weeks before the last rating
    are shifted too, by delta.

    >>> float(an.shape_delta(imputed, lags=(1, 1, 1)).shift.max())
    3.0
    """
    missing = imputed.marked.filter("missing").sort("place")
    since = missing["since"].to_numpy()
    longest = int(since.max()) if len(since) else 0
    grown = cumulated_delta((0.0,) + (1.0,) * longest, lags, first=1)
    shift = np.where(since > 0, np.array(grown)[since], float(gaps))
    drawn = draw_imputations(imputed.model, imputations=imputed.imputations, seed=imputed.seed)
    return replace(
        imputed, shift=shift, answers={}, sums=tuple(sums_of(imputed.means, one, shift) for one in drawn)
    )


def cumulated_delta(delta: tuple[float, ...], dlag: tuple[float, ...], *, first: int) -> tuple[float, ...]:
    """What is added to the outcome of each visit, where nothing was seen from visit `first` (0, 1, ...) on.

    At each visit `delta` of that visit times `dlag` of the visits since, summed over the visits since: as
    rbmi's delta_template has it. Beyond the end of `dlag` nothing more is added.

    >>> cumulated_delta((5, 6, 7, 8), (1, 2, 3, 4), first=1)
    (0.0, 6.0, 20.0, 44.0)
    """
    weights = [0.0] * first + [*dlag, *([0.0] * len(delta))]
    return tuple(float(sum(delta[at] * weights[at] for at in range(end + 1))) for end in range(len(delta)))


def pooled_means(imputed: Imputed, *, delta: float = 0.0) -> pl.DataFrame:
    """One row is one mean over patients, pooled, in NPRS points.

    mean_reduction (positive is better) at week 6 and the horizon, of all (`clinic_id` empty) and of each
    clinic with enough episodes; weekly_pain of all weeks of care, weekly_pain_rated and weekly_pain_filled of
    the rated and of the missing ones.
    `delta`: points added after the last rating.

    >>> fall = an.pooled_means(imputed).filter(measure="mean_reduction", clinic_id="")
    >>> fall["week"].to_list()
    [6, 12]
    """
    least = imputed.model.settings.comparison.min_episodes
    tables = [mean_table(imputed.means, sums, delta=delta, least=least) for sums in imputed.sums]
    if not tables:
        return pl.DataFrame(schema=POOLED)
    own = (pl.col("clinic_id") == "") | (pl.col("measure") == REDUCTION)
    pooled = pool(pl.concat(tables).filter(own), by=KEYS)
    counts = tables[0].select(*KEYS, "patients", "filled")
    return pooled.join(counts, on=list(KEYS), how="left", maintain_order="left").select(*POOLED).cast(POOLED)  # pyright: ignore


def pooled_contrasts(imputed: Imputed, *, delta: float = 0.0) -> pl.DataFrame:
    """One row is one comparison of the trajectory (see trajectory_contrasts), pooled over completed weeks.

    A patient's mean adherence is over the rated weeks, so that the comparison is the one of complete cases.
    `patients`: of the model; `filled`: of those, who had a missing week. Empty where nothing can be fitted.

    >>> an.pooled_contrasts(imputed)["imputations"].unique().to_list()
    [2]
    """
    if delta not in imputed.answers:
        imputed.answers[delta] = _fitted_contrasts(imputed, delta)
    return imputed.answers[delta]


def _fitted_contrasts(imputed: Imputed, delta: float) -> pl.DataFrame:
    settings, data = imputed.model.settings, imputed.model.data
    columns = tuple(name for measure in data.work for name in split_terms(measure))
    frame, at = data.frame, data.frame["place"].fill_null(-1).to_numpy()
    tables, patients = [], 0
    for drawn in draw_imputations(imputed.model, imputations=imputed.imputations, seed=imputed.seed):
        values = pl.Series(np.append(drawn + delta * imputed.shift, np.nan)[at])
        pain = pl.when(pl.col("place").is_null()).then("pain").otherwise(values)
        own = replace(data, frame=frame.with_columns(pain=pain))
        fit = fit_weeks(own, columns)
        patients = fit.overall["patients"].item() or 0
        tables.append(trajectory_contrasts(fit, own.frame, settings))
    found = pl.concat(tables).filter(pl.col("contrast") != REDUCTION) if tables else pl.DataFrame()
    if not found.height:
        return pl.DataFrame(schema=POOLED)
    named = found.with_columns(measure="contrast", clinic_id=pl.lit(""))
    filled = frame.filter(pl.col("place").is_not_null())["patient_id"].n_unique()
    pooled = pool(named, by=KEYS).with_columns(patients=pl.lit(patients), filled=pl.lit(filled))
    return pooled.select(*POOLED).cast(POOLED)  # pyright: ignore
