"""Kenward-Roger and Satterthwaite degrees of freedom against pbkrtest and lmerTest (lme4.json)."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from oracle.cases import ANSWERS, column, fitted, names, square, table

from analytics.models.inference import contrast_table, joint_test, predict

DF, SE, COVARIANCE, STATISTIC = 1e-5, 1e-5, 1e-5, 1e-5
METHODS = ("kenward_roger", "satterthwaite")


def having(method, what=None):
    return [case for case in ANSWERS if method in ANSWERS[case] and (what is None or what in ANSWERS[case])]


def each_method(what):
    return pytest.mark.parametrize(
        ("case", "method"), [(case, method) for method in METHODS for case in having(method, what)]
    )


@pytest.mark.parametrize("case", having("kenward_roger"))
def test_kenward_roger(case):
    answer, fit = ANSWERS[case]["kenward_roger"], fitted(case)
    assert fit.overall["df_method"].item().startswith("Kenward-Roger")
    np.testing.assert_allclose(column(case, "df"), answer["df"], rtol=DF)
    np.testing.assert_allclose(column(case, "se"), answer["se"], rtol=SE)
    expected = np.array(answer["covariance"])
    spread = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    # by its scale, not its own size: a covariance may be 0
    assert np.abs((square(case, fit.covariance) - expected) / spread).max() < COVARIANCE


@pytest.mark.parametrize("case", having("satterthwaite"))
def test_satterthwaite(case):
    answer, terms = ANSWERS[case], names(case)
    found = contrast_table(fitted(case), {term: {term: 1.0} for term in terms}, method="satterthwaite")
    by_term = {row["contrast"]: row for row in found.iter_rows(named=True)}
    np.testing.assert_allclose([by_term[t]["df"] for t in terms], answer["satterthwaite"]["df"], rtol=DF)
    np.testing.assert_allclose([by_term[t]["se"] for t in terms], answer["se"], rtol=SE)
    if answer["method"] == "ML":
        np.testing.assert_allclose(column(case, "df"), answer["satterthwaite"]["df"], rtol=DF)
        np.testing.assert_allclose(column(case, "se"), answer["se"], rtol=SE)


@each_method("joint")
def test_joint(case, method):
    answer, tested = ANSWERS[case][method]["joint"], ANSWERS[case]["joint"]
    rows = tuple(names(case)[ANSWERS[case]["terms"].index(term)] for term in tested)
    found = joint_test(fitted(case), rows, method=method).row(0, named=True)
    weighed = joint_test(fitted(case), [{term: 2.0} for term in rows], method=method).row(0, named=True)
    assert found["ndf"] == answer["ndf"]
    assert found["ddf"] == pytest.approx(answer["ddf"], rel=DF)
    assert found["statistic"] == pytest.approx(answer["statistic"], rel=STATISTIC)
    assert found["scaling"] == pytest.approx(answer.get("scaling", 1.0), rel=1e-4)
    # p is steep: a relative change of 1e-5 in F is one of up to half ddf * 1e-5 in p
    assert found["p"] == pytest.approx(answer["p"], rel=STATISTIC * max(100, answer["ddf"]))
    assert [weighed[name] for name in found] == pytest.approx(list(found.values()), rel=1e-6)


@each_method("contrast")
def test_contrast_and_prediction(case, method):
    answer = ANSWERS[case][method]["contrast"]
    weights = dict(zip(names(case), ANSWERS[case]["contrast"], strict=True))
    found = contrast_table(fitted(case), {"there": weights}, method=method).row(0, named=True)
    grid = pl.DataFrame({name: [weights[name]] for name in weights if name in table(case).columns})
    predicted = predict(fitted(case), grid, method=method).row(0, named=True)
    for row in (found, predicted):
        assert row["estimate"] == pytest.approx(answer["estimate"], rel=1e-6)
        assert row["se"] == pytest.approx(answer["se"], rel=SE)
        assert row["df"] == pytest.approx(answer["df"], rel=DF)
    assert found["statistic"] == pytest.approx(answer["statistic"], rel=STATISTIC)
    assert found["low"] < found["estimate"] < found["high"]
    assert (predicted["low"], predicted["high"]) == pytest.approx((found["low"], found["high"]), rel=1e-9)


def test_published_numbers_of_pbkrtest():
    """Halekoh and Hojsgaard 2014, J Stat Softw 59(9): beets by harvest F = 15.21 on 1 and 2, p = 0.0599."""
    found = joint_test(fitted("beets harvest"), ("harvest2",)).row(0, named=True)
    assert (found["ndf"], round(found["ddf"], 4)) == (1, 2.0)
    assert (round(found["statistic"], 2), round(found["p"], 4)) == (15.21, 0.0599)
