"""Courses as small multiples: one panel a measure, one line a group, each line named where it ends."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.panels import END, grid, heading, spaced, steps
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, CLEAR, GREEN, GREY, PURPLE, VERMILLION, draw, faded
from analytics.vocabulary.results import Exhibit

LOOKS = (
    (BLUE, "solid", "circle"), (VERMILLION, "6px,4px", "diamond"), (GREEN, "2px,3px", "square"),
    (PURPLE, "9px,3px,2px,3px", "triangle-up"), (GREY, "12px,4px", "x"),
)  # fmt: skip
WHY = "There is nothing to draw: no group has 8 patients with a value."


def courses_figure(
    courses: pl.DataFrame, *, title: str, unit: str | dict[str, str], at: str = "Week of the episode"
) -> Exhibit:
    """Means along `at` with their 95 % bands: rows of `courses` or `shares`, one panel for each measure.

    `unit`: what the numbers are, of each measure where they differ; with the word share in it, percents. A
    point of fewer than 8 patients is a gap. Groups keep the order of the frame, and are named at line's end.

    >>> import polars as pl
    >>> two = pl.DataFrame({"measure": "pain", "group": "all", "at": [0.0, 1.0], "patients": [9, 8],
    ...                     "value": [6.0, 5.0], "low": [5.0, 4.0], "high": [7.0, 6.0]})
    >>> courses_figure(two, title="How does pain go?", unit="Mean pain").summary
    'Mean pain. Bands: 95 % intervals.'
    """
    drawn = courses.filter(pl.col("value").is_not_null())
    if not drawn.height:
        return nothing("courses", title=title, why=WHY)
    measures: list[str] = drawn["measure"].unique(maintain_order=True).to_list()
    units: dict[str, str] = unit if isinstance(unit, dict) else dict.fromkeys(measures, unit)
    panels, layout = grid(len(measures), below=at)
    traces: list[Any] = []
    notes: list[Any] = []
    for (name, own), place in zip(_parts(courses, measures), panels, strict=True):
        groups = own["group"].unique(maintain_order=True).to_list()
        lines = [(group, own.filter(pl.col("group") == group)) for group in groups]
        for (_, line), look in zip(lines, LOOKS * len(lines), strict=False):
            traces += _line(line, look, place)
        notes += [heading(units.get(name, name.replace("_", " ")), place)]
        notes += _names(lines, place) if len(lines) > 1 else []
        for axis, own_part in _axes(own, place, share=_is_share(units, name), named=len(lines) > 1).items():
            layout[axis] = layout[axis] | own_part
    layout |= {"annotations": notes, "showlegend": False, "hovermode": "closest"}
    said = "; ".join(dict.fromkeys(units.get(name, name) for name in measures))
    banded = " Bands: 95 % intervals." if drawn["low"].count() else ""
    return Exhibit(
        "courses", title, summary=f"{said}.{banded}", figure=draw(traces, layout),
        table=table_of(courses, id="courses"), data=courses,
    )  # fmt: skip


def _is_share(units: dict[str, str], name: str) -> bool:
    return "share" in units.get(name, "").lower()


def _parts(courses: pl.DataFrame, measures: list[str]) -> list[tuple[str, pl.DataFrame]]:
    return [(name, courses.filter(pl.col("measure") == name)) for name in measures]


def _line(line: pl.DataFrame, look: tuple[str, str, str], place: dict[str, Any]) -> list[dict[str, Any]]:
    """Band and line of one group; the band breaks where the line does."""
    colour, dash, symbol = look
    axes = {"xaxis": place["x"], "yaxis": place["y"]}
    name = str(escape(line["group"][0].replace("_", " ")))
    bands = []
    runs = line.sort("at").with_columns(run=pl.col("low").is_null().cum_sum()).drop_nulls("low")
    for _, run in runs.group_by("run", maintain_order=True):
        x, low, high = (run[column].to_list() for column in ("at", "low", "high"))
        bands.append({
            "type": "scatter", "x": x + x[::-1], "y": low + high[::-1], "mode": "lines", "fill": "toself",
            "fillcolor": faded(colour, 0.15), "line": {"color": CLEAR, "width": 0}, "hoverinfo": "skip",
            **axes,
        })  # fmt: skip
    own = line.sort("at")
    return [*bands, {
        "type": "scatter", "mode": "lines+markers", "x": own["at"].to_list(), "y": own["value"].to_list(),
        "customdata": own["patients"].to_list() if "patients" in own.columns else None, "name": name,
        "hovertemplate": f"{name}: %{{y:.3~g}} (%{{customdata}} patients)<extra></extra>",
        "line": {"color": colour, "width": 2.2, "dash": dash}, "connectgaps": False,
        "marker": {"color": colour, "size": 5, "symbol": symbol}, **axes,
    }]  # fmt: skip


def _names(lines: list[tuple[str, pl.DataFrame]], place: dict[str, Any]) -> list[dict[str, Any]]:
    """Each group's name behind its last point, moved apart where they would touch."""
    shown = [line.filter(pl.col("value").is_not_null()).sort("at") for _, line in lines]
    last = [line.row(-1, named=True) if line.height else None for line in shown]
    ends = [row for row in last if row is not None]
    values = pl.concat(shown)
    low, high = values.select(
        low=pl.min_horizontal("low", "value").min(), high=pl.max_horizontal("high", "value").max()
    ).row(0)
    at = max(row["at"] for row in ends)
    heights = iter(spaced([row["value"] for row in ends], apart=place["line"] * (high - low)))
    notes = []
    for (group, _), row, (colour, _, _) in zip(lines, last, LOOKS * len(lines), strict=False):
        if row is not None:
            text = str(escape(group.replace("_", " ")))
            notes.append({
                "text": f"<b>{text}</b>", "x": at, "y": next(heights), "xref": place["x"],
                "yref": place["y"], "xanchor": "left", "xshift": 8, "showarrow": False, "align": "left",
                "font": {"size": 12, "color": colour},
            })  # fmt: skip
    return notes


def _axes(own: pl.DataFrame, place: dict[str, Any], *, share: bool, named: bool) -> dict[str, Any]:
    """Room for the names to the right; percents where the unit says share."""
    seen = own.filter(pl.col("value").is_not_null())["at"]
    low, high = (float(end) for end in (seen.min(), seen.max()))  # pyright: ignore[reportArgumentType]
    span = max(high - low, 1.0)
    longest = max((len(group) for group in own["group"].unique()), default=0)
    taken = min(END * min(longest, 24) / place["width"], 0.6)  # of the panel, for the names
    room = span * taken / (1 - taken) if named else span * 0.02
    y = {"tickformat": ".0%"} if share else {"nticks": 6}
    x = {
        "range": [low - 0.02 * span, high + room],
        "tickvals": steps(low, high, most=round(14 * place["width"])),
    }
    return {place["xaxis"]: x, place["yaxis"]: y}
