"""Figures the height of a table's row: an estimate with its interval, a share, counts by week, a series."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from analytics.exhibits.lab.formats import as_text, interval, number
from analytics.exhibits.lab.tables import as_html, laid_out
from analytics.exhibits.theme import BLUE, GREY

WIDE, HIGH, EDGE = 130, 16, 6  # pixels of a small figure, and its margin
Ends = tuple[float | None, float | None, float | None]


def table_with(
    frame: pl.DataFrame,
    *,
    id: str,
    note: str = "",
    drawn: dict[str, list[str]],
    series: Mapping[str, str] | None = None,
) -> str:
    """The frame as a table with a column for each of `drawn` (small figures, a row each).

    `series`: columns that hold a list of numbers each, and as what they are drawn: `bar` or `line`.
    """
    series = series or {}
    told = as_text(frame.drop(list(series)))
    shown = told.with_columns(*(pl.Series(name, cells, dtype=pl.String) for name, cells in drawn.items()))
    shown = shown.with_columns(frame[name] for name in series)
    numbers = [name for name in told.columns if name not in frame.columns or frame[name].dtype.is_numeric()]
    table = laid_out(shown, id=id, numbers=numbers)
    for name in drawn:  # safe SVG of this file's making
        table = table.fmt(lambda cell: cell, columns=name)
    for name, kind in series.items() if frame.height else ():
        table = table.fmt_nanoplot(name, plot_type=kind, options=_quiet())  # pyright: ignore[reportArgumentType]
    return as_html(table.tab_source_note(note) if note else table, id=id)


def intervals(rows: Sequence[Ends], *, shared: bool, limits: Sequence[Ends] | None = None) -> list[str]:
    """For each estimate, low and high: a dot with its interval and a tick at 0.

    `shared`: all on one scale; else each on its own, since units differ. `limits`: those of chance, drawn
    as a band (their first entry is not looked at).
    """
    bands = limits or [(None, None, None)] * len(rows)
    reaches = [_reach([*row, *band[1:]]) for row, band in zip(rows, bands, strict=True)]
    whole = max(reaches, default=0.0)
    return [
        _interval(row, band, whole if shared else reach)
        for row, band, reach in zip(rows, bands, reaches, strict=True)
    ]


def share_bars(shares: Sequence[float | None]) -> list[str]:
    """Each share of one as a bar of the whole width."""
    full = WIDE - 2 * EDGE
    return [
        _svg(
            f"{100 * (share or 0):.0f} %",
            f'<rect x="{EDGE}" y="3" width="{full}" height="{HIGH - 6}" fill="{GREY}" fill-opacity=".18"/>'
            f'<rect x="{EDGE}" y="3" width="{full * min(1, max(0, share or 0)):.1f}" '
            f'height="{HIGH - 6}" fill="{BLUE}"/>',
        )
        for share in shares
    ]


def _interval(row: Ends, band: Ends, reach: float) -> str:
    def at(value: float) -> float:
        return WIDE / 2 + (WIDE / 2 - EDGE) * max(-1.0, min(1.0, value / (reach or 1.0)))

    estimate, low, high = row
    if estimate is None or not math.isfinite(estimate):
        return ""
    middle = HIGH / 2
    parts = []
    if band[1] is not None and band[2] is not None:
        parts.append(
            f'<rect x="{at(band[1]):.1f}" y="1" width="{at(band[2]) - at(band[1]):.1f}" '
            f'height="{HIGH - 2}" fill="{GREY}" fill-opacity=".25"/>'
        )
    parts.append(_stroke((at(0), 1), (at(0), HIGH - 1), GREY, 1))
    if low is not None and high is not None:
        parts.append(_stroke((at(low), middle), (at(high), middle), BLUE, 2))
    parts.append(f'<circle cx="{at(estimate):.1f}" cy="{middle}" r="3.5" fill="{BLUE}"/>')
    return _svg(f"{number(estimate)}, {interval(low, high)}", "".join(parts))


def _reach(values: Sequence[float | None]) -> float:
    """How far from 0 the furthest end is."""
    return max((abs(one) for one in values if one is not None and math.isfinite(one)), default=0.0)


def _stroke(start: tuple[float, float], end: tuple[float, float], colour: str, width: float) -> str:
    (x1, y1), (x2, y2) = start, end
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width}"/>'
    )


def _svg(said: str, inner: str) -> str:
    return (
        f'<svg role="img" aria-label="{said}" width="{WIDE}" height="{HIGH}" viewBox="0 0 {WIDE} {HIGH}">'
        f"{inner}</svg>"
    )


def _quiet() -> dict[str, Any]:
    """Bars in the house's colours, without what appears under a mouse and is drawn for a white page."""
    from great_tables import nanoplot_options

    return nanoplot_options(
        data_line_type="straight", data_line_stroke_color=BLUE, data_line_stroke_width=6, data_point_radius=8,
        data_point_fill_color=BLUE, data_point_stroke_color=BLUE, show_data_area=False,
        data_bar_fill_color=BLUE, data_bar_stroke_color=BLUE, data_bar_stroke_width=0,
        interactive_data_values=False, show_y_axis_guide=False, show_reference_line=False,
        show_vertical_guides=False,
    )  # fmt: skip
