"""Units, decimal marks, words for 'missing' and codes: proved, or asked; never a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal.drafted import asked, column, draft_of, sessions

from analytics.journal.drafting.codes import WORDS, coded
from analytics.journal.drafting.concepts import folded
from analytics.journal.drafting.headings import hints_of
from analytics.journal.drafting.lengths import length_unit
from analytics.journal.drafting.units import exertion_unit, pain_unit, share_unit

NO_HINTS = hints_of("")
MANY = 40


def _pain(cells, heading="", people=6):
    return pain_unit(column(cells), hints_of(heading), people=people).unit


NPRS = [str(place % 11) for place in range(MANY)]
VAS = [str(place * 2 + 10) for place in range(MANY)]


@pytest.mark.parametrize(
    ("cells", "heading", "people", "unit"),
    [
        (NPRS, "", 6, "NPRS"),
        (NPRS, "", 1, None),
        (NPRS[:20], "", 6, None),
        (NPRS[:20], "Pain (0-10)", 6, "NPRS"),
        (NPRS[:20], "NRS", 1, "NPRS"),
        ([*NPRS, "55"], "", 6, "NPRS"),
        ([*NPRS, *["55"] * 5], "", 6, None),
        (NPRS, "Pain 0-100", 6, None),
        (NPRS, "VAS mm", 6, None),
        (VAS, "", 6, "VAS_0_100"),
        (VAS[:4], "", 1, "VAS_0_100"),
        ([*VAS, "140"], "NRS", 6, "VAS_0_100"),
        (VAS, "Pain (0-10)", 6, None),
        (["1", "2", "3"] * 20, "", 6, None),
        (["0"] * 50, "", 6, None),  # 0 on every scale, and the mapping is kept for what comes
        ([f"{place / MANY:.3f}" for place in range(MANY)], "", 6, "VAS_0_1"),
        (["0", "1"] * 30, "", 6, None),
    ],
)
def test_the_scale_of_pain(cells, heading, people, unit):
    assert _pain(cells, heading, people) == unit


@pytest.mark.parametrize(
    ("cells", "heading", "unit"),
    [
        (["2", "3", "4", "7"] * 5, "", "CR10"),
        (["9", "11", "13", "15"] * 5, "", "RPE6_20"),
        (["6", "7", "8", "9", "10"] * 9, "", None),
        (["6", "7", "8", "9", "10"] * 9, "RPE (6-20)", "RPE6_20"),
        (["6", "7", "8", "9", "10"] * 9, "Borg CR10", "CR10"),
        (["2", "3", "13", "15"] * 5, "", None),
        (["0", "11", "13", "15"] * 5, "", "RPE6_20"),
        ([*["2", "3", "4"] * 30, "15"], "", "CR10"),
        (["9", "11", "13", "15"] * 5, "RPE 0-10", None),
    ],
)
def test_the_scale_of_exertion(cells, heading, unit):
    assert exertion_unit(column(cells), hints_of(heading)).unit == unit


@pytest.mark.parametrize(
    ("cells", "heading", "unit"),
    [
        (["20", "35", "45"], "", "minutes"),
        (["20 min", "35 min"], "", "minutes"),
        (["0.5", "0.75", "1.25"], "", "hours"),
        (["0,5 h", "0,75 h"], "", "hours"),
        (["1", "2", "3"], "", None),
        (["0.5", "0.75"], "Dauer (min)", None),
        (["20", "35"], "Duration (h)", None),
        (["1h 5m", "35m", "45m"], "", "duration text"),
        (["0:35", "1:05", "0:45"], "", "h:mm"),
        (["00:35:00", "01:05:00"], "", "h:mm"),
        (["35:20", "41:05"], "", None),
        (["1 Std 5", "2 Std 10"], "", None),
    ],
)
def test_the_unit_of_a_length(cells, heading, unit):
    assert length_unit(column(cells), hints_of(heading)).unit == unit


@pytest.mark.parametrize(
    ("cells", "heading", "unit"),
    [
        (["0.8", "1", "0.95"], "", "share"),
        (["80", "100", "95"], "", "percent"),
        (["80%", "100%", "95%"], "", "percent"),
        (["8", "10", "9"], "", None),
        (["0.8", "1", "0.95"], "Completed (%)", None),
        (["0.8", "1", "0.95"] * 20, "Completed (%)", "share"),
    ],
)
def test_a_share_or_a_percentage(cells, heading, unit):
    assert share_unit(column(cells), hints_of(heading)).unit == unit


@given(
    st.randoms(use_true_random=False), st.sampled_from(["NPRS", "VAS_0_100", "VAS_0_1"]), st.integers(1, 400)
)
def test_a_scale_of_pain_that_is_proved_is_the_true_one(chance, unit, cells):
    """Patients differ, and their pain wanders."""
    top = {"NPRS": 10, "VAS_0_100": 100, "VAS_0_1": 1}[unit]
    people = [chance.uniform(0.2, 0.9) for _ in range(chance.choice([1, 3, 10]))]
    levels = [min(1, max(0, chance.gauss(chance.choice(people), 0.15))) * top for _ in range(cells)]
    texts = [f"{level:.2f}" if unit == "VAS_0_1" else f"{level:.0f}" for level in levels]
    assert _pain(texts, people=len(people)) in {unit, None}


@given(st.randoms(use_true_random=False), st.booleans(), st.integers(1, 300))
def test_a_scale_of_exertion_that_is_proved_is_the_true_one(chance, borg, cells):
    efforts = [min(10, max(0, chance.gauss(4, 2))) for _ in range(cells)]
    texts = [f"{6 + 1.4 * effort:.0f}" if borg else f"{effort:.0f}" for effort in efforts]
    assert exertion_unit(column(texts), NO_HINTS).unit in {"RPE6_20" if borg else "CR10", None}


def test_a_pain_column_takes_the_scale_of_another_of_the_file_where_it_fits():
    few = ["40", "30", *[""] * 58]
    draft = draft_of(sessions(60, Pain_before=[str(20 + place) for place in range(60)], Pain_after=few))
    assert asked(draft) == []
    assert draft.mapping.units["pain_after"] == "VAS_0_100"
    low = ["4", "3", *[""] * 58]
    draft = draft_of(sessions(60, Pain_before=[str(20 + place) for place in range(60)], Pain_after=low))
    assert asked(draft) == ["units.pain_after"]


def test_a_pain_that_is_always_0_takes_the_scale_of_another_or_is_asked():
    none = ["0"] * 60
    vas = [str(20 + place) for place in range(60)]
    draft = draft_of(sessions(60, Pain_before=vas, Pain_after=none))
    assert (asked(draft), draft.mapping.units["pain_after"]) == ([], "VAS_0_100")
    assert asked(draft_of(sessions(60, Pain_before=none))) == ["units.pain_before"]


def test_a_unit_that_is_not_proved_is_asked_and_answered():
    cells = sessions(20)
    assert asked(draft_of(cells)) == ["units.pain_before"]
    told = draft_of(cells, units__pain_before="VAS_0_100")
    assert (asked(told), told.mapping.units["pain_before"]) == ([], "VAS_0_100")


@pytest.mark.parametrize(
    ("completed", "decimal", "thousands", "questions"),
    [
        (["0,5", "0,75"], ",", None, []),
        (["0.5", "0.75"], ".", None, []),
        (["0,5", "0.75"] * 2, ".", None, []),
        (["1", "1"], ".", None, []),
    ],
)
def test_the_decimal_mark(completed, decimal, thousands, questions):
    draft = draft_of(sessions(60, Completed=(completed * 60)[:60]))
    assert (draft.mapping.file.decimal, draft.mapping.file.thousands) == (decimal, thousands)
    assert asked(draft) == questions


def _scores(values):
    return {
        "Clinic": ["oak"] * 30, "Patient": [f"P{place % 5}" for place in range(30)],
        "Date": [f"2026-01-{1 + place:02d}" for place in range(30)],
        "Instrument": ["core_endurance_s"] * 30, "Score": (values * 30)[:30],
    }  # fmt: skip


def test_a_number_that_may_have_thousands_or_decimals_is_asked():
    draft = draft_of(_scores(["1,234", "1,100"]))
    assert asked(draft) == ["file.decimal"]
    assert draft_of(_scores(["1,234"]), file__decimal=",").mapping.file.decimal == ","
    told = draft_of(_scores(["1,234"]), file__decimal=".").mapping.file
    assert (told.decimal, told.thousands) == (".", ",")


@pytest.mark.parametrize(
    ("values", "decimal", "thousands"),
    [(["1.234,5", "99,5"], ",", "."), (["1,234.5", "99.5"], ".", ","), (["1.234", "99,5"], ",", ".")],
)
def test_the_other_mark_of_a_file_tells_thousands(values, decimal, thousands):
    file = draft_of(_scores(values)).mapping.file
    assert (file.decimal, file.thousands) == (decimal, thousands)


@pytest.mark.parametrize("word", ["-", "k.A.", "n/a", "999", "-99", "?"])
def test_words_and_numbers_for_missing_are_proposed(word):
    draft = draft_of(
        sessions(60, RPE=[word if place % 9 == 0 else str(1 + place % 8) for place in range(60)])
    )
    assert draft.mapping.missing_in == {"rpe": (word,)}
    assert draft.preview.kept == 60


def test_a_number_for_missing_is_far_from_every_other():
    pain = [str(place) for place in range(41, 100)] + ["99"] * 5
    assert column(pain).sentinels == {}
    assert column([*NPRS, *["99"] * 5]).sentinels == {99.0: 5}


def test_an_id_is_never_a_word_for_missing():
    ids = ["KA", "BD", "NR", "NA-1"] * 15
    draft = draft_of(sessions(60, Patient_ID=ids))
    assert draft.mapping.missing_in == {}


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (["ja", "nein"], {"ja": "true", "nein": "false"}),
        (["kyllä", "ei"], {"kyllä": "true", "ei": "false"}),
        (["Oui", "Non"], {"Oui": "true", "Non": "false"}),
        (["J", "N"], {"J": "true"}),
        (["k", "e"], {"k": "true", "e": "false"}),
        (["x", ""], {"x": "true"}),
        (["1", "0"], {}),
    ],
)
def test_yes_and_no(words, codes):
    draft = draft_of(sessions(60, Supervised=words * 30))
    assert asked(draft) == []
    assert draft.mapping.codes.get("supervised", {}) == codes


@pytest.mark.parametrize("words", [["1", "2"], ["1", ""], ["o", "s"], ["A", "B"]])
def test_words_that_may_be_yes_or_no_are_asked(words):
    draft = draft_of(sessions(60, Supervised=words * 30))
    assert asked(draft) == ["codes.supervised"]
    told = draft_of(
        sessions(60, Supervised=words * 30), **{f"codes.supervised.{word}": "false" for word in words if word}
    )
    assert asked(told) == []


@pytest.mark.parametrize(
    ("words", "sexes"),
    [
        (["F", "M"], {"F": "female", "M": "male"}),
        (["H", "M"], {"H": "male", "M": "female"}),
        (["w", "m", "d"], {"w": "female", "m": "male", "d": "other"}),
        (["M"], {}),
        (["1", "2"], {}),
    ],
)
def test_letters_for_the_sexes_are_read_together(words, sexes):
    assert coded(column(words * 5), "sex").known == sexes


def test_an_unknown_word_is_shown_only_where_it_is_no_patients_own():
    place = ["Praxis"] * 20 + ["Reha-Zentrum"] * 40
    (question,) = draft_of(sessions(60, Ort=place)).asked
    assert (question.key, '"Reha-Zentrum"' in question.text) == ("codes.setting", True)
    told = draft_of(sessions(60, Ort=place), **{"codes.setting.Reha-Zentrum": "clinic"})
    assert told.mapping.codes["setting"] == {"Praxis": "clinic", "Reha-Zentrum": "clinic"}
    own = [f"with Jane Doe {number // 2}" for number in range(10)] + ["Praxis"] * 50
    (question,) = draft_of(sessions(60, Ort=own)).asked
    assert "Jane" not in question.text + "".join(choice.answer for choice in question.choices)


def test_no_word_stands_for_two_values_of_one_list():
    for ours, lists in WORDS.items():
        words = [(folded(word.strip()), value) for value, text in lists.items() for word in text.split(",")]
        clashes = {
            word for word, value in words if {other for text, other in words if text == word} != {value}
        }
        assert not clashes, ours
