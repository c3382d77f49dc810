"""How hard patients worked, week by week."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.lines import course, gaps, weekly_table, weekly_traces
from analytics.exhibits.markup import nothing
from analytics.exhibits.numbers import number
from analytics.exhibits.selection import all_clinics, both, cell, sides
from analytics.exhibits.theme import draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "load-by-week"


def load_figure(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Mean weekly load (effort CR-10 x minutes, arbitrary units), 95 % band. More need not be better."""
    title = tr("How hard was the work from week to week?")
    weekly = cells.filter(pl.col("week").is_not_null())
    own, network = sides(weekly, subject="intensity", measure="load")
    if not own["value"].count():
        return nothing(ID, title=title, why=_why(own))
    caption = tr("Mean weekly load, effort × minutes: {name}").format(name=name)
    layout = {
        "xaxis": {"title": {"text": tr("Week of the episode")}, "dtick": 2},
        "yaxis": {"rangemode": "tozero", "nticks": 6},
        "annotations": [note(tr("Mean weekly load, effort × minutes"), x=0, y=1.02)],
    }
    return Exhibit(
        ID,
        title,
        summary=_summary(cells, own, network, name=name),
        figure=draw(weekly_traces(own, network, name=name), layout),
        table=weekly_table(own, network, caption=caption, digits=0),
        data=both(own, network),
    )


def _summary(cells: pl.DataFrame, own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    parts = [
        tr(
            "Load is effort (0 to 10) times minutes, added up over a week; it has no unit and no right "
            "value. Shaded: 95 % interval."
        ),
        course(own, name=name, write=_whole),
    ]
    if network.height:
        parts.append(course(network, name=all_clinics(), write=_whole))
    whole, _ = sides(cells, subject="intensity")
    for measure, text in (
        ("minutes", tr("Over all weeks, minutes of exercise a week: {value}.")),
        ("mean_rpe", tr("Over all weeks, mean effort, 0 to 10: {value}.")),
    ):
        found = cell(whole, measure)
        if found and found["value"] is not None:
            parts.append(text.format(value=number(found["value"])))
    return " ".join([*parts, gaps(own)]).strip()


def _whole(value: float | None) -> str:
    return number(value, digits=0)


def _why(own: pl.DataFrame) -> str:
    if own["patients"].null_count():
        return tr("Load by week is not shown: too few patients logged effort and minutes.")
    return tr(
        "No session has both effort and minutes, so no load can be told. A missing effort is not a load of 0."
    )
