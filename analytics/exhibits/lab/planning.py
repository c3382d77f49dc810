"""Planning in the lab: the power of designs, as simulated and as a formula has it."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.lab.formats import interval, percent
from analytics.exhibits.lab.tables import table_of
from analytics.exhibits.markup import nothing
from analytics.exhibits.theme import BLUE, GREEN, GREY, PURPLE, VERMILLION, draw, note
from analytics.vocabulary.results import Exhibit

LOOKS = ((BLUE, "circle", "solid"), (VERMILLION, "diamond", "6px,4px"), (GREEN, "square", "2px,3px"),
         (PURPLE, "triangle-up", "9px,3px,2px,3px"))  # fmt: skip
WANTED = 0.8  # the usual power (Cohen 1988)
NAMES = {
    "adherence_between": "patients of 90 % of the plan against 50 %",
    "adherence_within": "weeks of 90 % of the plan against 50 %",
    "arm": "two arms, clinics drawn",
}
COLUMNS = ("contrast", "clinics", "patients", "weeks", "effect", "power", "power_low", "power_high",
           "power_expected", "detectable", "coverage", "failed")  # fmt: skip


def power_figure(power: pl.DataFrame, *, title: str = "How likely would a study find it?") -> Exhibit:
    """A mark is a design of `study_power`: power by clinics, with its 95 % Monte Carlo interval.

    A line joins designs alike but for the clinics, by comparison, patients, weeks and effect; hollow marks
    are the formula's. Four lines can be told apart; more stand in the table.

    >>> design = {"contrast": "arm", "clinics": 6, "patients": 20, "weeks": 12, "effect": 0.5}
    >>> found = {"power": 0.4, "power_low": 0.3, "power_high": 0.5, "power_expected": 0.4}
    >>> power_figure(pl.DataFrame([design | found])).summary
    'Power with its Monte Carlo interval. two arms, clinics drawn: 6 clinics 40.0 % (30.0 % to 50.0 %).'
    """
    keys = ["contrast", "patients", "weeks", "effect"]
    lines = power.filter(pl.col("power").is_not_null()).sort(*keys, "clinics")
    groups = lines.select(keys).unique(maintain_order=True).to_dicts()
    if not groups:
        return nothing("power", title=title, why="No study of these designs could be fitted.")
    parts = [
        (_of(lines, group), _name(group, groups), look) for group, look in zip(groups, LOOKS, strict=False)
    ]
    line = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": WANTED, "y1": WANTED, "layer": "below",
            "line": {"color": GREY, "width": 1, "dash": "dot"}}  # fmt: skip
    layout = {
        "height": 400,
        "xaxis": {"title": {"text": "Clinics"}, "tickvals": sorted(lines["clinics"].unique().to_list())},
        "yaxis": {"range": [0, 1.03], "tickformat": ".0%", "dtick": 0.2},
        "shapes": [line], "hovermode": "closest", "legend": {"y": -0.2},
        "annotations": [note("Power: chance that the 95 % interval leaves out 0", x=0, y=1.02)],
    }  # fmt: skip
    said = "; ".join(_ends(part, name) for part, name, _ in parts)
    more = "" if len(groups) <= len(LOOKS) else f" {len(groups) - len(LOOKS)} more lines: see the table."
    shown = power.select(name for name in COLUMNS if name in power.columns)
    return Exhibit(
        "power", title, summary=f"Power with its Monte Carlo interval. {said}.{more}",
        figure=draw([trace for part in parts for trace in _traces(*part)], layout),
        table=table_of(shown, id="power"), data=power,
    )  # fmt: skip


def _of(lines: pl.DataFrame, group: dict[str, Any]) -> pl.DataFrame:
    return lines.filter(*(pl.col(name) == value for name, value in group.items()))


def _name(group: dict[str, Any], groups: list[dict[str, Any]]) -> str:
    """What tells this line from the others, in words."""
    words = {
        "contrast": NAMES.get(group["contrast"], group["contrast"]),
        "patients": f"{group['patients']} patients a clinic",
        "weeks": f"{group['weeks']} weeks",
        "effect": f"{group['effect']:g} points",
    }
    told = [text for name, text in words.items() if len({one[name] for one in groups}) > 1]
    return ", ".join(told) or words["contrast"]


def _traces(part: pl.DataFrame, name: str, look: tuple[str, str, str]) -> list[dict[str, Any]]:
    colour, symbol, dash = look
    up, down = part["power_high"] - part["power"], part["power"] - part["power_low"]
    bar = {"type": "data", "symmetric": False, "array": up.to_list(), "arrayminus": down.to_list(),
           "color": colour, "thickness": 1.5, "width": 5}  # fmt: skip
    clinics = part["clinics"].to_list()
    simulated = {
        "type": "scatter", "mode": "lines+markers", "x": clinics, "y": part["power"].to_list(),
        "name": str(escape(name)),
        "error_y": bar, "hovertemplate": "%{x} clinics: %{y:.0%}<extra></extra>",
        "line": {"color": colour, "width": 2, "dash": dash},
        "marker": {"color": colour, "size": 8, "symbol": symbol},
    }  # fmt: skip
    formula = {
        "type": "scatter", "mode": "markers", "x": clinics, "y": part["power_expected"].to_list(),
        "showlegend": False, "hovertemplate": "by the formula: %{y:.0%}<extra></extra>",
        "marker": {"color": colour, "size": 13, "symbol": f"{symbol}-open", "line": {"width": 1.5}},
    }  # fmt: skip
    return [simulated, formula]


def _ends(part: pl.DataFrame, name: str) -> str:
    said = []
    for row in (part.row(0, named=True), part.row(-1, named=True)):
        error = interval(row["power_low"], row["power_high"], share=True)
        said.append(f"{row['clinics']} clinics {percent(row['power'])} ({error})")
    return f"{name}: {' and '.join(dict.fromkeys(said))}"
