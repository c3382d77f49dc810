"""Pooling: one answer from many completed data sets, with the uncertainty that the missing values add."""

from __future__ import annotations

from math import ceil, exp, log, sqrt

import numpy as np
import polars as pl
from scipy import stats

from analytics.vocabulary.errors import InputError

NUMBERS = (
    "estimate", "se", "df", "low", "high", "p", "fmi", "riv", "added", "between", "within", "mc_error",
)  # fmt: skip


def pool(estimates: pl.DataFrame, *, by: tuple[str, ...] = ("quantity",)) -> pl.DataFrame:
    """One row is one quantity, pooled over its imputations by Rubin's rules.

    `estimates`: one row an imputation and quantity: the columns `by`, estimate, se, and df of the analysis as
    if nothing were missing (null: infinite; Kenward-Roger's or Satterthwaite's are such). `df`, `low`, `high`
    (95 %), p: Student's t with Barnard and Rubin's degrees of freedom, which are never more than those of
    complete data. `within`: mean of squared se; `between`: variance of the estimates; `riv`: relative
    increase in variance by what is missing; `added`: share of the variance that it adds (mice: lambda);
    `fmi`: fraction of missing information, which counts lost df too and so is never near 0 where df are few;
    `mc_error`: how far the estimate would move, as a standard deviation, with other random numbers.
    `imputations` counts those with a number; fewer than two give an estimate without an interval. In the
    estimates' own units.
    Rubin 1987 (Multiple Imputation for Nonresponse, chapter 3); Barnard and Rubin 1999 (Biometrika 86: 948).

    >>> two = pl.DataFrame({"quantity": "fall", "estimate": [2.0, 2.2], "se": [0.5, 0.5], "df": [7.0, 7.0]})
    >>> pool(two).select("estimate", pl.col("se", "df", "fmi").round(3)).row(0)
    (2.1, 0.529, 4.729, 0.338)
    """
    missing = [name for name in (*by, "estimate", "se", "df") if name not in estimates.columns]
    if missing:
        raise InputError(f"Estimates to pool need a column '{missing[0]}'.")
    usable = estimates.filter(pl.col("estimate").is_finite(), pl.col("se").is_finite())
    found = usable.group_by(by, maintain_order=True).agg(
        imputations=pl.len().cast(pl.Int64),
        estimate=pl.col("estimate").mean(),
        within=(pl.col("se") ** 2).mean(),
        between=pl.col("estimate").var(),
        complete=pl.col("df").cast(pl.Float64).fill_null(np.inf).mean(),
    )
    own = ("imputations", "estimate", "within", "between", "complete")
    count, estimate, within, between, complete = (found[name].cast(pl.Float64).to_numpy() for name in own)
    with np.errstate(all="ignore"):
        numbers = _rubin(count, within, between, complete)
        reach = stats.t.ppf(0.975, numbers["df"]) * numbers["se"]
        p = 2 * stats.t.sf(np.abs(estimate / numbers["se"]), numbers["df"])
    table = found.drop("complete").with_columns(
        **{name: pl.Series(values).fill_nan(None) for name, values in numbers.items()},
        low=pl.Series(estimate - reach).fill_nan(None),
        high=pl.Series(estimate + reach).fill_nan(None),
        p=pl.Series(p).fill_nan(None),
    )
    return table.select(*by, *NUMBERS, "imputations")


def _rubin(
    count: np.ndarray, within: np.ndarray, between: np.ndarray, complete: np.ndarray
) -> dict[str, np.ndarray]:
    """Total error, Barnard and Rubin's df, and what of the information is missing."""
    added = (1 + 1 / count) * between
    total = within + added
    share = added / total
    old = np.where(share > 0, (count - 1) / share**2, np.inf)
    finite = np.isfinite(complete)
    known = np.where(finite, complete, 1.0)
    seen = np.where(finite, (known + 1) / (known + 3) * known * (1 - share), np.inf)
    df = np.where(np.isnan(share), np.nan, 1 / (1 / old + 1 / seen))
    riv = added / within
    unknown = np.where(np.isinf(df), 0.0, 2 / (df + 3))
    return {
        "se": np.sqrt(total),
        "df": df,
        "riv": riv,
        "added": share,
        "fmi": (riv + unknown) / (1 + riv),
        "mc_error": np.sqrt(between / count),
    }


def enough_imputations(fmi: float, *, pilot: int, wobble: float = 0.05) -> int:
    """How many imputations keep the standard error's Monte Carlo error below `wobble` of itself.

    With other random numbers the standard error would come out within about `wobble` (0.05 is 5 %, a
    coefficient of variation). Two stages: `fmi` was found with `pilot` imputations; since that is itself
    unsure, the upper end of its 95 % interval is what counts. Quadratic, not linear, in the fraction of
    missing information. von Hippel 2020 (Sociol Methods Res 49: 699), equations 2 and 10.

    >>> enough_imputations(0.3, pilot=20)
    41
    """
    if not 0 <= fmi < 1 or pilot < 2 or wobble <= 0:
        raise InputError("Needed: fmi from 0 to below 1, two pilot imputations or more, wobble above 0.")
    if fmi == 0:
        return 2
    upper = 1 / (1 + exp(-(log(fmi / (1 - fmi)) + float(stats.norm.ppf(0.975)) * sqrt(2 / pilot))))
    return max(2, ceil(1 + 0.5 * (upper / wobble) ** 2))
