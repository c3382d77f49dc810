"""A run that is held, in real processes: exit code 4, the reason in words, and what stood before stays."""

from __future__ import annotations

import json

import pytest
from running import run_lumbar

HEADER = "clinic,id,start,minutes,rpe,pain\n"
MAPPING = """
table = "sessions"
[columns]
clinic_id = "clinic"
patient_id = "id"
performed_at = "start"
duration_min = "minutes"
rpe = "rpe"
pain_before = "pain"
"""
TOML = 'as_of = 2026-06-30\n[[sources]]\nfiles = "*.csv"\nmapping = "m.toml"\n'


def sessions(clinic, *, pain=None):
    """Ten patients, eight sessions each."""
    rows = [
        f"{clinic},{who},2026-06-{2 * n + 1:02} {9 + who}:15,{20 + (n + who) % 9},{2 + (n * who) % 5},"
        f"{7 - n % 5 if pain is None else pain}"
        for who in range(10)
        for n in range(8)
    ]
    return HEADER + "\n".join(rows) + "\n"


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """An installation whose second clinic is gone since the study was prepared."""
    folder = tmp_path_factory.mktemp("held")
    (folder / "m.toml").write_text(MAPPING)
    (folder / "lumbar.toml").write_text(TOML)
    (folder / "oak.csv").write_text(sessions("oak"))
    (folder / "elm.csv").write_text(sessions("elm"))
    prepared = run_lumbar("prepare", cwd=folder)
    assert prepared.code == 0, prepared.said
    (folder / "elm.csv").write_text(HEADER)
    return folder


def _gate(folder):
    return json.loads((folder / "study" / "study.json").read_text())["gate"]


def test_check_says_what_holds_and_writes_nothing(held):
    before = (held / "study" / "study.json").read_bytes()
    checked = run_lumbar("check", cwd=held)
    assert checked.code == 4, checked.said
    assert "elm: A clinic that had sessions has none." in checked.said
    assert "Look for its files" in checked.said
    assert "Traceback" not in checked.said
    assert (held / "study" / "study.json").read_bytes() == before


def test_report_publishes_nothing_until_the_settings_say_so(held):
    reported = run_lumbar("report", cwd=held)
    assert reported.code == 4, reported.said
    assert "Held: nothing is published" in reported.said
    assert [path.name for path in (held / "reports").iterdir()] == ["status.json"]
    assert _gate(held)["decision"] == "hold"
    (held / "lumbar.toml").write_text(TOML + '[quality]\ngate = "warn"\n')
    anyway = run_lumbar("check", cwd=held)
    assert anyway.code == 0, anyway.said
    assert "Publish, by the settings, although checks ask to hold." in anyway.said


def test_what_each_rule_means_is_said_for_people(tmp_path):
    (tmp_path / "m.toml").write_text(MAPPING)
    (tmp_path / "lumbar.toml").write_text(TOML + "[quality.thresholds]\nlate_hours = 24\n")
    (tmp_path / "oak.csv").write_text(sessions("oak").replace(",7\n", ",17\n"))
    checked = run_lumbar("check", cwd=tmp_path)
    assert checked.code == 0, checked.said
    said = " ".join(checked.said.split())
    assert "refused: Pain outside its scale (pain_out_of_range)" in said
    assert "set its unit to VAS_0_100 in the mapping" in said
    assert "warning: Many lines refused (refused_lines)" in said
    told = run_lumbar("rules", cwd=tmp_path)
    assert "(`pain_out_of_range`, conformance, refused)" in told.said
    assert "more than 24 hours after the session" in told.said


def test_a_threshold_of_no_rule_is_refused_with_a_guess(tmp_path):
    (tmp_path / "lumbar.toml").write_text(TOML + "[quality.thresholds]\nlogged_latte = 0.1\n")
    checked = run_lumbar("check", cwd=tmp_path)
    assert checked.code == 2
    assert "no rule or limit is named 'logged_latte'. Did you mean logged_late" in checked.said
    (tmp_path / "lumbar.toml").write_text(TOML + "[quality.thresholds]\nlogged_late = 5\n")
    assert "logged_late is a share from 0 to 1" in run_lumbar("check", cwd=tmp_path).said
