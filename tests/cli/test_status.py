"""`lumbar status` and `lumbar status --disclosure` in real processes: words and exit codes."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from reporting.tiny import settings_in
from running import run_lumbar

from analytics.reporting.outcome import Outcome, tell_outcome
from analytics.reporting.status import Asked, show_status


def test_status_says_how_the_last_run_went(sample_run):
    said = run_lumbar("status", cwd=sample_run.folder)
    assert said.code == 0, said.said
    assert "10 of 10 reports made" in said.said


def test_the_published_folder_is_proved_to_name_nobody(sample_run):
    said = run_lumbar("status", "--disclosure", cwd=sample_run.folder)
    assert said.code == 0, said.said
    assert "LEAK" not in said.said
    for check in ("small cells", "recoverable sums", "patients' values", "identities"):
        assert f"{check}: proved" in said.said


@pytest.fixture
def published(sample_run, tmp_path):
    """Outside of any installation: no settings, no study."""
    left_out = shutil.ignore_patterns("assets", "*.xlsx")
    shutil.copytree(sample_run.latest.resolve(), tmp_path / "published", ignore=left_out)
    return tmp_path / "published"


def test_a_canary_is_found_and_not_repeated(published, tmp_path):
    (tmp_path / "words.txt").write_text("zebrafinch hidden note\nnever there\n")
    (published / "index.html").write_text("<p>Zebrafinch hidden note</p>")
    said = run_lumbar("status", "published", "--disclosure", "--canaries", "words.txt", cwd=tmp_path)
    assert said.code == 1
    assert "canaries: LEAK" in said.said
    assert "index.html: canary 1" in said.said
    assert "zebrafinch" not in said.said.lower()


def test_a_failed_report_ends_with_exit_code_1(published, tmp_path):
    manifest = json.loads((published / "manifest.json").read_text())
    manifest["reports"][0] |= {"status": "failed", "reason": "took longer than 600 seconds"}
    (published / "manifest.json").write_text(json.dumps(manifest))
    said = run_lumbar("status", "published", cwd=tmp_path)
    assert said.code == 1
    assert f"failed: {manifest['reports'][0]['slug']}: took longer" in said.said


@pytest.mark.parametrize(("arguments", "code", "words"), [
    (["--canaries", "words.txt"], 2, "goes with --disclosure"),
    (["--disclosure", "--canaries", "nowhere.txt"], 2, "cannot be read"),
    (["--disclosure", "--canaries", "short.txt"], 2, "fewer than four"),
    (["nowhere", "--disclosure"], 3, "no report is published there"),
    (["nowhere"], 3, "no run is published there"),
])  # fmt: skip
def test_what_cannot_be_done_is_said(tmp_path, arguments, code, words):
    (tmp_path / "reports" / "latest").mkdir(parents=True)
    (tmp_path / "short.txt").write_text("abc\n")
    said = run_lumbar("status", *arguments, cwd=tmp_path)
    assert said.code == code, said.said
    assert words in said.said
    assert "Traceback" not in said.said


HOUR = timedelta(hours=1)
REPORT = {"slug": "willow-0123abcd", "notebook": "clinic_report.ipynb", "status": "made", "reason": ""}


@pytest.fixture
def installed(tmp_path):
    """A published run of two reports, of which it says what a test wants."""

    def install(*statuses, ago=1.0, reason=""):
        reports = [REPORT | {"status": status, "reason": reason} for status in statuses]
        run, finished = tmp_path / "reports" / "2026-06-30-0123abcd", datetime.now(UTC) - ago * HOUR
        run.mkdir(parents=True)
        (run.parent / "latest").symlink_to(run.name)
        code = int(not set(statuses) <= {"made", "reused", "ok"})
        manifest = {
            "as_of": "2026-06-30",
            "started": finished.isoformat(),
            "finished": finished.isoformat(timespec="seconds"),
            "exit_code": code,
            "reports": reports,
        }
        (run / "manifest.json").write_text(json.dumps(manifest))

    return install


def _tell(folder, *states, ago=1.0, **fields):
    """Runs that told of themselves, the last one `ago` hours ago, each 24 hours after the one before."""
    codes = {"published": 0, "unchanged": 0, "partial": 1, "failed": 3, "held": 4}
    for before, state in zip(reversed(range(len(states))), states, strict=True):
        at = datetime.now(UTC) - (ago + 24 * before) * HOUR
        outcome = Outcome(state=state, exit_code=codes[state], started=at, finished=at, **fields)
        assert tell_outcome(settings_in(folder), outcome) == ()


def _ask(folder, capsys, **asked):
    code = show_status(settings_in(folder), None, disclosure=False, canaries=None, asked=Asked(**asked))
    return code, capsys.readouterr().out


def test_one_screen_says_how_it_went_and_what_is_published(tmp_path, installed):
    installed("made", "reused")
    _tell(
        tmp_path,
        "published",
        made=1,
        reused=1,
        rows_in=3_000_000,
        rows_out=2_999_000,
        peak_mb=812.4,
        seconds=42,
    )
    said = run_lumbar("status", cwd=tmp_path)
    assert said.code == 0, said.said
    for words in (
        "Last run: published, ", "1.0 hours ago (exit code 0, 42 seconds, 812 MB)",
        "Reports: 1 made, 1 reused, 0 stale, 0 failed", "Rows: 3,000,000 read, 2,999,000 kept",
        "at most 36 hours", "Published: 2026-06-30-0123abcd, as of 2026-06-30", "2 of 2 reports made",
        "\nWell.\n",
    ):  # fmt: skip
        assert words in said.said
    assert str(tmp_path) not in said.said


@pytest.mark.parametrize("status", ["failed", "stale"])
def test_what_failed_or_is_stale_is_named_with_its_reason(tmp_path, installed, status):
    installed("made", status, reason="took longer than 600 seconds")
    _tell(tmp_path, "published", "partial", reason="reports")
    said = run_lumbar("status", cwd=tmp_path)
    assert said.code == 1
    assert f"  {status}: willow-0123abcd: took longer than 600 seconds" in said.said
    assert "1 of 2 reports failed or are of an earlier run. See to the reasons above" in said.said
    assert said.said.count("Not well:") == 1
    assert "The last run:" not in said.said  # it would say the same


@pytest.mark.parametrize(("states", "ago", "fields", "problems", "words"), [
    (("published",), 35.9, {}, [], "Well."),
    (("published", "unchanged"), 35.9, {}, [], "Well."),
    (("published",), 36.1, {}, ["old"], "older than 36 hours. See whether its timer is on."),
    (("published",), -1, {}, ["clock"], "The clock stands before the last run."),
    (("published", "failed"), 1, {"reason": "input"}, ["run"], "`lumbar check` names it."),
    (("published", "held"), 1, {"reason": "held"}, ["run"], "not good enough to publish"),
    (("published", "failed"), 1, {"reason": "defect", "place": "KeyError at analytics.study:12"}, ["run"],
     "named here. KeyError at analytics.study:12."),
    (("published", "failed", "failed"), 1, {"reason": "storage"}, ["old", "run"], "The disk is full"),
])  # fmt: skip
def test_each_problem_is_said_once_with_what_to_do(
    tmp_path, installed, capsys, states, ago, fields, problems, words
):
    installed("made")
    _tell(tmp_path, *states, ago=ago, **fields)
    code, said = _ask(tmp_path, capsys)
    assert code == int(bool(problems))
    assert words in said
    code, told = _ask(tmp_path, capsys, machine=True)
    facts = json.loads(told)
    assert code == int(bool(problems))
    assert (facts["well"], facts["problems"]) == (not problems, problems)
    assert facts["age_hours"] == pytest.approx(
        ago + 24 * (len(states) - 1 if problems and "run" in problems else 0), abs=0.1
    )


def test_the_age_that_is_asked_for_goes_before_the_settings(tmp_path, installed, capsys):
    installed("made")
    _tell(tmp_path, "published", ago=2)
    assert _ask(tmp_path, capsys, max_age=1.5)[0] == 1
    assert _ask(tmp_path, capsys, max_age=2.5)[0] == 0


def test_a_first_run_that_failed_has_published_nothing(tmp_path, capsys):
    _tell(tmp_path, "failed", reason="configuration")
    code, said = _ask(tmp_path, capsys)
    assert code == 1
    assert "Last success: never" in said
    assert "No report is published. Run `lumbar report`." in said
    assert "A setting, a mapping or" in said


@pytest.mark.parametrize("broken", [None, "{", '{"format": 2}'])
def test_without_a_readable_status_the_manifest_says_how_it_went(tmp_path, installed, capsys, broken):
    installed("ok", "ok", ago=30)
    if broken:
        (tmp_path / "reports" / "status.json").write_text(broken)
    code, said = _ask(tmp_path, capsys)
    assert code == 0
    assert "Last run: published" in said
    assert "30.0 hours ago" in said
    assert "Reports: 2 made, 0 reused, 0 stale, 0 failed" in said
    assert _ask(tmp_path, capsys, max_age=29)[0] == 1


def test_a_first_status_after_an_older_version_knows_its_success(tmp_path, installed, capsys):
    installed("ok", ago=30)
    _tell(tmp_path, "failed", reason="input")
    code, told = _ask(tmp_path, capsys, machine=True)
    assert code == 1
    assert json.loads(told)["problems"] == ["run"]


def test_a_machine_hears_all_that_lack_and_a_person_a_dozen(tmp_path, installed, capsys):
    installed("made", *(["failed"] * 20), reason="ValueError in code cell 2")
    _tell(tmp_path, "partial", reason="reports", failed=20)
    said = _ask(tmp_path, capsys)[1]
    assert said.count("failed: willow") == 12
    assert "and 8 more" in said
    facts = json.loads(_ask(tmp_path, capsys, machine=True)[1])
    assert len(facts["lacking"]) == facts["failed"] == 20
    assert facts["published"] == "2026-06-30-0123abcd"
    assert set(Outcome.model_fields) < set(facts)


def test_the_age_of_a_folder_that_is_named_is_judged_only_when_asked(tmp_path, installed):
    installed("ok", ago=1000)
    assert run_lumbar("status", "reports/latest", cwd=tmp_path).code == 0
    assert run_lumbar("status", cwd=tmp_path).code == 1
