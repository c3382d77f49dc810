"""No small number leaves, none can be worked out, and what leaves twice is the same."""

from __future__ import annotations

from itertools import product

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analytics.exhibits.disclosure import release_cells, release_flow, release_quality
from analytics.exhibits.disclosure_of_models import release_fit
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.records import Cells, Flow, Quality
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Disclosure

RULES = Disclosure(min_patients=8, round_to=5)
OTHERS = [
    Disclosure(min_patients=m, round_to=r) for m, r in ((5, 5), (6, 5), (10, 5), (8, 10), (10, 10), (11, 20))
]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
counts = st.integers(0, 60)
SCHEMA = {name: column.dtype for name, column in Cells.columns().items()}


def frame_of(rows, schema):
    types = {name: column.dtype for name, column in schema.columns().items()}
    return pl.DataFrame(rows, schema=types, orient="row")


def cells_of(rows):
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@st.composite
def some_cells(draw):
    rows = []
    for week in range(draw(st.integers(1, 12))):
        patients, of = draw(counts), draw(counts)
        kind = draw(st.sampled_from(["count", "share", "mean"]))
        value = draw(st.floats(-9, 9)) if kind == "mean" and patients else None
        rows.append(("willow", "s", "m", "", week, kind, min(patients, of) if kind == "share" else patients,
                     of if kind == "share" else None, value, value, value))  # fmt: skip
    return cells_of(rows)


