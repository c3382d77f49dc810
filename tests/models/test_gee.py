"""GEE: what it refuses and drops, and its corrections for few clusters against other ways to reach them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analytics.models.estimating.few_clusters import robust_covariance
from analytics.models.estimating.gee import fit_gee, gee_contrasts
from analytics.vocabulary.errors import InputError


def rows(clusters=8, seed=1, spread=1.0):
    """Binary outcomes of clusters of 5 to 40."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(5, 40, clusters)
    at = np.repeat(np.arange(clusters), sizes)
    x = rng.normal(size=len(at)) + rng.normal(size=clusters)[at]
    odds = 0.3 * x + rng.normal(0, spread, clusters)[at]
    y = (rng.random(len(at)) < 1 / (1 + np.exp(-odds))).astype(float)
    return pl.DataFrame({"clinic": at, "x": x, "y": y})


def dense(frame, fit, power):
    """The corrected covariance by matrices of a cluster's rows, as the papers write it."""
    alpha, beta = fit.overall["alpha"].item(), fit.terms["estimate"].to_numpy()
    parts = []
    for part in frame.sort("clinic").partition_by("clinic", maintain_order=True):
        x = np.column_stack([np.ones(part.height), part["x"]])
        mean = 1 / (1 + np.exp(-x @ beta))
        root = np.diag(np.sqrt(mean * (1 - mean)))
        correlation = (1 - alpha) * np.eye(part.height) + alpha
        parts.append((root**2 @ x, np.linalg.inv(root @ correlation @ root), part["y"].to_numpy() - mean))
    bread = np.linalg.inv(sum(d.T @ v @ d for d, v, _ in parts))
    whole = np.zeros_like(bread)
    for d, v, residual in parts:
        hat = d @ bread @ d.T @ v
        values, ways = np.linalg.eig(np.eye(len(residual)) - hat)
        turned = (ways * values**power @ np.linalg.inv(ways)).real
        score = d.T @ v @ turned @ residual
        whole += np.outer(score, score)
    return bread @ whole @ bread


@pytest.mark.parametrize(
    ("correction", "power"), [("none", 0.0), ("kauermann_carroll", -0.5), ("mancl_derouen", -1.0)]
)
def test_the_corrections_are_those_of_the_papers(correction, power):
    frame = rows(seed=2)
    fit = fit_gee(frame, "y ~ x", cluster="clinic")
    assert fit.overall["alpha"].item() > 0.05
    back = fit.engine.back
    found = back @ robust_covariance(fit.engine.solution, correction) @ back.T
    np.testing.assert_allclose(found, dense(frame, fit, power), rtol=1e-8)
    told = gee_contrasts(fit, {"x": {"x": 1.0}}, correction=correction)
    assert told["se"].item() == pytest.approx(np.sqrt(found[1, 1]), rel=1e-10)


def test_mancl_and_derouens_errors_are_those_of_statsmodels():
    import statsmodels.api as sm

    frame = rows(seed=3)
    fit = fit_gee(frame, "y ~ x", cluster="clinic", working="independence")
    other = sm.GEE(
        frame["y"].to_numpy(), sm.add_constant(frame["x"].to_numpy()), groups=frame["clinic"].to_numpy(),
        family=sm.families.Binomial(), cov_struct=sm.cov_struct.Independence(),
    ).fit(ctol=1e-12, cov_type="bias_reduced")  # fmt: skip
    asked = {"intercept": {"intercept": 1.0}, "x": {"x": 1.0}}
    np.testing.assert_allclose(fit.terms["estimate"], other.params, rtol=1e-8)
    found = gee_contrasts(fit, asked, correction="mancl_derouen")
    np.testing.assert_allclose(found["se"], other.bse, rtol=1e-6)


def test_a_mean_of_equal_clusters_is_the_t_test_of_their_means():
    """Intercept only, clusters of one size: the corrected error is exactly s / sqrt(K), df are K - 1."""
    rng = np.random.default_rng(2)
    y = rng.normal(size=(6, 10)) + rng.normal(size=(6, 1))
    frame = pl.DataFrame({"clinic": np.repeat(np.arange(6), 10), "y": y.ravel()})
    found = fit_gee(frame, "y ~ 1", cluster="clinic", family="gaussian").terms.row(0, named=True)
    means = y.mean(axis=1)
    assert found["estimate"] == pytest.approx(means.mean())
    assert found["se"] == pytest.approx(means.std(ddof=1) / np.sqrt(6))
    assert found["df"] == pytest.approx(5)


