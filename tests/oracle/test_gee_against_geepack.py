"""fit_gee against geepack's answers (geepack.json says what made them and where the data are from)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from analytics.models.estimating.gee import fit_gee

HERE = Path(__file__).parent
CASES = json.loads((HERE / "geepack.json").read_text(encoding="utf-8"))["cases"]
TRIAL = "good ~ centre2 + treated + male + baseline + age"
MODELS = {
    "ohio": ("resp ~ age + smoke", "id", "binomial", "exchangeable"),
    "ohio interaction": ("resp ~ age + smoke + age:smoke", "id", "binomial", "exchangeable"),
    "respiratory": (TRIAL, "subject", "binomial", "exchangeable"),
    "respiratory independence": (
        TRIAL, "subject", "binomial", "independence",
    ),
    "dietox": ("Weight ~ Time + Time2", "Pig", "gaussian", "exchangeable"),
}  # fmt: skip


def table(case):
    data = pl.read_csv(HERE / "data" / f"{case.split()[0]}.csv", null_values="NA")
    if case == "dietox":
        return data.with_columns(Time2=pl.col("Time") ** 2)
    if case.startswith("ohio"):
        return data
    first = data.filter(month=0).select("subject", baseline=pl.col("status") == "good")
    return data.filter(pl.col("month") > 0).join(first, on="subject").select(
        "subject", "age", "baseline", good=pl.col("status") == "good", centre2=pl.col("centre") == 2,
        treated=pl.col("treatment") == "treatment", male=pl.col("gender") == "male",
    )  # fmt: skip


def fitted(case):
    formula, cluster, family, working = MODELS[case]
    return fit_gee(table(case), formula, cluster=cluster, family=family, working=working)


@pytest.mark.parametrize("case", MODELS)
def test_coefficients_and_robust_errors_are_geepacks(case):
    fit, answer = fitted(case), CASES[case]
    assert fit.overall["n"].item() == answer["n"]
    assert fit.terms["df"].is_infinite().all()  # 72 clusters or more: no correction
    np.testing.assert_allclose(fit.terms["estimate"], answer["estimate"], rtol=1e-6)
    np.testing.assert_allclose(fit.terms["se"], answer["robust_se"], rtol=1e-6)


@pytest.mark.parametrize("case", ["ohio", "dietox", "respiratory"])
def test_the_correlation_in_a_cluster_is_geepacks(case):
    """In respiratory every covariate is constant in a patient, so that phi is the same either way."""
    fit, answer = fitted(case), CASES[case]
    assert fit.overall["alpha"].item() == pytest.approx(answer["alpha"], rel=1e-6)
    assert fit.overall["phi"].item() == pytest.approx(answer["phi"], rel=1e-6)


def test_with_a_fixed_scale_geepack_takes_that_of_independent_rows():
    """Its alpha is then over that phi, ours over the last one. The covariance of two rows agrees."""
    answer = CASES["ohio interaction"]
    ours = fitted("ohio interaction").overall
    apart = fit_gee(table("ohio"), "resp ~ age * smoke", cluster="id", working="independence").overall
    assert apart["phi"].item() == pytest.approx(answer["phi"], rel=1e-6)
    assert (ours["alpha"] * ours["phi"]).item() == pytest.approx(answer["alpha"] * answer["phi"], rel=1e-6)


def test_published_numbers_of_the_respiratory_trial():
    """HSAUR3: treatment 1.2992 (robust 0.3508), alpha 0.3375; the same without the correlation."""
    for case in ("respiratory", "respiratory independence"):
        treated = fitted(case).terms.row(by_predicate=pl.col("term") == "treated", named=True)
        assert treated["estimate"] == pytest.approx(1.2992158921, abs=1e-8)
        assert treated["se"] == pytest.approx(0.3507779663, abs=1e-8)
    assert fitted("respiratory").overall["alpha"].item() == pytest.approx(0.3375225410, abs=1e-8)
