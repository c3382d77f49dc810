"""Observed: what happened, counted and averaged over patients, before anything is modelled."""

from __future__ import annotations

import polars as pl

from analytics.models.cells import (
    NO_WEEK,
    all_cells,
    count_cells,
    long_shares,
    long_values,
    mean_cells,
    one_per_patient,
    share_cells,
    with_network,
)
from analytics.models.followup import followed, followup_cells
from analytics.models.outcomes import ID, first_and_last
from analytics.models.practice import (
    adherence_cells,
    case_mix_cells,
    exercise_cells,
    intensity_cells,
    setting_cells,
)
from analytics.models.responders import adherence_band, fell_by, fell_by_share, responds
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Cohort
from analytics.vocabulary.settings import Settings

THRESHOLDS = tuple(half / 2 for half in range(17))  # 0.0 to 8.0 points
THIRDS = ("lower third", "middle third", "upper third")


def observe(cohort: Cohort, eligible: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Every cell of the reports, as Cells: for each clinic and for the network, over distinct patients.

    Pain, outcome, responders and dose are of eligible episodes; all else of every episode. A patient with
    several episodes counts once, with the mean of them; a share counts a patient of whom it is ever true.

    >>> an.observe(cohort, eligible, settings)["kind"].unique().sort().to_list()
    ['count', 'mean', 'share']
    """
    last = settings.definitions.horizon_weeks
    in_time = with_network(cohort.weeks.filter(pl.col("week") <= last))
    of_eligible = in_time.join(eligible, on="episode_id", how="semi", maintain_order="left")
    everyone, compared = with_network(cohort.episodes), with_network(eligible)
    started = with_network(followed(cohort.episodes, settings))
    with_outcome = compared.drop_nulls("pain_reduction")
    practice = with_network(cohort.practice)
    measures = with_network(cohort.measures).join(
        cohort.episodes, on="patient_id", how="semi", maintain_order="left"
    )
    return all_cells(
        [
            pain_cells(of_eligible),
            outcome_cells(everyone, compared, with_outcome),
            responder_cells(with_outcome, points=settings.definitions.meaningful_change),
            dose_cells(with_outcome),
            followup_cells(in_time, started, settings),
            function_cells(measures),
            adherence_cells(in_time, everyone),
            intensity_cells(in_time, everyone),
            case_mix_cells(everyone),
            setting_cells(practice),
            exercise_cells(practice),
        ]
    )


def pain_cells(weeks: pl.DataFrame) -> pl.DataFrame:
    """Mean weekly pain and mean fall from baseline (NPRS points, positive is better), by week."""
    measures = {name: pl.col(name) for name in ("pain", "pain_reduction")}
    return mean_cells(long_values(weeks, measures, by_week=True), subject="pain")


def outcome_cells(everyone: pl.DataFrame, compared: pl.DataFrame, with_outcome: pl.DataFrame) -> pl.DataFrame:
    """Pain at start and end, its fall, how many patients are compared, and how many were seen to the end."""
    measures = {name: pl.col(name) for name in ("baseline_pain", "outcome_pain", "pain_reduction")}
    nobody = everyone.select("clinic_id", patient_id=pl.lit(None, dtype=pl.String))
    people = pl.concat([compared.select("clinic_id", "patient_id"), nobody])
    complete = long_shares(compared, "complete", groups={"": pl.col("complete")})
    return pl.concat(
        [
            mean_cells(long_values(with_outcome, measures), subject="outcome"),
            count_cells(people, measure="episodes", subject="outcome"),
            share_cells(complete, subject="outcome"),
        ]
    )


def responder_cells(with_outcome: pl.DataFrame, *, points: float) -> pl.DataFrame:
    """Share of patients whose pain fell by a meaningful amount, and by at least each of many amounts."""
    patients = one_per_patient(with_outcome, "baseline_pain", "pain_reduction")
    fall, cut = pl.col("pain_reduction"), f"{points:g} points"
    groups = {
        cut: fell_by(points, fall),
        "30 %": fell_by_share(fall),
        f"{cut} or 30 %": responds(points, fall),
    }
    curve = {f"{least:.1f}": fell_by(least, fall) for least in THRESHOLDS}
    return pl.concat(
        [
            share_cells(long_shares(patients, "responder", groups=groups), subject="outcome"),
            share_cells(long_shares(patients, "at_least", groups=curve), subject="responders"),
        ]
    )


def dose_cells(with_outcome: pl.DataFrame) -> pl.DataFrame:
    """Mean fall in pain by band of adherence and third of mean weekly load; thirds are the network's."""
    columns = ("adherence_capped", "mean_load", "pain_reduction")
    patients = one_per_patient(with_outcome, *columns).drop_nulls(columns)
    load = pl.col("mean_load")
    low, high = (load.filter(pl.col("clinic_id") == NETWORK).quantile(at / 3, "linear") for at in (1, 2))
    lower, middle, upper = (pl.lit(name) for name in THIRDS)
    third = pl.when(load <= low).then(lower).when(load <= high).then(middle).otherwise(upper)
    band = adherence_band(pl.col("adherence_capped"))
    values = patients.select(
        "clinic_id", "patient_id", measure=pl.lit("pain_reduction"), week=NO_WEEK, value="pain_reduction",
        group=pl.concat_str(band, third, separator="|"),
    )  # fmt: skip
    return mean_cells(values, subject="dose")


def function_cells(measures: pl.DataFrame) -> pl.DataFrame:
    """Mean first and last score, and their difference, of patients measured on two days or more."""
    scores = first_and_last(measures).with_columns(change=pl.col("last") - pl.col("first"))
    parts = scores.unpivot(["first", "last", "change"], index=[*ID, "instrument"], variable_name="group")
    return mean_cells(parts.rename({"instrument": "measure"}).with_columns(week=NO_WEEK), subject="function")
