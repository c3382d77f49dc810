"""Each check beyond a line: a journal in which it finds something, and one just short of that."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from journal import journals as made
from polars.testing import assert_frame_equal

from analytics.journal.quality.checks import check_journal, count_checks, judge_checks
from analytics.journal.quality.identities import check_transfers
from analytics.vocabulary.records import Checks
from analytics.vocabulary.rules import CHECKS, FOUND, RULES

ROW = pl.int_range(pl.len())
SAME = {"rpe": 4.0, "duration_min": 30.0, "pain_before": 6.0}
TABLES = ("sessions", "patients", "plans", "measures")


def found(journal, **quality) -> set[str]:
    checks = check_journal(journal, made.settings(**quality))
    return set(checks.filter(pl.col("status").is_in(list(FOUND.values())))["check"])


def sessions(**columns):
    return made.journal(sessions=made.sessions().with_columns(**columns))


def patients(**columns):
    return made.journal(patients=made.patients().with_columns(**columns))


def every(nth, value, column):
    """Each nth row of the sessions another value."""
    return sessions(**{column: pl.when(ROW % nth == 0).then(value).otherwise(column)})


def between_high(nth, high=6.0):
    """All ratings high, each nth exactly 0."""
    return sessions(pain_before=pl.when(ROW % nth == 3).then(0.0).otherwise(high + ROW % 2))


def at_hour(share, hour):
    moved = pl.col("performed_at").dt.replace(hour=hour)
    return sessions(
        performed_at=pl.when(share > ROW % 100).then(moved).otherwise("performed_at"), logged_at=None
    )


def day_only(share):
    day = pl.col("performed_at").dt.truncate("1d")
    return sessions(performed_at=pl.when(share > ROW % 100).then(day).otherwise("performed_at"))


def logged(hours, share=100):
    later = pl.col("performed_at") + pl.duration(hours=hours)
    return sessions(logged_at=pl.when(share > ROW % 100).then(later).otherwise("logged_at"))


def batches(sessions_at_once):
    """Every entry of a patient made days later, so many in one hour."""
    n = ROW % made.SESSIONS
    typed_in = pl.lit(made.FIRST) + pl.duration(days=200 + n // sessions_at_once)
    return sessions(logged_at=typed_in)


def one_clock_time(text):
    one = pl.lit(text).str.to_datetime("%Y-%m-%d %H:%M", time_unit="us")
    return sessions(performed_at=pl.when(ROW == 0).then(one).otherwise("performed_at"), logged_at=None)


def close_together(minutes):
    """Every session but the first of a patient begins so many minutes after the one before."""
    n = ROW % made.SESSIONS
    at = pl.lit(made.FIRST) + pl.duration(days=n // 2 * 4, minutes=n % 2 * minutes)
    return sessions(performed_at=at, duration_min=30.0 + ROW % 3, logged_at=None)


def a_day(sessions_a_day):
    """All of a patient's sessions, so many on one day."""
    n = ROW % made.SESSIONS
    at = pl.lit(made.FIRST) + pl.duration(days=n // sessions_a_day * 2, minutes=n % sessions_a_day * 50)
    return sessions(performed_at=at, logged_at=None)


def repeated(sessions_in_a_row):
    """Answers that change only after so many sessions; each patient of different ones."""
    block = ROW // sessions_in_a_row
    return sessions(pain_before=(block % 7 + 1).cast(pl.Float64), rpe=(block % 5 + 1).cast(pl.Float64),
                    duration_min=30.0 + block % 11)  # fmt: skip


def second_intake(days, **second):
    more = made.patients().head(1).with_columns(pl.col("intake_date") + pl.duration(days=days), **second)
    return made.journal(patients=pl.concat([made.patients(), more]))


def second_year(people, days=400):
    """So many patients come back after so many days."""
    back = made.sessions().filter(pl.col("patient_id") < f"p{people:02}", ROW % made.SESSIONS < 2)
    later = back.with_columns(
        pl.col("performed_at", "logged_at") - pl.duration(days=days),
        pl.format("x{}", "session_id").alias("session_id"),
    )
    return made.journal(sessions=pl.concat([later, made.sessions()]), patients=made.patients().with_columns(
        pl.col("intake_date") - pl.duration(days=days)))  # fmt: skip


def without(table, people):
    rows = getattr(made, table)()
    return made.journal(**{table: rows.filter(pl.col("patient_id") >= f"p{people:02}")})


def only_last_window(share):
    """The last 28 days hold such a share of their sessions."""
    rows = made.sessions()
    last = pl.col("performed_at") > pl.col("performed_at").max() - pl.duration(days=28)
    return made.journal(sessions=rows.filter(~last | (share > ROW % 100)))


def hole(days):
    """No session of anybody for so many days, in the middle."""
    gap = made.FIRST + timedelta(days=60)
    inside = pl.col("performed_at").is_between(pl.lit(gap), pl.lit(gap + timedelta(days=days)))
    return made.journal(sessions=made.sessions().filter(~inside))


def earlier(days):
    """The same sessions so many days before."""
    shift = pl.duration(days=days)
    moved = made.sessions().with_columns(pl.col("performed_at", "logged_at") - shift)
    return made.journal(sessions=moved, patients=made.patients().with_columns(pl.col("intake_date") - shift))


def covering(*spans):
    rows = [(made.CLINIC, f"{n}.csv", *span) for n, span in enumerate(spans)]
    names = {"clinic_id": pl.String, "file": pl.String, "covers_from": pl.Date, "covers_to": pl.Date}
    return made.journal(coverage=pl.DataFrame(rows, schema=names, orient="row"))


def lines(refused, table="sessions"):
    rows = [(table, made.CLINIC, f"p{n % 20:02}", "refused", "future_date", 1) for n in range(refused)]
    return made.journal(fates=made.fates(*rows))


def measured(value, instrument="ODI"):
    rows = made.measures().with_columns(
        value=pl.when(ROW == 0).then(value).otherwise("value"),
        instrument=pl.when(ROW == 0).then(pl.lit(instrument)).otherwise("instrument"),
    )
    return made.journal(measures=rows)


def before_intake(days):
    rows = made.sessions().group_by("patient_id").agg(first=pl.col("performed_at").min().dt.date())
    late = (
        made.patients()
        .join(rows, on="patient_id")
        .with_columns(intake_date=pl.col("first") + pl.duration(days=days))
    )
    return made.journal(patients=late.drop("first"), measures=made.measures().clear())


JAN, FEB, MAR = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
CASES = {
    "refused_lines": (lambda: lines(50), lambda: lines(40)),
    "refused_mostly": (lambda: lines(450), lambda: lines(380)),
    "exports_overlap": (
        lambda: covering((JAN, FEB), (date(2026, 1, 20), MAR)),
        lambda: covering((JAN, FEB), (FEB, MAR)),
    ),
    "table_absent": (
        lambda: made.journal(plans=made.plans().clear()),
        lambda: made.journal(plans=made.plans().head(23)),
    ),
    "column_absent": (lambda: sessions(rpe=None), lambda: every(2, None, "setting")),
    "column_incomplete": (lambda: every(4, None, "setting"), lambda: every(6, None, "setting")),
    "sessions_without_intake": (lambda: without("patients", 3), lambda: without("patients", 2)),
    "intake_without_sessions": (lambda: without("sessions", 8), lambda: without("sessions", 7)),
    "sessions_without_plan": (lambda: without("plans", 5), lambda: without("plans", 4)),
    "plan_without_sessions": (lambda: without("sessions", 8), lambda: without("sessions", 7)),
    "zero_for_missing_pain": (lambda: between_high(20), lambda: between_high(20, high=3.0)),
    "zero_for_missing_exertion": (lambda: every(40, 0.0, "rpe"), lambda: every(60, 0.0, "rpe")),
    "pain_constant": (lambda: sessions(pain_before=5.0), lambda: every(864, 4.0, "pain_before")),
    "column_constant": (
        lambda: sessions(duration_min=30.0),
        lambda: sessions(duration_min=pl.when(ROW > 0).then(30.0).otherwise(31.0)),
    ),
    "pain_in_fractions": (
        lambda: sessions(pain_before=pl.col("pain_before") / 10),
        lambda: every(4, 0.5, "pain_before"),
    ),
    "exertion_never_low": (
        lambda: sessions(rpe=6.0 + ROW % 4),
        lambda: sessions(rpe=pl.when(ROW % 9 == 0).then(3).otherwise(6.0 + ROW % 4)),
    ),
    "pain_only_0_5_10": (
        lambda: sessions(pain_before=pl.when(ROW % 10 < 7).then(ROW % 3 * 5.0).otherwise("pain_before")),
        lambda: sessions(pain_before=pl.when(ROW % 10 < 4).then(ROW % 3 * 5.0).otherwise("pain_before")),
    ),
    "answers_repeated": (lambda: repeated(12), lambda: repeated(9)),
    "measure_out_of_range": (lambda: measured(120.0), lambda: measured(120.0, "core_endurance_s")),
    "one_date_for_many": (
        lambda: patients(onset_date=pl.when(ROW < 5).then(JAN).otherwise("onset_date")),
        lambda: patients(onset_date=pl.when(ROW < 4).then(JAN).otherwise("onset_date")),
    ),
    "clock_missing": (lambda: day_only(25), lambda: day_only(15)),
    "sessions_at_night": (lambda: at_hour(15, 3), lambda: at_hour(15, 5)),
    "clock_skipped": (lambda: one_clock_time("2026-03-29 01:30"), lambda: one_clock_time("2026-03-29 00:59")),
    "clock_repeated": (
        lambda: one_clock_time("2025-10-26 01:30"),
        lambda: one_clock_time("2025-10-26 02:30"),
    ),
    "logged_late": (lambda: logged(60), lambda: logged(60, share=45)),
    "logged_in_batches": (lambda: batches(5), lambda: batches(4)),
    "before_intake": (lambda: before_intake(40), lambda: before_intake(14)),
    "two_people_one_number": (
        lambda: second_intake(100, sex=pl.lit("male")),
        lambda: second_intake(100, sex=None, age=pl.col("age") + 1),
    ),
    "number_given_again": (
        lambda: second_intake(400, age=pl.col("age") + 9),
        lambda: second_intake(400, age=pl.col("age") + 1),
    ),
    "numbers_restarted": (lambda: second_year(6), lambda: second_year(4)),
    "sessions_overlap": (lambda: close_together(20), lambda: close_together(40)),
    "too_many_a_day": (lambda: a_day(12), lambda: a_day(10)),
    "volume_fell": (lambda: only_last_window(30), lambda: only_last_window(70)),
    "days_without_sessions": (lambda: hole(24), lambda: hole(20)),
    "clinic_silent": (lambda: earlier(60), lambda: earlier(20)),
}
AGAINST_LAST = {"clinic_vanished", "table_vanished", "column_vanished", "rows_halved", "rows_fell"}


def test_nothing_is_found_in_a_plausible_journal():
    assert found(made.journal()) == set()


@pytest.mark.parametrize("check", CASES)
def test_what_is_wrong_is_found(check):
    assert check in found(CASES[check][0]())


@pytest.mark.parametrize("check", CASES)
def test_what_is_nearly_wrong_is_not(check):
    assert check not in found(CASES[check][1]())


def test_every_check_has_its_two_cases():
    assert set(CASES) | {"transfers", "rows_kept"} | AGAINST_LAST == set(CHECKS)


def test_two_people_are_not_two_numbers():
    """Contradicting intakes are one finding: two people, or after a long rest a number given again."""
    near, far = second_intake(100, sex=pl.lit("male")), second_intake(400, sex=pl.lit("male"))
    assert "number_given_again" not in found(near)
    assert "two_people_one_number" not in found(far)


@pytest.mark.parametrize(
    ("second", "two"),
    [
        ({"age": pl.col("age") + 2}, True),
        ({"age": pl.col("age") + 1}, False),  # a year of birth worked out from whole years may be one off
        ({"age": None}, False),
        ({"sex": None}, False),
        ({"sex": pl.lit("other")}, True),
        ({}, False),
    ],
)
def test_what_makes_two_people(second, two):
    assert ("two_people_one_number" in found(second_intake(100, **second))) is two


@pytest.mark.parametrize(("days", "given_again"), [(365, False), (366, True)])
def test_when_a_number_has_rested(days, given_again):
    assert ("number_given_again" in found(second_intake(days, sex=pl.lit("other")))) is given_again


def test_without_a_table_nobody_is_missing_from_it():
    no_tables = made.journal(plans=made.plans().clear(), patients=made.patients().clear())
    checks = check_journal(no_tables, made.settings())
    for check in ("sessions_without_plan", "sessions_without_intake"):
        assert checks.filter(check=check).select("violated", "of", "status").row(0) == (0, 0, "untested")


def test_an_item_of_a_questionnaire_has_another_range():
    rows = made.measures().with_columns(item=pl.lit("1"), value=pl.lit(120.0))
    assert "measure_out_of_range" not in found(made.journal(measures=rows))
    low = made.measures().with_columns(value=pl.when(ROW == 0).then(-1.0).otherwise("value"))
    assert "measure_out_of_range" in found(made.journal(measures=low))


def daily(*sessions_a_day, first=date(2026, 1, 1)):
    """One session of a new patient at each hour: so many on each day."""
    rows = [
        {"clinic_id": "oak", "patient_id": f"d{day}-{n}", "session_id": f"d{day}-{n}", "source_file": "a.csv",
         "performed_at": datetime.combine(first + timedelta(days=day), time(8 + n)), "source_line": 2}
        for day, count in enumerate(sessions_a_day)
        for n in range(count)
    ]  # fmt: skip
    return made.journal(sessions=made.typed("sessions", rows))


def counted(journal, check, **quality):
    checks = check_journal(journal, made.settings(**quality)).filter(check=check)
    return checks.select("violated", "of", "status").row(0)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([2] * 28 * 4 + [1] * 28, (28, 56, "pass")),  # half of the usual is still usual
        ([2] * 28 * 4 + [1] * 27 + [0, 1], (29, 56, "warn")),
        ([2] * 28 * 4 + [3] * 28, (0, 56, "pass")),
        ([1] * 9 + [2] * 28 * 3 + [1] * 27 + [0], (27, 56, "pass")),  # until the last session
        ([1] * 9 + [2] * 28 * 3 + [0] * 27 + [1], (55, 56, "warn")),
        ([1] * 9 + [2] * 28 * 2 + [0] * 27 + [1], (0, 0, "untested")),  # the first, partial window is none
        ([0, 0, 0, 0, 0, 0, 5] * 4 * 4 + [0] * 27 + [1], (19, 20, "warn")),
        ([0, 0, 0, 0, 0, 0, 4] * 4 * 5 + [0] * 27 + [1], (0, 0, "untested")),
        ([9] * 28 * 9 + [2] * 28 * 6 + [1] * 28, (28, 56, "pass")),  # what was long ago is not usual
    ],
)
def test_fewer_sessions_than_usual(days, expected):
    assert counted(daily(*days, first=made.AS_OF - timedelta(days=len(days) - 1)), "volume_fell") == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([1] * 60 + [0] * 21 + [1] * 60, (0, 0, "untested")),  # 120 in 141 days: 18 in three weeks
        ([2] * 60 + [0] * 21 + [2] * 60, (0, 1, "pass")),
        ([2] * 60 + [0] * 22 + [2] * 60, (1, 1, "warn")),
    ],
)
def test_weeks_without_a_session(days, expected):
    assert counted(daily(*days), "days_without_sessions") == expected


