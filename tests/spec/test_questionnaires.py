"""Scores of questionnaires by published rules and worked examples, and every reason why there is none."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as runs
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from spec.tables import journal, rows_of, settings

from analytics.cohort.describe import describe_cohort
from analytics.cohort.questionnaires import score_forms, score_questionnaires, with_strata
from analytics.cohort.questions import describe_questions
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.questionnaires import OUTCOMES, PAIN_FORMS, QUESTIONNAIRES
from analytics.vocabulary.records import Scores
from analytics.vocabulary.schema import COLUMNS, Episodes, Measures

DAY = date(2026, 2, 3)
DIMENSIONS = ("mobility", "self_care", "usual_activities", "pain_discomfort", "anxiety_depression")


def measured(rows):
    """Measures of (patient, instrument, item, value), all of one clinic and day unless they say more."""
    cells = [("oak", "ann", DAY, *row) if len(row) == 3 else row for row in rows]
    types = {name: column.dtype for name, column in COLUMNS["measures"].items()}
    return pl.DataFrame(cells, schema=types, orient="row")


def answers(instrument, *values, names=None, patient="ann", clinic="oak", day=DAY):
    """A form's answers in order; None is one that is left out."""
    names = names or [str(number) for number in range(1, len(values) + 1)]
    return [
        (clinic, patient, day, instrument, name, float(value))
        for name, value in zip(names, values, strict=True)
        if value is not None
    ]


def form(rows, *, chosen=None):
    """The only form in these rows, as a row of Scores."""
    return score_forms(measured(rows), chosen or settings()).row(0, named=True)


def scored(instrument, *values, **more):
    row = form(answers(instrument, *values, **more))
    return row["score"], row["outcome"]


def odi(total, sections=10):
    """So many answered sections that add up to the total."""
    each = [min(5, max(0, total - 5 * number)) for number in range(sections)]
    return each + [None] * (10 - sections)


# Published examples


def test_odi_of_the_published_instruction():
    assert scored("ODI", *odi(16)) == (32, "scored")
    score, outcome = scored("ODI", *odi(16, sections=9))
    assert (round(score, 2), outcome) == (35.56, "scored")
    assert scored("ODI", *odi(50)) == (100, "scored")


def test_odi_with_two_sections_missing_has_no_score():
    assert scored("ODI", *odi(16, sections=8)) == (None, "too_few_answers")


def test_rmdq_counts_what_is_agreed_to():
    assert scored("RMDQ", *[1] * 24) == (24, "scored")
    assert scored("RMDQ", *[1] * 9, *[0] * 15) == (9, "scored")


def test_rmdq_rescales_up_to_four_unanswered_items():
    score, outcome = scored("RMDQ", *[1] * 17, *[0] * 3, *[None] * 4)  # Kent's example has 85 of 100
    assert (round(score / 24, 2), outcome) == (0.85, "scored")
    assert scored("RMDQ", *[1] * 17, *[0] * 2, *[None] * 5) == (None, "too_few_answers")


def test_psfs_is_the_mean_of_three_to_five_activities():
    assert scored("PSFS", 2, 3, 7) == (4, "scored")
    assert scored("PSFS", 2.5, 3, 7, 10, 0) == (4.5, "scored")
    assert scored("PSFS", 2, 3) == (None, "too_few_answers")


@pytest.mark.parametrize(
    ("yes", "stratum"),
    [
        ((), "low"),
        ((1, 2, 3), "low"),
        ((7, 8, 9), "low"),
        ((1, 2, 3, 4), "medium"),
        ((1, 5, 6, 7), "medium"),
        ((4, 5, 6, 7), "medium"),
        ((5, 6, 7, 8), "high"),
        ((6, 7, 8, 9), "high"),
        (range(1, 10), "high"),
    ],
)
def test_start_back_by_total_and_distress(yes, stratum):
    row = form(answers("START_BACK", *(number in yes for number in range(1, 10))))
    assert (row["score"], row["stratum"], row["outcome"]) == (len(yes), stratum, "scored")


def test_start_back_needs_all_nine():
    row = form(answers("START_BACK", *[1] * 8, None))
    assert (row["score"], row["stratum"], row["outcome"]) == (None, None, "too_few_answers")


@pytest.mark.parametrize(("codes", "bothered"), [(range(5), (3, 4)), (range(1, 6), (4, 5))])
def test_how_bothersome_it_was_counts_from_very_much_on(codes, bothered):
    rows = [row for code in codes for row in answers("START_BACK", *[0] * 8, code, patient=f"p{code}")]
    found = score_forms(measured(rows), settings())
    assert found["score"].to_list() == [float(code in bothered) for code in codes]
    assert set(found["outcome"]) == {"scored"}


