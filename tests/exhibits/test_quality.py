"""What the data steward reads: nothing small leaves, and the words say what to do."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.exhibits.disclosure import release_quality
from analytics.exhibits.disclosure_of_quality import RELEASED, release_checks
from analytics.exhibits.quality import lines_table, quality_findings, quality_headline
from analytics.exhibits.quality_tables import checks_table, completeness_table
from analytics.vocabulary.records import ExportLines, Trend
from analytics.vocabulary.rules import RULES
from analytics.vocabulary.settings import Disclosure

RULES_OUT = Disclosure(min_patients=8, round_to=5)
TYPES = {name: column.dtype for name, column in Trend.columns().items()}
FACTS = {
    "gate": {"decision": "publish", "reasons": [], "anyway": False},
    "settings": {"quality": {"thresholds": {}}},
}
HOSTILE = "<script>alert(1)</script>\"&'"
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
COUNTS = ["violated", "of"]


def row(clinic="oak", check="logged_late", **changed):
    made = {
        "clinic_id": clinic, "check": check, "table": "sessions", "column": "", "violated": 60, "of": 100,
        "patients": 20, "of_patients": 30, "share": 0.6, "threshold": 0.5, "status": "warn", "state": "new",
        "violated_before": 10, "of_before": 100, "patients_before": 9, "share_before": 0.1,
    } | changed  # fmt: skip
    made["share"] = made["violated"] / made["of"] if made["of"] else None
    return made


def trend(*rows):
    return pl.DataFrame(list(rows), schema=TYPES, orient="row")


def released(*rows):
    return release_checks(trend(*rows), RULES_OUT)


def html(exhibit):
    return exhibit.body + exhibit.table


@st.composite
def some_trend(draw):
    rows = []
    for at in range(draw(st.integers(1, 10))):
        counts = []
        for _ in range(2):
            of = draw(st.integers(0, 60))
            of_patients = draw(st.integers(min(of, 1), of))
            violated = draw(st.integers(0, of))
            patients = draw(st.integers(min(violated, 1), max(min(violated, of_patients), min(violated, 1))))
            counts.append((violated, of, patients, of_patients))
        (now, of, patients, of_patients), (then, of_then, patients_then, _) = counts
        rows.append(row(f"c{at}", violated=now, of=of, patients=patients, of_patients=of_patients,
                        violated_before=then, of_before=of_then, patients_before=patients_then))  # fmt: skip
    return trend(*rows)


@given(some_trend())
@QUICK
def test_no_check_shows_fewer_patients_than_the_floor(checks):
    out = release_checks(checks, RULES_OUT)
    assert out.columns == list(RELEASED)
    for name in COUNTS:
        shown = out[name].drop_nulls()
        assert not shown.is_between(1, 7).any()
        assert (shown % 5 == 0).all()
    small = checks.select(
        pl.col("patients").is_between(1, 7) | pl.col("of_patients").is_between(1, 7)
    ).to_series()
    assert (
        out.filter(small).select(pl.col(*COUNTS, "share", "share_before").is_null().all()).row(0)
        == (True,) * 4
    )
    shares = out.drop_nulls("share")
    assert (shares["share"] == shares["violated"] / shares["of"]).all()
    assert shares["share"].is_between(0, 1).all()
    assert out["status"].to_list() == checks["status"].to_list()


def test_a_small_number_cannot_be_worked_out_from_its_share():
    """Of 1 to 7 patients one picture is printed, whatever the number."""
    pictures = {
        tuple(released(row(violated=n, patients=n)).select(*COUNTS, "share").row(0)) for n in range(1, 8)
    }
    assert pictures == {(None, None, None)}
    before = {released(row(violated_before=n, patients_before=n))["share_before"].item() for n in range(1, 8)}
    assert before == {None}


def test_a_check_as_a_small_table():
    out = released(
        row("a", violated=12, patients=9), row("b", violated=0, patients=0),
        row("c", of=0, violated=0, patients=0),
        row("d", check="clinic_silent", violated=1, of=1, patients=1, of_patients=1),
    )  # fmt: skip
    assert out.select("violated", "of", "share", "share_before").rows() == [
        (10, 100, 0.1, 0.1), (0, 100, 0.0, 0.1), (0, 0, None, 0.1), (None, None, None, None),
    ]  # fmt: skip


def lines(*rows):
    names = {name: column.dtype for name, column in ExportLines.columns().items()}
    made = [(clinic, source, place, "sessions", outcome, n, n) for clinic, source, place, outcome, n in rows]
    return release_quality(pl.DataFrame(made, schema=names, orient="row"), RULES_OUT)


OF_OAK = lines(("oak", "in/*.csv", 1, "read", 1000), ("oak", "in/*.csv", 1, "kept", 950),
               ("oak", "in/*.csv", 1, "refused", 40), ("oak", "in/*.csv", 1, "duplicate", 10),
               ("oak", "in/*.csv", 2, "read", 500), ("oak", "in/*.csv", 2, "kept", 497),
               ("oak", "in/*.csv", 2, "refused", 3))  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "anyway", "said"),
    [
        ("publish", False, "Publish: no check asks to hold the reports."),
        (
            "hold",
            False,
            "Hold: these exports are not good enough to publish: oak (Every pain rating is the same).",
        ),
        (
            "publish",
            True,
            "Published all the same, by the settings, although checks ask to hold: oak (Every pain",
        ),
    ],
)
def test_the_headline_says_publish_or_hold_and_why(decision, anyway, said):
    reasons = (
        [{"clinic_id": "oak", "check": "pain_constant", "table": "sessions"}]
        if said[0] != "P" or anyway
        else []
    )
    facts = FACTS | {"gate": {"decision": decision, "reasons": reasons, "anyway": anyway}}
    assert quality_headline(released(row()), OF_OAK, facts).summary.startswith(said)


def test_the_headline_counts_findings_states_and_lines():
    checks = released(
        row("oak"), row("elm", state="persisting"), row("elm", "transfers", status="note", state="passing"),
        row("ash", status="pass", state="resolved"),
        row("network", "rows_halved", status="pass", state="passing"),
    )  # fmt: skip
    said = quality_headline(checks, OF_OAK, FACTS).body
    assert "Findings that ask for action: 2. Clinics that have one: 2 of 3." in said
    assert "Findings that are good to know: 1." in said
    assert "Against the last run: 1 new, 1 still there, 1 resolved." in said
    assert "Of about 1,500 lines, about 1,445 were kept" in said
    assert "first run" in quality_headline(released(row(state="first run")), OF_OAK, FACTS).body
    quiet = quality_headline(released(row(status="pass", state="passing")), lines(), FACTS).body
    assert "Nothing asks for action. Clinics looked at: 1." in quiet
    assert "As in the last run, nothing was found." in quiet


def test_each_finding_is_told_once_the_gravest_first_with_what_to_do():
    body = quality_findings(
        released(row("oak"), row("elm", state="persisting"), row("oak", "transfers", status="note"),
                 row("oak", "pain_constant", status="fail")), FACTS,
    ).body  # fmt: skip
    order = [body.index(mark) for mark in ("✕ Hold:", "▲ Act:", "● Know:")]
    assert order == sorted(order)
    assert body.count("Written down days later") == 1
    assert RULES["logged_late"].remedy in body
    assert "more than 48 hours" in body
    assert "oak (table sessions): 60 % (about 60 of 100 entries); new since the last run" in body
    assert "elm (table sessions): 60 % (about 60 of 100 entries); in the last run 10 %" in body


def test_limits_of_the_settings_are_in_the_words():
    facts = FACTS | {"settings": {"quality": {"thresholds": {"late_hours": 24.0, "logged_late": 0.25}}}}
    assert "more than 24 hours" in quality_findings(released(row()), facts).body
    assert ">25 %</td>" in checks_table(released(row()), facts).table


def test_a_finding_of_few_patients_is_told_without_a_number():
    body = quality_findings(released(row(violated=5, patients=5, share_before=0.9)), FACTS).body
    place = re.search(r"<ul><li>(.*?)</li>", body)
    assert place
    assert place[1] == "oak (table sessions): too few patients to show a number; new since the last run"


def test_many_clinics_are_not_listed_without_end():
    body = quality_findings(released(*(row(f"c{n:03}") for n in range(300))), FACTS).body
    assert "and 288 more" in body
    assert len(body) < 3000


def test_where_nothing_was_found_that_is_said():
    assert "No check has found anything" in quality_findings(released(row(status="pass")), FACTS).body
    assert "No line was read" in lines_table(lines()).body
    assert "No table has any row" in completeness_table(released(row())).body


def test_hostile_names_are_text():
    hostile = released(
        row(HOSTILE, column=HOSTILE, check="column_incomplete"),
        row(HOSTILE, column=HOSTILE, check="column_absent", violated=0, status="pass"),
    )
    facts = FACTS | {"gate": {"decision": "hold", "anyway": False,
                              "reasons": [{"clinic_id": HOSTILE, "check": "pain_constant"}]}}  # fmt: skip
    of_hostile = lines((HOSTILE, HOSTILE, 1, "read", 10))
    shown = [quality_findings(hostile, facts), completeness_table(hostile), lines_table(of_hostile),
             quality_headline(hostile, of_hostile, facts)]  # fmt: skip
    assert all("<script>" not in html(exhibit) for exhibit in shown)
    assert all("&lt;script&gt;" in html(exhibit) for exhibit in shown[:3])


def test_a_file_is_told_by_its_pattern_and_place():
    table = lines_table(OF_OAK).table
    assert "in/*.csv, file 1" in table
    assert "in/*.csv, file 2" in table
    first = table[table.index("file 1") : table.index("file 2")]
    numbers = re.findall(r"<td[^>]*>([\d,]+|not shown)</td>", first)
    assert numbers[:4] == ["1,000", "950", "40", "10"]
    assert "not shown" in table[table.index("file 2") :]
    assert lines_table(OF_OAK).summary.startswith("Lines were refused in 2 of 2 exports")


def filled(column, violated, *, status="pass", patients=None, **more):
    share = {"violated": violated, "patients": min(violated, 30) if patients is None else patients}
    return [
        row(check="column_incomplete", column=column, status=status, threshold=0.2, **share, **more),
        row(check="column_absent", column=column, status="pass", violated=0, of=1, patients=0),
    ]


def test_how_full_columns_are():
    checks = released(
        *filled("pain_before", 0), *filled("rpe", 30, status="warn"), *filled("setting", 40, patients=3),
        *filled("logged_at", 10, of=4000, patients=9),
        row(check="column_absent", column="duration_min", status="note", violated=1, of=1),
        row(check="column_incomplete", column="duration_min", status="untested", violated=0, of=0),
        row("elm", check="column_absent", table="patients", column="age", status="pass", violated=0, of=1),
        row("elm", check="column_incomplete", table="patients", column="age", status="pass", violated=0),
    )  # fmt: skip
    exhibit = completeness_table(checks)
    table = exhibit.table
    heads = re.findall(r'<th scope="col"[^>]*>(.*?)</th>', table)
    assert heads == ["Clinic", "Minutes", "Time of entry", "Pain before", "Exertion", "Place", "Age"]
    cells = dict(re.findall(r'<th scope="row">(\w+)</th>(.*?)</tr>', table))
    oak = dict(zip(heads[1:], re.findall(r"<td[^>]*>(.*?)</td>", cells["oak"]), strict=True))
    assert oak == {"Minutes": "None", "Time of entry": "99 %", "Pain before": "100 %", "Exertion": "70 % ▲",
                   "Place": "80+ %", "Age": "No table"}  # fmt: skip
    assert cells["elm"].count("No table") == 5
    assert exhibit.summary == "Empty, or less full than it should be: 2."


def test_every_rule_stands_in_the_table_with_its_outcome_and_its_name():
    exhibit = checks_table(released(row(), row("elm", status="pass"), row("ash", status="untested")), FACTS)
    assert exhibit.table.count("<tr>") == len(RULES) + 1
    assert all(f">{name}</td>" in exhibit.table for name in RULES)
    assert "▲ Act 1; ✓ Passes 1; – Not tested 1" in exhibit.table
    assert exhibit.summary.startswith(f"Of {len(RULES)} rules and checks, 1 found something")
