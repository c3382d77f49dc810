"""Who is in the numbers: from the lines of the exports to the patients compared."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import NOT_SHOWN, count, words
from analytics.vocabulary.results import Exhibit

ID, TITLE = "exclusion-flow", "From lines to patients: who is in the numbers?"
HEADINGS = ("Counted", "Before", "Left out", "Because", "Remain")
NOTE = (
    "In each row: before = left out + remain, a number that is not shown counted as 0. Totals are sums of "
    "rounded parts and may differ by a few from the same number elsewhere"
)


def flow_table(flow: pl.DataFrame) -> Exhibit:
    """One row is one step: how many entered, left, why, and remain (STROBE item 13)."""
    if not flow.height:
        return nothing(ID, title=TITLE, why="No line was read, so there is no flow to show.")
    if flow["clinic_id"].n_unique() > 1:
        raise ValueError("The flow of one clinic, or of the network, is shown; not of several.")
    steps = flow.sort("order", maintain_order=True)
    rows = [
        [words(stage).capitalize(), count(before), count(left), words(reason), count(after)]
        for stage, before, left, reason, after in steps.select(
            "stage", "entered", "left", "reason", "remained"
        ).iter_rows()
    ]
    table = table_html(rows, headings=HEADINGS, caption="Exclusion flow", note=NOTE)
    return Exhibit(ID, TITLE, summary=_summary(steps), table=table, data=steps)


def _summary(steps: pl.DataFrame) -> str:
    first, last = steps.row(0, named=True), steps.row(-1, named=True)
    if first["entered"] is None or last["remained"] is None:
        return f"Some counts are {NOT_SHOWN}: too few patients."
    ends = f"about {count(last['remained'])} {words(last['stage'])}"
    return f"About {count(first['entered'])} {words(first['stage'])} were read; {ends} are in the comparison."
