"""What a formula says, what it refuses, and that no text, however hostile, does anything else."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.models.formula import Formula, read_formula, term_expression, term_name
from analytics.models.predictors import families
from analytics.vocabulary.errors import InputError

COLUMNS = (
    "pain", "baseline_pain", "week", "adherence", "load", "age_band_35-49", "age_band_65+",
    "age_band_under 18", "phase_subacute", "phase_chronic",
)  # fmt: skip
FAMILIES = {
    "phase": ("phase_subacute", "phase_chronic"),
    "case_mix": ("baseline_pain", "phase_subacute", "phase_chronic", "age_band_65+"),
    "nobody": (),
}
KNOWN = {name: (name,) for name in COLUMNS} | FAMILIES


def terms(text, known=KNOWN):
    return [term_name(term) for term in read_formula(text, known=known).terms]


@pytest.mark.parametrize(
    ("right", "says"),
    [
        ("week", ["week"]),
        ("week + week", ["week"]),
        ("week * adherence", ["week", "adherence", "week:adherence"]),
        ("week:adherence", ["week:adherence"]),
        ("adherence:week + week:adherence", ["adherence:week"]),
        ("week + adherence - week", ["adherence"]),
        ("(week + load) * adherence - load:adherence", ["week", "load", "adherence", "week:adherence"]),
        ("(week + adherence)**2", ["week", "week:adherence", "adherence"]),
        ("week:week", ["week"]),
        ("phase", ["phase_subacute", "phase_chronic"]),
        ("week:phase", ["week:phase_subacute", "week:phase_chronic"]),
        ("case_mix - phase", ["baseline_pain", "age_band_65+"]),
        ("case_mix + baseline_pain - age_band_65+ - phase", ["baseline_pain"]),
        ("week*age_band_65+", ["week", "age_band_65+", "week:age_band_65+"]),
        ("age_band_under 18 + age_band_35-49 - week", ["age_band_under 18", "age_band_35-49"]),
        ("nobody", []),
        ("week * nobody", ["week"]),
        (" \n week\t+load ", ["week", "load"]),
    ],
)
def test_what_a_formula_says(right, says):
    assert terms(f"pain ~ {right}") == says


@pytest.mark.parametrize(
    ("right", "intercept"),
    [("week", True), ("1", True), ("1 + week", True), ("week + 0", False), ("0 + week", False),
     ("week - 1", False), ("-1 + week", False), ("- week + load", True)],
)  # fmt: skip
def test_the_intercept_is_there_unless_it_is_dropped(right, intercept):
    assert read_formula(f"pain ~ {right}", known=KNOWN).intercept is intercept


def test_a_formula_is_outcome_terms_and_intercept():
    found = read_formula("pain ~ baseline_pain + week * adherence", known=KNOWN)
    columns = (("baseline_pain",), ("week",), ("adherence",), ("week", "adherence"))
    assert found == Formula("pain", columns, intercept=True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pain ~ adherance", "'adherance' is not known. Known names nearest to it: 'adherence'"),
        ("pain ~ log(week)", "'log' is not known. Nothing is calculated"),
        ("pain ~ week.mean", "'week.mean' is not known. Nothing is calculated"),
        ("pain ~ week(load)", r"'\(' cannot stand after 'week'"),
        ("pain ~ week (load)", r"'\(' cannot stand after 'week'"),
        ("pain ~ `week`", "'`week`' is not known"),
        ("pain ~ {week}", "'{week}' is not known"),
        ("pain ~ 'week'", "is not known"),
        ("pain ~ week['a']", "is not known"),
        ("pain ~ week == load", "'==' is not known"),
        ("pain ~ week/load", "'week/load' is not known"),
        ("pain ~ week | load", "'|' is not known".replace("|", r"\|")),
        ("pain ~ .", r"'\.' is not known"),
        ("pain ~ week load", "'load' cannot stand after 'week'"),
        ("pain ~ 2 * week", "'2' is not known"),
        ("pain ~ 0.5", "'0.5' is not known"),
        ("pain ~ 1 * week", r"'\*' cannot stand after '1'"),
        ("pain ~ week * 0", "'0' cannot stand after"),
        ("pain ~ week:1", "'1' cannot stand after ':'"),
        ("pain ~ (week + 1)", "outside brackets"),
        ("pain ~ week ** load", "'load' cannot stand after"),
        ("pain ~ week ** 10", "'10' is not known"),
        ("pain ~ week ** 0", "'0' cannot stand after"),
        ("pain ~ week ** 2 ** 2", "cannot stand after '2'"),
        ("pain ~ week +- load", "'-' cannot stand after"),
        ("pain ~ week * --load", "'-' cannot stand after"),
        ("pain ~ (week", "'the end' cannot stand"),
        ("pain ~ week)", r"'\)' cannot stand"),
        ("pain ~ ()", r"'\)' cannot stand after"),
        ("pain ~", "'the end' cannot stand after '~'"),
        ("pain ~ 0", "no terms and no intercept"),
        ("pain ~ nobody - 1", "no terms and no intercept"),
        ("pain ~ week * pain", "cannot explain itself"),
        ("phase ~ week", "stands for 2 columns"),
        ("nobody ~ week", "stands for 0 columns"),
        ("~ week", "one outcome"),
        ("pain", "one outcome"),
        ("", "one outcome"),
        ("pain ~ week ~ load", "one outcome"),
        ("pain + load ~ week", "one outcome"),
        ("pain ~ " + "case_mix*" * 6 + "week", "more than 10000 terms"),
        ("pain ~ (case_mix + week + load)**9", "more than 10000 terms"),
        ("pain ~ " + "(" * 9000 + "week" + ")" * 9000, None),
        ("pain ~ " + "week + " * 2000 + "load", None),
        ("pain ~ " + "week + " * 9000 + "load", "too long"),
    ],
)  # fmt: skip
def test_what_is_refused_and_how_it_is_said(text, says):
    if says is None:
        assert "week" in terms(text)
        return
    with pytest.raises(InputError, match=says):
        read_formula(text, known=KNOWN)


def test_nothing_known_is_said_as_well():
    with pytest.raises(InputError, match="nearest to it: none"):
        read_formula("pain ~ week", known={})


def test_a_word_wins_over_a_column_that_looks_like_a_formula():
    """An export's column called "week + adherence" cannot take the place of week plus adherence."""
    hostile = KNOWN | {name: (name,) for name in ("week + adherence", "week:load", "pain ~ week", "1", "0")}
    assert terms("pain ~ week + adherence", hostile) == ["week", "adherence"]
    assert terms("pain ~ 0 + week", hostile) == ["week"]


