"""The engine against the model written out row by row (dense.py), and what must not change its answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from models.dense import first_differences, make_dense, second_differences, variances_of
from polars.testing import assert_frame_equal
from scipy import stats

from analytics.models.components import likelihood_ratio
from analytics.models.diagnostics import leave_one_out
from analytics.models.effects import random_effects
from analytics.models.engine.search import look
from analytics.models.engine.theta import triangles
from analytics.models.inference import contrast_table, plain_covariance
from analytics.models.mixed import Random, fit_mixed
from analytics.vocabulary.errors import InputError

ONE = pl.col("y") * 0 + 1
X = [ONE, pl.col("x"), pl.col("week"), pl.col("x") * pl.col("week"), pl.col("girl")]
FORMULA = "y ~ x * week + girl"
CLINIC, PERSON = Random("clinic", slope="week"), Random("person", slope="week")
ALONE = tuple(Random(group, slope="week", correlated=False) for group in ("clinic", "person"))


@cache
def rows(seed=1, clinics=(1.0, 0.4)):
    """5 clinics of 2 to 4 people, each with their own weeks of 6; people are numbered anew in each clinic."""
    rng = np.random.default_rng(seed)
    out = []
    for clinic in range(5):
        far = clinics * rng.normal(size=2)
        for person in range(4 - clinic % 3):
            own, x, girl = rng.normal(0, (1.2, 0.5)), rng.normal(), bool(rng.random() < 0.5)
            for week in np.flatnonzero(rng.random(6) < 0.75):
                y = 4 + 0.5 * x - 0.3 * week + 0.2 * girl + far @ (1, week) + own @ (1, week)
                y += rng.normal(0, 0.7)
                load, ratings = rng.normal(), int(rng.integers(1, 6))
                out.append((f"clinic {clinic}", person, float(week), x, girl, load, ratings, y))
    names = ("clinic", "person", "week", "x", "girl", "load", "ratings", "y")
    return pl.DataFrame(out, schema=names, orient="row")


@dataclass(frozen=True)
class Case:
    formula: str
    x: list[pl.Expr]
    random: tuple[Random, ...]
    weights: str | None = None
    method: str = "REML"
    alike: bool = False  # clinics do not differ

    @property
    def rows(self):
        return rows(seed=7, clinics=(0.0, 0.0)) if self.alike else rows()


CASES = {
    "both levels": Case(FORMULA, X, (CLINIC, PERSON)),
    "both levels ML": Case(FORMULA, X, (CLINIC, PERSON), method="ML"),
    "weights": Case(FORMULA, X, (CLINIC, PERSON), weights="ratings"),
    "weights ML": Case(FORMULA, X, (CLINIC, PERSON), weights="ratings", method="ML"),
    "uncorrelated": Case(FORMULA, X, ALONE),
    "one of them uncorrelated": Case(FORMULA, X, (ALONE[0], PERSON)),
    "slopes of people only": Case(FORMULA, X, (Random("clinic"), PERSON), weights="ratings"),
    "slopes of clinics only": Case(FORMULA, X, (CLINIC, Random("person"))),
    "two slopes": Case(
        "y ~ x + week + load", [*X[:3], pl.col("load")], (CLINIC, Random("person", slope="load"))
    ),
    "intercepts": Case("y ~ 1", [ONE], (Random("clinic"), Random("person"))),
    "no intercept": Case("y ~ 0 + week + girl", [pl.col("week"), pl.col("girl")], (CLINIC, Random("person"))),
    "one level": Case(FORMULA, X, (Random("clinic", slope="week"),)),
    "one level ML": Case(FORMULA, X, (Random("clinic", slope="week"),), method="ML"),
    "alike": Case("y ~ x + week", X[:3], (Random("clinic"), Random("person")), alike=True),
    "alike, slopes": Case(FORMULA, X, (CLINIC, PERSON), alike=True),
    "alike, slopes ML": Case(FORMULA, X, (CLINIC, PERSON), alike=True, method="ML"),
    "one level, weights": Case("y ~ x + week", X[:3], (Random("clinic"),), weights="ratings"),
}  # fmt: skip
each_case = pytest.mark.parametrize("case", CASES)


@cache
def fitted(case):
    asked = CASES[case]
    return fit_mixed(
        asked.rows, asked.formula, random=asked.random, weights=asked.weights, method=asked.method
    )


@cache
def dense(case):
    asked = CASES[case]
    return make_dense(asked.rows, asked.x, asked.random, weights=asked.weights, reml=asked.method == "REML")


@cache
def variances(case):
    return variances_of(fitted(case), dense(case))


def at_edge(case):
    return fitted(case).overall["singular"].item()


def close(found, expected, *, rtol=1e-7, atol=0.0):
    np.testing.assert_allclose(np.asarray(found, float), np.asarray(expected, float), rtol=rtol, atol=atol)


@each_case
def test_criterion_estimates_and_their_covariance(case):
    fit, brute, at = fitted(case), dense(case), variances(case)
    assert fit.overall["converged"].item()
    close(fit.overall["criterion"].item(), brute.criterion(at), rtol=1e-10)
    close(fit.terms["estimate"], brute.estimate(at), rtol=1e-8)
    plain = brute.covariance(at)
    close(plain_covariance(fit), plain, rtol=1e-8, atol=1e-8 * np.abs(plain).max())


@each_case
def test_no_variances_nearby_or_far_do_better(case):
    """The slope of the dense criterion is zero; and it is higher wherever one tries."""
    brute, at, rng = dense(case), variances(case), np.random.default_rng(2)
    if not at_edge(case):
        assert np.abs(first_differences(brute.criterion, at)).max() < 1e-5
    lowest = brute.criterion(at)
    for size in np.repeat([0.01, 0.1, 0.5, 2.0], 10):
        trial = at + size * rng.normal(size=len(at)) * (np.abs(at) + 0.05)
        if np.linalg.eigvalsh(brute.v(trial))[0] > 1e-3 and is_covariance(brute, trial):
            assert brute.criterion(trial) > lowest - 1e-8


def is_covariance(brute, values):
    """Whether each level's matrix of these values is a covariance."""
    named = dict(zip(brute.names, values, strict=True))
    pairs = [name for name in named if name[2]]
    return all(value >= 0 for name, value in named.items() if not name[2]) and all(
        named[g, a, None] * named[g, b, None] >= named[g, a, b] ** 2 for g, a, b in pairs
    )


