"""Over time: is a number moving, or going up and down as chance has it? The XmR chart of a clinic."""

from __future__ import annotations

from math import ceil
from typing import Any

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, count, not_shown
from analytics.exhibits.periods import measure_words, no_period, period, written
from analytics.exhibits.signals import chart_summary, signal_words
from analytics.exhibits.theme import BLUE, GREEN, GREY, PURPLE, VERMILLION, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

# Meaning of a point: its colour, and a shape of its own.
LOOKS = {
    "improving": (BLUE, "triangle-up"), "concerning": (VERMILLION, "triangle-down"),
    "changed": (PURPLE, "diamond"), "": (GREY, "circle"),
}  # fmt: skip
LABELS = 5  # along the time axis; more would touch each other on a phone
ROOM = 0.08  # above and below what is drawn


def control_figure(points: pl.DataFrame, icons: pl.DataFrame, *, measure: str, name: str) -> Exhibit:
    """One point is one period by start of care; points beyond chance have a shape and colour of their own.

    `points` and `icons` are those of one clinic, or of the network.
    """
    slug, title = f"over-time-{measure.replace('_', '-')}", _title(measure)
    mine = points.filter(pl.col("measure") == measure).sort("month")
    chart = icons.filter(pl.col("measure") == measure).to_dicts()
    if not mine.height or not chart:
        return nothing(slug, title=title, why=no_period())
    if not mine["value"].count():
        return nothing(slug, title=title, why=tr("In no period are there enough patients to show a number."))
    shown = mine.drop_nulls("value")
    layout = {
        "xaxis": {"type": "date", "showgrid": False, **_months(mine)},
        "yaxis": {"range": _reach(mine, measure), **_percent(measure)},
        "hovermode": "closest",
        "annotations": [note(measure_words(measure), x=0, y=1.02)],
    }
    return Exhibit(
        slug,
        title,
        summary=chart_summary(chart[0], gaps=mine.height > shown.height),
        figure=draw([*_lines(mine), *_marks(mine, measure)], layout),
        table=_table(mine, chart[0], name=name),
        data=mine.drop("points", "direction").cast({pl.Date: pl.String}),
    )


def _lines(mine: pl.DataFrame) -> list[dict[str, Any]]:
    """The average, the limits around it, and the target, over the whole time."""
    ends, first = [mine["month"].min(), mine["month"].max()], mine.row(0, named=True)
    lines = []
    if first["centre"] is not None:
        limits = tr("Trial limits") if first["trial"] else tr("Limits of chance")
        around = [first["lower"], first["lower"], None, first["upper"], first["upper"]]
        lines = [
            _line(ends, [first["centre"]] * 2, tr("Average"), "solid", GREY),
            _line([*ends, None, *ends], around, limits, "dash", GREY),
        ]
    if first["target"] is not None:
        lines.append(_line(ends, [first["target"]] * 2, tr("Target"), "dot", GREEN))
    return lines


def _line(days: list[Any], values: list[Any], name: str, dash: str, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter", "mode": "lines", "name": name, "y": values,
        "x": [day and str(day) for day in days],
        "hoverinfo": "skip", "line": {"color": colour, "width": 2 if dash == "dot" else 1.5, "dash": dash},
    }  # fmt: skip


def _marks(mine: pl.DataFrame, measure: str) -> list[dict[str, Any]]:
    """The path of the numbers, and upon it the points by what they mean."""
    path = _line(mine["month"].to_list(), mine["value"].to_list(), "", "solid", GREY)
    names = {
        "": tr("Within chance"), "improving": tr("Better than by chance"),
        "concerning": tr("Worse than by chance"), "changed": tr("More or fewer than by chance"),
    }  # fmt: skip
    if mine["centre"].null_count():
        names[""] = tr("Period")
    marks = [path | {"showlegend": False, "connectgaps": False}]
    for meaning, (colour, symbol) in LOOKS.items():
        kind = mine.drop_nulls("value").filter(pl.col("meaning") == meaning)
        if kind.height:
            told = [f"{period(row)}: {written(row['value'], measure)}" for row in kind.iter_rows(named=True)]
            marks.append(
                {
                    "type": "scatter", "mode": "markers", "x": [str(day) for day in kind["month"]],
                    "y": kind["value"].to_list(), "name": names[meaning], "text": told,
                    "hovertemplate": "%{text}<extra></extra>",
                    "marker": {"color": colour, "symbol": symbol, "size": 8 if meaning == "" else 13},
                }
            )  # fmt: skip
    return marks


def _months(mine: pl.DataFrame) -> dict[str, Any]:
    """Names of some periods, counted back from the newest."""
    rows = list(mine.iter_rows(named=True))[::-1][:: ceil(mine.height / LABELS)][::-1]
    return {
        "tickmode": "array",
        "tickvals": [str(row["month"]) for row in rows],
        "ticktext": [period(row, between="<br>") for row in rows],
    }


def _reach(mine: pl.DataFrame, measure: str) -> list[float]:
    ends = [value for name in ("value", "lower", "upper", "target") for value in mine[name].drop_nulls()]
    low, high = 0.0 if measure == "patients_started" else min(ends), max(ends)
    room = ROOM * max(high - low, abs(high) / 2)
    return [low - room, high + room if measure == "pain_reduction" or high > 1 else min(high + room, 1.03)]


def _percent(measure: str) -> dict[str, Any]:
    return {"tickformat": ".0%"} if measure in ("responder", "adherence", "completion") else {}


def _table(mine: pl.DataFrame, chart: dict[str, Any], *, name: str) -> str:
    measure = chart["measure"]
    rows = [
        [
            period(row),
            not_shown() if row["value"] is None else written(row["value"], measure),
            count(row["patients"]) if row["value"] is not None else DASH,
            DASH if row["value"] is None or row["centre"] is None else signal_words(row["signal"]),
        ]
        for row in mine.iter_rows(named=True)
    ]
    heads = [tr("Start of care"), measure_words(measure), tr("Patients"), tr("What it tells")]
    caption = tr("Period by period: {name}").format(name=name)
    exact = tr("What a period tells is judged before its number is rounded")
    return table_html(rows, headings=heads, caption=caption, note=exact)


def _title(measure: str) -> str:
    titles = {
        "pain_reduction": tr("Is the fall in pain changing over time?"),
        "responder": tr("Is the share of patients who improve meaningfully changing over time?"),
        "adherence": tr("Are patients doing more of their sessions over time, or fewer?"),
        "completion": tr("Are more patients seen to the end over time, or fewer?"),
        "patients_started": tr("Do more patients start over time, or fewer?"),
    }
    return titles.get(measure) or tr("Is it changing over time?")
