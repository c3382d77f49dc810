"""statsmodels 0.15 can answer 0.0 for fixed effects where clinics do not differ: that must never leave."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from analytics.models.design import make_design
from analytics.models.first_fit import disagreement, first_fit
from analytics.models.mixed import fit_mixed

SEEDS = range(40)
MODEL = {"outcome": "y", "fixed": ("z", "x"), "slope": None, "groups": ("clinic",)}


def network(seed, *, clinic_sd=0.0):
    """12 clinics x 30 patients, y = 2 + 0.5 z(clinic) + 0.3 x + noise; beyond z the clinics do not differ."""
    rng = np.random.default_rng(seed)
    clinic = np.repeat(np.arange(12), 30)
    z, x = rng.normal(size=12)[clinic], rng.normal(size=360)
    y = 2 + 0.5 * z + 0.3 * x + rng.normal(size=360) + clinic_sd * rng.normal(size=12)[clinic]
    return pl.DataFrame({"clinic": clinic, "z": z, "x": x, "y": y})


@pytest.fixture(scope="module")
def fits():
    return [fit_mixed(network(seed), **MODEL) for seed in SEEDS]


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
        frame = network(seed)
        x = np.column_stack([np.ones(360), frame["z"], frame["x"]])
        plain = np.linalg.lstsq(x, frame["y"].to_numpy(), rcond=None)[0]
        np.testing.assert_allclose(fits[seed].terms["estimate"].to_numpy(), plain, rtol=1e-10)


def test_statsmodels_does_fall_into_the_trap_and_is_refused(fits):
    refused = [fit for fit in fits if any("was refused" in text for text in fit.warnings)]
    assert len(refused) >= 5


def test_the_guard_knows_right_from_wrong():
    design = make_design(network(0, clinic_sd=1.0), **MODEL)
    theta, notes = first_fit(design)
    assert theta is not None
    assert not any("refused" in note for note in notes)
    zeros = disagreement(design, theta, estimate=np.zeros(3), criterion=0.0)
    assert "fixed effects" in zeros