@each_case
def test_gradient_and_hessian_at_any_place(case):
    """Not only at the solution: at random theta, the search's exact derivatives against differences."""
    fit, brute = fitted(case), dense(case)
    engine, reml = fit.engine, CASES[case].method == "REML"
    levels, turn = engine.design.levels, engine.basis.turn
    free, called = len(brute.y) - brute.x.shape[1] * reml, ("intercept", *engine.design.slopes)

    def profiled(theta):
        """The dense criterion with the residual variance at its best."""
        ratios = dict.fromkeys(brute.names, 1.0)
        for level, root in zip(levels, triangles(levels, theta, len(turn)), strict=True):
            d = turn @ root @ root.T @ turn.T
            for a, b in level.entries:
                ratios[level.group, called[b], None if a == b else called[a]] = d[a, b]
        values = np.array(list(ratios.values()))
        left = brute.y - brute.x @ brute.estimate(values)
        sigma2 = left @ np.linalg.solve(brute.v(values), left) / free
        return brute.criterion(sigma2 * values)

    rng = np.random.default_rng(3)
    units = fit.overall["criterion"].item() - engine.point.criterion
    for differ_twice in (False, False, True):
        theta = rng.normal(size=len(engine.point.theta))
        found = look(engine.cells, levels, theta, reml=reml)
        close(found.criterion + units, profiled(theta), rtol=1e-10)
        close(found.gradient, first_differences(profiled, theta), rtol=1e-5, atol=1e-5)
        if differ_twice:
            close(found.hessian, second_differences(profiled, theta), rtol=1e-4, atol=1e-4)