def test_one_slip_turns_no_yes_into_a_little():
    codes = [0, 1, 1, 1, 0, 3]
    rows = [
        row
        for who, code in enumerate(codes)
        for row in answers("START_BACK", *[0] * 8, code, patient=f"p{who}")
    ]
    found = score_forms(measured(rows), settings()).sort("patient_id")
    assert found["score"].to_list() == [0, 1, 1, 1, 0, None]


def test_each_clinic_is_asked_for_its_own_coding():
    rows = [
        row
        for clinic, codes in (("oak", range(5)), ("elm", range(1, 6)), ("ash", (0, 1, 1, 1, 0, 3)))
        for who, code in enumerate(codes)
        for row in answers("START_BACK", *[0] * 8, code, patient=f"p{who}", clinic=clinic)
    ]
    found = score_forms(measured(rows), settings()).group_by("clinic_id").agg(pl.col("score").sum())
    assert dict(found.iter_rows()) == {"oak": 2, "elm": 2, "ash": 3}


@pytest.mark.parametrize("codes", [(1, 2, 3, 4), (0, 1, 2, 3, 4, 5), (0, 1, 7, 8)])
def test_bothersome_answers_that_prove_no_coding_make_no_score(codes):
    """Codes from 1 to 4 may count from 0 or from 1: then the answers of 1 are not taken for yes either."""
    rows = [row for code in codes for row in answers("START_BACK", *[0] * 8, code, patient=f"p{code}")]
    assert set(score_forms(measured(rows), settings())["outcome"]) == {"out_of_range"}


# PROMIS: the printed tables

T_8A = next(one.t for one in PAIN_FORMS if one.name == "8a")


@pytest.mark.parametrize("printed", [one for one in PAIN_FORMS if one.t], ids=lambda one: one.name)
def test_printed_tables_hold_every_raw_sum_and_rise(printed):
    assert len(printed.t) == 4 * len(printed.bank) + 1
    steps = [after - before for before, after in pairwise(printed.t)]
    assert min(steps) > 0.5
    assert max(steps) == steps[0]  # no pain at all is furthest from its neighbour


@pytest.mark.parametrize(
    ("values", "t"),
    [((1, 1, 1, 1), 41.6), ((1, 1, 1, 2), 49.6), ((3, 3, 3, 3), 61.2), ((5, 5, 5, 5), 75.6)],
)
def test_promis_4a(values, t):
    assert scored("PROMIS_PI", *values) == (t, "scored")
    assert scored("PROMIS_PI", *values, names=["PAININ9", "PAININ22", "31", "promis painin34"]) == (
        t,
        "scored",
    )


@pytest.mark.parametrize(("values", "t"), [([1] * 8, 40.7), ([2] * 8, 55.8), ([5] * 8, 77.0)])
def test_promis_8a_by_place_and_by_number_in_the_bank(values, t):
    assert scored("PROMIS_PI", *values) == (t, "scored")
    assert scored("PROMIS_PI", *values, names=["9", "22", "31", "34", "12", "36", "3", "13"]) == (t, "scored")


def test_promis_rescales_and_rounds_up_from_four_answers_on():
    whole = answers("PROMIS_PI", *[2] * 8, patient="bob")  # tells that the clinic uses 8a
    five = form([*answers("PROMIS_PI", 1, 2, 3, 2, 3, None, None, None), *whole])
    assert (five["score"], five["outcome"]) == (T_8A[math.ceil(11 * 8 / 5) - 8], "scored")
    four = form([*answers("PROMIS_PI", None, None, None, None, 2, 3, 4, 1), *whole])
    assert (four["score"], four["outcome"]) == (T_8A[20 - 8], "scored")
    three = form([*answers("PROMIS_PI", 2, 3, 4, *[None] * 5), *whole])
    assert (three["score"], three["outcome"]) == (None, "too_few_answers")


@pytest.mark.parametrize(
    "names",
    [
        None,
        ["9", "12", "22", "31", "34", "36"],
        ["3", "8", "9", "10", "14", "26"],
        ["9", "22", "31", "34", "12", "50"],
    ],
)
def test_promis_forms_without_a_verified_table_have_no_score(names):
    assert scored("PROMIS_PI", *[2] * 6, names=names) == (None, "no_table")


