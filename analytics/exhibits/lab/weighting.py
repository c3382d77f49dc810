"""The weighted model side by side with what it corrects, and whether its weights can be trusted."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.lab.estimates import estimates_figure
from analytics.exhibits.lab.formats import interval, number, percent
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, CLEAR, GREY, VERMILLION, draw
from analytics.vocabulary.results import Exhibit

# Austin 2009, Stat Med 28: 3083: below 0.1 an imbalance is commonly called negligible.
NEGLIGIBLE = 0.1
NAMES = {
    "last_pain": "pain last written", "mean_pain": "mean pain so far",
    "weeks_unrated": "weeks without a rating",
    "last_adherence": "adherence the week before", "mean_adherence": "mean adherence so far",
    "last_load": "load the week before", "mean_load": "mean load so far",
    "last_effort": "load of a session, last known", "asked": "sessions asked for",
    "clinic_adherence": "adherence usual in the clinic", "clinic_pain": "pain usual in the clinic",
}  # fmt: skip
DONE = {
    "under_half": ("under half of the plan", VERMILLION, ""), "half_to_most": ("50 to 79 %", GREY, "/"),
    "most": ("80 % and more", BLUE, "."),
}  # fmt: skip


CLAIMS = (
    "Only the weighted ways claim an effect, of one week's work on the next week's pain, and only if what "
    "stands under 'Holds if' holds. E value: how strongly something unwritten would have to go with work and "
    "with pain (risk ratios) to explain the estimate, or its interval, away."
)


def adjustments_figure(found: pl.DataFrame) -> Exhibit:
    """One row is one way to answer, in the order in which what drives the work is taken away.

    `found`: of `compare_adjustments`. The table says what each compares and what has to hold for it.
    """
    title = "How much less pain goes with keeping 90 % of the plan, not 50 %?"
    if not found.height:
        return nothing("adjustments", title=title, why="Too few weeks of work have pain before and after.")
    week = found["week"][0]
    claims = pl.when(pl.col("way").str.starts_with("weighted")).then(pl.lit("effect, if it holds"))
    shown = found.select(
        pl.col("way").alias("label"), claims.otherwise(pl.lit("association")).alias("kind"),
        "estimate", "low", "high",
    )  # fmt: skip
    drawn = estimates_figure(
        shown, title=title, unit=f"Points of pain less at week {week}, with 95 % intervals", kind="kind"
    )
    table = found.select(
        "way", "estimate", "low", "high", "rows", "patients", "e_value", "e_value_limit", "compares",
        "holds_if",
    )  # fmt: skip
    first, last = found.row(0, named=True), found.row(-1, named=True)
    summary = (
        f"As it looks: {number(first['estimate'])} points; weighted to be alike in what went before, and for "
        f"pain that was not written down: {number(last['estimate'])} "
        f"({interval(last['low'], last['high'])})."
    )
    return Exhibit(
        "adjustments", title, summary=summary, figure=drawn.figure, data=found,
        table=table_of(table, id="adjustments", note=CLAIMS),
    )  # fmt: skip


def balance_figure(balance: pl.DataFrame) -> Exhibit:
    """One row is one thing known before the week's work: how it goes with the work, unweighted and weighted.

    `balance`: of `weigh`. Correlations, given case-mix and time; within the grey band they are negligible.
    """
    names = [str(NAMES.get(name, name)) for name in balance["column"]]
    worst = balance.select(pl.col("before", "after").abs().max()).row(0)
    summary = (
        f"Furthest from alike: {number(worst[0])} unweighted, {number(worst[1])} weighted. Within the grey "
        "band (0.1) an imbalance is commonly called negligible; what is left is adjusted for in the model."
    )
    named = balance.with_columns(column=pl.Series(names, dtype=pl.String))
    return Exhibit(
        "balance", "Do the weights make much and little work alike in what went before?", summary=summary,
        figure=_balance(balance, names), table=table_of(named, id="balance"), data=balance,
    )  # fmt: skip


def _balance(balance: pl.DataFrame, names: list[str]) -> dict[str, Any]:
    places = list(range(len(names)))
    marks = (("before", "unweighted", VERMILLION, "diamond-open"), ("after", "weighted", BLUE, "circle"))
    traces = [
        {
            "type": "scatter", "mode": "markers", "x": balance[column].to_list(), "y": places, "name": name,
            "marker": {"color": colour, "size": 10, "symbol": symbol}, "hovertemplate": "%{x:.2f}",
        }
        for column, name, colour, symbol in marks
    ]  # fmt: skip
    lines = [
        {"type": "line", "x0": before, "x1": after, "y0": at, "y1": at, "layer": "below",
         "line": {"color": GREY, "width": 1}}
        for at, (before, after) in enumerate(balance.select("before", "after").rows())
    ]  # fmt: skip
    layout = {
        "height": 30 * len(names) + 130, "hovermode": "closest", "shapes": [_band(), *lines],
        "xaxis": {"title": {"text": "Correlation with the week's adherence, given case-mix and time"},
                  "showgrid": True},
        "yaxis": {"tickvals": places, "ticktext": names, "range": [len(names) - 0.5, -0.5],
                  "showgrid": False},
    }  # fmt: skip
    return draw(traces, layout)


def positivity_figure(positivity: pl.DataFrame) -> Exhibit:
    """One bar is a tenth of the weeks, by the adherence that was to be expected: what was done in it."""
    traces: list[dict[str, Any]] = [
        {
            "type": "bar", "name": name,
            "x": positivity["tenth"].to_list(), "y": positivity[column].to_list(),
            "marker": {"color": colour, "line": {"color": CLEAR, "width": 0},
                       "pattern": {"shape": shape, "fillmode": "overlay", "size": 6, "solidity": 0.3}},
            "hovertemplate": "%{y:.0%}",
        }
        for column, (name, colour, shape) in DONE.items()
    ]  # fmt: skip
    layout = {
        "barmode": "stack", "bargap": 0.15,
        "xaxis": {"title": {"text": "Tenths of weeks, least expected adherence first"}, "dtick": 1},
        "yaxis": {"title": {"text": "Share of weeks"}, "tickformat": ".0%", "range": [0, 1]},
    }  # fmt: skip
    least = positivity.select(pl.min_horizontal(*DONE).min()).item()
    summary = (
        f"In every tenth there should be weeks of much and of little work: the rarest kind makes up "
        f"{percent(least)} of its tenth. Where a kind is missing, nothing but the model's line speaks."
    )
    return Exhibit(
        "positivity", "Could everybody have done more, or less?", summary=summary,
        figure=draw(traces, layout), table=table_of(positivity, id="positivity"), data=positivity,
    )  # fmt: skip


def _band() -> dict[str, Any]:
    return {
        "type": "rect", "x0": -NEGLIGIBLE, "x1": NEGLIGIBLE, "yref": "paper", "y0": 0, "y1": 1,
        "layer": "below", "fillcolor": "rgba(127,127,127,0.18)", "line": {"width": 0},
    }  # fmt: skip
