"""What a run leaves behind for machines: whole files whatever happens, and never a word of an error."""

from __future__ import annotations

import errno
import json
import os
import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError
from reporting.tiny import settings_in

from analytics.reporting.metrics import metrics_text
from analytics.reporting.outcome import Outcome, outcome_of_failure, read_outcome, tell_outcome
from analytics.vocabulary import errors
from analytics.vocabulary.failure import storage_refusal

MONDAY = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HEARS = f'{shlex.quote(sys.executable)} -c \'import sys; open("heard", "a").write(sys.stdin.read())\''


def _outcome(state="published", exit_code=0, day=0, **fields):
    at = MONDAY + day * DAY
    return Outcome(state=state, exit_code=exit_code, started=at, finished=at, **fields)


def _tell(folder, *outcomes, **run):
    """The notes of the last one."""
    notes = ()
    for outcome in outcomes:
        notes = tell_outcome(settings_in(folder, **run), outcome)
    return notes


def _status(folder):
    return json.loads((folder / "reports" / "status.json").read_text())


def test_a_run_is_told_in_all_three_places(tmp_path):
    outcome = _outcome(made=3, reused=2, rows_in=10, rows_out=9, run="2026-06-30-0123abcd")
    assert _tell(tmp_path, outcome, metrics="reports/lumbar.prom", hook=HEARS) == ()
    status = _status(tmp_path)
    assert status["state"] == "published"
    assert status["finished"] == status["last_success"] == status["last_published"] == "2026-11-23T03:00:00Z"
    assert json.loads((tmp_path / "heard").read_text()) == status
    assert 'lumbar_reports{status="made"} 3.0' in (tmp_path / "reports" / "lumbar.prom").read_text()
    assert sorted(path.name for path in (tmp_path / "reports").iterdir()) == ["lumbar.prom", "status.json"]
    assert read_outcome(tmp_path / "reports") == outcome.model_copy(
        update={"last_success": MONDAY, "last_published": MONDAY}
    )


@pytest.mark.parametrize(("state", "exit_code", "success", "published"), [
    ("published", 0, 1, 1), ("unchanged", 0, 1, 0), ("partial", 1, 0, 1), ("unchanged", 1, 0, 0),
    ("held", 4, 0, 0), ("failed", 2, 0, 0), ("interrupted", 143, 0, 0),
])  # fmt: skip
def test_the_last_success_is_carried_on(tmp_path, state, exit_code, success, published):
    _tell(tmp_path, _outcome(), _outcome(state, exit_code, day=1))
    status = read_outcome(tmp_path / "reports")
    assert status
    assert (status.state, status.exit_code) == (state, exit_code)
    assert status.last_success == MONDAY + success * DAY
    assert status.last_published == MONDAY + published * DAY


def test_a_clock_that_had_jumped_ahead_is_forgotten_by_the_next_good_run(tmp_path):
    _tell(tmp_path, _outcome(day=40_000), _outcome("failed", 3, day=1))
    assert _status(tmp_path)["last_success"].startswith("2136")
    _tell(tmp_path, _outcome(day=2))
    assert _status(tmp_path)["last_success"] == "2026-11-25T03:00:00Z"


@pytest.mark.parametrize(("state", "exit_code"), [("busy", 75), ("selected", 0)])
def test_a_run_beside_the_networks_is_heard_by_the_hook_alone(tmp_path, state, exit_code):
    run = {"metrics": "reports/lumbar.prom", "hook": HEARS}
    _tell(tmp_path, _outcome(), metrics="reports/lumbar.prom")
    before = {path.name: path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    assert _tell(tmp_path, _outcome(state, exit_code, day=1), **run) == ()
    assert {path.name: path.read_bytes() for path in (tmp_path / "reports").iterdir()} == before
    heard = json.loads((tmp_path / "heard").read_text())
    assert heard["state"] == state
    assert heard["last_success"] == "2026-11-23T03:00:00Z"


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff", b"[]", b'{"format": 2}', b'{"state": "Jane Doe"}'])
def test_a_broken_file_of_before_is_written_anew(tmp_path, broken):
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "status.json").write_bytes(broken)
    assert read_outcome(tmp_path / "reports") is None
    assert _tell(tmp_path, _outcome("failed", 3)) == ()
    assert _status(tmp_path)["last_success"] is None


def test_a_file_of_a_later_version_is_read(tmp_path):
    _tell(tmp_path, _outcome())
    later = _status(tmp_path) | {"invented_later": {"x": 1}}
    (tmp_path / "reports" / "status.json").write_text(json.dumps(later))
    assert read_outcome(tmp_path / "reports") == _outcome(last_success=MONDAY, last_published=MONDAY)


def test_what_cannot_be_told_is_said_and_raises_nothing(tmp_path):
    (tmp_path / "reports").write_text("no folder")
    notes = _tell(tmp_path, _outcome(), metrics=f"{tmp_path}/nowhere/lumbar.prom", hook="false")
    assert [note.split(":")[0] for note in notes] == ["status.json", "metrics", "hook"]
    assert "No such file or directory" in notes[1]
    assert str(tmp_path) not in " ".join(notes)