@each_case
def test_random_effects(case):
    fit, brute = fitted(case), dense(case)
    for level in CASES[case].random:
        estimate, se = brute.effects(variances(case), level.group)
        found = random_effects(fit, level.group)
        terms = list(dict.fromkeys(found["term"]))
        keys = found.columns[: found.columns.index("term")]
        assert found.filter(term="intercept").select(keys).rows() == brute.groups[level.group]
        for at, term in enumerate(terms):
            own = found.filter(term=term)
            close(own["estimate"], estimate[:, at], rtol=1e-6, atol=1e-7)
            close(own["se"], se[:, at], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case].method == "REML"])
def test_kenward_roger(case):
    fit, brute = fitted(case), dense(case)
    adjusted, df = brute.kenward_roger(variances(case))
    close(fit.covariance, adjusted, rtol=1e-6, atol=1e-7 * np.abs(adjusted).max())
    close(fit.terms["se"], np.sqrt(np.diag(adjusted)), rtol=1e-7)
    close(fit.terms["df"], df, rtol=1e-6)


@each_case
def test_satterthwaite(case):
    fit, brute, names = fitted(case), dense(case), fitted(case).terms["term"]
    if at_edge(case):
        pytest.skip("at an edge their derivative by the variance is not the one by its root")
    found = contrast_table(fit, {name: {name: 1.0} for name in names}, method="satterthwaite")
    close(found["df"], brute.satterthwaite(variances(case)), rtol=1e-4)
    close(found["se"], np.sqrt(np.diag(brute.covariance(variances(case)))), rtol=1e-8)


@each_case
def test_fitted_and_residual_make_the_outcome(case):
    fit, brute, at = fitted(case), dense(case), variances(case)
    found = fit.rows.collect()
    close(found["fitted"] + found["residual"], found["y"], rtol=1e-12)
    expected = brute.x @ brute.estimate(at)
    for level in CASES[case].random:
        effects, terms = brute.effects(at, level.group)[0], [t for g, t in brute.z if g == level.group]
        expected += sum(
            brute.z[level.group, term] @ column for term, column in zip(terms, effects.T, strict=True)
        )
    close(found["fitted"], expected, rtol=1e-8)
    assert found.drop("fitted", "residual").equals(CASES[case].rows)


def test_edges_are_among_the_cases_and_insides_too():
    edges = [at_edge(case) for case in CASES]
    assert 3 <= sum(edges) <= 6


# What must not change the answer.

RANDOM = (CLINIC, PERSON)


def fit(frame, formula=FORMULA, *, random=RANDOM, weights=None, method="REML"):
    return fit_mixed(frame, formula, random=random, weights=weights, method=method)


def criterion(found):
    return found.overall["criterion"].item()


def numbers(found):
    """All that a fit says, as numbers; the criterion last."""
    parts = [found.terms.drop("term"), found.components.select("variance", "sd", "low", "high", "share")]
    facts = found.overall.select("sigma", "aic", "bic", "criterion")
    flat = [table.cast(pl.Float64).to_numpy().ravel() for table in (*parts, facts)]
    return np.concatenate([*flat[:-1], np.array(found.covariance).ravel(), flat[-1]])


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_the_unit_and_the_zero_of_a_column_change_its_own_numbers_only(method):
    """x in thousandths from another zero, weeks in days from day 3: 7000 times smaller a product, same p."""
    plain = fit(rows(), method=method)
    other = fit(rows().with_columns(x=1000 * pl.col("x") + 5, week=7 * pl.col("week") + 3), method=method)
    close(other.rows.collect()["fitted"], plain.rows.collect()["fitted"], rtol=1e-7)
    terms = [found.terms.rows_by_key("term", named=True, unique=True) for found in (plain, other)]
    product = [each["x:week"] for each in terms]
    for name in ("estimate", "se", "low", "high"):
        assert product[1][name] * 7000 == pytest.approx(product[0][name], rel=1e-6)
    for name in ("df", "statistic", "p"):
        assert product[1][name] == pytest.approx(product[0][name], rel=1e-5)
    assert terms[1]["girl"] == pytest.approx(terms[0]["girl"], rel=1e-5)
    # the restricted likelihood counts the unit of the fixed columns: x, week and their product
    gain = 2 * np.log(1000 * 7 * 7000) if method == "REML" else 0.0
    assert criterion(other) - gain == pytest.approx(criterion(plain), rel=1e-9)
    week = [found.components.filter(pl.col("other").is_null(), term="week") for found in (plain, other)]
    close(49 * week[1]["variance"], week[0]["variance"], rtol=1e-6)


