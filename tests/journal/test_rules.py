"""Each cleaning rule: one line that breaks it, and what becomes of the line."""

from __future__ import annotations

import polars as pl
import pytest
from journal.exports import GOOD, SESSIONS, cleaned, installation, sessions_of


def _changed(**cells: str) -> str:
    names = [
        "clinic",
        "id",
        "start",
        "logged",
        "place",
        "supervised",
        "exercises",
        "minutes",
        "rpe",
        "level",
        "pain",
    ]
    return ",".join((dict(zip(names, GOOD.split(","), strict=True)) | cells).values())


REFUSED = [
    ("missing_patient", {"id": ""}),
    ("missing_clinic", {"clinic": ""}),
    ("rounded_id", {"id": "1.23457E+11"}),
    ("rounded_id", {"id": '" 1,23457E+11"'}),
    ("missing_date", {"start": ""}),
    ("unreadable_date", {"start": "soon"}),
    ("implausible_year", {"start": "0023-01-05 09:00"}),
    ("implausible_year", {"start": "1923-01-05 09:00"}),
    ("future_date", {"start": "2026-07-01 00:00"}),
    ("pain_out_of_range", {"pain": "11"}),
    ("pain_out_of_range", {"pain": "-1"}),
    ("rpe_out_of_range", {"rpe": "13"}),
    ("duration_out_of_range", {"minutes": "241"}),
    ("duration_out_of_range", {"minutes": "0"}),
    ("unreadable_number", {"pain": "much"}),
    ("unreadable_number", {"level": "2.5"}),
    ("unreadable_number", {"minutes": "nan"}),
    ("unreadable_number", {"minutes": '"1,234"'}),
    ("unknown_code", {"place": "swimming pool"}),
    ("unknown_code", {"exercises": "stretching;levitation"}),
    ("unknown_code", {"supervised": "perhaps"}),
    ("other_out_of_range", {"level": "101"}),
]


@pytest.mark.parametrize(("rule", "cells"), REFUSED)
def test_a_line_that_breaks_a_rule_is_refused(tmp_path, rule, cells):
    journal = sessions_of(tmp_path, GOOD.replace("09:00", "08:00"), _changed(**cells))
    assert journal.sessions.height == 1
    found = journal.findings.select("file", "line", "table", "outcome", "rule").rows()
    assert found == [("s.csv", 3, "sessions", "refused", rule)]


MENDED = [
    ("spaces_trimmed", {"id": " 7 "}, "patient_id", None),
    ("spaces_trimmed", {"place": "home\u00a0"}, "setting", "home"),
    ("code_case", {"place": "HOME"}, "setting", "home"),
    ("code_case", {"exercises": "Stretching"}, "exercise_types", ["stretching"]),
    ("decimal_comma", {"minutes": '"30,5"'}, "duration_min", 30.5),
    ("unit_suffix", {"minutes": "30 min"}, "duration_min", 30),
    ("unit_suffix", {"pain": "7/10"}, "pain_before", 7),
    ("excel_serial_date", {"start": "46027.375"}, "performed_at", None),
    ("logged_before_performed", {"logged": "2026-01-04 09:00"}, "logged_at", None),
]


@pytest.mark.parametrize(("rule", "cells", "column", "value"), MENDED)
def test_what_can_be_read_is_mended_and_counted(tmp_path, rule, cells, column, value):
    journal = sessions_of(tmp_path, _changed(**cells))
    assert journal.findings.select("line", "outcome", "rule").rows() == [(2, "repaired", rule)]
    assert journal.accounting.select("kept", "repaired").row(0) == (1, 1)
    if value is not None:
        assert journal.sessions[column].to_list() == [value]


def test_a_serial_date_is_that_day_and_clock(tmp_path):
    journal = sessions_of(tmp_path, _changed(start="46027.375"))
    assert str(journal.sessions["performed_at"].item()) == "2026-01-05 09:00:00"


def test_a_log_before_the_session_is_emptied(tmp_path):
    assert sessions_of(tmp_path, _changed(logged="2026-01-04 09:00")).sessions["logged_at"].item() is None


@pytest.mark.parametrize("empty", ["", "NA", "null"])
def test_a_missing_rating_stays_missing(tmp_path, empty):
    journal = sessions_of(tmp_path, _changed(rpe=empty, pain=empty))
    assert journal.sessions.select("rpe", "pain_before").row(0) == (None, None)
    assert journal.findings.height == 0


def test_of_whole_repeats_the_first_is_kept(tmp_path):
    journal = sessions_of(tmp_path, GOOD, GOOD, GOOD)
    assert journal.findings.select("line", "outcome", "rule").rows() == [
        (3, "duplicate", "exact_duplicate"), (4, "duplicate", "exact_duplicate"),
    ]  # fmt: skip


