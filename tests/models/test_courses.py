"""Means and shares over patients by week and group, by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from analytics.models.courses import COURSES, LEAST, courses, histogram, shares
from analytics.vocabulary.errors import InputError

WEEKS = pl.DataFrame(
    {
        "patient_id": [f"p{at % 10}" for at in range(30)],
        "week": [at // 10 for at in range(30)],
        "pain": np.random.default_rng(2).normal(5, 1, 30),
        "phase": ["acute" if at % 2 else None for at in range(30)],
    }
)


def test_a_mean_and_its_interval():
    row = courses(WEEKS, "pain").filter(pl.col("at") == 1).row(0, named=True)
    values = WEEKS.filter(pl.col("week") == 1)["pain"].to_numpy()
    reach = stats.t.ppf(0.975, 9) * values.std(ddof=1) / np.sqrt(10)
    assert (row["measure"], row["group"], row["patients"]) == ("pain", "all", 10)
    assert [row["value"], row["low"], row["high"]] == pytest.approx(
        [values.mean(), values.mean() - reach, values.mean() + reach]
    )


def test_a_patient_counts_once_at_a_point():
    often = pl.concat([WEEKS, *[WEEKS.filter(pl.col("patient_id") == "p0")] * 5])
    assert courses(often, "pain").equals(courses(WEEKS, "pain"))


def test_fewer_than_eight_have_no_number_but_their_count():
    few = WEEKS.filter(pl.col("patient_id").is_in([f"p{at}" for at in range(LEAST - 1)]))
    found = courses(few, "pain")
    assert found["patients"].to_list() == [7, 7, 7]
    assert found.select("value", "low", "high").null_count().sum_horizontal().item() == 9


def test_a_missing_group_is_unknown_and_a_missing_value_is_nobody():
    found = courses(WEEKS.with_columns(pain=pl.when(pl.col("week") > 0).then("pain")), "pain", by="phase")
    assert found["group"].unique(maintain_order=True).to_list() == ["acute", "unknown"]
    assert found["at"].unique().sort().to_list() == [1.0, 2.0]


def test_measures_keep_the_order_they_are_asked_in():
    two = WEEKS.with_columns(ache=pl.col("pain"), low=pl.col("pain") < 5)
    assert courses(two, ["pain", "low", "ache"])["measure"].unique(maintain_order=True).to_list() == [
        "pain", "low", "ache",
    ]  # fmt: skip
    assert dict(courses(two, "low").schema) == COURSES


def test_the_order_of_rows_changes_nothing():
    assert courses(WEEKS.sample(fraction=1, shuffle=True, seed=3), "pain").equals(courses(WEEKS, "pain"))


def test_a_column_that_is_not_there():
    with pytest.raises(InputError, match="no column 'ache'"):
        courses(WEEKS, "ache")


@pytest.mark.parametrize("yes", [0, 1, 5, 12])
def test_shares_have_wilsons_interval(yes):
    people = pl.DataFrame(
        {"patient_id": [f"p{at}" for at in range(12)], "has": [at < yes for at in range(12)], "risk": "low"}
    )
    row = shares(people, "has", by="risk").row(0, named=True)
    low, high = proportion_confint(yes, 12, method="wilson")
    assert [row["value"], row["low"], row["high"]] == pytest.approx([yes / 12, low, high], abs=1e-9)


def test_a_histogram_holds_everybody():
    found = histogram(WEEKS, "pain", bins=5)
    assert found["patients"].sum() == 30
    assert found["at"].is_sorted()
    assert histogram(WEEKS.clear(), "pain").height == 0
    assert histogram(WEEKS.with_columns(pain=1.0), "pain", bins=3)["patients"].sum() == 30
