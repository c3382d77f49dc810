"""Agreement: whether what is seen between patients is what is seen within them."""

from __future__ import annotations

import polars as pl

from analytics.models.contrasts import KEPT, MISSED, with_time
from analytics.models.inference import contrast_table
from analytics.models.predictors import time_terms
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

AGREEMENT = {"contrast": pl.String, "week": pl.Int32} | dict.fromkeys(
    ("estimate", "se", "df", "low", "high"), pl.Float64
)


def between_less_within(fit: Fit, weeks: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week: the adherence contrast between patients less the one within (NPRS points).

    Of 90 % against 50 % of the plan, at week 6 and the horizon, with Kenward-Roger's 95 % interval. It is
    Mundlak's (1978, Econometrica 46:69) coefficient: 0 where both say the same. An interval without 0 says
    that at least one of them is not causal; one with 0 does not say that either is. No row without the terms.

    >>> none = Fit(pl.DataFrame({"term": ["log_week"]}), pl.DataFrame(), pl.LazyFrame(), ())
    >>> weeks = pl.DataFrame({"week": [6], "pain": [3.0]}, schema={"week": pl.Int32, "pain": pl.Float64})
    >>> between_less_within(none, weeks, None).height
    0
    """
    names = ("adherence_mean", "adherence_lag")
    if not set(names) <= set(fit.terms["term"]):
        return pl.DataFrame(schema=AGREEMENT)
    wanted = [6, settings.definitions.horizon_weeks]
    rated = weeks.drop_nulls("pain").filter(pl.col("week").is_in(wanted)).select("week").unique().sort("week")
    gap = KEPT - MISSED
    asked = {
        str(at["week"]): with_time(fit, {names[0]: -gap, names[1]: gap}, at)
        for at in rated.select("week", **time_terms(settings)).to_dicts()
    }
    if not asked:
        return pl.DataFrame(schema=AGREEMENT)
    found = contrast_table(fit, asked).with_columns(
        week=pl.col("contrast").cast(pl.Int32), contrast=pl.lit("between_less_within")
    )
    return found.select(pl.col(name).cast(kind) for name, kind in AGREEMENT.items())
