"""Pain reduction along adherence and load, as the model of all clinics has it: the two curves."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl

from analytics.exhibits.contrasts import p_value, told
from analytics.exhibits.dose_response import caution
from analytics.exhibits.lines import weekly_traces
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count, number, percent, spread, words
from analytics.exhibits.theme import GREY, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

Measure = Literal["adherence", "load"]
ZERO = {"zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1.5}
QUIET = {"automargin": True, "fixedrange": True, "ticks": "", "zeroline": False}


def dose_curve_figure(curve: pl.DataFrame, bends: pl.DataFrame, *, measure: Measure = "adherence") -> Exhibit:
    """Points of pain reduction beyond the median patient's (above 0 is less pain), with 95 % band.

    Drawn for the last week; beneath it the patients who support each part. Nothing is drawn where few do.
    `bends`: the test that the curve is a line.
    """
    slug, title = f"dose-curve-{measure}", _title(measure)
    found = curve.filter(pl.col("measure") == measure).sort("week", "at")
    drawn = found.filter(pl.col("week") == pl.col("week").max())
    if not drawn["estimate"].count():
        return nothing(slug, title=title, why=_why())
    week = drawn["week"].max()
    layout = {
        "xaxis": {"title": {"text": axis(measure)}, "anchor": "y2", "nticks": 8, **ticks(measure)},
        "yaxis": {"domain": [0.3, 1], "nticks": 9, **ZERO},
        "yaxis2": {"domain": [0, 0.15], "tickvals": [0, drawn["patients"].max()], "showgrid": False, **QUIET},
        "showlegend": False,
        "bargap": 0.4,
        "annotations": [
            note(tr("Less pain, points, in week {week}").format(week=week), x=0, y=1.02),
            note(tr("Patients"), x=0, y=0.17),
        ],
    }
    return Exhibit(
        slug,
        title,
        summary=_summary(drawn, measure=measure, p=_bend(bends, measure)),
        figure=draw([*_curve(drawn, name=tr("Week {week}").format(week=week)), _support(drawn)], layout),
        table=_table(found, measure=measure),
        data=found,
    )


def _title(measure: str) -> str:
    return {
        "adherence": tr("How much of the plan goes with how much less pain?"),
        "load": tr("How much work goes with how much less pain?"),
    }[measure]


def _why() -> str:
    return tr(
        "No curve is shown: the model of all clinics was not fitted, or has too few patients at every part "
        "of it."
    )


def axis(measure: str) -> str:
    """What an axis of adherence or load is called."""
    return {
        "adherence": tr("Share of prescribed sessions done"),
        "load": tr("Mean weekly load, effort × minutes"),
    }[measure]


def ticks(measure: str) -> dict[str, Any]:
    """How an axis of adherence or load is marked."""
    return {"tickformat": ".0%"} if measure == "adherence" else {}


def _at(measure: str, value: float) -> str:
    return percent(value) if measure == "adherence" else number(value, digits=0)


def _curve(frame: pl.DataFrame, *, name: str) -> list[dict[str, Any]]:
    """Band and line, drawn as a course by week is: what is not shown is a gap in both."""
    along = frame.drop("week").rename({"at": "week", "estimate": "value"})
    band, line = weekly_traces(along, along.clear(), name=name)
    return [band, line | {"marker": line["marker"] | {"size": 5}, "hovertemplate": tr("%{y:.2f} points")}]


def _support(frame: pl.DataFrame) -> dict[str, Any]:
    return {
        "type": "bar", "x": frame["at"].to_list(), "y": frame["patients"].to_list(), "yaxis": "y2",
        "marker": {"color": GREY}, "name": tr("Patients"), "hovertemplate": tr("about %{y}"),
    }  # fmt: skip


def _table(frame: pl.DataFrame, *, measure: str) -> str:
    rows = [
        [_at(measure, row["at"]), f"{row['week']}", *cells_of(row), count(row["patients"])]
        for row in frame.sort("at", "week").iter_rows(named=True)
    ]
    first = tr("Plan done") if measure == "adherence" else tr("Weekly load")
    heads = [first, tr("Week"), tr("Less pain, points"), tr("95 % interval"), tr("Patients")]
    return table_html(rows, headings=heads, caption=beyond_the_middle())


def beyond_the_middle() -> str:
    """The caption of curve and surface."""
    return tr("Pain reduction beyond that of the patient in the middle, NPRS points")


def cells_of(row: dict[str, Any]) -> list[str]:
    """Estimate and interval of a row, as in a table."""
    return [number(row["estimate"], digits=2), spread(row["low"], row["high"], digits=2)]


def _summary(drawn: pl.DataFrame, *, measure: str, p: float | None) -> str:
    shown = drawn.filter(pl.col("estimate").is_not_null())
    at = (
        tr("At {at} of the plan: {said}.")
        if measure == "adherence"
        else tr("At a load of {at} a week: {said}.")
    )
    ends = [
        at.format(at=_at(measure, row["at"]), said=said(row))
        for row in (shown.row(0, named=True), shown.row(-1, named=True))
    ]
    compared = tr(
        "Compared with the patient in the middle, where the band closes by definition. Where the band holds "
        "0, no difference can be told; where no line is, too few patients are."
    )
    return " ".join(part for part in (*ends, _shape(p), compared, caution()) if part)


def _bend(bends: pl.DataFrame, measure: str) -> float | None:
    found = bends.filter(pl.col("measure") == measure)
    return found["p"].item() if found.height else None


def _shape(p: float | None) -> str:
    if p is None:
        return ""
    if p < 0.05:
        return tr("The curve is no straight line (F test of its bends, p {p}).").format(p=p_value(p))
    return tr(
        "That it is more than a straight line cannot be told (F test of its bends, p {p})."
    ).format(p=p_value(p))  # fmt: skip


def said(row: dict[str, Any]) -> str:
    """`0.92 points more pain (95 % interval 0.51 to 1.33)`."""
    low, high = row["low"], row["high"]
    found = told(low, high)
    clear = {
        "less pain": tr("{points} points less pain (95 % interval {interval})"),
        "more pain": tr("{points} points more pain (95 % interval {interval})"),
    }
    if found not in clear:
        untold = tr("{said} (95 % interval {interval} points less)")
        return untold.format(said=words(found), interval=spread(low, high, digits=2))
    points = number(abs(row["estimate"]), digits=2)
    interval = spread(*sorted((abs(low), abs(high))), digits=2)
    return clear[found].format(points=points, interval=interval)
