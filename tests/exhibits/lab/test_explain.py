"""A fit explains itself from itself: its equation has its numbers, and nothing is said that it is not."""

from __future__ import annotations

import re
from dataclasses import replace

import polars as pl
import pytest

from analytics.exhibits.lab.explain import gathered
from analytics.exhibits.lab.formats import number
from analytics.exhibits.lab.mathematics import A_LINE, distributions, equation
from analytics.models.dose_response import fit_dose_response
from analytics.models.estimating.gee import fit_gee
from analytics.models.missing.stopping_odds import fit_stopping
from analytics.models.mixed import Random, fit_mixed
from analytics.models.response import fit_responders
from analytics.models.trajectory import fit_trajectory
from analytics.models.weighting.histories import histories
from analytics.models.weighting.marginal import fit_weighted
from analytics.models.weighting.weights import weigh
from analytics.vocabulary.installed import sample_settings
from analytics.vocabulary.terms import describe_term


def _balanced(latex: str) -> bool:
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", latex) for word in ("begin", "end"))
    return sorted(begun) == sorted(ended) and latex.count("{") == latex.count("}")


def test_the_equation_has_every_term_and_every_random_effect(three_levels):
    latex = equation(three_levels)
    for name, estimate in three_levels.terms.select("term", "estimate").iter_rows():
        assert number(abs(estimate)) in latex
        assert all(part.replace("_", r"\_") in latex or part == "intercept" for part in name.split(":"))
    assert r"\text{pain}_{cet}" in latex
    assert all(effect in latex for effect in ("u_{0c}", "v_{0ce}", r"v_{1ce}\,\text{log\_week}"))
    assert "u_{1c}" not in latex  # the clinics have no slope
    assert _balanced(latex)


def test_levels_are_spread_as_the_components_say(three_levels):
    clinics, patients, residual = distributions(three_levels)
    table = three_levels.components
    assert number(table.filter(group="clinic_id")["variance"].item()) in clinics
    pair = table.filter(pl.col("group") == "episode_id", pl.col("other").is_not_null())["variance"].item()
    assert patients.count(number(abs(pair))) == 2
    assert number(table.filter(group="residual")["variance"].item()) in residual
    assert all(map(_balanced, (clinics, patients, residual)))


def test_two_levels_that_do_not_vary_together_have_a_zero_between_them(rows):
    fit = fit_mixed(
        rows, "pain ~ log_week", random=(Random("episode_id", slope="log_week", correlated=False),)
    )
    first, _ = distributions(fit)
    assert "& 0" in first
    assert r"\text{pain}_{et}" in equation(fit)


def test_it_says_rows_degrees_of_freedom_variances_and_what_is_left_out(three_levels):
    shown = three_levels.explain()
    assert "240 rows of 48 patients in 8 clinics" in shown.summary
    for words in (
        "Kenward and Roger",
        "read as a whole",
        "Each clinic has its own level",
        "correlated by",
        "An association",
    ):
        assert words in shown.body
    assert "Nothing: every row was used." in shown.body
    assert shown.data["term"].to_list() == three_levels.terms["term"].to_list()


def test_dropped_rows_and_warnings_are_told(rows):
    holes = rows.with_columns(pain=pl.when(pl.int_range(pl.len()) % 40 == 0).then(None).otherwise("pain"))
    shown = fit_mixed(holes, "pain ~ log_week", random=(Random("clinic_id"),)).explain()
    assert "6 rows: a value is missing." in shown.body
    assert "<b>" in replace(shown, body="<b>").body


def test_a_fit_by_ml_says_that_it_is_satterthwaites(rows):
    shown = fit_mixed(rows, "pain ~ log_week", random=(Random("clinic_id"),), method="ML").explain()
    assert "Satterthwaite" in shown.body
    assert "Kenward and Roger's (1997" not in shown.body


def test_estimating_equations_are_explained_without_levels(rows):
    fit = fit_gee(
        rows.with_columns(less=(pl.col("pain") < 4).cast(pl.Float64)), "less ~ log_week", cluster="clinic_id"
    )
    shown = fit.explain()
    assert r"\operatorname{logit} P(\text{less} = 1)" in shown.body
    assert "odds ratio" in shown.body
    assert "How groups differ" not in shown.body
    assert "Kenward and Roger" not in shown.body
    assert fit._repr_html_()


def test_what_was_not_fitted_says_why():
    weeks = pl.DataFrame(schema={"clinic_id": pl.String})
    assert weeks.is_empty()
    from analytics.models.trajectory import _not_fitted

    assert "fewer than 30 patients" in _not_fitted("fewer than 30 patients").explain().summary


def test_the_trajectory_is_explained_with_units(study, tmp_path):
    weeks, eligible = (study.frame(name).collect() for name in ("patient_weeks", "eligible"))
    shown = fit_trajectory(weeks, eligible, sample_settings(tmp_path)).explain()
    told = {row["term"]: row for row in shown.data.iter_rows(named=True)}
    assert told["adherence_lag"]["one_unit"] == "1: the whole plan against nothing"
    assert told["phase_chronic"]["one_unit"] == "1: chronic against acute"
    assert "within a patient" in told["load_lag"]["meaning"]
    assert all(row["meaning"] != "a column of the data" for row in told.values())