@st.composite
def some_flow(draw):
    rows, now = [], draw(st.integers(0, 300))
    for order in range(draw(st.integers(1, 8))):
        stage = ("lines", "sessions", "episodes")[min(order // 3, 2)]
        if draw(st.booleans()):
            now = draw(st.integers(0, 300))  # another unit is counted from here
        left = draw(st.one_of(st.integers(0, now), st.integers(0, min(now, 12))))
        rows.append(("willow", order, stage, "why", now, left, now - left, draw(st.integers(0, left))))
        now -= left
    return frame_of(rows, Flow)


def none_is_small(frame, names, rules):
    for name in names:
        column = frame[name].drop_nulls()
        assert not column.is_between(1, rules.min_patients - 1).any()
        assert (column % rules.round_to == 0).all()


@given(some_cells(), st.sampled_from([RULES, *OTHERS]))
@QUICK
def test_no_cell_shows_fewer_patients_than_the_floor(cells, rules):
    out = release_cells(cells, rules)
    none_is_small(out, ["patients", "of"], rules)
    hidden = out.filter(pl.col("patients").is_null())
    assert hidden.select(pl.col("of", "value", "low", "high").is_null().all()).row(0) in {(True,) * 4}
    means = out.filter(pl.col("kind") == "mean", pl.col("value").is_not_null())
    assert (means["patients"] >= rules.min_patients).all()
    shares = out.filter(pl.col("kind") == "share")["value"].drop_nulls()
    assert shares.is_between(0, 1).all()
    small = cells.filter(pl.col("patients").is_between(1, rules.min_patients - 1)).height
    assert hidden.height >= small


@given(some_cells(), st.sampled_from([RULES, *OTHERS]))
@QUICK
def test_releasing_cells_twice_changes_nothing(cells, rules):
    once = release_cells(cells, rules)
    assert once.columns == cells.columns
    assert_frame_equal(release_cells(once, rules), once)
    Cells.validate(once)


@given(some_flow(), st.sampled_from([RULES, *OTHERS]))
@QUICK
def test_the_flow_adds_up_and_hides_small_steps(flow, rules):
    out = release_flow(flow, rules)
    none_is_small(out, ["entered", "left", "remained", "patients_left"], rules)
    whole = out.filter(pl.col("entered").is_not_null(), pl.col("remained").is_not_null())
    assert (whole["entered"] == whole["left"].fill_null(0) + whole["remained"]).all()
    assert_frame_equal(release_flow(out, rules), out)
    assert_frame_equal(release_flow(flow.reverse(), rules), out)
    hidden = flow.filter(pl.col("patients_left").is_between(1, rules.min_patients - 1))
    assert out.join(hidden, on="order", how="semi")["left"].null_count() == hidden.height


@given(some_flow())
@QUICK
def test_a_chain_of_the_flow_is_not_broken(flow):
    """Where one step's remainder enters the next, it is printed as the same number."""
    out = release_flow(flow, RULES)
    linked = (flow["entered"] == flow["remained"].shift()).fill_null(False)
    both = pl.DataFrame({"before": out["remained"].shift(), "after": out["entered"]}).filter(linked)
    assert both.filter(pl.col("before").ne_missing(pl.col("after"))).height == 0


def test_a_small_step_enters_no_total():
    """The same flow with 1 and with 7 patients left out at a step prints the same numbers."""
    printed = []
    for small in (1, 7):
        rows = [
            ("willow", 0, "episodes", "no baseline", 60 + small, 20, 40 + small, 20),
            ("willow", 1, "episodes", "under age", 40 + small, small, 40, small),
        ]
        printed.append(release_flow(frame_of(rows, Flow), RULES))
    assert_frame_equal(printed[0], printed[1])
    assert printed[0].select("entered", "left", "remained").rows() == [(60, 20, 40), (40, None, 40)]


def test_a_clinic_of_few_patients_shows_no_count_of_its_lines():
    rows = [
        ("birch", 0, "lines", "refused", 320, 40, 280, 6),
        ("birch", 1, "patients", "no sessions", 9, 3, 6, 3),
        ("birch", 2, "episodes", "no baseline", 9, 0, 9, 0),
    ]  # fmt: skip
    out = release_flow(frame_of(rows, Flow), RULES)
    assert out.select(pl.col("entered", "left", "remained", "patients_left").null_count()).row(0) == (
        3,
        3,
        3,
        3,
    )


def pictures_of(truths):
    """Each truth (counts of the parts of one total) as a clinic's cells, and its release as one text."""
    names = [f"part {at}" for at in range(len(truths[0]))]
    rows = [(f"{clinic:06}", "case_mix", "sex", name, None, "share", n, sum(parts), None, None, None)
            for clinic, parts in enumerate(truths) for name, n in zip(names, parts, strict=True)]  # fmt: skip
    out = release_cells(cells_of(rows), RULES).sort("clinic_id", "group")
    picture = pl.concat_str(pl.col("patients").cast(pl.String).fill_null("-"), pl.lit("/"),
                            pl.col("of").cast(pl.String).fill_null("-"))  # fmt: skip
    said = out.with_columns(truth=pl.Series([n for parts in truths for n in parts]))
    return said.with_columns(picture=picture.str.join(" ").over("clinic_id"))


@pytest.mark.parametrize(("parts", "most"), [(2, 42), (3, 22), (4, 12)])
def test_no_emptied_count_is_pinned_down_even_to_one_who_knows_every_rule(parts, most):
    """All truths that give the same picture are put together: no small count is the same in all of them."""
    said = pictures_of(list(product(range(most + 1), repeat=parts)))
    small = said.filter(pl.col("truth").is_between(1, RULES.min_patients - 1))
    assert small["patients"].null_count() == small.height > 500
    possible = said.group_by("picture", "group").agg(pl.col("truth").n_unique(), least=pl.col("truth").min())
    emptied = small.select("picture", "group").unique().join(possible, on=["picture", "group"])
    assert emptied.filter(pl.col("truth") < 2).rows() == []


def test_rounding_alone_would_pin_a_count_down():
    """13 + 13 + 1 = 27 is printed 15 + 15 + empty = 25: at least 26 are shown, at most 27 are there."""
    out = pictures_of([(13, 13, 1)])
    assert out.select("patients", "of").rows() == [(None, None)] * 3
    network = [("network", "s", "m", "g", None, "share", 27, 60, 0.45, None, None)]
    clinics = [(f"{n}", "s", "m", "g", None, "share", k, 20, k / 20, None, None)
               for n, k in enumerate((13, 13, 1))]  # fmt: skip
    over = release_cells(cells_of([*network, *clinics]), RULES)
    assert over.sort("clinic_id")["patients"].to_list() == [15, 15, None, None]


def nearest(count):
    return (count + 2) // 5 * 5


@pytest.mark.parametrize(("floor", "step"), [(8, 1), (8, 2), (8, 3), (7, 5), (8, 6)])
def test_rules_that_would_hide_nothing_are_refused(floor, step):
    rules = Disclosure(min_patients=floor, round_to=step)
    with pytest.raises(ConfigurationError, match=f"min_patients = {floor} with round_to = {step}"):
        release_cells(cells_of([]), rules)


@pytest.mark.parametrize("rules", [RULES, *OTHERS])
def test_usual_rules_are_accepted(rules):
    assert release_cells(cells_of([]), rules).height == 0


def test_cells_as_a_small_table():
    rows = [
        ("w", "s", "count", "", None, "count", 12, None, 12.0, None, None),
        ("w", "s", "small", "", None, "count", 7, None, 7.0, None, None),
        ("w", "s", "none", "", None, "count", 0, None, 0.0, None, None),
        ("w", "s", "share", "", None, "share", 13, 43, 13 / 43, None, None),
        ("w", "s", "everyone", "", None, "share", 12, 12, 1.0, None, None),
        ("w", "s", "nobody", "", None, "share", 0, 43, 0.0, None, None),
        ("w", "s", "of few", "", None, "share", 0, 5, 0.0, None, None),
        ("w", "s", "mean", "", None, "mean", 8, None, 2.34567, 1.23456, -0.001),
        ("w", "s", "mean of few", "", None, "mean", 7, None, 2.3, 1.2, 3.4),
    ]
    out = release_cells(cells_of(rows), RULES).select("patients", "of", "value", "low", "high").rows()
    assert out == [
        (10, None, 10.0, None, None),
        (None, None, None, None, None),
        (0, None, 0.0, None, None),
        (15, 45, 15 / 45, None, None),
        (10, 10, 1.0, None, None),
        (0, 45, 0.0, None, None),
        (None, None, None, None, None),
        (10, None, 2.35, 1.23, 0.0),
        (None, None, None, None, None),
    ]
    assert str(out[7][4]) == "0.0"  # a rounded -0.001 has no sign


@given(st.lists(st.tuples(counts, counts), min_size=1, max_size=8), st.sampled_from([RULES, *OTHERS]))
@QUICK
def test_quality_hides_lines_of_few_patients(pairs, rules):
    rows = [
        ("w", "sessions", "refused", f"rule {at}", lines + people, people)
        for at, (lines, people) in enumerate(pairs)
    ]
    out = release_quality(frame_of(rows, Quality), rules)
    none_is_small(out, ["lines", "patients"], rules)
    assert (out["lines"].is_null() == out["patients"].is_null()).all()
    assert_frame_equal(release_quality(out, rules), out)


def test_a_model_of_few_patients_does_not_leave(rules):
    terms = pl.DataFrame({"term": ["week"], "estimate": [-0.123456]})
    contrasts = pl.DataFrame({"contrast": ["adherence_between"], "week": [6], "estimate": [0.98765]})
    for patients, rows in ((7, 0), (43, 1)):
        overall = pl.DataFrame({"n": [312], "dropped": [3], "patients": [patients], "method": ["REML"]})
        out = release_fit(Fit(terms, overall, pl.DataFrame(), ()), contrasts, rules)
        assert {name: frame.height for name, frame in out.items()} == dict.fromkeys(
            ("contrasts", "terms", "overall"), rows
        )
    assert out["overall"].row(0) == (310, None, 45, "REML")
    assert out["terms"]["estimate"].to_list() == [-0.1235]
    assert out["contrasts"]["estimate"].to_list() == [0.9877]


def test_a_model_that_was_not_fitted_is_no_secret(rules):
    overall = pl.DataFrame({"n": [0], "dropped": [0], "patients": [0], "clinics": [0]})
    empty = pl.DataFrame(schema={"term": pl.String, "estimate": pl.Float64})
    out = release_fit(Fit(empty, overall, pl.DataFrame(), ()), pl.DataFrame(), rules)
    assert out["overall"].row(0) == (0, 0, 0, 0)
    assert out["terms"].height == out["contrasts"].height == 0
