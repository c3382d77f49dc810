"""`lumbar status` and `lumbar status --disclosure` in real processes: words and exit codes."""

from __future__ import annotations

import json
import shutil

import pytest
from running import run_lumbar


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