# EQ-5D: only by a value set that the installation names

TINY = "profile,value\n11111,1\n11223,0.652\n55555,-0.285\n"


def with_value_set(folder, text=TINY):
    (folder / "tiny.csv").write_text(text, encoding="utf-8")
    return settings(eq5d_value_set="tiny.csv").model_copy(update={"root": folder})


@pytest.mark.parametrize(
    ("levels", "index"), [((1, 1, 1, 1, 1), 1), ((1, 1, 2, 2, 3), 0.652), ((5,) * 5, -0.285)]
)
def test_eq5d_index_of_the_named_value_set(tmp_path, levels, index):
    chosen = with_value_set(tmp_path)
    thermometer = ("EQ5D5L", "VAS", 71.0)
    for names in (DIMENSIONS, ("Mobility", "Self-Care", "usual activities", "4", "q5")):
        row = form([*answers("EQ5D5L", *levels, names=names), thermometer], chosen=chosen)
        assert (row["score"], row["outcome"], row["answered"]) == (index, "scored", 5)


@pytest.mark.parametrize("turned", range(5))
def test_eq5d_profile_is_in_the_order_of_the_dimensions_not_of_the_rows(tmp_path, turned):
    rows = answers("EQ5D5L", 1, 1, 2, 2, 3, names=DIMENSIONS)
    row = form(rows[turned:] + rows[:turned], chosen=with_value_set(tmp_path))
    assert row["score"] == 0.652


def test_eq5d_without_index(tmp_path):
    chosen, full = with_value_set(tmp_path), answers("EQ5D5L", 1, 1, 2, 2, 3, names=DIMENSIONS)
    assert (form(full)["score"], form(full)["outcome"]) == (None, "no_value_set")
    assert form(full[:4], chosen=chosen)["outcome"] == "too_few_answers"
    assert form(answers("EQ5D5L", 5, 4, 3, 2, 1), chosen=chosen)["outcome"] == "not_in_value_set"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "tiny.csv: there is no profile in it"),
        ("profile,value\n", "tiny.csv: there is no profile in it"),
        ("11111;1\n", "line 1 holds no profile and index"),
        ("profile,value\n11111,1\n16111,0.5\n", "line 3 holds no profile and index"),
        ("11111,1,extra\n", "line 1 holds no profile and index"),
        ("11111,high\n", "line 1 holds no profile and index"),
        ("11111,nan\n", "line 1 holds no profile and index"),
        ("11111,-inf\n", "line 1 holds no profile and index"),
        ("11111,100\n", "line 1 holds no profile and index"),
        ("11111,1\nprofile,value\n", "line 2 holds no profile and index"),
        ("11111,1\n11112,0.9\n11111,1\n", "line 3 repeats a profile"),
    ],
)
def test_a_value_set_that_cannot_be_used_is_said(tmp_path, text, said):
    with pytest.raises(ConfigurationError) as refusal:
        form(answers("EQ5D5L", 1, 1, 1, 1, 1), chosen=with_value_set(tmp_path, text))
    assert said in str(refusal.value)


