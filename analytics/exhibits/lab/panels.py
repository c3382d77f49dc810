"""Panels of small multiples: where each stands, what it is called, and names that do not touch."""

from __future__ import annotations

import math
from typing import Any

from analytics.exhibits.theme import AXIS, note

# Our choices of layout, in shares of a figure about 800 pixels wide.
HEIGHT, TOP, GAP_X, GAP_Y = 250, 60, 0.08, 0.2
END = 0.0115  # of a panel's width, for one letter of a name


def grid(count: int, *, below: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Places of so many panels, two or three a row, and the layout that makes them.

    A place has the names of its axes for traces (x, y) and for the layout (xaxis, yaxis), its `width` as a
    share of the figure, its `top`, and the height of a `line` of text as a share of the panel's own.
    """
    columns = {1: 1, 2: 2, 3: 3}.get(count, 2 if count == 4 else 3)
    rows = -(-count // columns)
    width, height = (1 - GAP_X * (columns - 1)) / columns, (1 - GAP_Y * (rows - 1)) / rows
    layout: dict[str, Any] = {"height": (HEIGHT if rows > 1 else 330) * rows + TOP}
    places = []
    for at in range(count):
        row, column = divmod(at, columns)
        left, top = column * (width + GAP_X), 1 - row * (height + GAP_Y)
        number = "" if at == 0 else str(at + 1)
        lowest = at + columns >= count
        title = {"title": {"text": below, "standoff": 8, "font": {"size": 12}}} if lowest else {}
        x = {**AXIS, "showgrid": False, "domain": [left, left + width], "anchor": f"y{number}"} | title
        y = {**AXIS, "domain": [max(0.0, top - height), top], "anchor": f"x{number}"}
        layout |= {f"xaxis{number}": x, f"yaxis{number}": y}
        places.append({
            "x": f"x{number}", "y": f"y{number}", "xaxis": f"xaxis{number}", "yaxis": f"yaxis{number}",
            "left": left, "top": top, "width": width, "line": 22 / (layout["height"] * height),
        })  # fmt: skip
    return places, layout


def heading(text: str, place: dict[str, Any]) -> dict[str, Any]:
    """What a panel shows, above its left edge."""
    return note(text, x=place["left"], y=place["top"]) | {"yshift": 4}


def spaced(values: list[float], *, apart: float) -> list[float]:
    """The values, moved as little as it takes for neighbours to be so far apart; in their order."""
    order = sorted(range(len(values)), key=values.__getitem__)
    clusters: list[tuple[float, int]] = []  # middle and size of each run of names that touch
    for at in order:
        middle, size = values[at], 1
        while clusters and middle - clusters[-1][0] < apart * (size + clusters[-1][1]) / 2:
            other, many = clusters.pop()
            middle, size = (middle * size + other * many) / (size + many), size + many
        clusters.append((middle, size))
    ranked = [middle + apart * (place - (size - 1) / 2) for middle, size in clusters for place in range(size)]
    return [ranked[order.index(at)] for at in range(len(values))]


def steps(low: float, high: float, *, most: int) -> list[float]:
    """Even places of marks from `low` to `high`, none beyond: by ones, twos, threes, fours, fives or tens.

    >>> steps(0.0, 12.0, most=7)
    [0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
    """
    span = max(high - low, 1e-9)
    power = 10.0 ** math.floor(math.log10(span / max(most - 1, 1)))
    factors = (1, 2, 3, 4, 5, 10, 20) if power >= 1 else (1, 2, 5, 10, 20)  # weeks, not decimals, by threes
    for step in (power * factor for factor in factors):
        marks = range(math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6) + 1)
        if len(marks) <= most:
            return [round(at * step, 10) for at in marks]
    return []