@pytest.mark.parametrize(("ago", "status"), [(60, "pass"), (61, "warn")])
def test_a_silent_clinic(ago, status):
    last = made.AS_OF - timedelta(days=ago)
    assert counted(daily(*[1] * 30, first=last - timedelta(days=29)), "clinic_silent")[2] == status


def test_a_declared_span_without_sessions_counts():
    """The export says that it reaches to the end of June, its sessions end in May."""
    spoken_of = daily(*[2] * 140, first=made.AS_OF - timedelta(days=167))
    assert counted(spoken_of, "volume_fell") == (0, 56, "pass")
    declared = covering((made.AS_OF - timedelta(days=167), made.AS_OF)).coverage
    silent = made.journal(sessions=spoken_of.sessions, coverage=declared)
    assert counted(silent, "volume_fell") == (56, 56, "warn")


def test_columns_count_rows_and_patients():
    few = pl.col("patient_id") < "p03"
    checks = check_journal(
        sessions(rpe=pl.when(few).then(4.0), setting=pl.when(~few).then("setting"), logged_at=None),
        made.settings(),
    )

    def row(check, column):
        chosen = checks.filter(check=check, column=column)
        return chosen.select("violated", "of", "patients", "of_patients", "status").row(0)

    everybody = made.PEOPLE * made.SESSIONS
    assert row("column_incomplete", "rpe") == (everybody - 108, everybody, 21, 24, "warn")
    assert row("column_incomplete", "setting") == (108, everybody, 3, 24, "pass")
    assert row("column_incomplete", "logged_at") == (0, 0, 0, 0, "untested")
    assert row("column_absent", "logged_at") == (1, 1, 1, 1, "note")
    assert row("column_absent", "rpe") == (0, 1, 0, 1, "pass")
    assert row("column_constant", "rpe") == (108, 108, 3, 3, "warn")
    assert row("column_constant", "duration_min") == (0, everybody, 0, 24, "pass")
    assert checks.filter(check="rows_kept", table="sessions").select("violated", "of", "of_patients").row(
        0
    ) == (0, everybody, 24)


