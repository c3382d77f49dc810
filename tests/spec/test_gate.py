"""When a run is held: small tables that a data steward can check, run after run."""

from __future__ import annotations

import json
from datetime import timedelta

import polars as pl
import pytest
from journal import journals as made
from polars.testing import assert_frame_equal

from analytics.journal.quality.checks import check_journal
from analytics.journal.quality.gate import gate
from analytics.journal.quality.trend import against_last, compare_checks, last_checks
from analytics.vocabulary.errors import HoldError
from analytics.vocabulary.gate import Gate, Reason
from analytics.vocabulary.records import Checks, Trend
from analytics.vocabulary.rules import RULES

HALF = made.SESSIONS // 2
TYPES = {name: column.dtype for name, column in Checks.columns().items()}


def checks(*rows):
    """Rows of (clinic, check, violated, of, status)."""
    whole = [(clinic, check, "sessions", "", violated, of, violated, of, violated / of, 0.0, status)
             for clinic, check, violated, of, status in rows]  # fmt: skip
    return pl.DataFrame(whole, schema=TYPES, orient="row")


@pytest.mark.parametrize(
    ("status", "setting", "decision", "anyway"),
    [
        ("pass", "hold", "publish", False),
        ("untested", "hold", "publish", False),
        ("note", "hold", "publish", False),
        ("warn", "hold", "publish", False),
        ("fail", "hold", "hold", False),
        ("fail", "warn", "publish", True),
        ("warn", "warn", "publish", False),
    ],
)
def test_only_an_error_holds_and_only_unless_the_settings_say_otherwise(status, setting, decision, anyway):
    one = gate(checks(("oak", "pain_constant", 60, 60, status)), made.settings(gate=setting))
    assert (one.decision, one.anyway) == (decision, anyway)
    assert one.reasons == ((Reason("oak", "pain_constant", "sessions"),) if status == "fail" else ())


def test_a_held_run_says_which_clinic_which_check_and_what_to_do():
    with pytest.raises(HoldError) as held:
        Gate("hold", (Reason("oak", "pain_constant"), Reason("network", "rows_halved"))).refuse_if_held({})
    said = str(held.value)
    assert held.value.exit_code == 4
    rule = RULES["pain_constant"]
    assert f"oak: {rule.title}. {rule.meaning} {rule.remedy}" in said.splitlines()
    assert "All clinics: Half of the rows are gone." in said
    assert 'set gate = "warn" under [quality]' in said
    Gate("publish", (Reason("oak", "pain_constant"),), anyway=True).refuse_if_held({})


STATES = """
was      is       state
-        pass     first run
-        warn     first run
pass     pass     passing
pass     warn     new
warn     warn     persisting
warn     fail     persisting
note     pass     resolved
untested warn     new
warn     untested untested
"""


@pytest.mark.parametrize("line", STATES.strip().splitlines()[1:])
def test_the_state_of_a_check(line):
    was, now, state = line.split(maxsplit=2)
    before = None if was == "-" else checks(("oak", "logged_late", 10, 40, was))
    trend = compare_checks(checks(("oak", "logged_late", 30, 60, now)), before)
    Trend.validate(trend)
    row = trend.row(0, named=True)
    assert row["state"] == state
    if before is not None:
        assert (row["violated_before"], row["of_before"], row["share_before"]) == (10, 40, 0.25)


def test_a_rule_that_strikes_no_line_any_more_is_resolved():
    """A rule that strikes nothing has no row; its clinic must still be there."""
    before = checks(("oak", "future_date", 9, 90, "warn"), ("elm", "future_date", 9, 90, "warn"))
    trend = compare_checks(checks(("oak", "logged_late", 0, 60, "pass")), before)
    assert trend.select("clinic_id", "check", "state", "status").rows() == [
        ("oak", "future_date", "resolved", "pass"), ("oak", "logged_late", "passing", "pass"),
    ]  # fmt: skip


def run(study, journal, *, data_hash, **quality):
    """What a run does with its checks: read the last, compare, decide, write."""
    settings = made.settings(**quality).model_copy(update={"root": study, "study": "study"})
    before = last_checks(settings, data_hash=data_hash)
    trend = compare_checks(against_last(check_journal(journal, settings), before, settings), before)
    decision = gate(trend, settings)
    frames = study / "study" / "frames"
    frames.mkdir(parents=True, exist_ok=True)
    for old in frames.iterdir():
        old.unlink()
    trend.write_parquet(frames / "checks.parquet")
    if before is not None:
        before.write_parquet(frames / "checks_before.parquet")
    facts = {"data_hash": data_hash, "gate": decision.facts()}
    (study / "study" / "study.json").write_text(json.dumps(facts))
    return decision, trend


def failing(decision):
    return [(reason.clinic_id, reason.check) for reason in decision.reasons]


def two_clinics(share=100):
    """Oak whole; of elm such a share of the sessions."""
    elm = made.sessions().with_columns(
        clinic_id=pl.lit("elm"), session_id=pl.format("e{}", "session_id"),
        patient_id=pl.format("e{}", "patient_id"), supervised=None,
    )  # fmt: skip
    return made.journal(
        sessions=pl.concat([made.sessions(), elm.filter(pl.int_range(pl.len()) % 100 < share)])
    )


def states(trend, check):
    return dict(trend.filter(check=check).select("clinic_id", "state").iter_rows())