def test_a_value_set_that_is_not_there_or_no_text_is_said(tmp_path):
    chosen = settings(eq5d_value_set="tiny.csv").model_copy(update={"root": tmp_path})
    with pytest.raises(ConfigurationError, match=r"tiny\.csv: cannot be read"):
        form(answers("EQ5D5L", 1, 1, 1, 1, 1), chosen=chosen)
    (tmp_path / "tiny.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationError, match="no CSV file in UTF-8"):
        form(answers("EQ5D5L", 1, 1, 1, 1, 1), chosen=chosen)
    assert form(answers("PSFS", 1, 2, 3), chosen=chosen)["score"] == 2  # nobody asked for it


# Why a form has no score


@pytest.mark.parametrize(
    ("rows", "outcome"),
    [
        (answers("ODI", *odi(16)[:9], 6), "out_of_range"),
        (answers("ODI", *odi(16)[:9], 2.5), "out_of_range"),
        (answers("ODI", *odi(16)[:9], float("nan")), "out_of_range"),
        (answers("RMDQ", *[0] * 23, 2), "out_of_range"),
        (answers("PROMIS_PI", 0, 1, 1, 1), "out_of_range"),
        ([*answers("ODI", *odi(16)), ("ODI", "11", 1.0)], "unknown_item"),
        ([*answers("ODI", *odi(16)), ("ODI", "pain", 1.0)], "unknown_item"),
        (answers("PROMIS_PI", *[2] * 4, names=["61758-9", "61769-6", "61773-8", "61775-3"]), "unknown_item"),
        ([*answers("ODI", *odi(16)), ("ODI", "item 1", 1.0)], "item_twice"),
    ],
)
def test_a_form_that_makes_no_score_says_why(rows, outcome):
    row = form(rows)
    assert (row["score"], row["outcome"]) == (None, outcome)
    assert_frame_equal(score_questionnaires(measured(rows), settings()), ordered(measured(rows)))


def ordered(measures):
    return measures.sort(*COLUMNS["measures"])


def test_one_slip_costs_one_form_and_another_coding_all_of_the_clinic():
    right = [row for who in range(5) for row in answers("RMDQ", *[0] * 24, patient=f"p{who}")]
    slip = answers("RMDQ", *[0] * 23, 2, patient="slip")
    found = score_forms(measured(right + slip), settings())
    assert found["outcome"].value_counts().sort("outcome").rows() == [("out_of_range", 1), ("scored", 5)]
    coded = answers("RMDQ", *[1] * 20, *[2] * 4, patient="x", clinic="elm")
    coded += answers("RMDQ", *[1] * 24, patient="y", clinic="elm")
    found = score_forms(measured(right + coded), settings())
    assert found.filter(pl.col("clinic_id") == "elm")["outcome"].to_list() == ["out_of_range"] * 2
    assert found.filter(pl.col("clinic_id") == "oak")["score"].to_list() == [0] * 5


# Totals of the export


@pytest.mark.parametrize(
    ("total", "outcome"), [(35.56, "agrees"), (36, "agrees"), (35, "disagrees"), (16, "disagrees")]
)
def test_a_total_of_the_export_stands_and_is_compared(total, outcome):
    rows = [*answers("ODI", *odi(16, sections=9)), ("ODI", None, float(total))]
    row = form(rows)
    assert (round(row["score"], 2), row["given"], row["outcome"]) == (35.56, total, outcome)
    assert_frame_equal(score_questionnaires(measured(rows), settings()), ordered(measured(rows)))


def test_a_total_stands_beside_items_that_make_none():
    row = form([("ODI", None, 24.0), ("ODI", "1", 5.0)])
    assert (row["score"], row["given"], row["outcome"]) == (None, 24, "too_few_answers")


def test_totals_alone_are_left_as_they_are():
    rows = [("ODI", None, 24.0), ("NPRS", None, 5.0), ("stiffness_min", None, 20.0)]
    assert score_forms(measured(rows), settings()).height == 0
    assert_frame_equal(score_questionnaires(measured(rows), settings()), ordered(measured(rows)))


def test_an_empty_total_is_none():
    rows = [*answers("ODI", *odi(16)), ("ODI", None, None)]
    totals = score_questionnaires(measured(rows), settings()).filter(pl.col("item").is_null())
    assert totals["value"].to_list() == [32]


def test_nothing_measured():
    empty = Measures.create_empty()
    assert_frame_equal(score_questionnaires(empty, settings()), empty)
    assert_frame_equal(score_forms(empty, settings()), Scores.create_empty())


# Into the cohort

INTAKES = """
    patient_id | intake_date | referral_date | start_back
    ann        | 2026-01-01  |               |
    ann        | 2026-05-01  |               |
    bob        |             | 2026-05-10    |
    cat        |             |               |
    dan        | 2026-01-01  |               | low
    eve        | 2026-01-01  |               |
"""


def strata():
    yes = {date(2026, 1, 10): [1] * 9, date(2026, 5, 15): [0] * 9}
    rows = [
        row
        for who in ("ann", "bob", "cat", "dan")
        for day, values in yes.items()
        for row in answers("START_BACK", *values, patient=who, day=day)
    ]
    return measured(rows + answers("START_BACK", *[1] * 9, patient="eve", day=date(2026, 1, 16)))


def test_the_stratum_of_an_intake_is_that_of_the_form_near_it():
    patients = rows_of("patients", INTAKES, clinic_id="oak")
    found = with_strata(patients, score_forms(strata(), settings()))
    assert found["start_back"].to_list() == ["high", "low", "low", "high", "low", None]
    assert_frame_equal(found.drop("start_back"), patients.drop("start_back"))
    assert with_strata(patients, Scores.create_empty()).equals(patients)


def test_the_cohort_carries_totals_scores_and_strata():
    made = journal(
        "performed_at | pain_before\n 2026-01-02 09:00 | 5\n 2026-01-09 09:00 | 4",
        patients="intake_date\n 2026-01-01",
    )
    days = (date(2026, 1, 3), date(2026, 3, 3))
    rows = [
        *(row for day in days for row in answers("ODI", *odi(16), day=day)),
        *(row for day in days for row in answers("EQ5D5L", *[1] * 5, day=day)),
        *answers("START_BACK", *[1] * 9, day=days[0]),
    ]
    made = replace(made, measures=measured(rows))
    cohort = describe_cohort(made, settings())
    totals = cohort.measures.filter(pl.col("item").is_null())
    assert totals.select("instrument", "value").rows() == [("ODI", 32.0), ("START_BACK", 9.0), ("ODI", 32.0)]
    assert cohort.scores["outcome"].to_list() == [
        "no_value_set", "scored", "scored", "no_value_set", "scored",
    ]  # fmt: skip
    assert cohort.episodes["start_back"].to_list() == ["high"]
    told = describe_questions(made, cohort, Episodes.create_empty(), settings())
    answered = dict(told.filter(pl.col("clinic_id") == "oak").select("question", "told").iter_rows())
    assert answered["Did function improve?"] == "yes"
    assert answered["Did quality of life improve?"] == "no"  # levels without an index are no score


# Whatever is answered

FORMS = {
    "ODI": (10, range(6), lambda values: 100 * sum(values) / 50),
    "RMDQ": (24, range(2), sum),
    "PSFS": (5, range(11), lambda values: sum(values) / 5),
    "PROMIS_PI": (8, range(1, 6), lambda values: T_8A[sum(values) - 8]),
    "START_BACK": (9, range(2), sum),
}
ENDS = {"ODI": (0, 100), "RMDQ": (0, 24), "PSFS": (0, 10), "PROMIS_PI": (40.7, 77), "START_BACK": (0, 9)}


@st.composite
def full_forms(draw):
    instrument = draw(st.sampled_from(sorted(FORMS)))
    items, codes, _ = FORMS[instrument]
    return instrument, draw(st.lists(st.sampled_from(codes), min_size=items, max_size=items))


@given(full_forms())
def test_a_full_form_scores_as_by_hand(filled):
    instrument, values = filled
    score, outcome = scored(instrument, *values)
    assert (score, outcome) == (pytest.approx(FORMS[instrument][2](values), abs=1e-6), "scored")


@given(full_forms(), st.data())
def test_whatever_is_left_out_the_score_is_in_range_or_none(filled, data):
    instrument, values = filled
    left = data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values)))
    some = [value if kept else None for value, kept in zip(values, left, strict=True)]
    if not any(left):
        return
    whole = answers("PROMIS_PI", *[2] * 8, patient="zoe")
    row = form(answers(instrument, *some) + whole)
    enough = sum(left) >= QUESTIONNAIRES[instrument].least
    assert row["outcome"] == ("scored" if enough else "too_few_answers")
    assert (row["score"] is not None) == enough
    assert row["answered"] == sum(left)
    assert not enough or ENDS[instrument][0] <= row["score"] <= ENDS[instrument][1]