def test_forty_clusters_need_no_correction():
    assert fit_gee(rows(39), "y ~ x", cluster="clinic").terms["df"].is_finite().all()
    assert fit_gee(rows(40), "y ~ x", cluster="clinic").terms["df"].is_infinite().all()


def test_rows_without_a_value_are_counted_and_a_spanned_term_is_named():
    frame = rows().with_columns(z=2 * pl.col("x") + 1)
    holed = pl.concat([frame, frame[:3].with_columns(y=pl.lit(None, dtype=pl.Float64))])
    fit = fit_gee(holed, "y ~ x + z", cluster="clinic")
    assert fit.overall["dropped"].item() == 3
    assert fit.terms["term"].to_list() == ["intercept", "x"]
    assert any("'z' was dropped" in text for text in fit.warnings)
    plain = fit_gee(frame, "y ~ x", cluster="clinic")
    np.testing.assert_allclose(fit.terms["se"], plain.terms["se"], rtol=1e-10)


def test_the_order_and_the_unit_of_rows_do_not_matter():
    frame = rows()
    one = fit_gee(frame, "y ~ x", cluster="clinic").terms
    two = fit_gee(
        frame.sample(fraction=1, shuffle=True, seed=1).with_columns(pl.col("x") * 1000 + 5000),
        "y ~ x",
        cluster="clinic",
    ).terms
    assert two["estimate"][1] * 1000 == pytest.approx(one["estimate"][1], rel=1e-7)
    assert two["df"][1] == pytest.approx(one["df"][1], rel=1e-7)


def test_a_negative_likeness_is_taken_as_none_and_said():
    y = np.tile([0.0, 1.0], 30)  # every cluster the same: its rows are less alike than of two clusters
    frame = pl.DataFrame({"clinic": np.repeat(np.arange(6), 10), "x": np.arange(60.0) % 7, "y": y})
    fit = fit_gee(frame, "y ~ x", cluster="clinic")
    assert fit.overall["alpha"].item() == 0
    assert any("less alike" in text for text in fit.warnings)


def test_what_one_cluster_alone_carries_has_no_error():
    frame = rows().with_columns(own=(pl.col("clinic") == 3).cast(pl.Float64))
    fit = fit_gee(frame, "y ~ x + own", cluster="clinic")
    told = fit.terms.filter(term="own")
    assert told["se"].item() is None
    assert any("one cluster alone" in text for text in fit.warnings)
    assert fit.terms.filter(term="x")["se"].item() is not None


@pytest.mark.parametrize(
    ("change", "formula", "said"),
    [
        (pl.col("y") * 2, "y ~ x", "must be 0 or 1"),
        (pl.lit(1.0).alias("y"), "y ~ x", "the same in every row"),
        ((pl.col("x") > 0).cast(pl.Float64).alias("y"), "y ~ x", "without fail"),
        (pl.lit(0).alias("clinic"), "y ~ x", "at least two"),
        (pl.col("clinic"), "y ~ w", "not known"),
        (pl.col("x").cast(pl.String), "y ~ x", "not a number"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(change, formula, said):
    with pytest.raises(InputError, match=said):
        fit_gee(rows().with_columns(change), formula, cluster="clinic")


def test_contrasts_refuse_an_unknown_term_and_another_fit():
    fit = fit_gee(rows(), "y ~ x", cluster="clinic")
    with pytest.raises(InputError, match="no term 'z'"):
        gee_contrasts(fit, {"z": {"z": 1.0}})
    from dataclasses import replace

    with pytest.raises(InputError, match="no GEE"):
        gee_contrasts(replace(fit, engine=None), {"x": {"x": 1.0}})


def test_the_fit_tells_itself():
    fit = fit_gee(rows(), "y ~ x", cluster="clinic")
    assert "GEE, logit link" in repr(fit)
    shown = fit.rows.collect()
    np.testing.assert_allclose(shown["residual"], shown["y"] - shown["fitted"])
    root = np.sqrt(np.diag(np.array(fit.covariance)))
    np.testing.assert_allclose(root, fit.terms["se"], rtol=1e-10)