def test_of_two_versions_of_a_session_the_later_is_kept(tmp_path):
    journal = sessions_of(tmp_path, GOOD, _changed(pain="2"))
    assert journal.sessions["pain_before"].to_list() == [2]
    assert journal.findings.select("line", "outcome", "rule").rows() == [(2, "duplicate", "same_session")]


def test_the_first_fault_of_a_line_is_named_once(tmp_path):
    journal = sessions_of(tmp_path, _changed(pain="11", place="pool", start="soon"))
    assert journal.findings.select("rule").rows() == [("unreadable_date",)]


def test_overlapping_files_of_a_clinic_are_not_counted_twice(tmp_path):
    header = "clinic,id,start,logged,place,supervised,exercises,minutes,rpe,level,pain\n"
    files = {"a.csv": (SESSIONS, header + GOOD + "\n"), "b.csv": (SESSIONS, header + GOOD + "\n")}
    journal = cleaned(installation(tmp_path, files))
    assert journal.sessions.height == 1
    assert journal.accounting.select("file", "kept", "duplicates").rows() == [
        ("a.csv", 1, 0),
        ("b.csv", 0, 1),
    ]


PLANS = 'table = "plans"\n[columns]\nclinic_id = "c"\npatient_id = "p"\nvalid_from = "a"\nvalid_to = "b"\n'


def test_a_plan_that_ends_before_it_begins_is_refused(tmp_path):
    made = installation(
        tmp_path, {"p.csv": (PLANS, "c,p,a,b\noak,7,2026-02-01,2026-01-01\noak,7,2026-02-01,\n")}
    )
    journal = cleaned(made)
    assert journal.plans.height == 1
    assert journal.findings["rule"].to_list() == ["end_before_start"]


def test_vas_and_borg_are_carried_over_as_the_mapping_says(tmp_path):
    mapping = SESSIONS + '[units]\npain_before = "VAS_0_100"\nrpe = "RPE6_20"\n'
    journal = sessions_of(tmp_path, _changed(pain="64", rpe="13"), mapping=mapping)
    assert journal.sessions.select("pain_before", "rpe", "rpe_scale").row(0) == (6.4, 5.0, "RPE6_20")


def test_borg_is_refused_where_the_mapping_does_not_say_so(tmp_path):
    assert sessions_of(tmp_path, _changed(rpe="13")).findings["rule"].to_list() == ["rpe_out_of_range"]


@pytest.mark.parametrize(
    ("unit", "text", "minutes"),
    [
        ("duration text", "1h 5m", 65),
        ("duration text", "35m", 35),
        ("h:mm", "1:05", 65),
        ("hours", "0.5", 30),
    ],
)
def test_durations_in_other_units(tmp_path, unit, text, minutes):
    mapping = SESSIONS + f'[units]\nduration_min = "{unit}"\n'
    assert (
        sessions_of(tmp_path, _changed(minutes=text), mapping=mapping).sessions["duration_min"].item()
        == minutes
    )


def test_a_time_with_an_offset_becomes_the_clinics_own_clock(tmp_path):
    """23:30 in Stockholm is another day in UTC: the local day is kept."""
    mapping = SESSIONS.replace(
        'formats = ["%Y-%m-%d %H:%M"]',
        'formats = ["%Y-%m-%dT%H:%M:%S%:z", "%Y-%m-%d %H:%M"]\ntime_zone = "Europe/Stockholm"',
    )
    journal = sessions_of(tmp_path, _changed(start="2026-01-04T22:30:00+00:00"), mapping=mapping)
    assert str(journal.sessions["performed_at"].item()) == "2026-01-04 23:30:00"


def test_lines_that_are_one_session_are_gathered(tmp_path):
    mapping = 'lines_per_record = "many"\n' + SESSIONS
    journal = sessions_of(tmp_path, GOOD, GOOD, _changed(exercises="mobility", rpe=""), mapping=mapping)
    assert journal.sessions.select("exercise_types", "rpe").row(0) == (
        ["stretching", "balance", "mobility"],
        4,
    )
    assert journal.accounting.select("lines", "kept", "duplicates", "rows").row(0) == (3, 3, 0, 1)


def test_the_account_adds_up(tmp_path):
    lines = [GOOD, GOOD, "too,short", _changed(pain="99"), _changed(start="2026-01-06 09:00")]
    account = sessions_of(tmp_path, *lines).accounting
    assert account.select("lines", "kept", "refused", "duplicates").row(0) == (5, 2, 2, 1)
    assert account.select(pl.col("lines") == pl.col("kept") + pl.col("refused") + pl.col("duplicates")).item()
