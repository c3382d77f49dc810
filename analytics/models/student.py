"""Student: an estimate with its standard error and degrees of freedom, told as a test and an interval."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

Numbers = NDArray[np.floating]


def told_by_t(estimate: Numbers, se: Numbers, df: Numbers) -> pl.DataFrame:
    """One row is one estimate: estimate, se, df, statistic, p (two-sided, against 0), low and high (95 %).

    Infinite df are the normal distribution's. What has no error or no df is null.

    >>> import numpy as np
    >>> told_by_t(np.array([2.0]), np.array([1.0]), np.array([10.0])).select(pl.all().round(3)).row(0)
    (2.0, 1.0, 10.0, 2.0, 0.073, -0.228, 4.228)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic, reach = estimate / se, stats.t.ppf(0.975, df) * se
    columns = {
        "estimate": estimate, "se": se, "df": df, "statistic": statistic,
        "p": 2 * stats.t.sf(np.abs(statistic), df), "low": estimate - reach, "high": estimate + reach,
    }  # fmt: skip
    return pl.DataFrame(columns, nan_to_null=True)
