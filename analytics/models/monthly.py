"""Outcomes by month of the episode's start, in periods long enough that most of them may be shown."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from analytics.models.cells import with_network
from analytics.models.responders import responds
from analytics.vocabulary.settings import Disclosure, Settings

KEY = ["clinic_id", "measure", "kind", "period"]
KINDS = {
    "pain_reduction": "mean", "responder": "share", "adherence": "mean", "completion": "share",
    "patients_started": "count",
}  # fmt: skip
# For the chart: more patients are neither good nor bad; limits end where a measure does.
BETTER: Mapping[str, int] = {"patients_started": 0}
RANGES: Mapping[str, tuple[float, float]] = {
    "responder": (0, 1), "adherence": (0, 1), "completion": (0, 1), "patients_started": (0, float("inf")),
}  # fmt: skip
PERIODS = {"month": 1, "2 months": 2, "quarter": 3}  # of the calendar: the same ones in each run
MOST = 0.75  # of the periods
STEPS = 8  # of rounding in a share's patients: 40 by steps of 5 print their share within about 6 points
SILENCE = 7  # days after a clinic's last session for which its journal still counts as read


def monthly_series(eligible: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one period of one measure of a clinic or the network, by when episodes started.

    `patients` are those behind the number, `met` those of them of whom a share tells; `value` is empty in a
    period of too few (a count of nobody is 0). Only periods of which each episode had time to reach the
    horizon by `as_of`, and while the clinic's journal was read: else the newest would hold those alone whose
    outcome came early. The period is the shortest of month, 2 months and quarter of which three in four have
    enough patients, else the quarter; outcomes play no part in that choice.

    >>> "network" in an.monthly_series(eligible, cohort.episodes, settings)["clinic_id"]
    True
    """
    long = _long(eligible, episodes, settings)
    found = pl.concat(_by_period(long, period, settings) for period in PERIODS)
    enough = pl.col("patients") >= _least(settings.disclosure)
    fitting = (
        found.group_by(KEY)
        .agg(fits=enough.mean() >= MOST)
        .filter(pl.col("fits") | (pl.col("period") == "quarter"))
        .sort(pl.col("period").replace_strict(PERIODS, return_dtype=pl.Int64))
        .group_by(KEY[:3], maintain_order=True)
        .first()
    )
    chosen = found.join(fitting, on=KEY, how="semi").sort("clinic_id", "measure", "month")
    nobody = (pl.col("kind") == "count") & (pl.col("patients") == 0)
    return chosen.with_columns(value=pl.when(enough | nobody).then("value"))


def _least(rules: Disclosure) -> pl.Expr:
    """Patients that a period needs; of a share, they must also outweigh its rounding."""
    of_share = max(2 * rules.min_patients, STEPS * rules.round_to)
    return pl.when(pl.col("kind") == "share").then(of_share).otherwise(rules.min_patients)


def _long(eligible: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one measure of one episode: its number, where it meets a cut, and until when it was seen."""
    last = episodes.group_by("clinic_id").agg(seen=pl.col("ends_on").max().dt.offset_by(f"{SILENCE}d"))
    seen = last.with_columns(pl.min_horizontal("seen", pl.lit(settings.as_of)))
    fall, whole = pl.col("pain_reduction"), pl.lit(1.0)
    measures = {
        "pain_reduction": (eligible, fall),
        "responder": (eligible, fall),
        "adherence": (episodes, pl.col("adherence_capped")),
        "completion": (eligible, pl.col("complete").cast(pl.Float64)),
        "patients_started": (episodes, whole),
    }
    parts = [
        frame.select(
            "clinic_id", "patient_id", "starts_on", "baseline_pain", measure=pl.lit(measure),
            kind=pl.lit(KINDS[measure]), number=number.cast(pl.Float64),
        ).drop_nulls("number")
        for measure, (frame, number) in measures.items()
    ]  # fmt: skip
    return with_network(pl.concat(parts).join(seen, on="clinic_id"))


def _by_period(long: pl.DataFrame, period: str, settings: Settings) -> pl.DataFrame:
    """All periods of this length, empty ones too, a patient counting once in each: the mean of episodes."""
    span, wait = f"{PERIODS[period]}mo", settings.definitions.horizon_weeks * 7 + 6
    told = pl.col("month").dt.offset_by(span).dt.offset_by(f"{wait - 1}d") <= pl.col("seen")
    dated = long.with_columns(month=pl.col("starts_on").dt.truncate(span), period=pl.lit(period))
    better = responds(settings.definitions.meaningful_change, pl.col("number"))
    met = pl.when(pl.col("measure") == "responder").then(better).otherwise(pl.col("number") > 0)
    patients = (
        dated.filter(told)
        .group_by(*KEY, "month", "patient_id")
        .agg(pl.col("number", "baseline_pain").mean())
        .sort(*KEY, "month", "patient_id")  # sums of the same numbers in the same order
        .group_by(*KEY, "month", maintain_order=True)
        .agg(patients=pl.len(), met=met.sum(), mean=pl.col("number").mean())
    )
    ends = dated.group_by(KEY).agg(pl.col("month").min().alias("first"), pl.col("seen").max())
    grid = (
        ends.with_columns(month=pl.date_ranges("first", "seen", interval=span))
        .explode("month")
        # a journal begins on some day of its first period, which so counts fewer patients than it had
        .filter(told, (pl.col("kind") != "count") | (pl.col("month") > pl.col("first")))
    )
    filled = grid.join(patients, on=[*KEY, "month"], how="left").with_columns(
        pl.col("patients").fill_null(0).cast(pl.Int64),
        until=pl.col("month").dt.offset_by(f"{PERIODS[period] - 1}mo"),
        met=pl.when(pl.col("kind") == "share").then("met").cast(pl.Int64),
    )
    return filled.select(*KEY, "month", "until", "patients", "met", value=_value())


def _value() -> pl.Expr:
    """The number of a period by its kind."""
    return (
        pl.when(pl.col("kind") == "count").then(pl.col("patients").cast(pl.Float64))
        .when(pl.col("kind") == "share").then(pl.col("met") / pl.col("patients"))
        .otherwise("mean")
    )  # fmt: skip
