"""How every figure looks: one accent for the clinic, grey for the network, the page's background behind.

Marks have a contrast of at least 3:1 on white and on #111 (WCAG 2.2, 1.4.11). No one text colour reaches
4.5:1 on both, so INK is dark enough for light pages and the page's script recolours text on dark ones.
Nothing is told by colour alone: dashes, markers and hatching differ too.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from analytics.vocabulary.language import decimal_mark, thousands_mark

# Okabe & Ito's palette for all kinds of colour vision (2008); its orange and yellow are too pale on white.
BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#BE6A97"
GREY = "#767676"
MARKS = {"blue": BLUE, "vermillion": VERMILLION, "green": GREEN, "purple": PURPLE, "grey": GREY}
INK = "#6B6B6B"
GRID = "rgba(127,127,127,0.20)"
CLEAR = "rgba(0,0,0,0)"
CONFIG = {
    "showSendToCloud": False,  # plotly.js 4 offers to upload a chart's data to its vendor unless told not to
    "plotlyServerURL": "",
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
}
AXIS = {
    "automargin": True, "fixedrange": True, "gridcolor": GRID, "zeroline": False, "ticks": "",
    "linecolor": GRID, "title": {"standoff": 8, "font": {"size": 12}},
}  # fmt: skip
LAYOUT = {
    "font": {"family": "system-ui, sans-serif", "size": 13, "color": INK},
    "paper_bgcolor": CLEAR,
    "plot_bgcolor": CLEAR,
    "height": 340,
    "margin": {"l": 8, "r": 16, "t": 36, "b": 8},
    "dragmode": False,
    "hovermode": "x unified",
    "hoverlabel": {"bgcolor": "#222222", "bordercolor": "#222222", "font": {"color": "#FFFFFF", "size": 12}},
    "legend": {
        "orientation": "h", "x": 0, "xanchor": "left", "y": -0.24, "yanchor": "top",
        "itemclick": False, "itemdoubleclick": False,
    },
    "xaxis": {**AXIS, "showgrid": False},
    "yaxis": AXIS,
}  # fmt: skip


def draw(traces: list[Any], layout: dict[str, Any]) -> dict[str, Any]:
    """The figure as plain JSON: same traces, same bytes; no typed arrays, numbers of four figures.

    Ticks and hover texts are written by plotly, with the marks of the language spoken.
    """
    marks = {"separators": decimal_mark() + thousands_mark()}
    figure = go.Figure(data=traces, layout=LAYOUT | marks).update_layout(layout).to_plotly_json()
    figure["layout"].pop("template", None)  # the page's own colours, not the library's
    return {"data": _plain(figure["data"]), "layout": _plain(figure["layout"]), "config": dict(CONFIG)}


def note(text: str, *, x: float, y: float, anchor: str = "left") -> dict[str, Any]:
    """A quiet line of text beside what it is about; x and y in the plot's own 0 to 1."""
    return {
        "text": text, "x": x, "y": y, "xref": "paper", "yref": "paper", "showarrow": False,
        "xanchor": anchor, "yanchor": "bottom", "align": "left", "font": {"size": 12},
    }  # fmt: skip


def faded(colour: str, alpha: float) -> str:
    """A colour let through: `#0072B2` at 0.2 is `rgba(0,114,178,0.2)`."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items() if key != "uid"}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return float(f"{value:.4g}") if isinstance(value, float) else value
