"""Responders in the lab: the whole curve by group, with bands, and odds ratios on a log axis."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.formats import interval, number, percent
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, CLEAR, GREEN, GREY, PURPLE, VERMILLION, draw, faded, note
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.scales import SCALES

LOOKS = ((BLUE, "solid", "circle"), (VERMILLION, "6px,4px", "diamond"), (GREEN, "2px,3px", "square"),
         (PURPLE, "9px,3px,2px,3px", "triangle-up"))  # fmt: skip
CUT = SCALES["NPRS"].meaningful_change or 2.0
ROW, AROUND = 30, 110  # pixels of a row, and around the rows
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)  # of a scale of ratios, as far as they are read


def responder_curve_figure(curve: pl.DataFrame, *, title: str = "How many improved by how much?") -> Exhibit:
    """A line is a group of `responder_curve`: the share of patients whose pain fell at least so much.

    Bands are its pointwise 95 % intervals. At most four groups can be told apart; more stand in the table.

    >>> point = {"group": "all", "points": 2.0, "share": 0.5, "low": 0.4, "high": 0.6, "patients": 90}
    >>> responder_curve_figure(pl.DataFrame([point])).summary
    'Pain fell by at least 2 points in: all 50.0 % (40.0 % to 60.0 %).'
    """
    groups = curve["group"].unique(maintain_order=True).to_list()
    if not groups:
        return nothing("responder-curve", title=title, why="No patient has pain at the start and later.")
    pairs = list(zip(groups, LOOKS, strict=False))
    parts = [(_of(curve, group), group, look) for group, look in pairs]
    traces = [trace for part, group, look in parts for trace in _band_and_line(part, group, look)]
    mark = {"type": "line", "x0": CUT, "x1": CUT, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
            "line": {"color": GREY, "width": 1, "dash": "dot"}}  # fmt: skip
    layout = {
        "height": 400,
        "xaxis": {"title": {"text": "Fall in pain of at least … NPRS points"}, "dtick": 1},
        "yaxis": {"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25},
        "shapes": [mark],
        "annotations": [
            note("Share of patients", x=0, y=1.02),
            note("2 points:<br>usually meaningful", x=0, y=0.86) | {"xref": "x", "x": CUT, "xshift": 6},
        ],
        "showlegend": len(pairs) > 1,
    }
    more = "" if len(groups) <= len(LOOKS) else f" {len(groups) - len(LOOKS)} more groups: see the table."
    said = "; ".join(_at_cut(part, group) for part, group, _ in parts)
    return Exhibit(
        "responder-curve", title, summary=f"Pain fell by at least {CUT:g} points in: {said}.{more}",
        figure=draw(traces, layout), table=table_of(curve, id="responder-curve"), data=curve,
    )  # fmt: skip


def odds_figure(odds: pl.DataFrame, *, title: str = "What goes with responding?") -> Exhibit:
    """A row is a comparison of `responder_odds`: its odds ratio and 95 % interval, on a log axis.

    Right of 1 more patients respond. Nothing is ranked: rows stand in the order of the frame.

    >>> one = {"comparison": "adherence", "odds_ratio": 2.0, "low": 1.2, "high": 3.4}
    >>> odds_figure(pl.DataFrame([one])).summary.split(". ")[1]
    'adherence: 2.00 (1.20 to 3.40)'
    """
    known = odds.filter(pl.col("odds_ratio").is_not_null())
    if not known.height:
        return nothing("odds", title=title, why="The model of responders was not fitted.")
    rows = odds.with_columns(at=pl.int_range(pl.len())).to_dicts()
    layout = {
        "height": ROW * len(rows) + AROUND,
        "xaxis": {"type": "log", "title": {"text": "Odds ratio of responding (log scale)"},
                  "tickvals": TICKS, "ticktext": [f"{tick:g}" for tick in TICKS], "domain": [0, 0.76],
                  "showgrid": True},
        "yaxis": {"range": [len(rows) - 0.5, -0.5], "tickvals": [row["at"] for row in rows],
                  "ticktext": [str(escape(row["comparison"])) for row in rows], "showgrid": False},
        "hovermode": "closest", "showlegend": False,
        "shapes": [{"type": "line", "x0": 1, "x1": 1, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
                    "line": {"color": GREY, "width": 1.5}}],
        "annotations": [_beside(row) for row in rows],
    }  # fmt: skip
    said = "; ".join(f"{row['comparison']}: {_written(row)}" for row in rows[:2])
    caution = "An association: patients in less pain may also train more."
    return Exhibit(
        "odds", title, summary=f"Odds ratios, above 1 more respond. {said}. {caution}",
        figure=draw([_dots([row for row in rows if row["odds_ratio"] is not None])], layout),
        table=table_of(odds, id="odds"), data=odds,
    )  # fmt: skip


def _of(curve: pl.DataFrame, group: str) -> pl.DataFrame:
    return curve.filter(pl.col("group") == group).sort("points")


def _band_and_line(part: pl.DataFrame, group: str, look: tuple[str, str, str]) -> list[dict[str, Any]]:
    colour, dash, symbol = look
    points, low, high = (part[name].to_list() for name in ("points", "low", "high"))
    band = {
        "type": "scatter", "mode": "lines", "x": [*points, *points[::-1]], "y": [*low, *high[::-1]],
        "fill": "toself", "fillcolor": faded(colour, 0.14), "line": {"color": CLEAR, "width": 0},
        "hoverinfo": "skip", "showlegend": False,
    }  # fmt: skip
    line = {
        "type": "scatter", "mode": "lines+markers", "x": points, "y": part["share"].to_list(),
        "name": f"{escape(group)} ({part['patients'][0]} patients)", "hovertemplate": "%{y:.0%}",
        "line": {"color": colour, "width": 2.5, "dash": dash},
        "marker": {"color": colour, "size": 6, "symbol": symbol},
    }  # fmt: skip
    return [band, line]


def _at_cut(part: pl.DataFrame, group: str) -> str:
    found = part.filter(pl.col("points") == CUT).to_dicts()
    if not found:
        return group
    row = found[0]
    return f"{group} {percent(row['share'])} ({interval(row['low'], row['high'], share=True)})"


def _dots(rows: list[dict[str, Any]]) -> dict[str, Any]:
    up = [row["high"] - row["odds_ratio"] for row in rows]
    down = [row["odds_ratio"] - row["low"] for row in rows]
    bar = {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": BLUE,
           "thickness": 2, "width": 4}  # fmt: skip
    return {
        "type": "scatter", "mode": "markers", "x": [row["odds_ratio"] for row in rows],
        "y": [row["at"] for row in rows], "error_x": bar, "hoverinfo": "skip",
        "marker": {"color": BLUE, "size": 9},
    }  # fmt: skip


def _beside(row: dict[str, Any]) -> dict[str, Any]:
    return note(_written(row), x=0.78, y=row["at"]) | {"yref": "y", "yanchor": "middle"}


def _written(row: dict[str, Any]) -> str:
    if row["odds_ratio"] is None:
        return "not known"
    return f"{number(row['odds_ratio'])} ({interval(row['low'], row['high'])})"
