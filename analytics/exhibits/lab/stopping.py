"""Who stopped writing, and in how much pain they were before: the lab's figures."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.lab.bands import band, line
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, GREY, VERMILLION, draw, note
from analytics.vocabulary.results import Exhibit

PAIN = "Mean pain, 0 to 10"


def writing_figure(course: pl.DataFrame) -> Exhibit:
    """Of all who began: the shares still writing, stopped (with 95 % band), and whose care ended, by week.

    `course`: rows of `writing_on`.

    >>> an.writing_figure(an.writing_on(weeks, cohort.episodes, settings)).title
    'Who writes on, and who stops?'
    """
    slug, title = "writing-on", "Who writes on, and who stops?"
    if not course.height:
        return nothing(slug, title=title, why="Nobody has weeks that could be followed.")
    last = course.row(-1, named=True)
    looks = {
        "writing": ("still writing", BLUE, "solid", "circle"),
        "stopped": ("stopped writing, still in care", VERMILLION, "dash", "square"),
        "left": ("care ended while writing", GREY, "dot", "diamond-open"),
    }
    traces = band(course, x="week", look=(VERMILLION, 0.18))
    for column, (name, colour, dash, symbol) in looks.items():
        traces.append(line(course, "week", column, (name, colour, dash, symbol), form="%{y:.1%}"))
    layout = {
        "xaxis": {"title": {"text": "Week of the episode"}, "dtick": 2},
        "yaxis": {"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25},
        "annotations": [note("Share of all who began", x=0, y=1.02)],
    }
    return Exhibit(
        slug,
        title,
        summary=f"By week {last['week']}, {last['stopped']:.0%} had stopped writing while still in care, "
        f"{last['left']:.0%} had ended their care, and {last['writing']:.0%} were still writing.",
        figure=draw(traces, layout),
        table=table_of(course, id=slug),
        data=course,
    )


def before_stopping_figure(before: pl.DataFrame) -> Exhibit:
    """Pain of those about to stop, week by week before their last rating, and of others in the same weeks.

    `before`: rows of `before_stopping`. Bars: 95 % interval of the difference from the others.

    >>> before = an.before_stopping(weeks, cohort.episodes, settings)
    >>> an.before_stopping_figure(before).data.height == before.height
    True
    """
    slug, title = "before-stopping", "Were those who stopped in more pain?"
    if not before.height:
        return nothing(slug, title=title, why="Nobody stopped writing, or everybody did.")
    rows = before.with_columns(at=-pl.col("weeks_before"))
    own = _with_bars(rows)
    others = line(rows, "at", "stayed", ("others in the same weeks", BLUE, "dash", "circle"))
    layout = {
        "xaxis": {"title": {"text": "Weeks before the last rating (0: the last)"}, "dtick": 1},
        "yaxis": {"nticks": 6},
        "annotations": [note(PAIN, x=0, y=1.02)],
    }
    last = rows.filter(pl.col("weeks_before") == 0).row(0, named=True)
    interval = "" if last["low"] is None else f" (95 % interval {last['low']:.1f} to {last['high']:.1f})"
    return Exhibit(
        slug,
        title,
        summary=f"In their last rating, {last['episodes']:,} who stopped were at {last['stopped']:.1f} and "
        f"others in the same weeks at {last['stayed']:.1f}: a difference of {last['difference']:.1f} points"
        f"{interval}.",
        figure=draw([others, own], layout),
        table=table_of(before, id=slug),
        data=before,
    )


def _with_bars(rows: pl.DataFrame) -> dict[str, Any]:
    """Those about to stop; a bar is as long as the interval of their difference from the others."""
    bars = "about to stop (bars: 95 % interval of the difference)" if rows["low"].count() else "about to stop"
    own = line(rows, "at", "stopped", (bars, VERMILLION, "solid", "square"))
    if rows["low"].count():
        own["error_y"] = {
            "type": "data", "symmetric": False, "color": VERMILLION, "thickness": 1.5, "width": 4,
            "array": (rows["high"] - rows["difference"]).to_list(),
            "arrayminus": (rows["difference"] - rows["low"]).to_list(),
        }  # fmt: skip
    return own
