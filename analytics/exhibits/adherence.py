"""Was the plan kept: mean adherence by week, and what became of the weeks."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.lines import course, gaps, weekly_traces
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count, percent, spread, words
from analytics.exhibits.selection import all_clinics, both, sides
from analytics.exhibits.theme import AXIS, BLUE, CLEAR, GREY, VERMILLION, draw, faded, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "adherence-by-week"
# The band that the literature usually calls adherent; no source ties it to better outcomes.
USUAL = 0.8
# colour, hatching of the bar, and the sign that stands for both above the bars
STATES = {"done": (BLUE, "", "■"), "not_logged": (VERMILLION, "/", "▨"), "unknown": (GREY, ".", "▒")}


def adherence_figure(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Above: mean share of prescribed sessions done, a week capped at 1. Below: patients by state of week."""
    title = tr("Was the plan kept?")
    weekly = cells.filter(pl.col("week").is_not_null())
    own, network = sides(weekly, subject="adherence", measure="adherence_capped")
    states, _ = sides(weekly, subject="adherence", measure="state")
    if not own["value"].count() and not states["value"].count():
        return nothing(ID, title=title, why=_why(own, states))
    lines = [trace | {"yaxis": "y"} for trace in weekly_traces(own, network, name=name)]
    return Exhibit(
        ID,
        title,
        summary=_summary(own, network, name=name),
        figure=draw([*lines, *_bars(states)], _layout()),
        table=_table(own, states, caption=tr("Adherence and state by week: {name}").format(name=name)),
        data=both(own, network).vstack(states),
    )


def _bars(states: pl.DataFrame) -> list[dict[str, Any]]:
    # Rounded parts can pass their rounded total; then they are drawn as parts of their own sum.
    drawn = states.with_columns(y=pl.col("value") / pl.col("value").sum().over("week").clip(1))
    bars = []
    for state, (colour, hatch, _) in STATES.items():
        part = drawn.filter(pl.col("group") == state)
        marker = {
            "color": colour,
            "line": {"color": colour, "width": 1},
            "pattern": {
                "shape": hatch,
                "fillmode": "replace",
                "size": 6,
                "bgcolor": CLEAR,
                "fgcolor": colour,
            },
        }
        bars.append({
            "type": "bar", "x": part["week"].to_list(), "y": part["y"].to_list(), "name": words(state),
            "marker": marker, "yaxis": "y2", "showlegend": False, "hovertemplate": "%{y:.0%}", "width": 0.72,
        })  # fmt: skip
    return bars


def _layout() -> dict[str, Any]:
    shares = {"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.5}
    band = {
        "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": USUAL, "y1": 1.0,
        "fillcolor": faded(GREY, 0.12), "line": {"width": 0}, "layer": "below",
    }  # fmt: skip
    signs = (f'<span style="color:{colour}">{sign}</span>' for colour, _, sign in STATES.values())
    key = "  ".join(f"{sign} {words(state)}" for sign, state in zip(signs, STATES, strict=True))
    return {
        "height": 380,
        "barmode": "stack",
        "xaxis": {"title": {"text": tr("Week of the episode")}, "dtick": 2, "anchor": "y2"},
        "yaxis": shares | {"domain": [0.56, 1]},
        "yaxis2": AXIS | shares | {"domain": [0, 0.41]},
        "shapes": [band],
        "annotations": [
            note(tr("Share of the plan done, mean"), x=0, y=1.02),
            note(tr("usual band"), x=1, y=0.92, anchor="right"),
            note(f"{tr('Patients')}<br>{key}", x=0, y=0.42),
        ],
        "legend": {"y": -0.18},
    }


def _table(own: pl.DataFrame, states: pl.DataFrame, *, caption: str) -> str:
    kept = {row["week"]: row for row in own.iter_rows(named=True)}
    parts = {(row["week"], row["group"]): row["value"] for row in states.iter_rows(named=True)}
    weeks = sorted({*kept, *(week for week, _ in parts)})
    empty = {"value": None, "low": None, "high": None, "patients": None}
    rows = []
    for week in weeks:
        mean = kept.get(week, empty)
        interval = spread(
            *(None if mean[end] is None else 100 * mean[end] for end in ("low", "high")), digits=0
        )
        shares = [percent(parts.get((week, state))) for state in STATES]
        first = tr("Week {week}").format(week=week)
        rows.append([first, percent(mean["value"]), interval, count(mean["patients"]), *shares])
    heads = [tr("Week"), tr("Mean adherence"), tr("95 % interval, %"), tr("Patients")]
    heads += [tr("Done"), tr("Not logged"), tr("Unknown")]
    note_below = tr("Counts are rounded, so parts may not add up to 100 %")
    return table_html(rows, headings=heads, caption=caption, note=note_below)


def _summary(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    parts = [
        tr("Mean share of prescribed sessions done, each week counted up to 100 %; shaded: 95 % interval.")
    ]
    parts.append(course(own, name=name, write=percent))
    if network.height:
        parts.append(course(network, name=all_clinics(), write=percent))
    parts.append(gaps(own))
    parts.append(tr("Done: at least one session. A week that no export covers is unknown, not missed."))
    parts.append(tr("A blank part of a bar is not shown, or rounding."))
    return " ".join(part for part in parts if part)


def _why(own: pl.DataFrame, states: pl.DataFrame) -> str:
    if own["patients"].null_count() or states["patients"].null_count():
        return tr("Adherence by week is not shown: too few patients.")
    return tr("These exports hold no plans, so it cannot be told what was prescribed or whether it was done.")
