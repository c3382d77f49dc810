"""The weights, their densities and the weighted model: against others' answers, and piece by piece."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import statsmodels.api as sm
from recovery.confounded import Truth, confounded
from recovery.simulated import SETTINGS
from scipy import stats

from analytics.models.weighting.densities import _beta_binomial, amount, chance, sessions
from analytics.models.weighting.histories import histories
from analytics.models.weighting.marginal import fit_weighted, weighted_contrast
from analytics.models.weighting.sensitivity import e_value, e_values
from analytics.models.weighting.weights import weigh
from analytics.vocabulary.errors import InputError

RNG = np.random.default_rng(5)
ROWS = 4000
X = np.column_stack([np.ones(ROWS), RNG.normal(size=(ROWS, 2))])
ALL = np.ones(ROWS, bool)


@pytest.fixture(scope="module")
def rows():
    return histories(*confounded(3, Truth()), SETTINGS)


@pytest.fixture(scope="module")
def weighting(rows):
    return weigh(rows)


def test_a_chance_is_statsmodels_logit():
    y = RNG.random(ROWS) < 1 / (1 + np.exp(-(X @ [0.5, -1.0, 0.3])))
    ours, theirs = chance(X, y, ALL), sm.Logit(y.astype(float), X).fit(disp=0)
    np.testing.assert_allclose(ours.mean, theirs.predict(X), atol=1e-5)
    np.testing.assert_allclose(ours.errors, theirs.cov_params(), rtol=1e-3)
    np.testing.assert_allclose(ours.log.sum(), theirs.llf, rtol=1e-6)


def test_an_amount_is_normal_around_a_line():
    y = X @ [1.0, 2.0, -1.0] + RNG.normal(0, 0.5, ROWS)
    ours, line = amount(X, y, ALL), sm.OLS(y, X).fit()
    sd = np.sqrt(line.ssr / ROWS)
    np.testing.assert_allclose(ours.log, stats.norm.logpdf(y, line.fittedvalues, sd), atol=1e-4)
    np.testing.assert_allclose(ours.errors[-1, -1], 2 * sd**4 / ROWS, rtol=1e-3)


def test_sessions_are_beta_binomial_without_its_zero():
    """Fitted on draws of a known truth, and a density: it adds up to 1 over one session or more."""
    p, theta = 1 / (1 + np.exp(-(X @ [0.4, 0.6, -0.5]))), 0.3
    asked = RNG.integers(2, 7, ROWS)
    done = RNG.binomial(asked, RNG.beta(p / theta, (1 - p) / theta))
    used = done > 0
    ours = sessions(X, done, asked, used=used)
    own = np.where(used, ours.mean, 0.5)
    assert np.abs(own - p)[used].mean() < 0.03
    assert not ours.log[~used].any()
    assert np.isnan(ours.mean[~used]).all()
    b, one = np.array([0.2, 0.1, 0.0, 0.4]), X[:1]
    q = 1 / (1 + np.exp(-(one[0] @ b[:3])))
    for n in (2, 5):
        logs = [_beta_binomial(b, one, (np.array([k]), np.array([n])))[0][0] for k in range(1, n + 1)]
        ways = [stats.betabinom.pmf(k, n, q / 0.4, (1 - q) / 0.4) for k in range(n + 1)]
        choose = [stats.binom.pmf(k, n, 0.5) * 2**n for k in range(1, n + 1)]
        np.testing.assert_allclose(np.exp(logs) * choose, np.array(ways[1:]) / (1 - ways[0]), rtol=1e-10)


def test_scores_are_the_slopes_of_the_likelihood():
    done, asked = np.array([1, 3, 2, 5]), np.array([3, 3, 4, 5])
    x, b, small = X[:4], np.array([0.3, -0.2, 0.5, 0.25]), 1e-6
    scores = _beta_binomial(b, x, (done, asked))[1]
    for at in range(4):
        step = np.zeros(4)
        step[at] = small
        up, down = (_beta_binomial(b + sign * step, x, (done, asked))[0] for sign in (1, -1))
        np.testing.assert_allclose((up - down) / (2 * small), scores[:, at], atol=1e-7)


def test_a_history_is_what_was_written_before():
    """One patient, five weeks by hand: nothing of a week's own pain is known before its work."""
    weeks = pl.DataFrame(
        {
            "clinic_id": "a", "patient_id": "p", "episode_id": "p1",
            "week": pl.Series([0, 1, 2, 3, 4], dtype=pl.Int32),
            "pain": [6.0, 5.0, None, 4.0, 3.0], "state": ["done", "done", "not_logged", "done", "done"],
            "sessions_done": [2, 3, 0, 4, 4], "sessions_prescribed": 4.0,
            "adherence_capped": [0.5, 0.75, 0.0, 1.0, 1.0], "load": [100.0, 300.0, 0.0, 800.0, 400.0],
        }
    )  # fmt: skip
    episodes = pl.DataFrame(
        {
            "episode_id": ["p1"], "age": [40.0], "baseline_pain": [7.0], "phase": ["acute"],
            "start_back": ["low"], "age_band": ["35-49"], "post_surgical": [False],
        }
    )  # fmt: skip
    found = histories(weeks, episodes, SETTINGS)
    assert found["week"].to_list() == [1, 2, 3]
    told = found.select("pain", "sessions", "asked", "last_pain", "mean_pain", "last_adherence", "last_load")
    assert told.rows() == [
        (5.0, 2.0, 4.0, 7.0, 7.0, 1.0, 0.0),
        (None, 3.0, 4.0, 6.0, 6.5, 0.5, 1.0),
        (4.0, 0.0, 4.0, 5.0, 6.0, 0.75, 3.0),
    ], "week 4 followed a silent week: it begins no trial"
    assert found["effort"].to_list() == [0.5, 1.0, None]


