"""Responders: whose pain fell by an amount that patients call meaningful, by every definition in use."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.models.clustered_shares import SHARES, clustered_shares
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.scales import SCALES

RELATIVE = 0.3  # of baseline: Ostelo 2008, Spine 33:90, the consensus beside 2 points
SUBSTANTIAL = 0.5  # of baseline: IMMPACT's "substantial" (Dworkin 2008, J Pain 9:105)
ROUNDING = 1e-9  # a fall of exactly the threshold counts, whatever the last bit of a mean says
MEANINGFUL = SCALES["NPRS"].meaningful_change or 2.0

# The least fall that patients call meaningful, by pain at the start: 1 point from 1-4, 2 from 5-7, 3-4 from
# 8-10 (n = 1,232; Thieme a-1304-3677). Between the classes the halves decide: a mean of 4.5 is nearer to 5.
BY_BASELINE = ((4.5, 1.0), (7.5, 2.0))
FROM_SEVERE, FROM_SEVERE_STRICT = 3.0, 4.0  # both ends of "3-4": 3 unless it is asked for strictly

CURVE = tuple(at / 2 for at in range(21))  # falls of 0 to 10 points in halves
BANDS = ((0.5, "0-49 %"), (0.8, "50-79 %"))  # of adherence; 80 % is the usual "satisfactory" (Bailey 2020)
TOP_BAND = "80-100 %"


def fell_by(points: float, fall: pl.Expr) -> pl.Expr:
    """The fall in pain (NPRS points, positive is better) is at least so many points."""
    return fall + ROUNDING >= points


def fell_by_share(fall: pl.Expr, *, share: float = RELATIVE) -> pl.Expr:
    """The fall in pain is at least 30 % (or another share) of `baseline_pain`."""
    return fall + ROUNDING >= share * pl.col("baseline_pain")


def responds(points: float, fall: pl.Expr) -> pl.Expr:
    """The fall in pain is meaningful: so many points, or 30 % of `baseline_pain`."""
    return fell_by(points, fall) | fell_by_share(fall)


def baseline_threshold(*, strict: bool = False) -> pl.Expr:
    """The least fall (NPRS points) that patients of that `baseline_pain` call meaningful: 1, 2 or 3.

    The source says "3 to 4" from 8-10: 3 is taken, and 4 where `strict`. Empty where baseline is.

    >>> start = pl.DataFrame({"baseline_pain": [3.0, 4.5, 7.0, 9.0]})
    >>> start.select(baseline_threshold()).to_series().to_list()
    [1.0, 2.0, 2.0, 3.0]
    """
    pain = pl.col("baseline_pain") + ROUNDING
    (mild, low), (moderate, middle) = BY_BASELINE
    high = FROM_SEVERE_STRICT if strict else FROM_SEVERE
    found = pl.when(pain.is_null()).then(None).when(pain < mild).then(low).when(pain < moderate).then(middle)
    return found.otherwise(high).alias("baseline_threshold")


def fell_enough(fall: pl.Expr, *, strict: bool = False) -> pl.Expr:
    """The fall in pain is meaningful to a patient who began with that pain: see `baseline_threshold`."""
    return fall + ROUNDING >= baseline_threshold(strict=strict)


def is_recovered() -> pl.Expr:
    """The last pain seen is 0, what patients match best with "recovered" (Kamper 2010, PMC2989296)."""
    return pl.col("outcome_pain") <= ROUNDING


def adherence_band(kept: pl.Expr) -> pl.Expr:
    """The band of an adherence (share, each week at most 1): under 50 %, 50-79 %, 80 % or more."""
    (few, low), (some, middle) = BANDS
    at = kept + ROUNDING
    found = pl.when(at.is_null()).then(None).when(at < few).then(pl.lit(low))
    return found.when(at < some).then(pl.lit(middle)).otherwise(pl.lit(TOP_BAND))


def responder_curve(eligible: pl.DataFrame, *, by: str | None = None) -> pl.DataFrame:
    """One row is one size of fall in one group: the share of patients whose pain fell at least that much.

    The cumulative responder curve (Farrar 2006, J Pain Symptom Manage 31: 369), which needs no cut, by the
    last pain seen of each (an early one where a patient stopped; see `responder_account`). `by`:
    "adherence" (bands of it), or a column of `eligible` such as phase; none: all patients. `points`: the
    least fall, 0 to 10 NPRS points; `low`, `high`: pointwise 95 % (see `clustered_shares`). A patient of
    several episodes counts once a group, with their mean. Patients without an outcome or a group are in no
    row. Between bands of adherence this is an association: patients in less pain may train more.

    >>> patients = pl.DataFrame({"clinic_id": list("aabb"), "patient_id": list("wxyz"),
    ...     "baseline_pain": [6.0] * 4, "pain_reduction": [0.0, 1.0, 2.0, 4.0]})
    >>> responder_curve(patients).filter(pl.col("points") == 2)["share"].to_list()
    [0.5]
    """
    fall = pl.col("pain_reduction")
    rows = _patients(_grouped(eligible, by), "pain_reduction").drop_nulls(["group", "pain_reduction"])
    found = clustered_shares(rows, {f"{least:g}": fell_by(least, fall) for least in CURVE})
    return found.select("group", pl.col("name").cast(pl.Float64).alias("points"), *SHARES).sort(
        "group", "points"
    )


def responder_sensitivity(eligible: pl.DataFrame) -> pl.DataFrame:
    """One row is one definition of a responder: the share of patients who meet it, with 95 % interval.

    `source` says who defined it. Read them together: an answer that hangs on the definition is none.

    >>> one = pl.DataFrame({"clinic_id": ["a"], "patient_id": ["x"], "baseline_pain": [9.0],
    ...     "pain_reduction": [2.0], "outcome_pain": [7.0]})
    >>> responder_sensitivity(one).filter(pl.col("share") == 1)["definition"].to_list()
    ['2 points', '2 points or 30 %']
    """
    columns = ("baseline_pain", "pain_reduction", "outcome_pain")
    rows = _patients(_grouped(eligible, None), *columns).drop_nulls(columns)
    asked = definitions()
    found = clustered_shares(rows, {name: rule for name, (rule, _) in asked.items()})
    order = pl.DataFrame({"name": list(asked), "source": [source for _, source in asked.values()]})
    joined = order.join(found, on="name", how="left", maintain_order="left")
    return joined.select(pl.col("name").alias("definition"), *SHARES, "source")


def definitions() -> dict[str, tuple[pl.Expr, str]]:
    """Each definition of a responder by name: its expression over patients, and its source."""
    fall = pl.col("pain_reduction")
    return {
        "2 points": (fell_by(MEANINGFUL, fall), "Ostelo 2008"),
        "30 %": (fell_by_share(fall), "Ostelo 2008"),
        "2 points or 30 %": (responds(MEANINGFUL, fall), "Ostelo 2008"),
        "50 %": (fell_by_share(fall, share=SUBSTANTIAL), "Dworkin 2008"),
        "by pain at the start (1, 2, 3 points)": (fell_enough(fall), "Thieme a-1304-3677"),
        "by pain at the start (1, 2, 4 points)": (fell_enough(fall, strict=True), "Thieme a-1304-3677"),
        "recovered (last pain 0)": (is_recovered(), "Kamper 2010"),
    }


def _grouped(eligible: pl.DataFrame, by: str | None) -> pl.DataFrame:
    if by is not None and by != "adherence" and by not in eligible.columns:
        raise InputError(f"The episodes have no column '{by}' to part them by.")
    group: Any = pl.lit("all") if by is None else pl.col(by).cast(pl.String)
    if by == "adherence":
        group = adherence_band(pl.col("adherence_capped"))
    return eligible.with_columns(group=group)


def _patients(episodes: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """One row is one patient of one clinic in one group: the mean of each column over the episodes."""
    keys, wanted = ("group", "clinic_id", "patient_id"), dict.fromkeys(("baseline_pain", *columns))
    return episodes.sort(keys).group_by(keys, maintain_order=True).agg(pl.col(*wanted).mean())
