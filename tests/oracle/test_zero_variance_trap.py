"""Where clinics do not differ, statsmodels 0.15 can answer 0.0 for fixed effects: ours must not."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import polars as pl
import pytest

from analytics.models.mixed import Random, fit_mixed

SEEDS = range(40)


@cache
def network(seed):
    """12 clinics x 30 patients, y = 2 + 0.5 z(clinic) + 0.3 x + noise; beyond z the clinics do not differ."""
    rng = np.random.default_rng(seed)
    clinic = np.repeat(np.arange(12), 30)
    z, x = rng.normal(size=12)[clinic], rng.normal(size=360)
    y = 2 + 0.5 * z + 0.3 * x + rng.normal(size=360)
    return pl.DataFrame({"clinic": clinic, "z": z, "x": x, "y": y})


def matrices(frame):
    return frame["y"].to_numpy(), np.column_stack([np.ones(frame.height), frame["z"], frame["x"]])


@pytest.fixture(scope="module")
def fits():
    return [fit_mixed(network(seed), "y ~ z + x", random=(Random("clinic"),)) for seed in SEEDS]


def test_no_fixed_effect_is_zero_and_all_are_near_the_truth(fits):
    found = np.array([fit.terms["estimate"].to_numpy() for fit in fits])
    assert (found != 0).all()
    assert np.abs(found - [2, 0.5, 0.3]).max() < 0.35  # four standard errors of a clinic-level coefficient
    assert all(fit.overall["converged"].item() for fit in fits)


def test_a_variance_of_zero_gives_ordinary_least_squares(fits):
    """At an exact zero the model is a plain regression, which numpy solves without us."""
    singular = [seed for seed, fit in zip(SEEDS, fits, strict=True) if fit.overall["singular"].item()]
    assert len(singular) >= 10
    for seed in singular:
        y, x = matrices(network(seed))
        plain, (rest,), *_ = np.linalg.lstsq(x, y, rcond=None)
        np.testing.assert_allclose(fits[seed].terms["estimate"].to_numpy(), plain, rtol=1e-10)
        clinic, residual = fits[seed].components["variance"]
        assert clinic == 0.0
        assert residual == pytest.approx(rest / (360 - 3), rel=1e-8)


def test_the_trap_is_there():
    """What this file guards against: statsmodels says that it converged, and its fixed effects are zeros."""
    mixed_lm = pytest.importorskip("statsmodels.regression.mixed_linear_model").MixedLM
    fallen = 0
    for seed in SEEDS:
        y, x = matrices(network(seed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = mixed_lm(y, x, groups=network(seed)["clinic"].to_numpy()).fit(method="lbfgs")
        fallen += bool(theirs.converged and (np.asarray(theirs.fe_params) == 0).any())
    assert fallen