def test_a_threshold_of_the_settings_is_taken():
    spoilt = every(40, 0.0, "rpe")
    assert "zero_for_missing_exertion" not in found(spoilt, thresholds={"zero_for_missing_exertion": 0.5})
    assert "logged_late" in found(logged(30), thresholds={"late_hours": 24})
    assert "logged_late" not in found(logged(30))


def test_too_little_is_not_judged():
    few = made.sessions().head(10).with_columns(pain_before=5.0)
    checks = check_journal(made.journal(sessions=few), made.settings())
    assert checks.filter(check="pain_constant")["status"].to_list() == ["untested"]


def test_without_a_time_zone_clocks_are_not_judged():
    for zone in (None, "Nowhere/Land"):
        checks = check_journal(made.journal(clinics=made.clinics(zone)), made.settings())
        assert checks.filter(check="clock_skipped").select("of", "status").row(0) == (0, "untested")


def test_the_neighbours_of_a_zero_are_the_same_patients():
    """A first or last rating of 0 lies between two patients, not between two high ratings."""
    ends = pl.col("session_id").is_in(
        [f"s{n}-{k}" for n in range(made.PEOPLE) for k in (0, made.SESSIONS - 1)]
    )
    rows = made.sessions().with_columns(pain_before=pl.when(ends).then(0.0).otherwise(6.0 + ROW % 2))
    checks = check_journal(made.journal(sessions=rows), made.settings())
    assert checks.filter(check="zero_for_missing_pain")["violated"].to_list() == [0]