def test_uncorrelated_slopes_may_change_their_unit():
    plain, days = (fit(rows().with_columns(week=at * pl.col("week")), random=ALONE) for at in (1, 7))
    close(days.terms["p"], plain.terms["p"], rtol=1e-5)
    close(days.components["variance"].to_numpy() * [1, 49, 1, 49, 1], plain.components["variance"], rtol=1e-6)


def test_the_unit_and_direction_of_the_outcome():
    plain, other = fit(rows()), fit(rows().with_columns(y=10 - 2 * pl.col("y")))
    expected = -2 * plain.terms["estimate"].to_numpy() + 10 * (plain.terms["term"] == "intercept").to_numpy()
    close(other.terms["estimate"], expected)
    close(other.terms["se"], 2 * plain.terms["se"].to_numpy())
    close(other.terms["df"], plain.terms["df"], rtol=1e-6)
    close(other.components["variance"], 4 * plain.components["variance"].to_numpy(), rtol=1e-6)
    gain = 2 * (78 - 5) * np.log(2)
    assert criterion(other) - gain == pytest.approx(criterion(plain), rel=1e-9)


def test_only_the_proportions_of_weights_matter_but_for_the_residual():
    plain, other = (
        fit(rows().with_columns(ratings=at * pl.col("ratings")), weights="ratings") for at in (1, 3)
    )
    close(other.terms.drop("term"), plain.terms.drop("term"), rtol=1e-6)
    assert criterion(other) == pytest.approx(criterion(plain), rel=1e-9)
    close(other.overall["sigma"], plain.overall["sigma"].to_numpy() * np.sqrt(3))


FAR = {
    "outcome": {"y": pl.col("y") + 1e6},
    "column": {"x": pl.col("x") + 1e5},
    "small column": {"x": pl.col("x") * 1e-8},
    "large column": {"x": pl.col("x") * 1e8},
    "time": {"week": pl.col("week") + 20_000},  # days since 1970
    "all": {name: pl.col(name) - 1e5 for name in ("y", "x", "week", "load")},
}


@pytest.mark.parametrize("change", FAR.values(), ids=FAR)
def test_a_huge_offset_or_unit_does_not_hurt(change):
    formula = "y ~ x + week + load"
    plain, other = (fit(frame, formula) for frame in (rows(), rows().with_columns(**change)))
    assert other.overall["converged"].item()
    assert other.terms.height == 4
    close(other.terms["p"][1:], plain.terms["p"][1:], rtol=1e-5)
    close(other.terms["df"][1:], plain.terms["df"][1:], rtol=1e-5)
    close(other.overall["sigma"], plain.overall["sigma"], rtol=1e-6)
    close(other.rows.collect()["residual"], plain.rows.collect()["residual"], rtol=1e-4, atol=1e-6)


def test_names_do_not_matter():
    """Groups called by numbers or by words, people numbered through or anew, columns with odd names."""
    plain = fit(rows())
    through = rows().with_columns(person=pl.concat_str("clinic", pl.lit(" "), "person"))
    close(numbers(fit(through)), numbers(plain), rtol=1e-8)
    odd = {"clinic": "a clinic", "week": "log(week)", "x": "x 1"}
    random = tuple(Random(odd.get(level.group, level.group), slope="log(week)") for level in RANDOM)
    renamed = fit(rows().rename(odd), "y ~ x 1 * log(week) + girl", random=random)
    assert numbers(renamed).tobytes() == numbers(plain).tobytes()
    assert renamed.terms["term"].to_list() == ["intercept", "x 1", "log(week)", "x 1:log(week)", "girl"]


