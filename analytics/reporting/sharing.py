"""What a page says once, however often it holds: shapes of icons, cells of numbers, what figures have alike.

A page about many clinics would weigh a third more without.
"""

from __future__ import annotations

import re
from typing import Any

from markupsafe import Markup

ICON = re.compile(
    r'<svg (?P<tag>[^>]*class="icon [a-z]+"[^>]*)>'
    r"(?P<title><title>[^<]*</title>)?(?P<shapes>.*?)</svg>",
    re.DOTALL,
)
KEPT = re.compile(r'(?:class|role|aria-hidden|aria-label)="[^"]*"')
LABEL = re.compile(r' ?aria-label="[^"]*"')
TABLE = re.compile(r"<table .*?</table>", re.DOTALL)
NUMBER = '<td class="number">'
# as exhibits/icons.py draws them, said once by the style sheet for what is used within
SHEET = Markup('<svg class="shapes" aria-hidden="true" width="0" height="0">{}</svg>\n')
SYMBOL = Markup('<symbol id="shape-{}" viewBox="0 0 24 24">{}</symbol>')


def with_shared_icons(html: str) -> str:
    """Each shape is drawn once, before all else; an icon keeps its class, its name and the words it shows."""
    shapes: dict[str, int] = {}

    def used(found: re.Match[str]) -> str:
        number = shapes.setdefault(found["shapes"], len(shapes))
        title = found["title"] or ""
        kept = " ".join(KEPT.findall(found["tag"]))
        kept = LABEL.sub("", kept).strip() if title else kept  # a title names it; a label would say it twice
        return f'<svg {kept}>{title}<use href="#shape-{number}"></use></svg>'

    body = ICON.sub(used, html)
    drawn = Markup("").join(SYMBOL.format(number, Markup(shape)) for shape, number in shapes.items())
    return f"{SHEET.format(drawn)}{body}" if shapes else html


def with_lean_tables(html: str) -> str:
    """A table of mostly numbers says so itself, and names its cells of text instead of those."""
    return TABLE.sub(lambda found: _lean(found[0]), html)


def _lean(table: str) -> str:
    if table.count(NUMBER) <= table.count("<td>"):
        return table
    named = table.replace("<td>", '<td class="text">').replace(NUMBER, "<td>")
    return named.replace('<table class="exhibit"', '<table class="exhibit numeric"', 1)


def alike(figures: list[dict[str, Any]]) -> dict[str, Any]:
    """The part that all of them have, with the same values; of one alone, nothing."""
    if len(figures) < 2:
        return {}
    first, *others = figures
    found = {}
    for key, value in first.items():
        values = [other.get(key) for other in others]
        inner = [one for one in (value, *values) if isinstance(one, dict)]
        if len(inner) == len(figures):
            shared = alike(inner)
            found |= {key: shared} if shared else {}
        elif value is not None and all(type(other) is type(value) and other == value for other in values):
            found[key] = value
    return found


def without(figure: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """The rest of a figure, to be laid over what is shared."""
    rest = {}
    for key, value in figure.items():
        if isinstance(value, dict) and isinstance(shared.get(key), dict):
            inner = without(value, shared[key])
            rest |= {key: inner} if inner else {}
        elif key not in shared:
            rest[key] = value
    return rest
