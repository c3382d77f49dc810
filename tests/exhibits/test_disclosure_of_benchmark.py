"""What leaves of the comparison: rounded, suppressed, and saying the same as before."""

from __future__ import annotations

import polars as pl
import pytest
from exhibits.made_up import RULES, make_benchmark, make_funnel, stands
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analytics.exhibits.disclosure_of_benchmark import release_benchmark, release_funnel
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import Disclosure

NUMBERS = [name for name, dtype in make_benchmark().schema.items() if dtype.is_numeric()]


def frame_of(*rows):
    return pl.DataFrame(list(rows), schema=make_benchmark().schema, orient="row")


def test_a_clinic_below_the_floor_keeps_its_row_without_a_number(rules):
    few = release_benchmark(make_benchmark(), rules).filter(pl.col("clinic_id") == "birch")
    assert few.height == 2
    assert few.select(NUMBERS).null_count().row(0) == (2,) * len(NUMBERS)
    assert few["signal"].to_list() == ["not enough data"] * 2
    assert few["flag"].to_list() == ["", ""]


def test_patients_are_rounded_and_means_have_two_decimals(rules):
    row = release_benchmark(make_benchmark().with_columns(pl.col("observed") + 0.00123), rules).row(
        0, named=True
    )
    assert (row["patients"], row["observed"], row["rank_high"]) == (65, 2.1, 2)


def test_a_share_is_of_rounded_counts_and_its_expectation_moves_with_it(rules):
    """40 of 64 patients: 40 of 65 as they may leave; the difference is what it was."""
    row = stands("w", "responder", patients=64, observed=40 / 64, gap=0.06, limit=0.12)
    out = release_benchmark(frame_of(row), rules).row(0, named=True)
    assert out["observed"] == pytest.approx(40 / 65, abs=0.0005)
    assert out["difference"] == 0.06
    assert out["expected"] == pytest.approx(40 / 65 - 0.06, abs=0.001)


def test_a_share_of_few_patients_leaves_its_signal_alone(rules):
    out = release_benchmark(make_benchmark(), rules)
    row = out.filter(pl.col("clinic_id") == "quay", pl.col("measure") == "responder").row(0, named=True)
    assert [row[name] for name in ("patients", "observed", "difference")] == [70, None, None]
    assert row["signal"] == "worse than expected"


@given(
    st.integers(8, 400), st.floats(0, 1), st.floats(-0.5, 0.5), st.floats(0.001, 0.4),
    st.sampled_from(["pain_reduction", "responder", "adherence", "function_ODI"]),
)  # fmt: skip
def test_what_leaves_never_contradicts_its_signal(patients, observed, gap, limit, measure):
    had = round(observed * patients) / patients
    out = release_benchmark(
        frame_of(stands("w", measure, patients=patients, observed=had, gap=gap, limit=limit)), RULES
    ).row(0, named=True)
    if out["difference"] is not None and out["signal"] == "better than expected":
        assert out["difference_low"] > 0
    if out["difference"] is not None and out["signal"] == "worse than expected":
        assert out["difference_high"] < 0
    if out["difference"] is not None and out["signal"] == "no clear difference":
        assert out["difference_low"] <= 0 <= out["difference_high"]


@given(st.integers(0, 60), st.integers(1, 60))
def test_no_exact_count_of_a_share_can_be_read(had, patients):
    """Every printed share is one of multiples of 5 over multiples of 5, and the expected one goes with it."""
    had = min(had, patients)
    row = stands("w", "responder", patients=patients, observed=had / patients, gap=0.05, limit=0.1)
    out = release_benchmark(frame_of(row), RULES).row(0, named=True)
    if out["observed"] is not None:
        assert out["patients"] % 5 == 0
        assert (
            abs(out["observed"] * out["patients"] / 5 - round(out["observed"] * out["patients"] / 5)) < 0.01
        )
    else:
        assert patients < 8 or 0 < had < 8


def test_twice_released_is_once_released(rules):
    out = release_benchmark(make_benchmark(), rules)
    assert_frame_equal(release_benchmark(out, rules), out)
    first = release_funnel(*make_funnel(), rules)
    again = release_funnel(first["funnel_limits"], first["comparison"], rules)
    for name, frame in first.items():
        assert_frame_equal(again[name], frame)


def test_the_funnel_has_no_size_below_the_floor(rules):
    out = release_funnel(*make_funnel(), rules)
    assert out["funnel_limits"]["patients"].min() == 10
    assert out["comparison"]["patients"].to_list() == [140, 140]
    assert out["comparison"]["target"].to_list() == [1.91, 0.6]


def test_a_measure_of_too_few_patients_has_no_funnel(rules):
    limits, comparison = make_funnel()
    few = comparison.with_columns(
        patients=pl.when(pl.col("measure") == "responder").then(7).otherwise("patients")
    )
    out = release_funnel(limits, few, rules)
    assert out["funnel_limits"]["measure"].unique().to_list() == ["pain_reduction"]
    hidden = out["comparison"].filter(pl.col("measure") == "responder").row(0, named=True)
    assert hidden["target"] is hidden["patients"] is hidden["tau"] is None


def test_rules_that_hide_nothing_are_refused():
    with pytest.raises(ConfigurationError):
        release_benchmark(make_benchmark(), Disclosure(min_patients=8, round_to=1))