@pytest.mark.parametrize("name", ["x0", "x1", "y", "z0", "w", "at", "first", "term", "fitted", "__effect0"])
@pytest.mark.parametrize("column", ["clinic", "person", "y", "x"])
def test_a_column_may_be_called_as_one_of_the_engines_own(column, name):
    called = {"y": "pain", "x": "ex", "clinic": "clinic", "person": "person"} | {column: name}
    frame = rows().rename(called)
    random = (Random(called["clinic"], slope="week"), Random(called["person"], slope="week"))
    found = fit(frame, f"{called['y']} ~ {called['x']} * week + girl", random=random)
    assert numbers(found).tobytes() == numbers(fit(rows())).tobytes()
    close(found.rows.collect()["residual"], fit(rows()).rows.collect()["residual"])
    assert random_effects(found, called["person"]).height == 2 * found.overall["patients"].item()
    assert leave_one_out(found).height == 5 * 5


# One engine, however the rows come.


def split(frame, folder):
    """Every third row in one of three files: each person's weeks are in several."""
    for at in range(3):
        frame.gather_every(3, at).write_parquet(folder / f"part {at}.parquet")
    return folder


SOURCES = {
    "shuffled": lambda frame, _: frame.sample(fraction=1, shuffle=True, seed=1),
    "in chunks": lambda frame, _: pl.concat([frame[:50], frame[50:]], rechunk=False),
    "lazy": lambda frame, _: frame.lazy(),
    "a file": lambda frame, folder: (frame.write_parquet(folder / "a.parquet"), folder / "a.parquet")[1],
    "a folder": split,
    "a folder, lazily": lambda frame, folder: pl.scan_parquet(split(frame, folder)),
}


@pytest.mark.parametrize("piece", [500_000, 7])
@pytest.mark.parametrize("source", SOURCES)
def test_order_and_partition_of_the_rows_do_not_matter(source, piece, tmp_path, monkeypatch):
    """In pieces of 7 rows, the first of which knows neither all weeks nor a girl."""
    monkeypatch.setattr("analytics.models.engine.units.PIECE", piece)
    monkeypatch.setattr("analytics.models.engine.units.HELD", 3)
    frame = rows().sort("girl", "week", "person", "clinic")
    assert frame[:7].select("girl", "week").n_unique() == 1
    found, plain = fit(SOURCES[source](frame, tmp_path), weights="ratings"), fit(rows(), weights="ratings")
    close(numbers(found), numbers(plain), rtol=1e-6)
    assert found.overall.select("n", "dropped", "patients", "clinics").row(0) == (78, 0, 16, 5)
    again = found.rows.collect().sort("clinic", "person", "week")
    close(again["fitted"], plain.rows.collect()["fitted"], rtol=1e-8)


def test_the_same_rows_give_the_same_bytes():
    first, second = (fit(rows().clone()) for _ in range(2))
    assert numbers(first).tobytes() == numbers(second).tobytes()
    tables = [
        [found.terms, found.components, found.overall, found.rows.collect(), random_effects(found, "person")]
        for found in (first, second)
    ]
    assert all(one.equals(two) for one, two in zip(*tables, strict=True))
    assert repr(first) == repr(second)
    assert first._repr_html_() == second._repr_html_()


@pytest.mark.parametrize("case", ["both levels", "both levels ML", "weights", "uncorrelated", "alike"])
def test_where_a_search_begins_does_not_change_where_it_ends(case, monkeypatch):
    """Large data begin at the solution of some of their clinics; here small data are made to."""
    asked = CASES[case]
    monkeypatch.setattr("analytics.models.engine.compressed.ENOUGH_CELLS", 2)
    monkeypatch.setattr("analytics.models.engine.compressed.ENOUGH_CLINICS", 2)
    found = fit_mixed(
        asked.rows, asked.formula, random=asked.random, weights=asked.weights, method=asked.method
    )
    close(numbers(found), numbers(fitted(case)), rtol=1e-6)


# What is left out, and what is said of it.


def test_columns_that_others_span_are_dropped_by_name():
    more = rows().with_columns(none=pl.lit(0.0), five=pl.lit(5), same="girl", twice=2 * pl.col("x") - 1)
    found = fit(more, "y ~ x * week + girl + twice + none + five + same + twice:week")
    close(numbers(found), numbers(fit(rows())), rtol=1e-9)  # some processors add up in another order
    assert_frame_equal(found.terms, fit(rows()).terms, rel_tol=1e-9)
    named = [text.split("'")[1] for text in found.warnings]
    assert named == ["twice", "none", "five", "same", "twice:week"]
    assert "twice" not in found.formula


