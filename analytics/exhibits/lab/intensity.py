"""How a number is spread over patients: a histogram of bins that were counted before."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, GREY, VERMILLION, draw, note
from analytics.vocabulary.results import Exhibit


def histogram_figure(bins: pl.DataFrame, *, title: str, unit: str, zero: float | None = None) -> Exhibit:
    """One bar is one bin of `histogram`: how many patients have a value in it.

    `zero`: a value at which a line stands, with what share lies above it; empty: none. Bins that it cuts
    count as their middle lies.

    >>> import polars as pl
    >>> bins = pl.DataFrame({"at": [-0.5, 0.5], "patients": [2, 6], "width": [1.0, 1.0]})
    >>> histogram_figure(bins, title="How do patients differ?", unit="Points", zero=0).summary
    'Patients by points: 8. Above 0: 75 %.'
    """
    slug = "histogram"
    if not bins.height:
        return nothing(slug, title=title, why="No patient has a value.")
    total = int(bins["patients"].sum())
    summary = f"Patients by {unit[:1].lower()}{unit[1:]}: {total:,}."
    notes, shapes = [note("Patients", x=0, y=1.02)], []
    if zero is not None:
        above = int(bins.filter(pl.col("at") > zero)["patients"].sum()) / total
        summary += f" Above {zero:g}: {above:.0%}.".replace("%", " %")
        shapes = [{"type": "line", "x0": zero, "x1": zero, "yref": "paper", "y0": 0, "y1": 1,
                   "line": {"color": GREY, "width": 1.5}}]  # fmt: skip
        mark = note(f"{above:.0%} above {zero:g} →".replace("%", " %", 1), x=zero, y=0.94)
        notes.append(mark | {"xref": "x", "xshift": 6, "font": {"size": 12, "color": VERMILLION}})
    bars = {
        "type": "bar", "x": bins["at"].to_list(), "y": bins["patients"].to_list(), "marker": {"color": BLUE},
        "width": (0.92 * bins["width"]).to_list(), "hovertemplate": "%{y} patients<extra></extra>",
    }  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": unit}, "nticks": 10}, "showlegend": False, "annotations": notes,
        "shapes": shapes, "hovermode": "closest",
    }  # fmt: skip
    return Exhibit(slug, title, summary=summary, figure=draw([bars], layout), table=table_of(bins, id=slug),
                   data=bins)  # fmt: skip
