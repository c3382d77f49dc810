"""Pain reduction along adherence and load, as the model of all clinics has it: the two curves."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl

from analytics.exhibits.contrasts import p_value, told
from analytics.exhibits.dose_response import CAUTION
from analytics.exhibits.lines import weekly_traces
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count, number, percent, spread
from analytics.exhibits.theme import GREY, draw, note
from analytics.vocabulary.results import Exhibit

TITLES = {
    "adherence": "How much of the plan goes with how much less pain?",
    "load": "How much work goes with how much less pain?",
}
AXES = {"adherence": "Share of prescribed sessions done", "load": "Mean weekly load, effort × minutes"}
MIDDLE = "the patient in the middle"
CLEAR = ("less pain", "more pain")
ZERO = {"zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1.5}
QUIET = {"automargin": True, "fixedrange": True, "ticks": "", "zeroline": False}
NO_CURVE = (
    "No curve is shown: the model of all clinics was not fitted, or has too few patients at every part of it."
)


def dose_curve_figure(
    curve: pl.DataFrame, bends: pl.DataFrame, *, measure: Literal["adherence", "load"] = "adherence"
) -> Exhibit:
    """Points of pain reduction beyond the median patient's (above 0 is less pain), with 95 % band.

    Drawn for the last week; beneath it the patients who support each part. Nothing is drawn where few do.
    `bends`: the test that the curve is a line.
    """
    slug, title = f"dose-curve-{measure}", TITLES[measure]
    found = curve.filter(pl.col("measure") == measure).sort("week", "at")
    drawn = found.filter(pl.col("week") == pl.col("week").max())
    if not drawn["estimate"].count():
        return nothing(slug, title=title, why=NO_CURVE)
    week = drawn["week"].max()
    layout = {
        "xaxis": {"title": {"text": AXES[measure]}, "anchor": "y2", "nticks": 8, **ticks(measure)},
        "yaxis": {"domain": [0.3, 1], "nticks": 9, **ZERO},
        "yaxis2": {"domain": [0, 0.15], "tickvals": [0, drawn["patients"].max()], "showgrid": False, **QUIET},
        "showlegend": False,
        "bargap": 0.4,
        "annotations": [
            note(f"Less pain, points, in week {week}", x=0, y=1.02),
            note("Patients", x=0, y=0.17),
        ],
    }
    return Exhibit(
        slug,
        title,
        summary=_summary(drawn, measure=measure, p=_bend(bends, measure)),
        figure=draw([*_curve(drawn, name=f"Week {week}"), _support(drawn)], layout),
        table=_table(found, measure=measure),
        data=found,
    )


def ticks(measure: str) -> dict[str, Any]:
    """How an axis of adherence or load is marked."""
    return {"tickformat": ".0%"} if measure == "adherence" else {}


def _at(measure: str, value: float) -> str:
    return percent(value) if measure == "adherence" else number(value, digits=0)


def _curve(frame: pl.DataFrame, *, name: str) -> list[dict[str, Any]]:
    """Band and line, drawn as a course by week is: what is not shown is a gap in both."""
    along = frame.drop("week").rename({"at": "week", "estimate": "value"})
    band, line = weekly_traces(along, along.clear(), name=name)
    return [band, line | {"marker": line["marker"] | {"size": 5}, "hovertemplate": "%{y:.2f} points"}]


def _support(frame: pl.DataFrame) -> dict[str, Any]:
    return {
        "type": "bar", "x": frame["at"].to_list(), "y": frame["patients"].to_list(), "yaxis": "y2",
        "marker": {"color": GREY}, "name": "Patients", "hovertemplate": "about %{y}",
    }  # fmt: skip


def _table(frame: pl.DataFrame, *, measure: str) -> str:
    rows = [
        [_at(measure, row["at"]), f"{row['week']}", *cells_of(row), count(row["patients"])]
        for row in frame.sort("at", "week").iter_rows(named=True)
    ]
    first = "Plan done" if measure == "adherence" else "Weekly load"
    heads = [first, "Week", "Less pain, points", "95 % interval", "Patients"]
    return table_html(rows, headings=heads, caption=f"Pain reduction beyond that of {MIDDLE}, NPRS points")


def cells_of(row: dict[str, Any]) -> list[str]:
    """Estimate and interval of a row, as in a table."""
    return [number(row["estimate"], digits=2), spread(row["low"], row["high"], digits=2)]


def _summary(drawn: pl.DataFrame, *, measure: str, p: float | None) -> str:
    shown = drawn.filter(pl.col("estimate").is_not_null())
    written = "{} of the plan" if measure == "adherence" else "a load of {} a week"
    ends = (
        f"At {written.format(_at(measure, row['at']))}: {said(row)}."
        for row in (shown.row(0, named=True), shown.row(-1, named=True))
    )
    return (
        f"{' '.join(ends)} {_shape(p)}Compared with {MIDDLE}, where the band closes by definition. Where the "
        f"band holds 0, no difference can be told; where no line is, too few patients are. {CAUTION}"
    )


def _bend(bends: pl.DataFrame, measure: str) -> float | None:
    found = bends.filter(pl.col("measure") == measure)
    return found["p"].item() if found.height else None


def _shape(p: float | None) -> str:
    if p is None:
        return ""
    test = f"F test of its bends, p {p_value(p)}"
    if p < 0.05:
        return f"The curve is no straight line ({test}). "
    return f"That it is more than a straight line cannot be told ({test}). "


def said(row: dict[str, Any]) -> str:
    """`0.92 points more pain (95 % interval 0.51 to 1.33)`."""
    low, high, said = row["low"], row["high"], told(row["low"], row["high"])
    if said not in CLEAR:
        return f"{said} (95 % interval {spread(low, high, digits=2)} points less)"
    ends = sorted((abs(low), abs(high)))
    return f"{number(abs(row['estimate']), digits=2)} points {said} (95 % interval {spread(*ends, digits=2)})"