def test_values_are_missing_on_the_models_columns_only():
    """A null and a NaN of each column in rows of their own; a column that is not asked for may be empty."""
    asked = ("y", "x", "week", "girl", "clinic", "person", "ratings")
    holes, at = rows().with_columns(note=pl.lit(None, dtype=pl.Float64)), 0
    for name in asked:
        for value in (None, float("nan")):
            if value is None or holes.schema[name].is_float():
                here = pl.when(pl.int_range(pl.len()) == 5 * at)
                holes = holes.with_columns(here.then(pl.lit(value)).otherwise(pl.col(name)).alias(name))
                at += 1
    found = fit(holes, weights="ratings")
    complete = rows().filter(~(pl.int_range(pl.len()) % 5 == 0) | (pl.int_range(pl.len()) >= 5 * at))
    assert found.overall.select("n", "dropped").row(0) == (78 - at, at) == (complete.height, 10)
    close(numbers(found), numbers(fit(complete, weights="ratings")), rtol=1e-8)
    assert found.rows.collect().height == complete.height
    unweighted = fit(holes)  # the weight's hole is now no hole
    assert unweighted.overall["dropped"].item() == 9


# The edge of what a variance can be.


def test_clinics_that_do_not_differ_have_a_variance_of_exactly_zero():
    found = fitted("alike").components
    assert found.filter(group="clinic").select("variance", "sd", "low", "high", "share").row(0) == (
        0.0, 0.0, None, None, 0.0,
    )  # fmt: skip
    effects = random_effects(fitted("alike"), "clinic")
    assert effects.select(pl.col("estimate", "se").abs().max()).row(0) == (0, 0)


def test_where_a_whole_level_vanishes_each_of_its_numbers_is_exactly_zero():
    found = fit(rows(seed=11, clinics=(0.0, 0.0)), method="ML")
    assert found.overall.select("singular", "converged").row(0) == (True, True)
    clinic = found.components.filter(group="clinic")
    assert clinic["variance"].to_list() == [0.0, 0.0, 0.0]
    assert clinic.filter(pl.col("other").is_null())["sd"].to_list() == [0.0, 0.0]
    assert clinic.select(pl.col("low", "high").is_null().all()).row(0) == (True, True)


