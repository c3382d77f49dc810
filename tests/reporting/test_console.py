"""What `lumbar check` prints about checks: grouped, in words, never without end."""

from __future__ import annotations

import polars as pl
import pytest

from analytics.reporting.console import show_account, show_checks
from analytics.vocabulary.gate import Gate, Reason
from analytics.vocabulary.records import Accounting, Fates, Trend
from analytics.vocabulary.results import Journal

TYPES = {name: column.dtype for name, column in Trend.columns().items()}


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")


def trend(*rows):
    whole = [
        (clinic, check, "sessions", "", 30, 60, 30, 60, 0.5, 0.1, status, state, None, None, None, None)
        for clinic, check, status, state in rows
    ]
    return pl.DataFrame(whole, schema=TYPES, orient="row")


def test_the_gravest_come_first_with_places_and_state(capsys):
    checks = trend(("oak", "logged_late", "warn", "new"), ("elm", "pain_constant", "fail", "persisting"),
                   ("ash", "logged_late", "pass", "resolved"))  # fmt: skip
    show_checks(checks, Gate("hold", (Reason("elm", "pain_constant"),)), {"late_hours": 24})
    said = capsys.readouterr().out
    assert said.index("error: Every pain rating is the same") < said.index("warning: Written down days later")
    assert "- elm, sessions: 30 of 60 ratings (50.0%), persisting" in said
    assert "more than 24 hours" in said
    assert "2 found, 1 resolved since the last run." in said
    assert "Publish" not in said


def test_a_first_run_compares_with_nothing(capsys):
    show_checks(trend(("oak", "clinic_silent", "warn", "first run")), Gate("publish"), {})
    said = capsys.readouterr().out
    assert "- oak, sessions\n" in "\n".join(line.strip() + "\n" for line in said.splitlines())
    assert "1 found." in said
    assert said.strip().endswith("Publish.")


def test_many_places_are_cut_short(capsys):
    show_checks(trend(*((f"c{n:03}", "logged_late", "warn", "new") for n in range(300))), Gate("publish"), {})
    said = capsys.readouterr().out
    assert "and 288 more places" in said
    assert said.count("of 60 entries") == 12


def test_the_account_says_what_each_rule_means_and_where_it_struck_first(capsys):
    fates = [(f"f{n:02}.csv", "sessions", "oak", "p1", "refused", "ragged_line", 2, 7) for n in range(20)]
    types = {name: column.dtype for name, column in Fates.columns().items()}
    empty = pl.DataFrame()
    books = Journal(empty, empty, empty, empty, empty, empty, pl.DataFrame(fates, schema=types, orient="row"),
                    Accounting.create_empty(), empty, empty)  # fmt: skip
    show_account(books)
    said = capsys.readouterr().out
    assert "refused: Line with too many or too few cells (ragged_line)" in said
    assert "a separator or quote is amiss" in said
    assert "f00.csv" in said
    assert "and 8 more files" in said
