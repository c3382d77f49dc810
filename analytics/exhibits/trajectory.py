"""How pain went from week to week, observed."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.lines import course, gaps, weekly_table, weekly_traces
from analytics.exhibits.markup import nothing
from analytics.exhibits.numbers import number
from analytics.exhibits.selection import all_clinics, both, sides
from analytics.exhibits.theme import draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "pain-by-week"


def trajectory_figure(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Mean weekly pain (NPRS, 0 none to 10 worst) with its 95 % band; lower is better."""
    title = tr("How did pain change from week to week?")
    own, network = sides(cells, subject="pain", measure="pain")
    if not own["value"].count():
        return nothing(ID, title=title, why=_why(own))
    caption = tr("Mean pain by week, NPRS points: {name}").format(name=name)
    layout = {
        "xaxis": {"title": {"text": tr("Week of the episode")}, "dtick": 2},
        "yaxis": {"range": [0, 10.2], "dtick": 2},
        "annotations": [note(tr("Mean pain, 0 none to 10 worst"), x=0, y=1.02)],
    }
    return Exhibit(
        ID,
        title,
        summary=_summary(own, network, name=name),
        figure=draw(weekly_traces(own, network, name=name), layout),
        table=weekly_table(own, network, caption=caption),
        data=both(own, network),
    )


def _summary(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    parts = [
        tr("Mean pain before sessions, 0 none to 10 worst; shaded: 95 % interval."),
        course(own, name=name, write=number),
    ]
    if network.height:
        parts.append(course(network, name=all_clinics(), write=number))
    parts.append(gaps(own))
    parts.append(
        tr("Each week holds the patients who rated it, so the weeks are not quite the same patients.")
    )
    return " ".join(part for part in parts if part)


def _why(own: pl.DataFrame) -> str:
    if own["patients"].null_count():
        return tr("Pain by week is not shown: too few patients rated it.")
    return tr("There is no pain rating in these exports, so nothing can be said about pain.")