def test_a_run_of_zeros_between_high_ratings_counts_whole():
    rows = made.sessions().with_columns(
        pain_before=pl.when((ROW % 12).is_in([4, 5, 6])).then(0.0).otherwise(7.0)
    )
    checks = check_journal(made.journal(sessions=rows), made.settings())
    row = checks.row(by_predicate=pl.col("check") == "zero_for_missing_pain", named=True)
    assert (row["violated"], row["patients"]) == (3 * 3 * made.PEOPLE, made.PEOPLE)


@pytest.mark.parametrize(("before", "after", "zeros"), [(2.0, 6.0, 0), (6.0, 2.0, 0), (4.0, 4.0, 1)])
def test_only_the_nearest_ratings_judge_a_zero(before, after, zeros):
    """6, 2, 0, 6 is a patient who gets better; 6, 4, 0, 4 is one who was not asked."""
    n = ROW % made.SESSIONS
    pain = (
        pl.when(n == 9)
        .then(before)
        .when(n == 10)
        .then(0.0)
        .when(n == 11)
        .then(after)
        .otherwise(6.0 + ROW % 2)
    )
    checks = check_journal(sessions(pain_before=pain), made.settings())
    assert checks.filter(check="zero_for_missing_pain")["violated"].to_list() == [zeros * made.PEOPLE]


