"""How nouns show themselves: who draws them lives in rooms that the vocabulary may not know.

The shelf says where each verb is found (`show`, `explain`, ...); without it there is plain text.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from html import escape
from importlib import import_module
from typing import Any

_PLACES: dict[str, str] = {}
LINE = 120  # Our choice: characters of a line above a figure, nearly as wide as figures are in a notebook
EVEN = "#7A7A7A"  # letters of a figure: 4.3 to 1 against white, 4.4 to 1 against JupyterLab's dark page
LINE_HEIGHT = 17  # pixels of such a line at the size of its letters


def learn(places: Mapping[str, str]) -> None:
    """Where each verb is found, as `module:function`; imported when a noun first asks for it."""
    _PLACES.update(places)


def ask(verb: str, noun: Any, *more: Any) -> Any:
    """What the verb makes of the noun; None where nobody has said who knows it."""
    if verb not in _PLACES:
        return None
    module, _, name = _PLACES[verb].partition(":")
    return getattr(import_module(module), name)(noun, *more)


class Shown:
    """A noun that shows itself as tables in Jupyter, and as its plain text anywhere else."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        """Tables and small figures; the plain text where there is nobody to draw them."""
        return ask("show", self) or f"<pre>{escape(repr(self))}</pre>"


def with_words(figure: dict[str, Any], title: str, summary: str) -> dict[str, Any]:
    """The figure for JupyterLab: with what a page would say around it above it, unless it has a title."""
    # JupyterLab calls for new sizes itself; one that is responsive, too, then takes the height of nothing
    figure = figure | {"config": figure.get("config", {}) | {"responsive": False}}
    layout = figure.get("layout", {}) | {"font": figure.get("layout", {}).get("font", {}) | {"color": EVEN}}
    if layout.get("title") or not title:
        return figure | {"layout": layout}
    lines = textwrap.wrap(summary, LINE)
    said = "".join(f'<br><span style="font-size:12px">{escape(line, quote=False)}</span>' for line in lines)
    above = LINE_HEIGHT * (len(lines) + 2)
    height = layout.get("height", 340) + above
    margin = {**layout.get("margin", {}), "t": layout.get("margin", {}).get("t", 36) + above}
    words = {
        "text": f"<b>{escape(title, quote=False)}</b>{said}", "x": 0, "xref": "container", "xanchor": "left",
        "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 20, "l": 8}, "font": {"size": 14},
    }  # fmt: skip
    return figure | {"layout": layout | {"title": words, "margin": margin, "height": height}}
