"""Holm and Benjamini-Hochberg: R's p.adjust on known vectors, what is not tested, and what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analytics.models.multiplicity import adjust
from analytics.vocabulary.errors import InputError

# The 15 p values of Benjamini and Hochberg 1995, table 1 (thrombolysis in myocardial infarction).
PAPER = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
         0.6528, 0.7590, 1.0]  # fmt: skip


def test_the_papers_example():
    """At 5 % they reject four hypotheses by the false discovery rate, three by Holm."""
    found = adjust(pl.DataFrame({"p": PAPER}), family="table 1")
    assert (found["q_bh"] <= 0.05).sum() == 4
    assert (found["p_holm"] <= 0.05).sum() == 3
    assert found["q_bh"][3] == pytest.approx(0.0095 * 15 / 4)


def test_rs_p_adjust():
    """p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") and "BH", by hand."""
    found = adjust(pl.DataFrame({"p": [0.05, 0.01, 0.03, 0.02, 0.04]}), family="five")
    assert found["p_holm"].to_list() == pytest.approx([0.09, 0.05, 0.09, 0.08, 0.09])
    assert found["q_bh"].to_list() == pytest.approx([0.05] * 5)


def test_it_is_what_statsmodels_has():
    from statsmodels.stats.multitest import multipletests

    p = np.random.default_rng(1).beta(0.3, 1, 40)
    p[5] = p[7]  # a tie
    found = adjust(pl.DataFrame({"p": p}), family="forty")
    for column, method in (("p_holm", "holm"), ("q_bh", "fdr_bh")):
        np.testing.assert_allclose(found[column], multipletests(p, method=method)[1], rtol=1e-12)


def test_a_claim_that_was_not_measured_is_kept_and_is_no_test():
    table = pl.DataFrame({"claim": ["b", "none", "a", "none"], "p_value": [0.04, None, 0.01, None]})
    found = adjust(table, family="claims", p="p_value")
    assert found["claim"].to_list() == ["b", "none", "a", "none"]
    assert found["tests"].to_list() == [2] * 4
    assert found["not_tested"].to_list() == [2] * 4
    assert found["p_holm"].to_list() == [0.04, None, 0.02, None]
    assert found["family"].unique().to_list() == ["claims"]


@pytest.mark.parametrize("empty", [[], [None, None]])
def test_a_family_without_a_test_has_no_adjusted_value(empty):
    found = adjust(pl.DataFrame({"p": empty}, schema={"p": pl.Float64}), family="none")
    assert found.height == len(empty)
    assert found["p_holm"].null_count() == len(empty)
    assert found.schema["q_bh"] == pl.Float64


@pytest.mark.parametrize("wrong", [1.2, -0.1, float("nan")])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(InputError, match="no p value"):
        adjust(pl.DataFrame({"p": [0.5, wrong]}), family="x")


def test_a_family_has_a_name_and_a_column():
    with pytest.raises(InputError, match="name"):
        adjust(pl.DataFrame({"p": [0.5]}), family=" ")
    with pytest.raises(InputError, match="no column"):
        adjust(pl.DataFrame({"q": [0.5]}), family="x")


def test_holm_holds_the_chance_of_any_false_alarm():
    """600 families of ten true nulls that correlate by 0.3: at most 5 % have a false alarm."""
    rng = np.random.default_rng(4)
    z = rng.normal(size=(600, 10)) * np.sqrt(0.7) + np.sqrt(0.3) * rng.normal(size=(600, 1))
    from scipy import stats

    p = 2 * stats.norm.sf(np.abs(z))
    alarms = [(adjust(pl.DataFrame({"p": row}), family="nulls")["p_holm"] <= 0.05).any() for row in p]
    assert np.mean(alarms) < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 600)
    assert (p <= 0.05).any(axis=1).mean() > 0.2  # unadjusted, far more
