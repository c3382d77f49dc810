"""Estimates of the same groups in panels side by side: one panel a part, groups by name, never by rank."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import AXIS, BLUE, GREY, draw, note
from analytics.vocabulary.results import Exhibit

ROW, FRAME, GAP = 26, 120, 0.02  # pixels of a row, of all around the rows; between panels, of the width


def gaps_figure(frame: pl.DataFrame, *, title: str, unit: str, panel: str = "part") -> Exhibit:
    """One mark is one group's estimate in one part: `label`, `estimate`, `low`, `high` (95 %), and the part.

    All panels have the same axis, so that lengths compare; parts and groups keep the order of the frame.

    >>> import polars as pl
    >>> two = pl.DataFrame({"label": ["a", "a"], "part": ["x", "y"], "estimate": [1.0, -1.0],
    ...                     "low": [0.5, -2.0], "high": [1.5, 0.0]})
    >>> len(gaps_figure(two, title="Why?", unit="Points").figure["data"])
    2
    """
    known = frame.filter(pl.col("estimate").is_not_null())
    if not known.height:
        return nothing("gaps", title=title, why="There is no estimate to draw.")
    parts = known[panel].cast(pl.String).unique(maintain_order=True).to_list()
    labels = known["label"].unique(maintain_order=True).to_list()
    most = 1.05 * max(abs(end) for name in ("estimate", "low", "high") for end in known[name].drop_nulls())
    width = (1 - GAP * (len(parts) - 1)) / len(parts)
    layout: dict[str, Any] = {
        "height": ROW * len(labels) + FRAME, "showlegend": False, "hovermode": "closest",
        "yaxis": {"range": [len(labels) - 0.5, -0.5], "tickvals": list(range(len(labels))),
                  "ticktext": [str(escape(label)) for label in labels], "showgrid": False},
        "annotations": [], "shapes": [],
    }  # fmt: skip
    traces = []
    for at, part in enumerate(parts):
        left, number = at * (width + GAP), "" if at == 0 else str(at + 1)
        layout[f"xaxis{number}"] = {
            **AXIS, "domain": [left, left + width], "range": [-most, most], "nticks": 4, "anchor": "y",
            "zeroline": True, "zerolinecolor": GREY, "title": {"text": unit if at == 0 else "", "standoff": 8,
                                                               "font": {"size": 12}},
        }  # fmt: skip
        layout["annotations"].append(note(str(escape(part.replace("_", " "))), x=left, y=1.01))
        own = known.filter(pl.col(panel).cast(pl.String) == part)
        traces.append(_marks(own, labels, axis=f"x{number}"))
    return Exhibit(
        "gaps", title, summary=f"{unit}. Bars: 95 % intervals.", figure=draw(traces, layout),
        table=table_of(frame, id="gaps"), data=frame,
    )  # fmt: skip


def _marks(own: pl.DataFrame, labels: list[str], *, axis: str) -> dict[str, Any]:
    rows = own.to_dicts()
    up, down = (
        [None if row[end] is None else abs(row[end] - row["estimate"]) for row in rows]
        for end in ("high", "low")
    )
    return {
        "type": "scatter", "mode": "markers", "xaxis": axis, "yaxis": "y",
        "x": [row["estimate"] for row in rows], "y": [labels.index(row["label"]) for row in rows],
        "marker": {"color": BLUE, "size": 8}, "hovertemplate": "%{x:.2f}<extra></extra>",
        "error_x": {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": BLUE,
                    "thickness": 2, "width": 0},
    }  # fmt: skip
