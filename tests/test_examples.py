"""Examples run: those of every docstring of the shelf and its nouns, and a researcher's day as a text."""

from __future__ import annotations

import doctest
import inspect
from dataclasses import fields, is_dataclass
from pathlib import Path

import polars as pl
import pytest

import analytics as an
from analytics.vocabulary import results
from analytics.vocabulary.installed import sample_settings
from analytics.vocabulary.results import Cohort, Journal
from analytics.vocabulary.study import Study

TEXTS = sorted((Path(__file__).parent / "examples").glob("*.txt"))
NOUNS = [
    results.Fit,
    results.Cohort,
    results.Exhibit,
    results.Benchmark,
    results.ControlChart,
    results.Journal,
    Study,
]
# what a report's notebook calls; a researcher calls what stands in exhibits/lab
OF_REPORTS = [name for name, room in an.ROOM_OF.items() if "exhibits" in room and ".lab." not in room]
VERBS = [name for name in an.__all__ if name not in OF_REPORTS and name not in {"Cohort", "NICOLSON_2018"}]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module")
def at_hand(sample_run, tmp_path_factory):
    """What an example may name, as in every lab notebook: the sample's study, its frames and a fit or two."""
    patch = pytest.MonkeyPatch()
    patch.setenv("LUMBAR_STUDY", str(sample_run.folder / "study"))
    patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    study, settings = Study(sample_run.folder / "study"), sample_settings(sample_run.folder)
    weeks, eligible = study.frame("patient_weeks").collect(), study.frame("eligible").collect()
    rows, levels = (
        an.model_weeks(weeks, eligible, settings).frame,
        (an.Random("clinic_id"), an.Random("episode_id")),
    )
    of_cohort = {one.name: one.name.replace("weeks", "patient_weeks") for one in fields(Cohort)}
    everybody = study.frame("episodes").collect()
    yield {
        "imputed": an.impute_missing(weeks, everybody, settings, imputations=2),
        "an": an, "pl": pl, "study": study, "settings": settings, "weeks": weeks, "eligible": eligible,
        "rows": rows,
        "journal": Journal(**{one.name: study.frame(one.name).collect() for one in fields(Journal)}),
        "cohort": Cohort(**{name: study.frame(held).collect() for name, held in of_cohort.items()}),
        "fit": an.fit_trajectory(weeks, eligible, settings),
        "curved": an.fit_dose_response(weeks, eligible, settings),
        "small": an.fit_mixed(rows, "pain ~ log_week", random=levels),
    }  # fmt: skip
    patch.undo()


def _examples(thing: object, name: str, names: dict) -> list[doctest.DocTest]:
    module = inspect.getmodule(thing)
    own = {**vars(module), **names} if module else names
    return [one for one in doctest.DocTestFinder().find(thing, name, globs=own) if one.examples]


def _run(tests: list[doctest.DocTest]) -> str:
    """What was said of those that went wrong."""
    said: list[str] = []
    for one in tests:
        doctest.DocTestRunner(optionflags=FLAGS, verbose=False).run(one, out=said.append)
    return "".join(said)


@pytest.mark.parametrize("name", an.__all__)
def test_the_examples_of_its_docstring_run(name, at_hand):
    assert _run(_examples(getattr(an, name), name, at_hand)) == ""


@pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.__name__)
def test_the_examples_of_a_noun_run(noun, at_hand):
    assert _run(_examples(noun, noun.__name__, at_hand)) == ""


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.stem)
def test_a_researchers_text_runs(path, at_hand):
    text = doctest.DocTestParser().get_doctest(path.read_text(), dict(at_hand), path.stem, str(path), 0)
    assert _run([text]) == ""


def test_a_wrong_example_is_found(at_hand):
    wrong = doctest.DocTestParser().get_doctest(
        ">>> an.data_dictionary().height\n0\n", dict(at_hand), "x", None, 0
    )
    assert "Expected:" in _run([wrong])


def test_every_verb_that_a_researcher_calls_has_an_example():
    texts = "".join(path.read_text() for path in TEXTS)
    bare = [
        name
        for name in VERBS
        if ">>>" not in (inspect.getdoc(getattr(an, name)) or "") and f"an.{name}" not in texts
    ]
    assert bare == []


@pytest.mark.parametrize("name", an.__all__)
def test_every_name_of_the_shelf_says_what_it_means(name):
    first = (inspect.getdoc(getattr(an, name)) or "").splitlines()[0]
    assert first
    assert first[0].isupper()
    generated = is_dataclass(getattr(an, name)) and first.startswith(f"{name}(")
    assert not generated, "a dataclass without a docstring has its signature for one"


def test_tab_completion_offers_the_shelf_and_nothing_else():
    assert dir(an) == sorted(an.__all__)
    assert len(set(an.__all__)) == len(an.__all__)