def test_what_is_counted_is_lines_and_patients():
    journal = made.journal(fates=made.fates(
        ("sessions", "oak", "p01", "refused", "pain_out_of_range", 3),
        ("sessions", "oak", "p02", "refused", "pain_out_of_range", 1),
        ("sessions", "oak", None, "refused", "ragged_line", 2),
        ("sessions", None, None, "refused", "missing_clinic", 4),
    ))  # fmt: skip
    checks = check_journal(journal, made.settings())

    def counted(check, clinic="oak"):
        return checks.filter(check=check, clinic_id=clinic).select("violated", "of", "patients").row(0)

    assert counted("pain_out_of_range") == (4, 870, 2)
    assert counted("ragged_line") == (2, 870, 2)  # each may be another patient
    assert counted("missing_clinic", "unknown") == (4, 4, 4)
    assert counted("refused_mostly") == (6, 942, 2)


def test_a_transfer_is_seen_only_where_clinics_share_their_numbers():
    two = pl.concat([made.sessions(), made.sessions().head(40).with_columns(
        clinic_id=pl.lit("elm"), session_id=pl.format("e{}", "session_id"))])  # fmt: skip
    journal = made.journal(sessions=two)
    assert "transfers" not in set(check_journal(journal, made.settings("clinic"))["check"])
    row = check_journal(journal, made.settings("network")).filter(check="transfers").row(0, named=True)
    assert (row["clinic_id"], row["violated"], row["of"], row["status"]) == ("network", 2, 24, "note")
    assert check_transfers(made.sessions().select("clinic_id", "patient_id"))["violated"].item() == 0


