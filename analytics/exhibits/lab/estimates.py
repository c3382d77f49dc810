"""Estimates with their intervals under one another: the numbers stand beside, and nothing is ranked."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.formats import MINUS
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, CLEAR, GREEN, GREY, PURPLE, VERMILLION, draw
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Exhibit

ROW, FRAME = 34, 96  # pixels of a row; of all around the rows
LOOKS = ((BLUE, "circle"), (VERMILLION, "diamond"), (GREEN, "square"), (PURPLE, "triangle-up"), (GREY, "x"))
LABELS = ("label", "contrast", "term", "comparison", "group", "clinic_name")
ESTIMATES, ENDS = ("estimate", "value", "odds_ratio"), ("low", "high")
Write = Callable[[float], str]
FURTHEST = 2.0  # our choice: an interval is cut, with an arrow, beyond so many spans of the estimates


def estimates_figure(
    frame: pl.DataFrame, *, title: str, unit: str, zero: float | None = 0.0, kind: str | None = None
) -> Exhibit:
    """One row is one estimate, in the order of the frame, with `low` and `high` (95 %) where it has them.

    The first column of label, contrast, term, comparison, group, clinic_name names a row; the first of
    estimate, value, odds_ratio is drawn. `kind`: a column that gives rows of one kind a colour and a mark. An
    interval that goes on beyond the figure ends in an arrow; its numbers stand beside it. `zero`: where
    nothing would differ; empty: no line. With the word share in `unit`, percents.

    >>> import polars as pl
    >>> one = pl.DataFrame({"label": ["a"], "estimate": [1.0], "low": [0.5], "high": [1.5]})
    >>> estimates_figure(one, title="How much?", unit="Points").summary
    'Points. a: 1.00 (0.50 to 1.50).'
    """
    frame = _drawn(frame, kind)
    known = frame.filter(pl.col("estimate").is_not_null())
    if not known.height:
        return nothing("estimates", title=title, why="There is no estimate to draw.")
    share = "share" in unit.lower()
    rows = frame.with_columns(at=pl.int_range(pl.len())).to_dicts()
    kinds = list(dict.fromkeys(row.get("kind", "") for row in rows))
    low, high = _ends(known, zero)
    traces = [_dots([row for row in rows if row.get("kind", "") == kind], look, (low, high))
              for kind, look in zip(kinds, LOOKS * len(kinds), strict=False)]  # fmt: skip
    write = _writer(known, share=share)
    notes = [_beside(row, write) for row in rows]
    layout = {
        "height": ROW * len(rows) + FRAME, "margin": {"l": 8, "r": 16, "t": 16, "b": 8},
        "xaxis": {"title": {"text": unit}, "range": [low, high], "showgrid": True, "zeroline": False,
                  "domain": [0, 0.76], **({"tickformat": ".0%"} if share else {})},
        "yaxis": {"range": [len(rows) - 0.5, -0.5], "tickvals": [row["at"] for row in rows],
                  "ticktext": [str(escape(_name(row))) for row in rows], "showgrid": False},
        "showlegend": False, "hovermode": "closest", "annotations": notes,
        "shapes": [] if zero is None else [_line(zero)],
    }  # fmt: skip
    said = "; ".join(f"{_name(row)}: {_written(row, write)}" for row in rows[:6])
    more = f" and {len(rows) - 6} more" if len(rows) > 6 else ""
    return Exhibit(
        "estimates", title, summary=f"{unit}. {said}{more}.", figure=draw(traces, layout),
        table=table_of(frame, id="estimates"), data=frame,
    )  # fmt: skip


def _drawn(frame: pl.DataFrame, kind: str | None) -> pl.DataFrame:
    """The frame with the columns that are drawn: label, estimate, low, high, and kind where rows have one."""
    label, estimate = (
        next((name for name in names if name in frame.columns), None) for names in (LABELS, ESTIMATES)
    )
    if label is None or estimate is None:
        raise InputError("An estimate needs a column that names it (label) and one that holds it (estimate).")
    ends = [pl.col(end) if end in frame.columns else pl.lit(None, pl.Float64).alias(end) for end in ENDS]
    kinds = [pl.col(kind).cast(pl.String).alias("kind")] if kind else []
    said = pl.col(label).cast(pl.String).str.replace_all("_", " ").alias("label")
    return frame.select(said, *kinds, pl.col(estimate).cast(pl.Float64).alias("estimate"), *ends)


def _name(row: dict[str, Any]) -> str:
    return f"{row['kind']}: {row['label']}" if row.get("kind") else row["label"]


def _writer(known: pl.DataFrame, *, share: bool) -> Write:
    """One number of decimals for all rows: three figures for the largest, two decimals for points."""
    largest = max((abs(value) for value in known["estimate"]), default=0.0) or 1.0
    if share:
        places = 0 if largest >= 0.1 else 1
        return lambda value: f"{100 * value:.{places}f}".replace("-", MINUS) + " %"
    digits = min(6, max(0, 2 - math.floor(math.log10(largest)) - (largest < 1)))
    return lambda value: "∞" if math.isinf(value) else f"{value:,.{digits}f}".replace("-", MINUS)


def _ends(known: pl.DataFrame, zero: float | None) -> tuple[float, float]:
    """Of the axis: every estimate, zero, and every interval that does not go on far beyond them."""
    middle = [*known["estimate"], *([] if zero is None else [zero])]
    least, most = min(middle), max(middle)
    widths = [abs(end - row["estimate"]) for row in known.to_dicts() for end in (row["low"], row["high"])
              if end is not None and math.isfinite(end)]  # fmt: skip
    span = max(most - least, sorted(widths)[len(widths) // 2] if widths else 0.0) or 1.0
    ends = [end for name in ("low", "high") for end in known[name].drop_nulls() if math.isfinite(end)]
    inside = [end for end in ends if least - FURTHEST * span <= end <= most + FURTHEST * span]
    room = 0.06 * span
    return min([least, *inside]) - room, max([most, *inside]) + room


def _dots(rows: list[dict[str, Any]], look: tuple[str, str], ends: tuple[float, float]) -> dict[str, Any]:
    """Marks, lines of intervals parted by empty points, and arrows where one goes on."""
    colour, symbol = look
    x: list[Any] = []
    y: list[Any] = []
    marks: list[str] = []
    for row in (row for row in rows if row["estimate"] is not None):
        low, high = (row["estimate"] if row[end] is None else row[end] for end in ("low", "high"))
        x += [max(low, ends[0]), row["estimate"], min(high, ends[1]), None]
        y += [row["at"]] * 3 + [None]
        marks += [
            "triangle-left" if low < ends[0] else "line-ns-open",
            symbol,
            "triangle-right" if high > ends[1] else "line-ns-open",
            symbol,
        ]
    return {
        "type": "scatter", "mode": "lines+markers", "x": x, "y": y, "hoverinfo": "skip",
        "line": {"color": colour, "width": 2.2}, "connectgaps": False, "cliponaxis": False,
        "marker": {"color": colour, "size": 9, "symbol": marks, "line": {"color": CLEAR, "width": 0}},
    }  # fmt: skip


def _beside(row: dict[str, Any], write: Write) -> dict[str, Any]:
    return {
        "text": _written(row, write), "x": 0.78, "xref": "paper", "y": row["at"], "yref": "y",
        "xanchor": "left", "showarrow": False, "font": {"size": 12},
    }  # fmt: skip


def _written(row: dict[str, Any], write: Write) -> str:
    if row["estimate"] is None:
        return "not known"
    if row["low"] is None or row["high"] is None:
        return write(row["estimate"])
    low, high = write(row["low"]).removesuffix(" %"), write(row["high"]).removesuffix(" %")
    return f"{write(row['estimate'])} ({low} to {high})"


def _line(zero: float) -> dict[str, Any]:
    return {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": zero, "x1": zero, "layer": "below",
            "line": {"color": GREY, "width": 1.5}}  # fmt: skip
