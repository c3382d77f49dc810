"""Is the article's advice true? Every claim in one table, and every measured one on a common scale."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.tables import tabulate
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, CLEAR, GREEN, GREY, PURPLE, VERMILLION, draw, faded, note
from analytics.vocabulary.results import Exhibit

TITLE = "Is the article's advice true?"
ROW, FRAME = 27, 130  # pixels of a row; of all around the rows
FURTHEST = 3.0  # our choice: beyond three smallest worthwhile differences an arrow says "further"
# Colour and mark of each verdict; "but small" is the same mark, open.
LOOKS = {
    "found": (BLUE, "circle"),
    "found, but small": (BLUE, "circle-open"),
    "no worthwhile difference": (GREY, "square"),
    "the opposite is found, but small": (VERMILLION, "diamond-open"),
    "the opposite is found": (VERMILLION, "diamond"),
    "cannot be told": (PURPLE, "x"),
}
# What is compared and what is worth having stands in the register; all columns are in `data`.
COLUMNS = ("estimate", "low", "high")
DRAWN = ["short", "scaled", "scaled_low", "scaled_high", "verdict"]
NOTE = (
    "Associations within these journals, not effects. Intervals of 95 % for each claim alone; the verdict "
    "and its reason are by intervals and p values (Holm) for all tests together, which are wider, and by the "
    "smallest difference worth having. "
    "[S] read in a public page; [M] from memory, to be checked."
)


def claims_table(claims: pl.DataFrame) -> Exhibit:
    """One row is one claim of the article: what was found, its interval, the verdict and why.

    `claims`: as test_claims makes them. `data` of the exhibit holds all columns and claims.
    """
    shown = claims.select(
        pl.format("{} ({})", "short", "unit").alias("claim"),
        *COLUMNS,
        pl.concat_str("verdict", "why", separator=": ", ignore_nulls=True).alias("verdict, and why"),
        pl.col("evidence").alias("trials and reviews"),
    )
    made = tabulate(shown, title=TITLE, note=NOTE)
    return Exhibit("claims", TITLE, summary=_summary(claims), table=made.table, data=claims)


def claims_figure(claims: pl.DataFrame) -> Exhibit:
    """One mark is one claim with its interval for all tests together, on a common scale.

    To the right of 0 is for the article; 1 is the smallest difference worth having, and the tinted band holds
    all that is less. What goes on beyond three ends in an arrow. The words say the verdict.
    """
    rows = claims.with_columns(at=pl.int_range(pl.len())).to_dicts()
    if not claims["scaled"].count():
        return nothing("claims-figure", title=TITLE, why="None of the claims is measured in these journals.")
    traces = [
        _marks([row for row in rows if row["verdict"] == verdict], verdict, look)
        for verdict, look in LOOKS.items()
    ]
    layout = {
        "height": ROW * len(rows) + FRAME,
        "xaxis": {"title": {"text": "Smallest differences worth having; to the right: for the article"},
                  "range": [-FURTHEST, FURTHEST], "domain": [0, 0.72], "showgrid": True, "dtick": 1},
        "yaxis": {"range": [len(rows) - 0.4, -0.6], "tickvals": [row["at"] for row in rows],
                  "ticktext": [_label(row) for row in rows], "showgrid": False},
        "showlegend": False, "hovermode": "closest", "shapes": _grounds(),
        "annotations": [_verdict(row) for row in rows] + [
            note("against the article", x=0.01, y=1.0), note("for it", x=0.71, y=1.0, anchor="right")],
    }  # fmt: skip
    figure = draw([trace for trace in traces if trace["x"]], layout)
    return Exhibit("claims-figure", TITLE, summary=_summary(claims), figure=figure, data=claims.select(DRAWN))


def _summary(claims: pl.DataFrame) -> str:
    """How many claims came to which verdict, and how many tests were counted."""
    counted = claims.group_by("verdict").len()
    found = dict(counted.iter_rows())
    order = [*LOOKS, "not measured here"]
    parts = [f"{verdict}: {found[verdict]}" for verdict in order if verdict in found]
    tests = claims["tests"].max() if claims.height else 0
    return f"{claims.height} claims. {'; '.join(parts)}. {tests} tests share one error rate of 5 %."


def _label(row: dict[str, Any]) -> str:
    described = "" if row["family"] else " (what was done)"
    return f"{escape(row['short'])}{described}"


def _marks(rows: list[dict[str, Any]], verdict: str, look: tuple[str, str]) -> dict[str, Any]:
    """Marks of one verdict, each with the line of its interval; an end beyond the figure is an arrow."""
    colour, symbol = look
    x: list[float | None] = []
    y: list[float | None] = []
    marks: list[str] = []
    texts: list[str] = []
    for row in rows:
        ends = (row["scaled_low"], row["scaled"], row["scaled_high"])
        x += [*(min(max(end, -FURTHEST), FURTHEST) for end in ends), None]
        y += [row["at"]] * 3 + [None]
        inside = "line-ns-open"
        marks += [
            "triangle-left" if ends[0] < -FURTHEST else inside,
            symbol if abs(ends[1]) <= FURTHEST else inside,
            "triangle-right" if ends[2] > FURTHEST else inside,
            symbol,
        ]
        texts += [f"{escape(row['says'])}<br>{escape(row['why'])}"] * 4
    return {
        "type": "scatter", "mode": "lines+markers", "name": verdict, "x": x, "y": y, "text": texts,
        "hovertemplate": "%{text}<extra></extra>", "connectgaps": False, "cliponaxis": False,
        "line": {"color": colour, "width": 2},
        "marker": {"color": colour, "size": 9, "symbol": marks, "line": {"color": colour, "width": 1.5}},
    }  # fmt: skip


def _verdict(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "text": str(escape(row["verdict"])), "x": 0.74, "xref": "paper", "y": row["at"], "yref": "y",
        "xanchor": "left", "showarrow": False, "font": {"size": 12},
    }  # fmt: skip


def _grounds() -> list[dict[str, Any]]:
    """The band of differences that are not worth having, and the line of none."""
    over = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    band = over | {
        "type": "rect",
        "x0": -1,
        "x1": 1,
        "fillcolor": faded(GREEN, 0.10),
        "line": {"color": CLEAR},
    }
    return [band, over | {"type": "line", "x0": 0, "x1": 0, "line": {"color": GREY, "width": 1.5}}]
