"""Odds and shares: what a responder model says of patients who kept much or little of the plan."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.estimating.equations import Array
from analytics.models.estimating.gee import Gee, contrast_rows, engine_of, gee_contrasts
from analytics.models.formula import INTERCEPT
from analytics.models.predictors import CATEGORIES
from analytics.vocabulary.results import Fit

KEPT, MISSED = 0.9, 0.5  # the two adherences that METHODS compares
FIRST = ("adherence", "load")
ODDS = {"comparison": pl.String} | dict.fromkeys(("odds_ratio", "low", "high", "df", "p"), pl.Float64)
STANDARD = {"quantity": pl.String} | dict.fromkeys(("value", "low", "high", "df", "p"), pl.Float64)

COMPARED = {
    "adherence": "adherence, 90 % v 50 %",
    "load": "load, upper v lower quartile",
    "baseline_pain": "pain at the start, 1 point more",
}


def responder_odds(fit: Fit) -> pl.DataFrame:
    """One row is one comparison of a responder model: the odds ratio of responding, with 95 % interval.

    Adherence: 90 % of the plan against 50 %; load: its upper quartile against its lower; baseline pain: one
    point more; else a category against its reference. Above 1, more respond. An odds ratio is no ratio of
    shares: see `responder_shares`. Intervals by t with the df shown (`gee_contrasts`).

    >>> from analytics.models.estimating.gee import fit_gee
    >>> rows = pl.DataFrame({"clinic": list("aabbcc"), "adherence": [1, 3, 2, 5, 4, 6], "y": [0, 1] * 3})
    >>> fit = fit_gee(rows.with_columns(pl.col("adherence") / 10), "y ~ adherence", cluster="clinic")
    >>> responder_odds(fit)["comparison"].to_list()
    ['adherence, 90 % v 50 %']
    """
    names = [name for name in fit.terms["term"] if name != INTERCEPT]
    if not names:
        return pl.DataFrame(schema=ODDS)
    gaps = {"adherence": KEPT - MISSED}
    gaps |= {"load": fit.scaling["load 75%"] - fit.scaling["load 25%"]} if "load" in names else {}
    order = [*(name for name in FIRST if name in names), *(name for name in names if name not in FIRST)]
    found = gee_contrasts(fit, {name: {name: gaps.get(name, 1.0)} for name in order})
    ratios = (pl.col("estimate", "low", "high").exp(), pl.col("df"), pl.col("p"))
    told = found.select(pl.col("contrast").alias("comparison"), *ratios).rename({"estimate": "odds_ratio"})
    return told.with_columns(pl.col("comparison").replace(_compared())).cast(pl.Schema(ODDS))


def responder_shares(fit: Fit, *, kept: float = KEPT, missed: float = MISSED) -> pl.DataFrame:
    """The share of responders at two adherences, all patients else as they are, and how the shares differ.

    Marginal standardisation (g-formula over the model's own patients; Muller and MacLehose 2014, Int J
    Epidemiol 43: 962): rows are the share at `kept`, at `missed`, their difference and their ratio. Intervals
    by the delta method, shares on the logit scale and the ratio on its log, patients taken as they are. What
    the model says of other adherences, not what would happen if anyone changed theirs. `p`: that there is
    no difference.

    >>> from analytics.models.estimating.gee import fit_gee
    >>> rows = pl.DataFrame({"clinic": list("aabbcc"), "adherence": [1, 3, 2, 5, 4, 6], "y": [0, 1] * 3})
    >>> fit = fit_gee(rows.with_columns(pl.col("adherence") / 10), "y ~ adherence", cluster="clinic")
    >>> responder_shares(fit, kept=0.5, missed=0.2)["quantity"].to_list()
    ['share at 50 %', 'share at 20 %', 'difference', 'ratio']
    """
    if "adherence" not in fit.terms["term"].to_list():
        return pl.DataFrame(schema=STANDARD)
    engine = engine_of(fit)
    (high, by_high), (low, by_low) = (_standardised(engine, at) for at in (kept, missed))
    asked = {
        f"share at {_percent(kept)}": (_logit(high), by_high / (high * (1 - high)), _share),
        f"share at {_percent(missed)}": (_logit(low), by_low / (low * (1 - low)), _share),
        "difference": (high - low, by_high - by_low, _same),
        "ratio": (np.log(high / low), by_high / high - by_low / low, np.exp),
    }
    told = contrast_rows(engine, np.array([by for _, by, _ in asked.values()]))
    se, df = told["se"].to_numpy(), told["df"].to_numpy()
    middle, reach = np.array([value for value, *_ in asked.values()]), stats.t.ppf(0.975, df) * se
    ends = [[turn(value) for (*_, turn), value in zip(asked.values(), at, strict=True)]
            for at in (middle, middle - reach, middle + reach)]  # fmt: skip
    p = np.where(
        [name in ("difference", "ratio") for name in asked], 2 * stats.t.sf(np.abs(middle / se), df), np.nan
    )
    columns = dict(zip(STANDARD, (list(asked), *ends, df, p), strict=True))
    return pl.DataFrame(columns, schema=STANDARD, strict=False, nan_to_null=True)


def _standardised(engine: Gee, adherence: float) -> tuple[float, Array]:
    """Mean share of responders over the model's patients at one adherence, and its slope by the terms."""
    x = engine.matrix(engine.data.with_columns(adherence=pl.lit(adherence)))
    share = 1 / (1 + np.exp(-x @ engine.back @ engine.solution.estimate))
    return float(share.mean()), (x * (share * (1 - share))[:, None]).mean(axis=0)


def _logit(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _share(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def _same(value: float) -> float:
    return value


def _compared() -> dict[str, str]:
    """What each term compares, in words."""
    categories = {
        f"{column}_{other}": f"{column.replace('_', ' ')}: {other} v {first}"
        for column, (first, *others) in CATEGORIES.items()
        for other in others
    }
    return COMPARED | categories | {"post_surgical_true": "after surgery v not"}


def _percent(share: float) -> str:
    return f"{100 * share:g} %"