def test_names_that_latex_would_read_are_taken_literally(rows):
    named = rows.rename({"adherence_lag": "a%b"})
    latex = equation(fit_mixed(named, "pain ~ log_week", random=(Random("clinic_id"),)))
    assert "%" not in latex
    odd = fit_mixed(named.rename({"a%b": "dose"}), "pain ~ dose", random=(Random("clinic_id"),))
    shown = replace(
        odd, terms=odd.terms.with_columns(term=pl.Series(["intercept", "</div>$x_{<b>"]))
    ).explain()
    assert "<b>$" not in shown.body
    assert "_{<" not in shown.body


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("log_week", "logarithm"), ("week_bend", "bends"), ("age_band_65+", "65+"),
        ("load_mean_bend2", "bend 2"),
        ("time_week", "line of a curve"), ("time_week_bend1", "bend 1"), ("post_surgical_true", "yes"),
        ("log_week:adherence_lag", "changes with log_week"), ("strange", ""),
    ],
)  # fmt: skip
def test_a_term_means_what_its_name_is_made_of(name, words):
    meaning = describe_term(name)[0]
    assert words in meaning
    assert bool(words) == bool(meaning)


@pytest.fixture(scope="module")
def weighted(study, tmp_path_factory):
    weeks, eligible = (study.frame(name).collect() for name in ("patient_weeks", "eligible"))
    settings = sample_settings(tmp_path_factory.mktemp("settings"))
    return weigh(histories(weeks, eligible, settings))


def test_the_weighted_model_says_what_it_is_what_it_weighs_and_when_it_is_an_effect(weighted):
    shown = fit_weighted(weighted).explain()
    for words in (
        "marginal structural model", "Each clinic has its own level and its own line over time",
        "What the weights are", "whether the next week&#x27;s pain was written down", "1st and 99th centile",
        "clustered on patients", "An effect only if all of this holds", "positivity",
    ):  # fmt: skip
        assert words in shown.body
    assert all(words not in shown.body for words in ("an association.", "An association:", "log odds"))
    assert r"\alpha_c + \gamma_c" in shown.body
    assert shown.body.count("$$") == 6  # the model, its weights, how it is solved
    assert _balanced(shown.body)


def test_each_term_of_the_weighted_model_has_a_meaning_and_loads_are_in_hundreds(weighted):
    told = {row["term"]: row for row in fit_weighted(weighted).explain().data.iter_rows(named=True)}
    assert all(row["meaning"] != "a column of the data" for row in told.values())
    assert told["mean_load"]["one_unit"] == "100 CR-10 x minutes in a week"
    assert describe_term("mean_load")[1] == "CR-10 x minutes a week"  # of the data dictionary
    assert told["time_week_bend1"]["one_unit"] == ""


def test_without_weights_it_is_an_association_and_has_no_weights(weighted):
    shown = fit_weighted(weighted, weights="none", given="case-mix").explain()
    assert "Unweighted: an association." in shown.body
    assert all(words not in shown.body for words in ("An effect only if", "What the weights are", r"\frac"))
    only = fit_weighted(weighted, weights="work").explain()
    assert "whether the next week&#x27;s pain" not in only.body
    assert only.body.count(r"\frac") == 1


def test_odds_are_told_as_log_odds_and_their_terms_are_known(study, tmp_path):
    weeks, eligible = (study.frame(name).collect() for name in ("patient_weeks", "eligible"))
    settings = sample_settings(tmp_path)
    for fit, outcome in (
        (fit_responders(eligible, settings), "pain fell by as much as counts"),
        (fit_stopping(weeks, eligible, settings), "the first after a last rating"),
    ):
        shown = fit.explain()
        assert outcome in shown.summary
        assert "how the log odds of the outcome differs" in shown.body
        assert "Kauermann and Carroll" in shown.body
        assert (shown.data["meaning"] != "a column of the data").all()


def test_bends_have_no_unit_and_long_equations_have_lines_of_a_page(study, tmp_path):
    weeks, eligible = (study.frame(name).collect() for name in ("patient_weeks", "eligible"))
    fit = fit_dose_response(weeks, eligible, sample_settings(tmp_path))
    shown = fit.explain()
    bends = shown.data.filter(pl.col("term").str.contains("bend") & ~pl.col("term").str.contains(":"))
    assert bends["one_unit"].unique().to_list() == [""]
    assert "a curve is read as a whole" in shown.body
    lines = equation(fit).split(r"\\")
    seen = [len(re.sub(r"\\[a-z]+|[{}\\,;_&]", "", line)) for line in lines]
    assert max(seen) <= A_LINE + 40  # what stands left of the sign of equality comes on top
    assert max(seen[1:]) <= A_LINE + 8
    assert len(lines) > 6


def test_what_was_dropped_for_one_reason_is_told_once():
    lost = tuple(f"'{name}' was dropped: other columns already say it" for name in ("a", "b"))
    assert gathered((lost[0], "not converged", lost[1])) == [
        "Dropped, since other columns already say it: a, b",
        "not converged",
    ]
