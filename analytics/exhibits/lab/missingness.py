"""What may have become of those who stopped writing, and how much hangs on it: the lab's figures."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.bands import band, line
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, GREEN, GREY, VERMILLION, draw, note
from analytics.vocabulary.results import Exhibit

PAIN = "Mean pain, 0 to 10"
MEASURES = {
    "mean_reduction": "Mean fall in pain, points (more is better)",
    "adherence_between": "Less pain of those who kept 90 % of the plan than of those who kept 50 %, points",
    "adherence_within": "Less pain after a week with 90 % of the plan done than after one with 50 %, points",
    "load_between": "Less pain at the upper than at the lower quartile of load, points",
}


def imputed_figure(means: pl.DataFrame) -> Exhibit:
    """Mean pain by week: of the weeks that were rated, of those that were filled, and of both together.

    `means`: rows of `pooled_means`; bands are 95 % intervals, over clinics and, where filled, draws.

    >>> an.imputed_figure(an.pooled_means(imputed)).data["week"].max()
    12
    """
    slug, title = "imputed-weeks", "What would the missing weeks have looked like?"
    looks = {
        "weekly_pain_filled": ("unrated weeks, as filled", VERMILLION, "dot", "square"),
        "weekly_pain_rated": ("rated weeks", BLUE, "dash", "circle"),
        "weekly_pain": ("both together", GREEN, "solid", "diamond"),
    }
    shown = means.filter(pl.col("clinic_id") == "", pl.col("measure").is_in(list(looks))).sort("week")
    if not shown.height:
        return nothing(slug, title=title, why="No week could be filled.")
    traces: list[dict[str, Any]] = []
    for measure, look in looks.items():
        part = shown.filter(pl.col("measure") == measure)
        behind = [] if measure == "weekly_pain_rated" else band(part, x="week", look=(look[1], 0.14))
        traces += [*behind, line(part, "week", "estimate", look)]
    layout = {
        "xaxis": {"title": {"text": "Week of the episode"}, "dtick": 2},
        "yaxis": {"nticks": 8},
        "annotations": [note(PAIN, x=0, y=1.02)],
    }
    last = {row["measure"]: row for row in shown.iter_rows(named=True)}
    both, rated = last["weekly_pain"], last.get("weekly_pain_rated", {})
    told = f"In week {both['week']} the rated patients' mean pain was {rated.get('estimate', 0):.1f}; "
    return Exhibit(
        slug,
        title,
        summary=f"{told if rated else ''}with the unrated ones filled in it is {both['estimate']:.1f}.",
        figure=draw(traces, layout),
        table=table_of(shown.select("measure", "week", "patients", "estimate", "low", "high"), id=slug),
        data=shown,
    )


def tipping_figure(curve: pl.DataFrame, tipping: pl.DataFrame, *, measure: str = "mean_reduction") -> Exhibit:
    """The answer, with its 95 % band, against how much worse those who stopped were since than they seemed.

    `curve`: rows of `delta_curve`; `tipping`: rows of `tipping_point`. Of all clinics, at the last week. The
    dashed line is the threshold of the conclusion, the cross where the band comes to it.

    >>> curve = an.delta_curve(imputed, deltas=(0, 8))
    >>> an.tipping_figure(curve, an.tipping_point(imputed, curve)).data["delta"].to_list()
    [0.0, 8.0]
    """
    known = measure.replace("_", "-") if measure in MEASURES else "other"
    slug, title = f"tipping-{known}", "How much worse would they have to be?"
    own = curve.filter(pl.col("measure") == measure, pl.col("clinic_id") == "").drop_nulls("low")
    own = own.filter(pl.col("week") == pl.col("week").max()).sort("delta")
    if not own.height:
        return nothing(slug, title=title, why="This answer is not among those of the curve.")
    week, threshold = own["week"][0], own["threshold"][0]
    points = tipping.filter(
        pl.col("measure") == measure, pl.col("clinic_id") == "", pl.col("week") == week
    ).drop_nulls("tipping")
    traces = band(own, x="delta", look=(BLUE, 0.18))
    traces.append(line(own, "delta", "estimate", ("estimate", BLUE, "solid", "circle")))
    traces += _marks(points["tipping"].to_list(), threshold, ends=[own["delta"][0], own["delta"][-1]])
    return Exhibit(
        slug,
        title,
        summary=_verdict(tipping, measure, week),
        figure=draw(traces, _axes(measure, week)),
        table=table_of(own.drop("clinic_id"), id=slug),
        data=own,
    )


def _marks(points: list[float], threshold: float, *, ends: list[float]) -> list[dict[str, Any]]:
    """The threshold, and where the interval comes to it."""
    across = {
        "type": "scatter", "mode": "lines", "x": ends, "y": [threshold, threshold], "name": "threshold",
        "line": {"color": GREY, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip",
    }  # fmt: skip
    crosses = {
        "type": "scatter", "mode": "markers", "x": points, "y": [threshold] * len(points),
        "name": "tipping point", "marker": {"color": VERMILLION, "size": 12, "symbol": "x"},
    }  # fmt: skip
    return [across, crosses] if points else [across]


def _axes(measure: str, week: int) -> dict[str, Any]:
    about = str(escape(MEASURES.get(measure, measure)))
    return {
        "xaxis": {"title": {"text": "Points added to the pain of those who stopped (right: worse)"}},
        "yaxis": {"nticks": 7},
        "annotations": [note(f"{about}, week {week}", x=0, y=1.02)],
    }


def _verdict(tipping: pl.DataFrame, measure: str, week: int) -> str:
    rows = tipping.filter(pl.col("measure") == measure, pl.col("clinic_id") == "", pl.col("week") == week)
    return f"Week {week}: the conclusion {rows['verdict'][0]}." if rows.height else ""
