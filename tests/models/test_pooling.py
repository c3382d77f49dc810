"""Pooling over imputations: the published numbers to all their digits, and what happens at the edges."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analytics.models.missing.pooling import enough_imputations, pool
from analytics.vocabulary.errors import InputError

# mice's pool.scalar with n = 172, k = 2 (domain reference 3.2).
ESTIMATES, ERRORS = [2.17, 1.93, 2.41, 2.05, 2.28], [1.20, 1.18, 1.25, 1.22, 1.19]


def frame(df: float | None = 170.0, estimates=ESTIMATES, errors=ERRORS, name="q"):
    return pl.DataFrame(
        {"quantity": name, "estimate": estimates, "se": errors, "df": df},
        schema_overrides={"df": pl.Float64},
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("estimate", 2.168), ("within", 1.45988), ("between", 0.03542), ("riv", 0.0291147218),
        ("df", 158.114910577), ("fmi", 0.0403533457),
    ],
)  # fmt: skip
def test_rubins_numbers_are_those_of_mice(name, value):
    assert pool(frame())[name].item() == pytest.approx(value, abs=6e-11 if value < 1 else 6e-10)


def test_the_total_variance_is_that_of_mice():
    assert pool(frame())["se"].item() ** 2 == pytest.approx(1.502384, rel=1e-12)


def test_without_an_end_to_the_data_the_df_are_rubins_own():
    assert pool(frame(df=None))["df"].item() == pytest.approx(4997.60911655, rel=1e-9)


def test_interval_and_p_are_students():
    row = pool(frame()).row(0, named=True)
    reach = stats.t.ppf(0.975, row["df"]) * row["se"]
    assert (row["low"], row["high"]) == pytest.approx((row["estimate"] - reach, row["estimate"] + reach))
    assert row["p"] == pytest.approx(2 * stats.t.sf(row["estimate"] / row["se"], row["df"]))
    assert row["mc_error"] == pytest.approx(np.sqrt(0.03542 / 5))
    assert row["added"] == pytest.approx(1.2 * 0.03542 / 1.502384)


def test_df_are_never_more_than_those_of_complete_data():
    for df in (3.0, 8.0, 170.0, 1e6):
        assert pool(frame(df=df))["df"].item() < df


def test_nothing_missing_is_the_analysis_itself():
    row = pool(frame(estimates=[2.0] * 5, errors=[0.5] * 5)).row(0, named=True)
    assert (row["se"], row["riv"], row["between"]) == (0.5, 0.0, 0.0)
    assert row["df"] == pytest.approx(171 / 173 * 170)


def test_each_quantity_is_pooled_by_itself_in_its_order():
    both = pl.concat([frame(name="b"), frame(name="a", estimates=[1.0] * 5)])
    found = pool(both)
    assert found["quantity"].to_list() == ["b", "a"]
    assert found["estimate"].to_list() == pytest.approx([2.168, 1.0])


def test_an_imputation_without_a_number_does_not_count():
    rows = frame().with_columns(se=pl.when(pl.col("estimate") == 2.41).then(None).otherwise("se"))
    assert pool(rows)["imputations"].item() == 4
    alone = pool(frame().head(1)).row(0, named=True)
    assert alone["estimate"] == 2.17
    assert [alone[name] for name in ("se", "df", "low", "high", "p")] == [None] * 5


def test_no_rows_are_no_rows_and_a_missing_column_is_named():
    assert pool(frame().clear()).height == 0
    with pytest.raises(InputError, match="'se'"):
        pool(frame().drop("se"))


def test_enough_imputations_grow_with_the_square_of_what_is_missing():
    """By von Hippel's formula, the upper end of the pilot's interval of the fraction put in."""
    upper = 1 / (1 + np.exp(-(np.log(0.5 / 0.5) + stats.norm.ppf(0.975) * np.sqrt(2 / 10))))
    assert enough_imputations(0.5, pilot=10) == np.ceil(1 + 0.5 * (upper / 0.05) ** 2)
    assert enough_imputations(0.5, pilot=1000) < enough_imputations(0.5, pilot=10)
    assert enough_imputations(0.0, pilot=10) == 2
    with pytest.raises(InputError):
        enough_imputations(1.0, pilot=10)


def test_so_many_imputations_do_steady_the_standard_error():
    """The standard error over repeated sets of M draws varies by about the 5 % that were asked for."""
    rng, fmi = np.random.default_rng(1), 0.5
    many = int(np.ceil(1 + 0.5 * (fmi / 0.05) ** 2))
    between, within = 0.5, 0.5  # an infinite number of draws would find half of the variance between them
    errors = []
    for _ in range(400):
        rows = frame(None, rng.normal(0, np.sqrt(between), many).tolist(), [np.sqrt(within)] * many)
        errors.append(pool(rows)["se"].item())
    assert np.std(errors) / np.mean(errors) == pytest.approx(0.05, abs=0.01)
