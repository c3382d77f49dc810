"""Each clinic beside what its patients let expect: by name, never by rank."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, count, number, spread, words
from analytics.vocabulary.results import Exhibit

ID, TITLE = "clinics", "How did each clinic do, beside what its patients let expect?"
HEADINGS = (
    "Clinic", "Patients", "Fall in pain", "95 % interval", "Expected", "Difference", "95 % interval",
    "In words",
)  # fmt: skip


def clinics_table(benchmark: pl.DataFrame, clinics: pl.DataFrame) -> Exhibit:
    """One row is one clinic: mean pain reduction (NPRS points, higher is better), observed and expected."""
    named = clinics.select("clinic_id", "clinic_name").join(
        benchmark, on="clinic_id", how="left", maintain_order="left"
    )
    if not named.height:
        return nothing(ID, title=TITLE, why="There is no clinic in this study.")
    absent = pl.col("signal").is_null()  # no eligible patient at all: nobody's number is hidden
    ordered = named.with_columns(
        pl.col("clinic_name").fill_null(pl.col("clinic_id")),
        patients=pl.when(absent).then(0).otherwise("patients"),
        signal=pl.col("signal").fill_null("not enough data"),
    ).sort(pl.col("clinic_name").str.to_lowercase(), "clinic_id", maintain_order=True)
    rows = [
        [
            row["clinic_name"],
            count(row["patients"]),
            *_numbers(row),
            words(row["signal"]),
        ]
        for row in ordered.iter_rows(named=True)
    ]
    note = "In the order of their names. A difference whose interval holds 0 is none that can be told"
    table = table_html(rows, headings=HEADINGS, caption="Fall in pain by clinic, NPRS points", note=note)
    compared = ordered["expected"].count()
    summary = (
        f"{compared} of {ordered.height} clinics have enough data to be compared. Expected is what "
        "the network's patients with the same case-mix had."
    )
    return Exhibit(ID, TITLE, summary=summary, table=table, data=ordered)


def _numbers(row: dict[str, float | None]) -> list[str]:
    """Observed, interval, expected, difference, interval; dashes where there is not enough data."""
    texts = [
        number(row["observed"]),
        spread(row["low"], row["high"]),
        number(row["expected"]),
        # two decimals: an end of -0.04 must not be printed as 0.0 beside "worse than expected"
        number(row["difference"], digits=2),
        spread(row["difference_low"], row["difference_high"], digits=2),
    ]
    known = [row["observed"], row["low"], row["expected"], row["difference"], row["difference_low"]]
    return [DASH if value is None else text for text, value in zip(texts, known, strict=True)]
