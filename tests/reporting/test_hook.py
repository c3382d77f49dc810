"""The hook: real commands that work, fail, hang, flood and hide; none of them matters to the run."""

from __future__ import annotations

import json
import shlex
import sys

import psutil
import pytest

from analytics.reporting.hook import run_hook

PYTHON = shlex.quote(sys.executable)


def _python(code):
    return f"{PYTHON} -c {shlex.quote(code)}"


TELLS = """
import json, os, sys
heard = json.load(sys.stdin)
json.dump({"heard": heard, "here": os.getcwd(), "environment": dict(os.environ)}, open("heard.json", "w"))
"""


def test_it_hears_the_summary_in_the_folder_of_the_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "secret-of-the-pseudonyms")
    monkeypatch.setenv("MAIL_TO", "operator")
    assert run_hook(_python(TELLS), '{"state": "published"}', folder=tmp_path) == ""
    text = (tmp_path / "heard.json").read_text()
    told = json.loads(text)
    assert told["heard"] == {"state": "published"}
    assert told["here"] == str(tmp_path)
    assert told["environment"]["MAIL_TO"] == "operator"
    assert "secret-of-the-pseudonyms" not in text


def test_a_program_beside_the_settings_is_found(tmp_path):
    (tmp_path / "tell.sh").write_text('#!/bin/sh\ncat > "$1"\n')
    (tmp_path / "tell.sh").chmod(0o755)
    assert run_hook("./tell.sh 'two words'", "told", folder=tmp_path) == ""
    assert (tmp_path / "two words").read_text() == "told"


def test_no_shell_reads_the_command(tmp_path):
    assert run_hook("echo $(touch made) ; touch made", "", folder=tmp_path) == ""
    assert list(tmp_path.iterdir()) == []


def test_a_summary_that_nobody_reads_and_words_that_nobody_asked_for_do_no_harm(tmp_path, capfd):
    floods = _python("import sys; print('Jane Doe' * 10**6); print('x' * 10**6, file=sys.stderr)")
    assert run_hook(floods, "x" * 10**6, folder=tmp_path) == ""
    assert "".join(capfd.readouterr()) == ""


@pytest.mark.parametrize(("command", "words"), [
    ("sh -c 'exit 3' token-4711", "exit code 3"),
    ("sh -c 'kill -9 $$' token-4711", "signal 9"),
    ("/nowhere/token-4711", "No such file"),
    ("./token-4711", "Permission denied"),
    ("tell 'token-4711", "quotation mark is missing"),
    ("  ", "it is empty"),
    ("tell \0", "could not be started"),
])  # fmt: skip
def test_what_fails_is_said_without_the_command(tmp_path, command, words):
    (tmp_path / "token-4711").write_text("not a program")
    note = run_hook(command, "{}", folder=tmp_path)
    assert note.startswith("hook: ")
    assert words in note
    assert "4711" not in note
    assert str(tmp_path) not in note


def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path):
    hangs = "sh -c 'sleep 600 & echo $! > child; sleep 600'"
    before = set(psutil.Process().children(recursive=True))
    assert "took longer than 2 seconds" in run_hook(hangs, "{}", folder=tmp_path, seconds=2)
    child = int((tmp_path / "child").read_text())
    _, alive = psutil.wait_procs([psutil.Process(child)] if psutil.pid_exists(child) else [], timeout=20)
    assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []
    assert set(psutil.Process().children(recursive=True)) <= before
