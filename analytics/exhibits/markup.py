"""Small HTML that reads aloud: tables with a caption and named rows and columns, paragraphs, tiles.

Everything that comes in is escaped here, once. great_tables has no <caption> and fixes its colours, which a
screen reader and a dark page need otherwise; so there is this one builder and no second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from analytics.exhibits.numbers import DASH, not_shown
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

NUMERIC = re.compile(r"[−+]?\d")


def table_html(
    rows: Iterable[Sequence[str]], *, headings: Sequence[str], caption: str, note: str = ""
) -> str:
    """A table whose first column names its rows. What `not shown` means stands below wherever it occurs."""
    rows = list(rows)
    columns = list(zip(*rows, strict=True))[1:] or [()] * (len(headings) - 1)
    kinds = ["", *(Markup(' class="number"') if _is_of_numbers(column) else "" for column in columns)]
    body = [_row(row, kinds) for row in rows]
    heads = (Markup('<th scope="col"{}>{}</th>').format(*pair) for pair in zip(kinds, headings, strict=True))
    head = Markup("").join(heads)
    notes = [note] if note else []
    if any(not_shown() in row for row in body):
        notes.append(what_not_shown_means())
    table = Markup(
        '<table class="exhibit"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>{}'
    )
    return str(table.format(caption, head, Markup("").join(body), _notes(notes)))


def paragraphs(texts: Iterable[str], *, kind: str) -> str:
    """Sentences, one a paragraph."""
    inner = Markup("").join(Markup("<p>{}</p>").format(text) for text in texts)
    return str(Markup('<div class="{}">{}</div>').format(kind, inner))


def steps_html(texts: Iterable[str]) -> str:
    """Sentences, one a step, in their order."""
    inner = Markup("").join(Markup("<li>{}</li>").format(text) for text in texts)
    return str(Markup('<ol class="steps">{}</ol>').format(inner))


def tiles_html(tiles: Iterable[tuple[str, str, str]]) -> str:
    """Label, number and remark, each in a tile of its own."""
    tile = Markup('<div class="tile"><dt>{}</dt><dd><b>{}</b> <small>{}</small></dd></div>')
    inner = Markup("").join(tile.format(*parts) for parts in tiles)
    return str(Markup('<dl class="tiles">{}</dl>').format(inner))


def nothing(slug: str, *, title: str, why: str) -> Exhibit:
    """The exhibit that stands where there is nothing to show, and says why."""
    return Exhibit(slug, title, body=paragraphs([why], kind="nothing"))


def what_not_shown_means() -> str:
    """Said wherever `not shown` occurs; without its full stop."""
    return tr("not shown: too few patients to show a number without pointing at one of them")


def _row(cells: Sequence[str], kinds: Sequence[str]) -> Markup:
    first, *others = cells
    data = (Markup("<td{}>{}</td>").format(*pair) for pair in zip(kinds[1:], others, strict=True))
    return Markup('<tr><th scope="row">{}</th>{}</tr>').format(first, Markup("").join(data))


def _is_of_numbers(column: Sequence[str]) -> bool:
    """Most cells begin with a figure, or would if they were shown; dashes are neither."""
    figures = [cell == not_shown() or bool(NUMERIC.match(cell)) for cell in column if cell != DASH]
    return 2 * sum(figures) > len(figures)


def _notes(texts: Sequence[str]) -> Markup:
    return Markup("").join(Markup('<p class="note">{}.</p>').format(text) for text in texts)