@pytest.mark.parametrize("method", ["REML", "ML"])
def test_slopes_that_follow_the_intercepts_are_a_perfect_correlation(method):
    """Every person's slope is half of the intercept's deviation: many such samples end at the edge."""
    person, week = (part.ravel() for part in np.meshgrid(range(40), range(5), indexing="ij"))
    singular = 0
    for seed in range(8):
        rng = np.random.default_rng(seed)
        own, clinic = rng.normal(size=40)[person], rng.normal(size=8)[person // 5]
        y = 3 + own * (1 + 0.5 * week) + 0.3 * clinic + 0.5 * rng.normal(size=200)
        frame = pl.DataFrame({"clinic": person // 5, "person": person, "week": week, "y": y})
        found = fit(frame, "y ~ week", random=(Random("clinic"), PERSON), method=method)
        assert found.overall["converged"].item()
        assert np.isfinite(found.terms.drop("term").to_numpy()).all()
        pair = found.components.filter(pl.col("other").is_not_null()).row(0, named=True)
        assert 0.8 < pair["sd"] <= 1
        clinics = found.components["variance"][0]
        assert found.overall["singular"].item() == (pair["low"] is None or clinics == 0)
        if pair["low"] is None:
            singular += 1
            assert (pair["sd"], pair["high"]) == (pytest.approx(1, abs=1e-9), None)
    assert singular >= 2


def test_leaving_out_one_variance_halves_the_chi_squares_p():
    through = rows().with_columns(person=pl.concat_str("clinic", pl.lit(" "), "person"))
    small, large = (fit(through, random=levels) for levels in ((PERSON,), (Random("clinic"), PERSON)))
    found = likelihood_ratio(small, large).row(0, named=True)
    fall = criterion(small) - criterion(large)
    assert (found["statistic"], found["df"]) == (pytest.approx(fall), 1)
    assert found["statistic"] > 0.1
    assert found["p"] == pytest.approx(stats.chi2.sf(fall, 1) / 2)
    assert "mixture" in found["reference"]
    two = likelihood_ratio(large, fit(through)).row(0, named=True)  # a slope, and its covariance
    halves = stats.chi2.sf(two["statistic"], 1) / 2 + stats.chi2.sf(two["statistic"], 2) / 2
    assert two["p"] == pytest.approx(halves)
    terms = [fit(through, formula, method="ML") for formula in ("y ~ week", FORMULA)]
    fixed = likelihood_ratio(*terms).row(0, named=True)
    assert (fixed["df"], fixed["p"]) == (3, pytest.approx(stats.chi2.sf(fixed["statistic"], 3)))


@pytest.mark.parametrize(
    "case", ["both levels", "both levels ML", "weights", "slopes of clinics only", "alike"]
)
def test_leave_one_out_is_a_fit_without_that_clinic(case):
    asked, whole = CASES[case], fitted(case)
    found = leave_one_out(whole)
    for (clinic,), part in found.group_by("clinic", maintain_order=True):
        again = fit_mixed(
            asked.rows.filter(pl.col("clinic") != clinic), asked.formula,
            random=asked.random, weights=asked.weights, method=asked.method,
        )  # fmt: skip
        close(part["estimate"], again.terms["estimate"], rtol=1e-6)
    close(found["change"], found["estimate"] - pl.concat([whole.terms["estimate"]] * 5))
    close(found["change_in_se"], found["change"] / pl.concat([whole.terms["se"]] * 5))


# Whom it is about is never printed.


def test_a_fit_prints_itself_and_nobody_in_it():
    secret = rows().with_columns(
        clinic=pl.concat_str(pl.lit("CANARY-"), "clinic"),
        person=pl.concat_str(pl.lit("CANARY-"), "person"),
        note=pl.lit("CANARY-note"),
    )
    found = fit(secret)
    for text in (repr(found), str(found), found._repr_html_()):
        assert "CANARY" not in text
        assert not any(f"{value:.5g}" in text for value in secret["y"])
        said = ("intercept", "x:week", "78 rows", "16 groups in 5", "REML", "converged", "Kenward-Roger")
        assert all(words in text for words in said)
    assert "<table" in found._repr_html_()


@pytest.mark.parametrize(
    ("formula", "random", "weights"),
    [
        ("y ~ x + person", RANDOM, None),
        ("y ~ x + clinic", RANDOM, None),
        ("person ~ x", RANDOM, None),
        ("y ~ x", (Random("clinic", slope="person"), Random("person")), None),
        ("y ~ x", (Random("clinic"), Random("person", slope="person")), None),
        ("y ~ x", RANDOM, "person"),
        ("y ~ x", RANDOM, "name"),
    ],
)
def test_words_for_numbers_are_refused_without_being_repeated(formula, random, weights):
    secret = rows().with_columns(
        person=pl.concat_str(pl.lit("CANARY-"), "person"), name=pl.lit("CANARY"), clinic=pl.lit("CANARY")
    )
    with pytest.raises(InputError) as refused:
        fit(secret, formula, random=random, weights=weights)
    assert "CANARY" not in str(refused.value)


# Whatever comes: a fit, or a refusal in words.

ODD = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 2.0, 5.0, 1e-9, 1e6, None, float("nan")]),
    st.floats(-100, 100),
    st.integers(0, 10).map(float),
)
WILD = st.one_of(ODD, st.sampled_from([float("inf"), -float("inf"), 1e300, -1e300, 1e150, 1e-300]))


SCHEMA = {
    "clinic": pl.String, "person": pl.Int64, "week": pl.Float64, "x": pl.Float64, "y": pl.Float64,
    "weight": pl.Float64,
}  # fmt: skip