TELLS_FOR_EVER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from reporting.tiny import settings_in
from analytics.reporting.metrics import metrics_text
from analytics.reporting.outcome import Outcome, tell_outcome
settings, now = settings_in(Path(sys.argv[1]), metrics="reports/lumbar.prom"), datetime.now(UTC)
"""


def _process(folder, then, **streams):
    tests = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return subprocess.Popen([sys.executable, "-c", TELLS_FOR_EVER + then, folder, tests], **streams)


def test_a_reader_never_sees_half_a_file_and_kill_9_leaves_a_whole_one(tmp_path):
    writes = _process(tmp_path, """
while True:
    tell_outcome(settings, Outcome(state="published", exit_code=0, started=now, finished=datetime.now(UTC)))
    print(flush=True)
""", stdout=subprocess.PIPE)  # fmt: skip
    try:
        assert writes.stdout
        writes.stdout.readline()
        seen, names = set(), set()
        while len(seen) < 50:
            outcome = read_outcome(tmp_path / "reports")
            assert outcome
            seen.add(outcome.finished)
            names |= set(os.listdir(tmp_path / "reports"))
            assert (
                (tmp_path / "reports" / "lumbar.prom")
                .read_text()
                .endswith('lumbar_info{version="0.1.0"} 1.0\n')
            )
            writes.stdout.readline()
    finally:
        writes.kill()
        writes.communicate()
    assert read_outcome(tmp_path / "reports")
    assert {name for name in names if name.endswith((".prom", ".json"))} == {"lumbar.prom", "status.json"}


def test_a_disk_without_room_leaves_the_files_of_before(tmp_path):
    """The kernel refuses to write more than 100 bytes into one file, as a full disk would."""
    _tell(tmp_path, _outcome(), metrics="reports/lumbar.prom")
    before = {path.name: path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    full = _process(tmp_path, """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
print(*tell_outcome(settings, Outcome(state="failed", exit_code=1, started=now, finished=now)), sep="\\n")
""", stdout=subprocess.PIPE, text=True)  # fmt: skip
    notes = full.communicate(timeout=60)[0].splitlines()
    assert full.returncode == 0
    assert notes == [f"{what}: not written: File too large." for what in ("status.json", "metrics")]
    assert {path.name: path.read_bytes() for path in (tmp_path / "reports").iterdir()} == before


def test_metrics_can_be_read_by_another_user_whatever_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        _tell(tmp_path, _outcome(), metrics="reports/lumbar.prom")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "reports").iterdir()}
    assert modes == {"lumbar.prom": 0o644, "status.json": 0o600}


JANE = "exports/jane_doe.csv: line 7: Jane Doe"


@pytest.mark.parametrize(("error", "state", "exit_code", "reason"), [
    (errors.ConfigurationError(JANE), "failed", 2, "configuration"),
    (errors.InputError(JANE), "failed", 3, "input"),
    (errors.HoldError(JANE), "held", 4, "held"),
    (errors.BusyError(JANE), "busy", 75, "busy"),
    (errors.LumbarError(JANE), "failed", 1, "refused"),
    (KeyboardInterrupt(), "interrupted", 130, "interrupted"),
    (SystemExit(143), "interrupted", 143, "interrupted"),
    (SystemExit(JANE), "interrupted", 130, "interrupted"),
    (OSError(errno.ENOSPC, JANE, JANE), "failed", 1, "storage"),
    (OSError(errno.ENOENT, JANE, JANE), "failed", 1, "defect"),
    (type("J" * 100, (Exception,), {})(JANE), "failed", 1, "defect"),
])  # fmt: skip
def test_of_an_error_a_code_is_kept_and_no_word(error, state, exit_code, reason):
    outcome = outcome_of_failure(error, started=MONDAY, seconds=1.5)
    assert (outcome.state, outcome.exit_code, outcome.reason) == (state, exit_code, reason)
    assert (outcome.place is not None) == (reason == "defect")
    assert "jane" not in outcome.summary().lower()
    assert "csv" not in outcome.summary()


def test_a_full_disk_is_told_apart_when_it_was_put_in_words():
    try:
        try:
            with open("/dev/full", "w") as full:
                full.write(JANE)
        except OSError as error:
            raise storage_refusal(error, JANE) or error from None
    except errors.ConfigurationError as error:
        told = outcome_of_failure(error, started=MONDAY, seconds=0)
    assert (told.exit_code, told.reason) == (2, "storage")


def test_a_defect_is_told_by_its_place():
    try:
        metrics_text({"Jane Doe": 1})
    except Exception as error:
        told = outcome_of_failure(error, started=MONDAY, seconds=0)
    assert told.place
    assert re.fullmatch(r"KeyError at analytics\.reporting\.metrics:\d+", told.place)


@pytest.mark.parametrize("field", [
    {"run": "/srv/reports/2026-06-30-0123abcd"}, {"run": "jane"}, {"reason": "Jane Doe"}, {"place": JANE},
    {"version": "0.1.0 of Jane"}, {"as_of": "Jane"}, {"state": "fine"}, {"seconds": float("nan")},
    {"made": -1}, {"finished": datetime(2026, 11, 23)},
])  # fmt: skip
def test_no_other_word_gets_into_an_outcome(field):
    good = {"state": "published", "exit_code": 0, "started": MONDAY, "finished": MONDAY}
    Outcome.model_validate(good)
    with pytest.raises(ValidationError):
        Outcome.model_validate(good | field)
