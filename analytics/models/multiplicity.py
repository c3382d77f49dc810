"""Multiplicity: what is left of p values when a declared family of tests is read together."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.errors import InputError


def adjust(table: pl.DataFrame, *, family: str, p: str = "p") -> pl.DataFrame:
    """The table with each p value adjusted for the family: all tests that were declared to be read together.

    `family`: what they are, in words ("the article's claims"), said before they were looked at; the whole
    table is one family. Adds `family`; `tests` (how many have a p value); `not_tested` (how many have none:
    a claim that was not measured is no test, and is kept); `p_holm` (Holm 1979, Scand J Stat 6: 65: the
    chance of any false alarm in the family is held, whatever the dependence) and `q_bh` (Benjamini and
    Hochberg 1995, J R Stat Soc B 57: 289: the expected share of false ones among those called). Rows stay in
    their order. Raises InputError for a p value beyond 0 and 1, or NaN, and for a family without a name.

    >>> claims = pl.DataFrame({"claim": ["a", "b", "c"], "p": [0.01, 0.04, None]})
    >>> adjust(claims, family="three claims").select("p_holm", "q_bh", "tests").rows()
    [(0.02, 0.02, 2), (0.04, 0.04, 2), (None, None, 2)]
    """
    if not family.strip():
        raise InputError("A family of tests needs a name: which tests are read together, and why.")
    if p not in table.columns:
        raise InputError(f"The table has no column '{p}'.")
    value = pl.col(p).cast(pl.Float64)
    if not table.select(value.is_between(0, 1).all(ignore_nulls=True)).item():
        raise InputError(f"'{p}' holds what is no p value: below 0, above 1 or not a number.")
    tests = table[p].count()
    ranked = table.with_row_index("place").sort(value, nulls_last=True, maintain_order=True)
    rank = pl.int_range(1, pl.len() + 1)
    holm = (value * (tests - rank + 1)).cum_max().clip(upper_bound=1)
    # from the largest down, never above a larger one; what has no p value is no part of it
    hochberg = pl.when(value.is_not_null()).then(value * tests / rank).cum_min(reverse=True)
    told = ranked.with_columns(
        p_holm=holm, q_bh=pl.when(value.is_not_null()).then(hochberg.clip(upper_bound=1))
    )
    return (
        told.sort("place")
        .drop("place")
        .with_columns(
            family=pl.lit(family),
            tests=pl.lit(tests, dtype=pl.Int64),
            not_tested=pl.lit(table.height - tests, dtype=pl.Int64),
        )
    )