def test_weights_are_around_one_and_balance(weighting):
    summary = weighting.summary.rows_by_key("weight", named=True, unique=True)
    assert abs(summary["work, before the cut"]["mean"] - 1) < 0.05
    assert summary["work"]["max"] < summary["work, before the cut"]["max"]
    assert summary["work"]["effective_rows"] < summary["work"]["rows"]
    worst = weighting.balance.filter(pl.col("before").abs() > 0.2)
    assert worst.height >= 3
    assert (worst["after"].abs() < worst["before"].abs() / 3).all()
    assert weighting.positivity["rows"].sum() == weighting.rows.height


def test_without_pain_driving_work_weights_hardly_move():
    calm = weigh(histories(*confounded(4, Truth(feedback=0, stopping=0)), SETTINGS))
    pain = calm.balance.filter(pl.col("column").str.ends_with("_pain"))
    assert (pain["before"].abs() < 0.1).all()


def test_unweighted_it_is_least_squares_with_clustered_errors(weighting):
    """Against statsmodels, with each clinic's line as columns: the same estimates and the same errors."""
    fit = fit_weighted(weighting, weights="none", given="time")
    rated = weighting.rows.drop_nulls("pain")
    names = fit.terms["term"].to_list()
    clinics = rated["clinic_id"].to_dummies().to_numpy()
    work = rated.select("adherence", pl.col("log_week") * pl.col("adherence")).to_numpy()
    time = rated["log_week"].to_numpy()
    knots = fit.rows.collect()  # the fitted model's own rows are in the same order
    assert knots["pain"].to_list() == rated["pain"].to_list()
    bend = _bend(rated["week"].to_numpy())
    week = rated["week"].to_numpy()
    x = np.column_stack([clinics, clinics * time[:, None], week == 1, week, bend, work])
    groups = rated["patient_id"].rank("dense").to_numpy()
    theirs = sm.OLS(rated["pain"].to_numpy(), x).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
    )
    at = [names.index("adherence"), names.index("log_week:adherence")]
    np.testing.assert_allclose(fit.terms["estimate"].to_numpy()[at], theirs.params[-2:], rtol=1e-8)
    patients = rated["patient_id"].n_unique()
    factor = np.sqrt(patients / (patients - len(names) - 2 * clinics.shape[1]))
    np.testing.assert_allclose(fit.terms["se"].to_numpy()[at], theirs.bse[-2:] * factor, rtol=1e-8)


def _bend(week: np.ndarray) -> np.ndarray:
    """Harrell's restricted cubic spline with knots at 10, 50 and 90 % of twelve weeks."""
    first, middle, last = 1.2, 6.0, 10.8
    cube = [np.clip(week - knot, 0, None) ** 3 for knot in (first, middle, last)]
    outer, inner = (last - first) / (last - middle), (middle - first) / (last - middle)
    return (cube[0] - outer * cube[1] + inner * cube[2]) / (last - first) ** 2


def test_errors_know_that_weights_are_estimated(weighting):
    """Estimated weights make a smaller error than weights that were known would (Robins 1994)."""
    fit = fit_weighted(weighting, weights="work", given="case-mix")
    known = fit_weighted(_with_known_weights(weighting), weights="work", given="case-mix")
    at = fit.terms["term"].to_list().index("adherence")
    assert fit.terms["estimate"][at] == known.terms["estimate"][at]
    assert fit.terms["se"][at] < known.terms["se"][at]


def _with_known_weights(weighting):
    return type(weighting)(**{name: getattr(weighting, name) for name in weighting.__slots__} | {"parts": ()})


def test_the_same_rows_give_the_same_weights(rows, weighting):
    assert weigh(rows).rows.equals(weighting.rows)


def test_contrasts_are_reductions(weighting):
    fit = fit_weighted(weighting)
    one, two = (weighted_contrast(fit, {"adherence": change}, week=6) for change in (0.2, 0.4))
    assert two["estimate"][0] == pytest.approx(2 * one["estimate"][0])
    assert two["low"][0] < two["estimate"][0] < two["high"][0]


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda w: weigh(w.rows.head(50)), "300 weeks of work with a plan"),
        (lambda w: weigh(w.rows, subjects=("load",)), "'adherence'"),
        (lambda w: fit_weighted(w, weights="some"), "'some'"),
        (lambda w: fit_weighted(w, given="time"), "case-mix"),
        (lambda w: weighted_contrast(fit_weighted(w), {"luck": 1.0}, week=6), "'luck'"),
        (lambda w: e_value(0.0), "more than 0"),
        (lambda w: e_values(pl.DataFrame({"estimate": [1.0], "se": [0.1]}), sd=0), "more than 0"),
    ],
)
def test_what_cannot_be_done_is_said(weighting, ask, says):
    with pytest.raises(InputError, match=says):
        ask(weighting)


def test_published_e_values():
    """VanderWeele and Ding 2017: a risk ratio of 3.9 (1.8 to 8.7) has 7.26 and 3.0."""
    assert round(e_value(3.9), 2) == 7.26
    assert round(e_value(1.8), 1) == 3.0
    assert e_value(1 / 3.9) == pytest.approx(e_value(3.9))
    none = e_values(pl.DataFrame({"estimate": [0.1], "se": [0.2]}), sd=1.0)
    assert none["e_value_limit"][0] == 1
