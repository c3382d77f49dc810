"""Checks of scores: outside their questionnaire's range, or from before the patient came."""

from __future__ import annotations

import polars as pl

from analytics.journal.quality.plausibility import Limits
from analytics.journal.quality.tally import Probe, tally, with_people
from analytics.vocabulary.results import Journal
from analytics.vocabulary.scales import SCALES


def check_measures(journal: Journal, limit: Limits) -> pl.DataFrame:
    """One row a clinic and check; what is counted are scores."""
    who = ("clinic_id", "patient_id")
    first = journal.patients.group_by(who).agg(pl.col("intake_date").min().alias("intake"))
    rows = with_people(journal.measures).join(first, on=who, how="left")
    low, high = (_end(side) for side in ("low", "high"))
    total = pl.col("item").fill_null("") == ""
    early = (pl.col("intake") - pl.col("measured_on")).dt.total_days() > limit("early_days")
    probes = [
        Probe(
            "measure_out_of_range", "value", total & low.is_not_null(), ~pl.col("value").is_between(low, high)
        ),
        Probe("before_intake", "measured_on", pl.col("intake").is_not_null(), early),
    ]
    return tally(rows, probes, table="measures")


def _end(side: str) -> pl.Expr:
    ends = {name: float(getattr(scale, side)) for name, scale in SCALES.items()}
    return pl.col("instrument").replace_strict(ends, default=None, return_dtype=pl.Float64)