def test_two_terms_of_one_name_are_refused():
    odd = KNOWN | {"product": ("week:load",), "start": ("intercept",)}
    for text in ("pain ~ product + week:load", "pain ~ start"):
        with pytest.raises(InputError, match="two different terms would be called"):
            read_formula(text, known=odd)
    assert read_formula("pain ~ start - 1", known=odd).terms == (("intercept",),)


def test_odd_columns_of_a_family_are_looked_up_and_nothing_else():
    names = ("__import__('os')", "`x`", "a\nb", "^.*$", "*", 'col("week")', "✓", "x y", "~")
    known = KNOWN | {"odd": names}
    found = read_formula("pain ~ odd * week", known=known)
    assert found.terms == (*((n,) for n in names), ("week",), *((n, "week") for n in names))
    frame = pl.DataFrame({"week": [1, 2]} | {name: [at, at + 1] for at, name in enumerate(names)})
    made = frame.select(map(term_expression, found.terms))
    assert made.columns == [term_name(term) for term in found.terms]
    assert made["^.*$:week"].to_list() == [3, 8]


def test_a_terms_column_is_the_product_as_numbers():
    frame = pl.DataFrame({"week": [1, 2, None], "done": [True, False, True]}).lazy()
    made = frame.select(term_expression(("week", "done")), term_expression(("done",))).collect()
    assert made.to_dict(as_series=False) == {"week:done": [1.0, 0.0, None], "done": [1.0, 0.0, 1.0]}


FRAGMENTS = [*KNOWN, *"~+-*:()[]{}`'\"%|/.,^1029 \n\\", "**", "~ 1", "exp(", "__import__('os')", "C(week)"]


@given(st.one_of(st.text(), st.lists(st.sampled_from(FRAGMENTS)).map("".join)))
@example("pain ~ (-week)")
@example("pain ~ (-week)**2 : load")
@example("pain ~ week - (load)")
@example("pain ~ -week * load")
@example("\x00 ~ \ud800")
def test_any_text_is_a_formula_or_is_refused(text):
    for formula in (text, f"pain ~ {text}"):
        try:
            found = read_formula(formula, known=KNOWN)
        except InputError:
            continue
        assert {column for term in found.terms for column in term} <= set(COLUMNS)
        assert len({frozenset(term) for term in found.terms}) == len(found.terms)


@given(st.text(), st.lists(st.text(), max_size=4))
def test_any_column_name_is_safe(text, names):
    known = {name: (name,) for name in names} | {"pain": ("pain",), "all": tuple(dict.fromkeys(names))}
    for formula in (text, f"pain ~ {text}", "pain ~ all", f"pain ~ {' + '.join(names)}"):
        try:
            found = read_formula(formula, known=known)
        except InputError:
            continue
        assert {column for term in found.terms for column in term} <= {*names, "pain"}


@given(
    st.lists(
        st.lists(st.sampled_from(COLUMNS[1:]), min_size=1, max_size=3, unique=True), min_size=1, max_size=8
    )
)
def test_what_is_written_from_terms_is_read_back(written):
    unique = list({frozenset(term): tuple(term) for term in reversed(written)}.values())
    text = "pain ~ " + " + ".join(term_name(tuple(term)) for term in unique)
    assert read_formula(text, known=KNOWN).terms == tuple(unique)


def test_the_parser_is_imported_when_a_formula_is_read_and_not_before():
    said = "import sys, analytics.models.formula; print('formulaic' in sys.modules, 'pandas' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_families_are_the_terms_that_the_data_have():
    columns = ("pain", "baseline_pain", "phase_chronic", "age_band_65+", "adherence_mean", "load_lag", "week")
    found = families(columns)
    assert found["case_mix"] == ("baseline_pain", "phase_chronic", "age_band_65+")
    assert found["work"] == ("adherence_mean", "load_lag")
    assert found["phase"] == ("phase_chronic",)
    assert "start_back" not in found
    known = found | {name: (name,) for name in columns}
    read = read_formula("pain ~ case_mix - phase + week:work", known=known)
    assert read.terms == (
        ("baseline_pain",), ("age_band_65+",), ("week", "adherence_mean"), ("week", "load_lag"),
    )  # fmt: skip
