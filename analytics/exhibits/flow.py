"""Who is in the numbers: from the lines of the exports to the patients compared."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import capital, count, words
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "exclusion-flow"


def flow_table(flow: pl.DataFrame) -> Exhibit:
    """One row is one step: how many entered, left, why, and remain (STROBE item 13)."""
    title = tr("From lines to patients: who is in the numbers?")
    if not flow.height:
        return nothing(ID, title=title, why=tr("No line was read, so there is no flow to show."))
    if flow["clinic_id"].n_unique() > 1:
        raise ValueError("The flow of one clinic, or of the network, is shown; not of several.")
    steps = flow.sort("order", maintain_order=True)
    rows = [
        [capital(words(stage)), count(before), count(left), words(reason), count(after)]
        for stage, before, left, reason, after in steps.select(
            "stage", "entered", "left", "reason", "remained"
        ).iter_rows()
    ]
    heads = [tr("Counted"), tr("Before"), tr("Left out"), tr("Because"), tr("Remain")]
    note = tr(
        "In each row: before = left out + remain, a number that is not shown counted as 0. Totals are sums "
        "of rounded parts and may differ by a few from the same number elsewhere"
    )
    table = table_html(rows, headings=heads, caption=tr("Exclusion flow"), note=note)
    return Exhibit(ID, title, summary=_summary(steps), table=table, data=steps)


def _summary(steps: pl.DataFrame) -> str:
    """From the lines that were read to the episodes that are compared."""
    first, last = steps["entered"][0], steps["remained"][-1]
    if first is None or last is None:
        return tr("Some counts are not shown: too few patients.")
    return tr("About {lines} lines were read; about {episodes} episodes are in the comparison.").format(
        lines=count(first), episodes=count(last)
    )