def frame_of(found):
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def frames(values):
    """Up to 40 rows; few values, so that ties, constants and repeats are common."""
    row = st.tuples(
        st.sampled_from(["a", "b", "c", None]), st.integers(0, 3), st.sampled_from([0.0, 1.0, 2.0, 3.0]),
        values, values, st.sampled_from([1.0, 2.0, 0.5]),
    )  # fmt: skip
    return st.lists(row, max_size=40).map(frame_of)


ASKED = (
    ("y ~ x + week", RANDOM, None, "REML"),
    ("y ~ x * week", RANDOM, "weight", "REML"),
    ("y ~ x", (Random("clinic", slope="x", correlated=False), PERSON), None, "REML"),
    ("y ~ week", (CLINIC,), None, "ML"),
    ("y ~ 1", (Random("clinic"), Random("person")), None, "REML"),
    ("y ~ 0 + x", (Random("person"),), "weight", "ML"),
)
# Found among thousands: no residual in the end, and hardly a row more than the model has numbers.
ONE_SLOPE = [("b", 2, 2.0, 2.0, 5.0, 0.5), ("c", 3, 1.0, None, 1e6, 1.0), ("b", 1, 3.0, -34.5, 2.0, 2.0),
             ("b", 3, 3.0, 4.0, 7.0, 1.0)]  # fmt: skip
SIX_ROWS = [("a", 2, 1.0, 2.0, 8.0, 2.0), ("c", 3, 0.0, 0.0, 1e-9, 0.5), ("b", 3, 1.0, 0.0, 2.0, 1.0),
            ("b", 3, 2.0, 2.0, 0.0, 0.5), ("b", 0, 0.0, -57.96, -1.0, 1.0),
            ("a", 0, 3.0, 1e-9, 0.0, 1.0)]  # fmt: skip
FAR_X = [(None, 1, 2.0, -76.0114394118252, 8.0, 0.5), ("c", 2, 2.0, 1e6, 3.0, 1.0),
         (None, 1, 2.0, -76.0114394118252, 8.0, 0.5)]  # fmt: skip
ALIKE = [("a", 0, 0.0, 0.0, 0.0, 1.0), ("a", 0, 0.0, 0.0, 0.0, 1.0), ("a", 1, 0.0, 0.0, 3.0, 1.0),
         ("b", 0, 0.0, 0.0, 0.0, 1.0)]  # fmt: skip


def check_fit_or_refusal(frame, model):
    formula, random, weights, method = model
    try:
        found = fit(frame, formula, random=random, weights=weights, method=method)
    except InputError:
        return
    overall = found.overall.row(0, named=True)
    assert overall["n"] + overall["dropped"] == frame.height
    if not overall["converged"]:
        assert "not converged" in found.warnings[-1]
        return
    assert found.terms["estimate"].is_finite().all()
    told = found.terms.select("se", "df", "statistic", "p", "low", "high").drop_nulls()
    assert told.select(pl.all_horizontal(pl.col("se", "p").is_finite()).all()).item()
    untold = found.terms.filter(pl.col("se").is_null())
    assert untold.select(pl.all_horizontal(pl.col("df", "p", "low", "high").is_null()).all()).item()
    assert bool(untold.height) == any("no Kenward-Roger error" in text for text in found.warnings)
    assert told.height + untold.height == found.terms.height
    assert np.isfinite(overall["criterion"])
    assert found.components["variance"].is_finite().all()
    rows = found.rows.collect()
    assert rows.height == overall["n"]
    close(rows["fitted"] + rows["residual"], rows["y"], atol=1e-6 * rows["y"].abs().max())
    assert repr(found)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(frames(ODD), st.sampled_from(ASKED))
@example(frame_of(ONE_SLOPE), ASKED[3])
@example(frame_of(SIX_ROWS), ASKED[1])
@example(frame_of(FAR_X), ASKED[5])
@example(frame_of(ALIKE), ASKED[4])
def test_any_small_table_is_fitted_or_refused_in_words(frame, model):
    check_fit_or_refusal(frame, model)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(frames(WILD), st.sampled_from(ASKED))
def test_even_with_infinite_and_enormous_values(frame, model):
    check_fit_or_refusal(frame, model)
