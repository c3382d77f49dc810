"""How pain went from week to week, observed."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.lines import course, gaps, weekly_table, weekly_traces
from analytics.exhibits.markup import nothing
from analytics.exhibits.numbers import number
from analytics.exhibits.selection import ALL_CLINICS, both, sides
from analytics.exhibits.theme import draw, note
from analytics.vocabulary.results import Exhibit

ID, TITLE = "pain-by-week", "How did pain change from week to week?"


def trajectory_figure(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Mean weekly pain (NPRS, 0 none to 10 worst) with its 95 % band; lower is better."""
    own, network = sides(cells, subject="pain", measure="pain")
    if not own["value"].count():
        return nothing(ID, title=TITLE, why=_why(own))
    layout = {
        "xaxis": {"title": {"text": "Week of the episode"}, "dtick": 2},
        "yaxis": {"range": [0, 10.2], "dtick": 2},
        "annotations": [note("Mean pain, 0 none to 10 worst", x=0, y=1.02)],
    }
    return Exhibit(
        ID,
        TITLE,
        summary=_summary(own, network, name=name),
        figure=draw(weekly_traces(own, network, name=name), layout),
        table=weekly_table(own, network, caption=f"Mean pain by week, NPRS points: {name}"),
        data=both(own, network),
    )


def _summary(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    parts = [
        "Mean pain before sessions, 0 none to 10 worst; shaded: 95 % interval.",
        course(own, name=name, write=number),
    ]
    if network.height:
        parts.append(course(network, name=ALL_CLINICS, write=number))
    parts.append(gaps(own))
    parts.append("Each week holds the patients who rated it, so the weeks are not quite the same patients.")
    return " ".join(part for part in parts if part)


def _why(own: pl.DataFrame) -> str:
    if own["patients"].null_count():
        return "Pain by week is not shown: too few patients rated it."
    return "There is no pain rating in these exports, so nothing can be said about pain."