def two_clinics():
    def elm(rows):
        changed = {"clinic_id": pl.lit("elm")}
        if "session_id" in rows.columns:
            changed |= {"session_id": pl.format("e{}", "session_id"), "rpe": pl.lit(0.0)}
        return rows.with_columns(**changed)

    tables = {name: getattr(made, name)() for name in (*TABLES, "clinics")}
    return tables, {name: elm(rows) for name, rows in tables.items()}


def test_groups_of_clinics_give_what_all_together_give():
    ours, theirs = two_clinics()
    whole = made.journal(**{name: pl.concat([ours[name], theirs[name]]) for name in ours})
    options = made.settings("network")
    people = whole.sessions.select("clinic_id", "patient_id").unique()
    parts = [count_checks(made.journal(**tables), options) for tables in (theirs, ours)]
    assert_frame_equal(judge_checks(parts, whole, people, options), check_journal(whole, options))


@given(st.randoms(use_true_random=False))
@hypothesis_settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_rows_changes_nothing(random):
    seed = random.randrange(10**6)
    shuffled = {name: getattr(made, name)().sample(fraction=1, shuffle=True, seed=seed) for name in TABLES}
    options = made.settings()
    assert_frame_equal(
        check_journal(made.journal(**shuffled), options), check_journal(made.journal(), options)
    )


def test_an_empty_journal_has_no_checks():
    nothing = {name: getattr(made, name)().clear() for name in (*TABLES, "clinics")}
    assert check_journal(made.journal(**nothing), made.settings()).height == 0


def test_rows_are_what_the_schema_says_and_adds_up():
    checks = check_journal(every(7, None, "pain_before"), made.settings())
    Checks.validate(checks)
    assert (checks["violated"] <= checks["of"]).all()
    assert (checks["patients"] <= checks["of_patients"]).all()
    assert (checks["patients"] <= checks["violated"]).all()


def test_the_table_of_rules_is_whole():
    for rule in RULES.values():
        assert rule.title
        assert rule.meaning.endswith(".")
        assert rule.remedy.endswith(".")
        assert "{" not in rule.says({})
        assert 0 <= rule.threshold <= 1
        assert bool(rule.outcome) == (
            rule.level == "line" and rule.name not in {"refused_lines", "refused_mostly"}
        )
    assert "more than 24 hours" in RULES["logged_late"].says({"late_hours": 24})