def test_a_clinic_that_vanishes_holds_until_it_is_back_or_let_go(tmp_path):
    assert run(tmp_path, two_clinics(), data_hash="1")[0] == Gate("publish")
    for data_hash in ("2", "3"):  # a held run is no measure of the next
        decision, trend = run(tmp_path, made.journal(), data_hash=data_hash)
        assert failing(decision) == [("elm", "clinic_vanished")]
        assert states(trend, "clinic_vanished") == {"oak": "passing", "elm": "new"}
        assert trend.filter(clinic_id="elm", state="resolved").height == 0, "what is gone is not resolved"
    assert run(tmp_path, two_clinics(), data_hash="4")[0] == Gate("publish")
    let_go, _ = run(tmp_path, made.journal(), data_hash="5", gate="warn")
    assert (let_go.decision, let_go.anyway) == ("publish", True)
    assert run(tmp_path, made.journal(), data_hash="6")[0] == Gate("publish")


def test_the_same_data_again_is_compared_with_the_same_run(tmp_path):
    run(tmp_path, two_clinics(), data_hash="1")
    spoilt = made.journal(sessions=two_clinics().sessions.with_columns(rpe=pl.lit(0.0)))
    first, second = (run(tmp_path, spoilt, data_hash="2")[1] for _ in range(2))
    assert states(first, "zero_for_missing_exertion") == {"oak": "new", "elm": "new"}
    assert_frame_equal(first, second)
    third = run(tmp_path, spoilt, data_hash="3")[1]
    assert states(third, "zero_for_missing_exertion") == {"oak": "persisting", "elm": "persisting"}


def test_losing_more_than_half_of_all_rows_holds(tmp_path):
    run(tmp_path, made.journal(), data_hash="1")
    n = pl.int_range(pl.len()) % made.SESSIONS
    most = made.sessions().filter(n > HALF)
    assert run(tmp_path, made.journal(sessions=most), data_hash="2")[0] == Gate("publish")
    few = made.sessions().filter(n > made.SESSIONS - 6)
    decision, trend = run(tmp_path, made.journal(sessions=few), data_hash="3")
    assert failing(decision) == [("network", "rows_halved")]
    fell = trend.row(
        by_predicate=(pl.col("check") == "rows_fell") & (pl.col("table") == "sessions"), named=True
    )
    assert (fell["status"], fell["violated"] + few.height) == ("warn", most.height)


def test_a_table_or_column_that_is_gone_asks_for_action(tmp_path):
    run(tmp_path, made.journal(), data_hash="1")
    less = made.journal(plans=made.plans().clear(), sessions=made.sessions().with_columns(rpe=None))
    decision, trend = run(tmp_path, less, data_hash="2")
    found = trend.filter(status="warn").select("check", "table", "column").rows()
    assert found == [("column_vanished", "sessions", "rpe"), ("table_vanished", "plans", "")]
    assert decision == Gate("publish")


def test_every_pain_the_same_holds(tmp_path):
    spoilt = made.journal(sessions=made.sessions().with_columns(pain_before=3.0))
    assert failing(run(tmp_path, spoilt, data_hash="1")[0]) == [("oak", "pain_constant")]


def test_nearly_all_lines_refused_holds_by_the_threshold_of_the_settings(tmp_path):
    refused = made.fates(
        *[("sessions", "oak", f"p{n % 20}", "refused", "unknown_code", 1) for n in range(300)]
    )
    spoilt = made.journal(fates=refused)
    assert run(tmp_path, spoilt, data_hash="1")[0] == Gate("publish")
    strict = {"refused_mostly": 0.2}
    assert failing(run(tmp_path, spoilt, data_hash="2", thresholds=strict)[0]) == [("oak", "refused_mostly")]


def test_the_day_of_the_run_changes_nothing(tmp_path, monkeypatch):
    first = run(tmp_path / "a", two_clinics(), data_hash="1")
    monkeypatch.setattr("time.time", lambda: 4e9)
    second = run(tmp_path / "b", two_clinics(), data_hash="1")
    assert first[0] == second[0]
    assert_frame_equal(first[1], second[1])


@pytest.mark.parametrize("spoil", ["", "{", '{"data_hash": 3}', "frame", "columns"])
def test_a_study_that_cannot_be_read_is_no_last_run(tmp_path, spoil):
    run(tmp_path, made.journal(), data_hash="1")
    frame = tmp_path / "study" / "frames" / "checks.parquet"
    if spoil == "frame":
        frame.write_bytes(b"PAR1 and then nothing")
    elif spoil == "columns":
        pl.DataFrame({"clinic_id": ["oak"]}).write_parquet(frame)
    elif spoil.startswith('{"'):
        frame.unlink()
    else:
        (tmp_path / "study" / "study.json").write_text(spoil)
    settings = made.settings().model_copy(update={"root": tmp_path})
    assert last_checks(settings, data_hash="2") is None


def test_no_study_is_no_last_run(tmp_path):
    settings = made.settings().model_copy(update={"root": tmp_path})
    assert last_checks(settings, data_hash="2") is None
    trend = compare_checks(check_journal(made.journal(), settings), None)
    assert set(trend["state"]) == {"first run", "untested"}


def test_a_longer_journal_is_no_loss(tmp_path):
    run(tmp_path, made.journal(), data_hash="1")
    more = made.sessions().with_columns(
        pl.col("performed_at", "logged_at") - timedelta(days=30), session_id=pl.format("m{}", "session_id")
    )
    decision, trend = run(tmp_path, made.journal(sessions=pl.concat([made.sessions(), more])), data_hash="2")
    assert decision == Gate("publish")
    assert trend.filter(check="rows_fell")["violated"].to_list() == [0, 0, 0, 0]
