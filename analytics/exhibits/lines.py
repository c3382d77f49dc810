"""A mean by week with its 95 % band, for the clinic and, dashed and grey, for the network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.markup import table_html
from analytics.exhibits.numbers import count, estimate, from_to, not_shown, number, spread
from analytics.exhibits.selection import all_clinics, label
from analytics.exhibits.theme import BLUE, CLEAR, GREY, faded
from analytics.vocabulary.language import tr

Write = Callable[[float | None], str]
OWN = {"colour": BLUE, "dash": "solid", "symbol": "circle", "alpha": 0.18}
NETWORK_LINE = {"colour": GREY, "dash": "6px,5px", "symbol": "diamond-open", "alpha": 0.14}


def weekly_traces(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> list[dict[str, Any]]:
    """Band and line of each side, the clinic's on top. A week that is not shown is a gap in both."""
    drawn = []
    if network["value"].count():
        drawn += _side(network, name=all_clinics(), look=NETWORK_LINE)
    if own["value"].count():
        drawn += _side(own, name=name, look=OWN)
    return drawn


def share_line(frame: pl.DataFrame, *, along: str, name: str, look: dict[str, Any]) -> dict[str, Any]:
    """A line of shares without a band; a share that is not shown is a gap."""
    return {
        "type": "scatter", "mode": "lines+markers",
        "x": frame[along].to_list(), "y": frame["value"].to_list(),
        "name": str(escape(label(name))), "connectgaps": False, "hovertemplate": "%{y:.0%}",
        "line": {"color": look["colour"], "width": 2.5, "dash": look["dash"]},
        "marker": {"color": look["colour"], "size": 6, "symbol": look["symbol"]},
    }  # fmt: skip


def weekly_table(own: pl.DataFrame, network: pl.DataFrame, *, caption: str, digits: int = 1) -> str:
    """One row a week: mean, interval and patients, then the network's mean."""
    beside = {row["week"]: row for row in network.iter_rows(named=True)}
    rows = [
        [
            tr("Week {week}").format(week=row["week"]),
            number(row["value"], digits=digits),
            spread(row["low"], row["high"], digits=digits),
            count(row["patients"]),
            *([estimate(beside.get(row["week"], {}), digits=digits)] if beside else []),
        ]
        for row in own.iter_rows(named=True)
    ]
    heads = [tr("Week"), tr("Mean"), tr("95 % interval"), tr("Patients")]
    more = [all_clinics()] if beside else []
    return table_html(rows, headings=[*heads, *more], caption=caption)


def course(frame: pl.DataFrame, *, name: str, write: Write) -> str:
    """First and last shown week in words: `Willow: 5.9 in week 0, 3.8 in week 12 (95 % interval ...)`."""
    shown = frame.filter(pl.col("value").is_not_null())
    if not shown.height:
        return f"{name}: {not_shown()}."
    first, last = shown.row(0, named=True), shown.row(-1, named=True)
    then, start = write(first["value"]), first["week"]
    if shown.height == 1:
        return tr("{name}: {then} in week {start}.").format(name=name, then=then, start=start)
    now, end, patients = write(last["value"]), last["week"], count(last["patients"])
    if last["low"] is None:
        return tr("{name}: {then} in week {start}, {now} in week {end} (about {patients} patients).").format(
            name=name, then=then, start=start, now=now, end=end, patients=patients
        )
    interval = from_to(write(last["low"]), write(last["high"]))
    return tr(
        "{name}: {then} in week {start}, {now} in week {end} (about {patients} patients; 95 % interval "
        "{interval})."
    ).format(
        name=name, then=then, start=start, now=now, end=end, patients=patients, interval=interval
    )  # fmt: skip


def gaps(frame: pl.DataFrame) -> str:
    """Which weeks are not shown, in words; empty text where all are."""
    hidden = frame.filter(pl.col("patients").is_null())["week"].sort().to_list()
    if not hidden:
        return ""
    weeks = ", ".join(str(week) for week in hidden)
    if len(hidden) == 1:
        return tr("Not shown, because of too few patients: week {week}.").format(week=weeks)
    return tr("Not shown, because of too few patients: weeks {weeks}.").format(weeks=weeks)


def _side(frame: pl.DataFrame, *, name: str, look: dict[str, Any]) -> list[dict[str, Any]]:
    x, y = _polygons(frame)
    shade = {"color": CLEAR, "width": 0}
    band = {
        "type": "scatter", "x": x, "y": y, "mode": "lines", "fill": "toself", "line": shade,
        "fillcolor": faded(look["colour"], look["alpha"]), "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines+markers",
        "x": frame["week"].to_list(), "y": frame["value"].to_list(),
        "name": str(escape(label(name))), "connectgaps": False,
        "line": {"color": look["colour"], "width": 2.5, "dash": look["dash"]},
        "marker": {"color": look["colour"], "size": 7, "symbol": look["symbol"]},
    }  # fmt: skip
    return [band, line]


def _polygons(frame: pl.DataFrame) -> tuple[list[Any], list[Any]]:
    """One closed outline for each run of weeks with an interval, parted by empty points."""
    runs = (
        frame.select("week", "low", "high")
        .with_columns(gap=pl.col("low").is_null())
        .with_columns(run=pl.col("gap").cum_sum())
        .filter(~pl.col("gap"))
    )
    x: list[Any] = []
    y: list[Any] = []
    for run in runs.partition_by("run", maintain_order=True):
        weeks, low, high = (run[name].to_list() for name in ("week", "low", "high"))
        x += [*weeks, *weeks[::-1], None]
        y += [*low, *high[::-1], None]
    return x[:-1], y[:-1]
