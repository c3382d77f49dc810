"""A line along weeks or deltas, and its interval as an area behind it."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.theme import CLEAR, faded

Look = tuple[str, str, str, str]  # name, colour, dash, mark


def band(frame: pl.DataFrame, *, x: str, look: tuple[str, float]) -> list[dict[str, Any]]:
    """The interval as an area; none where there is no interval."""
    told = frame.drop_nulls(["low", "high"])
    if not told.height:
        return []
    along, low, high = (told[name].to_list() for name in (x, "low", "high"))
    return [
        {
            "type": "scatter", "mode": "lines", "x": [*along, *along[::-1]], "y": [*low, *high[::-1]],
            "fill": "toself", "fillcolor": faded(*look), "line": {"color": CLEAR, "width": 0},
            "hoverinfo": "skip", "showlegend": False,
        }
    ]  # fmt: skip


def line(frame: pl.DataFrame, x: str, y: str, look: Look, form: str = "%{y:.2f}") -> dict[str, Any]:
    """A line with marks; what is empty is a gap."""
    name, colour, dash, symbol = look
    return {
        "type": "scatter", "mode": "lines+markers", "name": name, "hovertemplate": form,
        "x": frame[x].to_list(), "y": frame[y].to_list(), "connectgaps": False,
        "line": {"color": colour, "width": 2.5, "dash": dash},
        "marker": {"color": colour, "size": 7, "symbol": symbol},
    }  # fmt: skip
