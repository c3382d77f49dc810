"""The German catalogue is whole: each sentence that a page may say is in it, with the same places to fill."""

from __future__ import annotations

import ast
import re
from datetime import date
from functools import cache
from pathlib import Path

import nbformat
import pytest
from babel.messages.pofile import read_po

from analytics.cohort import questions
from analytics.reporting import render
from analytics.vocabulary import columns, language
from analytics.vocabulary.rules import RULES
from analytics.vocabulary.scales import SCALES
from analytics.vocabulary.schema import INPUTS, TABLES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "analytics").rglob("*.py"))
TEMPLATES = sorted((ROOT / "analytics").rglob("*.j2"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PLACES = re.compile(r"%?\{[^}]*\}")
# tr("...") and "..." | tr
IN_TEMPLATE = re.compile(r"""\btr\(\s*("[^"]*"|'[^']*')\s*\)|("[^"]*"|'[^']*')\s*\|\s*tr\b""")
CODES = (
    columns.SETTINGS, columns.FEEDBACK, columns.EXERCISE_TYPES, columns.MUSCLE_GROUPS, columns.EQUIPMENT,
    columns.PACES, columns.SEXES, columns.SURGERIES, columns.RISKS, columns.GOALS, columns.PHASES,
    columns.AGE_BANDS, columns.WEEK_STATES, columns.INSTRUMENTS, INPUTS,
)  # fmt: skip
# What is put together when a study is prepared: names of a model's terms, and why somebody is not compared.
TERMS = (
    "intercept", "log week", "week line", "week bend", "phase subacute", "phase chronic", "phase unknown",
    "start back medium", "start back high", "start back unknown", "age band 35-49", "age band 50-64",
    "age band 65+", "age band under 18", "age band unknown", "post surgical true", "post surgical unknown",
    "adherence mean", "adherence lag", "load mean", "load lag",
)  # fmt: skip
REASONS = (
    "younger than {number}", "no pain rating at the start", "pain at the start below {number}",
    "no pain rating after week 0", "patients with a session", "episodes of care",
    "lines in the session exports", "refused by a rule", "repeats of another line",
    "lines that make one session together",
)  # fmt: skip


@cache
def german_of():
    """The German of each sentence."""
    return {str(entry.id): str(entry.string) for entry in language.catalogue("de") if entry.id}


def lacking(sentences):
    """Those that have no German, in order."""
    return [text for text in dict.fromkeys(sentences) if text and not german_of().get(text)]


@cache
def nodes_of(source):
    return list(ast.walk(ast.parse(source)))


def nodes_in(path):
    return nodes_of(path.read_text(encoding="utf-8"))


def calls_of_tr(nodes):
    for node in nodes:
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tr":
            yield node.args[0]


def said_in_code():
    for path in SOURCES:
        found = calls_of_tr(nodes_in(path))
        yield from (argument.value for argument in found if isinstance(argument, ast.Constant))
    for path in TEMPLATES:
        found = IN_TEMPLATE.findall(path.read_text(encoding="utf-8"))
        yield from (ast.literal_eval("".join(either)) for either in found)


def test_each_sentence_of_the_code_has_its_german():
    sentences = list(said_in_code())
    assert len(sentences) > 300
    assert lacking(sentences) == []


def codes():
    names = [name for table in INPUTS[:4] for name in TABLES[table].columns()]
    return [code.replace("_", " ") for some in (*CODES, names, TERMS, REASONS) for code in some]


def said_of_rules():
    texts = [(rule.title, rule.meaning, rule.remedy, rule.unit, rule.source) for rule in RULES.values()]
    return [text for some in texts for text in some] + [scale.title for scale in SCALES.values()]


def said_of_questions():
    templates = (questions.NOT_THERE, questions.IN_PART)
    said = [text.format(export=one.export) for one in questions.QUESTIONS for text in templates]
    said += [one.text for one in questions.QUESTIONS]
    said += [questions.MOSTLY_THERE, questions.DIFFERENT, questions.TOO_SMALL, questions.TOO_SHORT]
    return [*said, questions.COMPARED]


def said_in_notebook(path):
    """Each heading, item and paragraph, as the page looks it up."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(render, "tr", lambda text: said.append(text) or text)
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "markdown":
                render.said_in_markdown(cell.source)
    return [text for text in said if text]


@pytest.mark.parametrize("said", [codes, said_of_rules, said_of_questions])
def test_what_is_looked_up_by_its_text_is_in_the_catalogue(said):
    assert len(said()) > 40
    assert lacking(said()) == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_notebooks_say_is_in_the_catalogue(notebook):
    assert len(said_in_notebook(notebook)) > 5
    assert lacking(said_in_notebook(notebook)) == []


def test_the_catalogue_holds_nothing_that_nobody_says():
    said = {*said_in_code(), *codes(), *said_of_rules(), *said_of_questions()}
    said |= {text for path in NOTEBOOKS for text in said_in_notebook(path)}
    said |= {text.replace("_", " ") for path in SOURCES for text in constants(path)}  # shown by words()
    assert [text for text in german_of() if text not in said] == []


def constants(path):
    nodes = nodes_in(path)
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_a_sentence_keeps_its_places():
    for english, german in german_of().items():
        places = [sorted(set(PLACES.findall(text))) for text in (english, german)]
        assert places[0] == places[1], english


def test_a_full_stop_stays_one():
    for english, german in german_of().items():
        assert english.endswith(".") == german.endswith("."), english


def test_the_catalogue_is_sorted_and_says_nothing_twice():
    path = language.CATALOGUES / "de.po"
    names = [ast.literal_eval(line[6:]) for line in path.read_text(encoding="utf-8").splitlines()
             if line.startswith("msgid ")][1:]  # fmt: skip
    assert names == sorted(set(names))
    with path.open("rb") as file:
        read = read_po(file, locale="de", abort_invalid=True)
    assert not [entry.id for entry in read if entry.fuzzy and entry.id]
    assert lacking(names) == []


def put_together(nodes):
    """Arguments of tr that are put together from parts: no catalogue can know them."""
    for argument in calls_of_tr(nodes):
        filled = isinstance(argument, ast.Call) and getattr(argument.func, "attr", "") == "format"
        if filled or isinstance(argument, ast.JoinedStr | ast.BinOp):
            yield ast.unparse(argument)


def test_no_sentence_is_put_together_before_it_is_looked_up():
    assert [found for path in SOURCES for found in put_together(nodes_in(path))] == []


@pytest.mark.parametrize("planted", ["tr(f'{x} weeks')", "tr('a ' + x)", "tr('a {x}'.format(x=1))"])
def test_a_planted_one_is_found(planted):
    assert len(list(put_together(nodes_of(planted)))) == 1


def test_a_lacking_sentence_is_found():
    assert lacking(["All clinics", "A sentence that nobody translated."]) == [
        "A sentence that nobody translated."
    ]


@pytest.mark.usefixtures("german")
def test_german_is_spoken_and_what_lacks_stays_english():
    assert language.tr("All clinics") == "Alle Kliniken"
    assert language.tr("A sentence that nobody translated.") == "A sentence that nobody translated."
    assert language.tr("") == ""
    assert (language.decimal_mark(), language.thousands_mark()) == (",", ".")
    assert language.long_date(date(2026, 3, 1)) == "1. März 2026"


def test_english_is_spoken_where_there_is_no_catalogue():
    language.speak("fr")
    assert language.spoken() == "en"
    assert language.tr("All clinics") == "All clinics"
    assert (language.decimal_mark(), language.thousands_mark()) == (".", ",")
    assert language.long_date(date(2026, 3, 1)) == "1 March 2026"


@pytest.mark.parametrize(
    ("name", "known"),
    [("de-AT", "de"), ("DE_de", "de"), (" en ", "en"), ("fr", None), (None, None), ("", None)],
)
def test_a_language_is_known_by_its_first_part(name, known):
    assert language.known_language(name) == known


@pytest.mark.usefixtures("german")
def test_a_rule_says_its_limits_in_german():
    said = RULES["logged_late"].says({"late_hours": 36.5})
    assert "mehr als 36,5 Stunden" in said
