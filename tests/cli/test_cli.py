"""The door: commands, exit codes and words, in real processes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LUMBAR = [sys.executable, "-m", "analytics"]


def _run(*arguments, cwd, **environment):
    return subprocess.run(
        [*LUMBAR, *map(str, arguments)],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.mark.parametrize("command", ["check", "prepare", "report", "simulate", "dictionary", "lab"])
def test_every_command_has_help(tmp_path, command):
    said = _run(command, "--help", cwd=tmp_path, COLUMNS="200")
    assert said.returncode == 0
    assert "Usage" in said.stdout


def test_help_opens_no_heavy_library(tmp_path):
    """The answer comes at once because nothing heavy is imported: what is loaded is tested, not the clock."""
    heavy = ["polars", "pandas", "plotly", "statsmodels", "scipy", "papermill", "nbconvert", "pydantic"]
    code = (
        "import sys; sys.argv = ['lumbar', '--help']\n"
        "from analytics.__main__ import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print('LOADED', [name for name in {heavy!r} if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip().endswith("LOADED []")


def test_dictionary_prints_all_seven_tables(tmp_path):
    said = _run("dictionary", cwd=tmp_path)
    assert said.returncode == 0
    assert said.stdout.count("\n## ") == 7
    assert _run("dictionary", "--csv", cwd=tmp_path).stdout.startswith("table,column,type,unit,")


def test_a_wrong_key_ends_with_exit_code_2(tmp_path):
    (tmp_path / "lumbar.toml").write_text("as_of = 2026-06-30\nsurces = []\n")
    said = _run("check", cwd=tmp_path)
    assert said.returncode == 2
    assert "unknown key 'surces'" in said.stderr
    assert "Traceback" not in said.stderr


def test_a_missing_config_ends_with_exit_code_2(tmp_path):
    said = _run("prepare", "--config", "nowhere.toml", cwd=tmp_path)
    assert said.returncode == 2
    assert "no such file" in said.stderr


def test_an_unknown_option_ends_with_exit_code_2(tmp_path):
    assert _run("report", "--clinc", "willow", cwd=tmp_path).returncode == 2


def test_a_glob_that_matches_nothing_ends_with_exit_code_3(tmp_path):
    (tmp_path / "m.toml").write_text('table = "sessions"\n[columns]\npatient_id = "p"\nperformed_at = "d"\n')
    (tmp_path / "lumbar.toml").write_text(
        'as_of = 2026-06-30\n[[sources]]\nfiles = "none/*.csv"\nmapping = "m.toml"\n'
    )
    said = _run("check", cwd=tmp_path)
    assert said.returncode == 3
    assert "none/*.csv" in said.stderr


def test_check_of_files_says_read_or_refused(tmp_path):
    (tmp_path / "good.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty.csv").write_text("")
    said = _run("check", "good.csv", "empty.csv", cwd=tmp_path, COLUMNS="200")
    assert said.returncode == 3
    lines = said.stdout.splitlines()
    assert lines[0].startswith("read")
    assert "good.csv" in lines[0]
    assert lines[1].startswith("refused")
    assert "empty.csv" in lines[1]


def test_simulate_refuses_a_folder_that_is_not_empty(tmp_path):
    (tmp_path / "kept.txt").write_text("mine")
    said = _run("simulate", tmp_path, cwd=tmp_path)
    assert said.returncode == 2
    assert "not empty" in said.stderr
    assert Path(tmp_path / "kept.txt").read_text() == "mine"


def test_a_defect_of_ours_shows_no_data(tmp_path):
    """An unexpected exception becomes one line without its message, which could quote a patient."""
    code = (
        "import sys; import analytics.vocabulary.dictionary as d\n"
        "def broken(): raise RuntimeError('Jane Doe 555')\n"
        "d.dictionary_markdown = broken\n"
        "sys.argv = ['lumbar', 'dictionary']\n"
        "from analytics.__main__ import main; main()"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert said.returncode == 1
    assert "Jane" not in said.stderr + said.stdout
    assert "RuntimeError" in said.stderr


def test_check_accounts_for_every_line_and_writes_nothing(tmp_path):
    (tmp_path / "m.toml").write_text(
        'table = "sessions"\n[constants]\nclinic_id = "oak"\n'
        '[columns]\npatient_id = "p"\nperformed_at = "d"\n'
    )
    (tmp_path / "s.csv").write_text("p,d\n1,2026-01-05 09:00\n1,soon\n1,2026-01-05 09:00\n")
    (tmp_path / "lumbar.toml").write_text(
        'as_of = 2026-06-30\n[[sources]]\nfiles = "s.csv"\nmapping = "m.toml"\n'
    )
    before = sorted(path.name for path in tmp_path.iterdir())
    said = _run("check", cwd=tmp_path, COLUMNS="200")
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[1].split() == ["s.csv", "sessions", "3", "1", "1", "1", "0", "1"]
    assert "unreadable_date" in said.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == before
