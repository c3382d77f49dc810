"""The three states of patient-weeks, week by week: done, prescribed and not logged, unknown."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.adherence import STATES
from analytics.exhibits.lab.panels import spaced
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import CLEAR, draw, note
from analytics.vocabulary.results import Exhibit

NAMES = {
    "done": "a session was logged",
    "not_logged": "covered, none logged",
    "unknown": "no export covers it",
}


def states_figure(weeks: pl.DataFrame, *, title: str = "What became of the weeks?") -> Exhibit:
    """One bar is one week of all episodes, parted by state: how many patient-weeks of each.

    >>> import polars as pl
    >>> three = pl.DataFrame({"week": [0, 1, 1], "state": ["done", "done", "unknown"]})
    >>> states_figure(three).summary[:57]
    'Patient-weeks by state. A session was logged: 2 (67 %); c'
    """
    slug = "states-of-weeks"
    if not weeks.height:
        return nothing(slug, title=title, why="There are no weeks.")
    counts = weeks.group_by("week", "state").agg(weeks=pl.len()).sort("week", "state")
    bars = [_bar(counts.filter(pl.col("state") == state), state) for state in STATES]
    layout = {
        "barmode": "stack", "bargap": 0.25, "showlegend": False, "hovermode": "x unified",
        "xaxis": {"title": {"text": "Week of the episode"}, "dtick": 1, "domain": [0, 0.78]},
        "annotations": [note("Patient-weeks", x=0, y=1.02), *_names(counts)],
    }  # fmt: skip
    total = counts["weeks"].sum()
    said = "; ".join(
        f"{NAMES[state]}: {number:,} ({number / total:.0%})".replace("%)", " %)")
        for state in STATES
        for number in [int(counts.filter(pl.col("state") == state)["weeks"].sum())]
    )
    wide = counts.pivot("state", index="week", values="weeks")
    return Exhibit(
        slug, title, summary=f"Patient-weeks by state. {said[:1].upper()}{said[1:]}.",
        figure=draw(bars, layout), table=table_of(wide, id=slug), data=counts,
    )  # fmt: skip


def _bar(part: pl.DataFrame, state: str) -> dict[str, Any]:
    colour, hatch, _ = STATES[state]
    pattern = {"shape": hatch, "fillmode": "replace", "size": 6, "bgcolor": CLEAR, "fgcolor": colour}
    return {
        "type": "bar", "x": part["week"].to_list(), "y": part["weeks"].to_list(), "name": NAMES[state],
        "marker": {"color": colour, "line": {"color": colour, "width": 1}, "pattern": pattern},
    }  # fmt: skip


def _names(counts: pl.DataFrame) -> list[dict[str, Any]]:
    """Beside the last bar, at the height of its part."""
    last = counts.filter(pl.col("week") == pl.col("week").max())
    own = dict(last.select("state", "weeks").iter_rows())
    most = counts.group_by("week").agg(pl.col("weeks").sum())["weeks"].max()
    below, middles = 0.0, []
    for state in STATES:
        middles.append(below + own.get(state, 0) / 2)
        below += own.get(state, 0)
    heights = spaced(middles, apart=0.085 * float(most))  # pyright: ignore[reportArgumentType]
    return [
        {"text": f"<b>{NAMES[state]}</b>", "x": 0.79, "xref": "paper", "y": height, "yref": "y",
         "xanchor": "left", "showarrow": False, "font": {"size": 12, "color": STATES[state][0]}}
        for state, height in zip(STATES, heights, strict=True)
    ]  # fmt: skip
