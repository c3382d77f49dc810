"""The body of a notebook in sections that open and close: one for each second heading, down to the next.

Tags of the Markdown cell that holds the heading say how its section begins:
`closed`: shut at first, open in print; `checkers`: shut at first, and left out in print. Without, it is open.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from html import unescape

from markupsafe import Markup

from analytics.vocabulary.language import tr

CLOSED, CHECKERS = "closed", "checkers"
OPENING = re.compile(r'(?=<div class="words[^"]*"><h2>)')
HEADING = re.compile(r"<h2>(.*?)</h2>", re.DOTALL)
FIGURE = re.compile(r"(?=<figure )")
DRAWN = 'class="exhibit drawn"'
SECTION = Markup(
    '<section aria-labelledby="{id}-title"><details class="{kind}"{open}>'
    '<summary><h2 id="{id}-title">{title}</h2></summary>\n'
    '<div class="inside" id="{id}">{inside}</div></details>'
    "{unprinted}</section>\n"
)


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the page: its anchor, its heading and all that stands in it, as safe HTML."""

    id: str
    title: Markup
    html: Markup


def in_sections(body: str) -> tuple[str, tuple[Section, ...]]:
    """What stands before the first second heading, and a section for each. No anchor is given twice."""
    first, *others = OPENING.split(body)
    taken = set(re.findall(r'\bid="([^"]+)"', body))
    sections = []
    for part in others:
        section = _section(part, taken)
        taken |= {section.id, f"{section.id}-title"}
        sections.append(section)
    return first, tuple(sections)


def anchor(heading: str, taken: set[str]) -> str:
    """`Wie groß ist die Übung?` -> `wie-gross-ist-die-ubung`; numbered where it is taken."""
    words = unescape(re.sub(r"<[^>]*>", "", heading)).casefold()  # casefold writes ß as ss
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "section"
    free, number = name, 2
    while free in taken or f"{free}-title" in taken:
        free, number = f"{name}-{number}", number + 1
    return free


def _section(part: str, taken: set[str]) -> Section:
    tags = part[: part.index(">")]
    found = HEADING.search(part)
    title = Markup(found[1]) if found else Markup("")
    name = anchor(title, taken)
    checkers = CHECKERS in tags
    unprinted = Markup('<p class="unprinted">{}</p>').format(
        tr("Not printed: tables for those who check. They are in the page.")
    )
    html = SECTION.format(
        id=name, title=title, inside=Markup(_in_pairs(HEADING.sub("", part, count=1))),
        kind=Markup("part checkers" if checkers else "part"),
        open=Markup("" if checkers or CLOSED in tags else " open"),
        unprinted=unprinted if checkers else "",
    )  # fmt: skip
    return Section(name, title, html)


def _in_pairs(inside: str) -> str:
    """Drawings stand side by side where there is room; one that has no neighbour is marked `alone`."""
    parts = FIGURE.split(inside)
    paired = False
    for at, part in enumerate(parts):
        drawn = DRAWN in part
        follows = at + 1 < len(parts) and DRAWN in parts[at + 1]
        whole = part.rstrip().endswith("</figure>")  # words between two drawings part them
        if drawn and not paired and not (follows and whole):
            parts[at] = part.replace(DRAWN, 'class="exhibit drawn alone"', 1)
        paired = drawn and not paired and follows and whole
    return "".join(parts)
