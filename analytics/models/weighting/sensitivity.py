"""Sensitivity: how strong something unwritten would have to be to explain an estimate away."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.vocabulary.errors import InputError

# A standardised difference as a risk ratio, and its standard error's reach: VanderWeele and Ding 2017, Ann
# Intern Med 167: 268, after Chinn 2000, Stat Med 19: 3127.
TO_RATIO, REACH = 0.91, 1.78


def e_value(ratio: float) -> float:
    """How strongly (risk ratio) a confounder must go with both work and pain to make this ratio out of 1.

    VanderWeele and Ding 2017, Ann Intern Med 167: 268. A ratio below 1 is turned over.

    >>> round(e_value(3.9), 2), e_value(1.0)
    (7.26, 1.0)
    """
    if not ratio > 0:
        raise InputError("A risk ratio is more than 0.")
    over = max(ratio, 1 / ratio)
    return float(over + np.sqrt(over * (over - 1)))


def e_values(contrasts: pl.DataFrame, *, sd: float) -> pl.DataFrame:
    """The rows of contrasts with `e_value` of the estimate and `e_value_limit` of the end nearer to nothing.

    `contrasts`: estimate and se in points; `sd`: of the outcome, in the same points. An interval that holds 0
    has the limit 1: nothing unwritten is needed to explain it.

    >>> table = pl.DataFrame({"estimate": [0.8], "se": [0.1]})
    >>> e_values(table, sd=2.0).select(pl.col("^e_value.*$").round(2)).row(0)
    (2.23, 1.96)
    """
    if not sd > 0:
        raise InputError("The standard deviation of the outcome is more than 0.")
    size, error = (np.abs(contrasts[name].to_numpy()) / sd for name in ("estimate", "se"))
    ratio, limit = np.exp(TO_RATIO * size), np.exp(TO_RATIO * size - REACH * error)
    return contrasts.with_columns(
        e_value=pl.Series([e_value(one) for one in ratio], dtype=pl.Float64),
        e_value_limit=pl.Series([e_value(max(one, 1.0)) for one in limit], dtype=pl.Float64),
    )
