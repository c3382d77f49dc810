"""The seam: what it drops, scales, refuses and says. Numbers are proven in tests/oracle."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM

from analytics.models.engine.design import make_design
from analytics.models.mixed import _normal_equations_hold, fit_mixed
from analytics.vocabulary.errors import InputError

GROUPS = ("clinic", "patient")


@pytest.fixture(scope="module")
def rows():
    """8 clinics x 12 patients x 6 weeks; patients are numbered anew in each clinic."""
    rng = np.random.default_rng(7)
    clinic, patient, week = (
        part.ravel() for part in np.meshgrid(range(8), range(12), range(6), indexing="ij")
    )
    person = clinic * 12 + patient
    x = rng.normal(size=96)[person]
    y = 4 + 0.6 * x - 0.3 * week + rng.normal(0, 0.5, 8)[clinic] + rng.normal(0, 1, 96)[person]
    y += rng.normal(0, 0.1, 96)[person] * week + rng.normal(0, 0.7, len(week))
    return pl.DataFrame({"clinic": clinic, "patient": patient, "week": week, "x": x, "y": y})


def fit(frame, **changes):
    model = {"outcome": "y", "fixed": ("x", "week"), "slope": "week", "groups": GROUPS}
    return fit_mixed(frame, **(model | changes))


@pytest.fixture(scope="module")
def plain(rows):
    return fit(rows)


def test_it_says_what_it_fitted(plain):
    assert plain.formula == "y ~ 1 + x + week + (1 + week | clinic) + (1 + week | clinic:patient)"
    row = plain.overall.row(0, named=True)
    assert (row["n"], row["dropped"], row["patients"], row["clinics"]) == (576, 0, 96, 8)
    assert "REML" in row["method"]
    assert plain.terms.columns == ["term", "estimate", "se", "df", "statistic", "p", "low", "high"]
    assert plain.terms["term"].to_list() == ["intercept", "x", "week"]


def test_it_finds_what_was_put_in(plain):
    inside = [
        low < truth < high
        for truth, (low, high) in zip((4, 0.6, -0.3), plain.terms.select("low", "high").rows(), strict=True)
    ]
    assert inside == [True] * 3


def test_rows_are_fitted_plus_residual(plain):
    np.testing.assert_allclose(plain.rows["fitted"] + plain.rows["residual"], plain.rows["y"], rtol=1e-12)
    spread = plain.rows["residual"].to_numpy().std()  # 0.7, less what the random effects take up
    assert 0.5 < spread < 0.7


def test_missing_rows_are_dropped_on_the_models_columns_only_and_counted(rows, plain):
    holes = rows.with_columns(
        y=pl.when(pl.int_range(pl.len()) >= 5).then("y"),
        x=pl.when(pl.int_range(pl.len()) != 7).then("x").otherwise(float("nan")),
        note=pl.lit(None, dtype=pl.Float64),
    )
    found = fit(holes)
    assert found.overall.select("n", "dropped").row(0) == (570, 6)
    assert found.terms["estimate"].to_list() != plain.terms["estimate"].to_list()


def test_the_order_of_the_rows_does_not_matter(rows, plain):
    assert fit(rows.sample(fraction=1, shuffle=True, seed=1)).terms.equals(plain.terms)


def test_units_do_not_matter(rows, plain):
    """x in thousandths and weeks in days: estimates change with the unit, t and p do not."""
    scaled = fit(rows.with_columns(x=pl.col("x") * 1000 + 5, week=pl.col("week") * 7))
    found, expected = (part.terms.filter(pl.col("term") != "intercept") for part in (scaled, plain))
    np.testing.assert_allclose(found["estimate"].to_numpy() * [1000, 7], expected["estimate"], rtol=1e-6)
    np.testing.assert_allclose(found["statistic"], expected["statistic"], rtol=1e-5)


def test_a_column_that_others_span_is_dropped_by_name(rows, plain):
    found = fit(
        rows.with_columns(twice=2 * pl.col("x") - 1, none=pl.lit(0.0)), fixed=("x", "twice", "none", "week")
    )
    assert found.terms.equals(plain.terms)
    assert [text.split("'")[1] for text in found.warnings[:2]] == ["twice", "none"]


def test_patients_numbered_anew_in_each_clinic_are_different_people(rows, plain):
    unique = fit(rows.with_columns(patient=pl.col("patient") + 100 * pl.col("clinic")))
    assert unique.overall["criterion"].item() == pytest.approx(plain.overall["criterion"].item(), rel=1e-12)


def test_degrees_of_freedom_count_groups_not_rows(rows, plain):
    """Intercept and slope: 8 clinics - 1. A patient's x: 96 patients - 3 terms. A clinic's size: one less."""
    assert plain.terms["df"].to_list() == [7.0, 93.0, 7.0]
    larger = fit(rows.with_columns(size=pl.col("clinic") % 3), fixed=("x", "week", "size"))
    assert larger.terms["df"].to_list() == [6.0, 92.0, 6.0, 6.0]
    patients_only = fit(
        rows.with_columns(patient=pl.col("patient") + 100 * pl.col("clinic")), groups=("patient",)
    )
    assert patients_only.terms["df"].to_list() == [94.0, 94.0, 94.0]


def test_statsmodels_nested_answer_is_the_same(rows):
    """Random intercepts at both levels, where statsmodels can fit the three levels itself (slowly)."""
    ours = fit(rows, slope=None)
    frame = rows.to_pandas()
    model = MixedLM.from_formula(
        "y ~ x + week", groups="clinic", vc_formula={"patient": "0 + C(patient)"}, re_formula="1", data=frame
    )
    theirs = model.fit(reml=True, method="lbfgs")
    np.testing.assert_allclose(ours.terms["estimate"], theirs.fe_params, rtol=1e-4)
    np.testing.assert_allclose(ours.terms["se"], theirs.bse_fe, rtol=5e-3)  # theirs: from the Hessian
    assert ours.overall["criterion"].item() == pytest.approx(-2 * theirs.llf, rel=1e-6)


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (pl.col("clinic") == 0, "two groups"),
        ((pl.col("week") < 2) & (pl.col("patient") < 1) & (pl.col("clinic") < 2), "too few"),
        (pl.col("week") == 1, "to vary"),
        (pl.lit(False), "two groups"),
    ],
)
def test_too_little_is_refused_in_words(rows, frame, says):
    with pytest.raises(InputError, match=says):
        fit(rows.filter(frame))


def test_a_doctored_answer_would_not_be_published(rows, plain):
    design = make_design(rows, outcome="y", fixed=("x", "week"), slope="week", groups=GROUPS)
    assert _normal_equations_hold(design, plain.rows)
    assert not _normal_equations_hold(design, plain.rows.with_columns(pl.col("residual") + 0.001))
    assert not _normal_equations_hold(design, plain.rows.with_columns(residual="y"))
