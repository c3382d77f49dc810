"""What fit_mixed says, refuses and warns of; test_engine_properties and the oracle prove its numbers."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from analytics.models.diagnostics import leave_one_out
from analytics.models.inference import contrast_table, plain_covariance
from analytics.models.mixed import Random, fit_mixed
from analytics.vocabulary.errors import InputError

BOTH = (Random("clinic", slope="week"), Random("patient", slope="week"))


@pytest.fixture(scope="module")
def rows():
    """8 clinics x 12 patients x 6 weeks; patients are numbered anew in each clinic."""
    rng = np.random.default_rng(8)
    clinic, patient, week = (
        part.ravel() for part in np.meshgrid(range(8), range(12), range(6), indexing="ij")
    )
    person = clinic * 12 + patient
    x = rng.normal(size=96)[person]
    y = 4 + 0.6 * x - 0.3 * week + rng.normal(0, 0.5, 8)[clinic] + rng.normal(0, 1, 96)[person]
    y += rng.normal(0, 0.1, 96)[person] * week + rng.normal(0, 0.7, len(week))
    return pl.DataFrame({"clinic": clinic, "patient": patient, "week": week, "x": x, "y": y})


@pytest.fixture(scope="module")
def plain(rows):
    return fit_mixed(rows, "y ~ x + week", random=BOTH)


def test_it_says_what_it_fitted(plain):
    assert plain.formula == "y ~ 1 + x + week + (1 + week | clinic) + (1 + week | clinic:patient)"
    row = plain.overall.row(0, named=True)
    assert (row["n"], row["dropped"], row["patients"], row["clinics"]) == (576, 0, 96, 8)
    assert (row["method"], row["converged"], row["parameters"]) == ("REML", True, 3 + 6 + 1)
    assert row["loglik"] == -row["criterion"] / 2
    assert row["aic"] == pytest.approx(row["criterion"] + 2 * 10)
    assert row["bic"] == pytest.approx(row["criterion"] + np.log(576) * 10)
    assert plain.terms.columns == ["term", "estimate", "se", "df", "statistic", "p", "low", "high"]
    assert plain.terms["term"].to_list() == ["intercept", "x", "week"]
    assert plain.warnings == ()


def test_components_are_told_by_level_and_term(plain):
    keys = plain.components.select("group", "term", "other").rows()
    assert keys == [
        *(
            (group, term, other)
            for group in ("clinic", "patient")
            for term, other in (("intercept", None), ("week", None), ("intercept", "week"))
        ),
        ("residual", "intercept", None),
    ]
    assert plain.components["share"].sum() == pytest.approx(1)
    assert plain.overall["sigma"].item() == pytest.approx(plain.components["sd"][-1])


@pytest.mark.parametrize(
    ("random", "says"),
    [
        ((Random("clinic"), Random("patient", slope="week")), "(1 | clinic) + (1 + week | clinic:patient)"),
        ((Random("clinic", slope="week", correlated=False),), "(1 + week || clinic)"),
    ],
)
def test_random_effects_in_words(rows, random, says):
    found = fit_mixed(rows, "y ~ 0 + x", random=random, method="ML")
    assert found.formula == f"y ~ 0 + x + {says}"
    assert (found.overall["method"].item(), found.overall["df_method"].item()) == ("ML", "Satterthwaite")


def test_it_finds_what_was_put_in(plain):
    for truth, low, high in zip((4, 0.6, -0.3), plain.terms["low"], plain.terms["high"], strict=True):
        assert low < truth < high
    intercepts = plain.components.filter(pl.col("other").is_null(), term="intercept")
    for truth, low, high in zip((0.5, 1, 0.7), intercepts["low"], intercepts["high"], strict=True):
        assert low < truth < high


def test_degrees_of_freedom_count_groups_not_rows(rows, plain):
    """The average course is told by 8 clinics, a patient's x by 96 patients, a clinic's size by 8 - 2."""
    whole, x, week = plain.terms["df"]
    assert 6 < whole < 9
    assert 80 < x < 96
    assert 6 < week < 20
    sized = rows.with_columns(size=pl.col("clinic") % 3)
    found = fit_mixed(sized, "y ~ x + week + size", random=(Random("clinic"), Random("patient")))
    assert found.terms["df"].to_list()[-1] == pytest.approx(6, abs=0.1)


def test_statsmodels_nested_answer_is_the_same(rows):
    """Random intercepts at both levels, where statsmodels can fit the three levels itself (slowly)."""
    ours = fit_mixed(rows, "y ~ x + week", random=(Random("clinic"), Random("patient")))
    frame = rows.to_pandas()
    model = MixedLM.from_formula(
        "y ~ x + week", groups="clinic", vc_formula={"patient": "0 + C(patient)"}, re_formula="1", data=frame
    )
    theirs = model.fit(reml=True, method="lbfgs")
    np.testing.assert_allclose(ours.terms["estimate"], theirs.fe_params, rtol=1e-4)
    plain = np.sqrt(np.diag(plain_covariance(ours)))
    np.testing.assert_allclose(plain, theirs.bse_fe, rtol=5e-3)  # theirs: from the Hessian
    assert ours.overall["criterion"].item() == pytest.approx(-2 * theirs.llf, rel=1e-6)


REFUSED = {
    "one clinic": ({"rows": pl.col("clinic") == 0}, "two groups"),
    "no row": ({"rows": pl.lit(value=False)}, "No row has all of"),
    "a row a patient": ({"rows": pl.col("week") == 1}, "one row"),
    "a patient a clinic": ({"rows": pl.col("patient") == 1}, "cannot be told apart"),
    "a few rows": (
        {"rows": (pl.col("week") < 2) & (pl.col("patient") < 1) & (pl.col("clinic") < 2)},
        "too few",
    ),
    "one week": ({"columns": {"week": pl.lit(3.0)}}, "to vary"),
    "a constant outcome": ({"columns": {"y": pl.lit(3.0)}}, "does not vary"),
    "an outcome without error": ({"columns": {"y": 2 * pl.col("x") - pl.col("week")}}, "does not vary"),
    "words": ({"columns": {"x": pl.lit("some")}}, "'x' is not a number"),
    "no weights": ({"weights": "ratings"}, "no column 'ratings'"),
    "weights of zero": ({"columns": {"w": pl.col("week") - 1}, "weights": "w"}, "Weights must be above zero"),
    "infinite weights": ({"columns": {"w": pl.lit(float("inf"))}, "weights": "w"}, "'w'"),
    "infinite outcomes": ({"columns": {"y": pl.col("y") / 0}}, "'y'"),
    "an infinite column": ({"columns": {"x": pl.col("x") / 0}}, "'x'"),
    "infinite weeks": ({"columns": {"week": pl.col("week") / 0}}, "'week'"),
    "no level": ({"random": ()}, "one or two levels"),
    "three levels": ({"random": (*BOTH, Random("week"))}, "one or two levels"),
    "no group": ({"random": (Random("ward"),)}, "no column 'ward'"),
    "a group twice": ({"random": (Random("clinic"), Random("clinic"))}, "'clinic'"),
    "groups by outcome": ({"random": (Random("y"),)}, "'y'"),
    "a slope of the outcome": ({"random": (Random("clinic", slope="y"),)}, "'y'"),
    "an unknown column": ({"formula": "y ~ age"}, "age"),
    "a function": ({"formula": "y ~ log(x)"}, "log"),
    "a method in small letters": ({"method": "reml"}, "REML"),
}


@pytest.mark.parametrize(("change", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_fitted_is_refused_in_words(rows, change, says):
    asked = {"rows": pl.lit(True), "columns": {}, "random": BOTH, "weights": None, "formula": "y ~ x + week"}
    asked |= {"method": "REML"} | change
    frame = rows.filter(asked["rows"]).with_columns(**asked["columns"])
    with pytest.raises(InputError, match=says):
        fit_mixed(
            frame, asked["formula"],
            random=asked["random"], weights=asked["weights"], method=asked["method"],
        )  # fmt: skip


def test_a_search_that_was_cut_short_says_so(rows, monkeypatch):
    monkeypatch.setattr("analytics.models.engine.search.STEPS", 1)
    found = fit_mixed(rows, "y ~ x + week", random=BOTH)
    assert not found.overall["converged"].item()
    assert "not to be published" in found.warnings[-1]
    assert "NOT converged" in repr(found)


def test_a_contrast_of_an_unknown_term_is_refused_wherever_it_is_asked(plain):
    for ask in (contrast_table, leave_one_out):
        with pytest.raises(InputError, match="no term 'y'"):
            ask(plain, {"odd": {"x": 1.0, "y": 1.0}})
