"""What the lab says of charts on which nothing changes: how many show a signal by chance."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from analytics.models.control_chart import control_chart


@pytest.mark.parametrize(("periods", "share"), [(8, 0.04), (12, 0.08), (24, 0.19)])
def test_about_as_many_as_notebook_10_says(periods, share):
    charts = 500
    months = [date(2020 + at // 12, at % 12 + 1, 1) for at in range(periods)]
    series = pl.DataFrame(
        {"clinic_id": np.repeat([f"c{at:03}" for at in range(charts)], periods), "measure": "pain_reduction",
         "kind": "mean", "period": "month", "month": months * charts,
         "value": np.random.default_rng(6).normal(2, 0.4, charts * periods)}
    ).with_columns(patients=pl.lit(20, pl.Int32))  # fmt: skip
    points = control_chart(series).points.with_columns(marked=pl.col("signal") != "")
    found = points.group_by("clinic_id").agg(pl.col("marked").any())["marked"].mean()
    assert found == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / charts) + 0.005)
