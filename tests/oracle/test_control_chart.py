"""XmR limits against the numbers that NHSRplotthedots gives for the series of its vignette on deviations."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from analytics.models.control_chart import control_chart, with_limits

SERIES = [1, 2, 1, 2, 10, *[1, 2] * 6, 1]


@pytest.fixture
def series() -> pl.DataFrame:
    """18 months of one chart."""
    months = [date(2024 + at // 12, at % 12 + 1, 1) for at in range(len(SERIES))]
    return pl.DataFrame({"clinic_id": "a", "measure": "x", "month": months, "patients": 20, "value": SERIES})


def test_screened_limits(series):
    """One moving range each side of the outlier is left out; the outlier is outside, and nothing else is."""
    chart = control_chart(series)
    row = chart.icons.row(0, named=True)
    assert row["centre"] == pytest.approx(1.94444, abs=5e-6)
    assert row["upper"] == pytest.approx(4.604444, abs=5e-7)
    assert row["lower"] == pytest.approx(-0.715556, abs=5e-7)
    assert chart.points.filter(pl.col("signal") != "")["value"].to_list() == [10]


def test_unscreened_limits(series):
    """The same without leaving out any moving range."""
    row = with_limits(series, screen=False).row(0, named=True)
    assert row["upper"] == pytest.approx(6.951503, abs=5e-7)
    assert row["lower"] == pytest.approx(-3.062614, abs=5e-7)
