"""Made-up charts over time, as a study makes them: shown, charted, released."""

from __future__ import annotations

from datetime import date

import polars as pl
from exhibits.made_up import RULES

from analytics.exhibits.disclosure_of_charts import release_charts, showable
from analytics.models.control_chart import ControlChart, control_chart
from analytics.models.monthly import BETTER, KINDS, RANGES

SCHEMA = {
    "clinic_id": pl.String,
    "measure": pl.String,
    "kind": pl.String,
    "period": pl.String,
    "month": pl.Date,
    "until": pl.Date,
    "patients": pl.Int64,
    "met": pl.Int64,
    "value": pl.Float64,
}
UP_AND_DOWN = [2.0, 2.4, 1.9, 2.3, 2.1, 2.5, 2.0, 2.2, 2.4, 1.8, 2.1, 2.3]


def series_of(values, *, measure="pain_reduction", clinic="willow", patients=20, months=1) -> pl.DataFrame:
    """One period a value; `patients` may be one number or one a period."""
    sizes = [patients] * len(values) if isinstance(patients, int) else patients
    starts = [(2024 + at * months // 12, at * months % 12 + 1) for at in range(len(values))]
    share = KINDS[measure] == "share"
    return pl.DataFrame(
        {
            "clinic_id": clinic, "measure": measure, "kind": KINDS[measure], "period": "month",
            "month": [date(year, month, 1) for year, month in starts],
            "until": [date(year, month + months - 1, 1) for year, month in starts], "patients": sizes,
            "met": [round(value * size) if share and value is not None else None
                    for value, size in zip(values, sizes, strict=True)],
            "value": values,
        },
        schema_overrides=SCHEMA,
    )  # fmt: skip


def chart_of(series, *, targets=None) -> ControlChart:
    """The chart before release."""
    return control_chart(showable(series, RULES), better=BETTER, ranges=RANGES, targets=targets)


def released(series, *, targets=None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Points and icons as they leave."""
    chart = chart_of(series, targets=targets)
    frames = release_charts(chart.points, chart.icons, RULES)
    return frames["control_chart"], frames["control_icons"]
