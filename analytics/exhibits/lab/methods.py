"""The methods appendix: every number that the code chose or took from somewhere, as the code says it."""

from __future__ import annotations

from dataclasses import asdict
from html import escape
from typing import Any

import polars as pl

from analytics.exhibits.lab.sources import ROOMS, citations, constants_frame
from analytics.exhibits.lab.tables import table_of
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.scales import SCALES
from analytics.vocabulary.settings import Comparison, Definitions, Disclosure, Quality, Targets
from analytics.vocabulary.study import Study

SECTIONS = {
    "definitions": Definitions, "comparison": Comparison, "targets": Targets, "disclosure": Disclosure,
    "quality": Quality,
}  # fmt: skip
KINDS = {
    "published": "taken from a published source", "our choice": "our own choice, with its reason",
    "explained": "explained where they stand: arithmetic, conventions, limits with their reason",
    "": "nothing is said of it",
}  # fmt: skip
WHOLE = 10_000  # rows: an appendix is not cut


def methods(study: Study | None = None) -> Exhibit:
    """Every constant of the code with its value, file and source; works cited; scales; settings in force.

    Made from the code as it runs here, so that it cannot say anything else than the code does. `study`: its
    settings instead of the defaults. `data`: one row is one constant (name, value, file, kind, said).

    >>> methods().data.filter(file="models/control_chart.py", name="LIMIT")["value"].item()
    '2.66'
    """
    told, cited = constants_frame(), citations()
    rooms = told.with_columns(room=pl.col("file").str.split("/").list.first())
    of_meaning = rooms.filter(pl.col("room").is_in(ROOMS)).drop("room")
    others = rooms.filter(~pl.col("room").is_in(ROOMS)).drop("room")
    parts = [
        _part("Settings in force", settings_in_force(study), open=True),
        _part("Scales, and the change that patients call meaningful", _scales()),
        *(
            _part(f"Constants: {words}", of_meaning.filter(kind=kind).drop("kind"))
            for kind, words in KINDS.items()
        ),
        _part("Sizes of buffers and the like, which move no result", others.drop("kind")),
        _part("Works cited in the code", cited),
    ]
    summary = (
        f"{of_meaning.height} constants, {of_meaning.filter(kind='published').height} of them published, "
        f"{of_meaning.filter(kind='our choice').height} our own choice; {cited.height} works cited."
    )
    return Exhibit("methods", "How is every number made?", summary, body="".join(parts), data=told)


def settings_in_force(study: Study | None = None) -> pl.DataFrame:
    """One row is one setting that moves a number: its value, its default, what it means."""
    facts: dict[str, Any] = {} if study is None else study.facts["settings"]
    rows = []
    for section, model in SECTIONS.items():
        for name, field in model.model_fields.items():
            default = field.get_default(call_default_factory=True)  # pyright: ignore[reportCallIssue]
            value = facts.get(section, {}).get(name, default)
            rows.append((f"{section}.{name}", str(value), str(default), field.description or ""))
    return pl.DataFrame(rows, schema=["setting", "value", "default", "meaning"], orient="row")


def _scales() -> pl.DataFrame:
    return pl.DataFrame([asdict(scale) for scale in SCALES.values()]).rename(
        {"low": "least", "high": "greatest"}
    )


def _part(heading: str, frame: pl.DataFrame, *, open: bool = False) -> str:
    if not frame.height:
        return ""
    slug = "".join(letter for letter in heading.lower() if letter.isalpha())[:40]
    table = table_of(frame, id=f"methods-{slug}", rows=WHOLE)
    state = " open" if open else ""
    return f"<details{state}><summary><b>{escape(heading)}</b> ({frame.height})</summary>{table}</details>"