@runs(max_examples=25)
@given(st.lists(full_forms(), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(forms, chance):
    rows = [
        row
        for number, (instrument, values) in enumerate(forms)
        for row in answers(instrument, *values, patient=f"p{number}")
    ]
    mixed = chance.sample(rows, len(rows))
    assert_frame_equal(
        score_questionnaires(measured(rows), settings()), score_questionnaires(measured(mixed), settings())
    )


@runs(max_examples=25)
@given(st.lists(full_forms(), min_size=1, max_size=6))
def test_every_form_is_counted_once_and_every_row_kept(forms):
    rows = [
        row
        for number, (instrument, values) in enumerate(forms)
        for row in answers(instrument, *values, patient=f"p{number}")
    ]
    scores, totals = (make(measured(rows), settings()) for make in (score_forms, score_questionnaires))
    assert scores.height == len(forms)
    assert Scores.is_valid(scores)
    assert Measures.is_valid(totals)
    assert totals.height == len(rows) + len(forms)
    again = score_questionnaires(totals, settings())
    assert_frame_equal(again, totals)  # now every total is given
    assert set(score_forms(totals, settings())["outcome"]) == {"agrees"}


def test_every_outcome_is_explained_and_every_source_given():
    assert all(OUTCOMES.values())
    assert all(form.source for form in QUESTIONNAIRES.values())
