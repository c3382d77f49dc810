"""A folder replaced whole: by an exchange, and where the system has none, by two renames and a recovery."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from analytics.vocabulary import swap
from analytics.vocabulary.swap import alone, replacing


def write(target, text):
    with alone(target), replacing(target) as staging:
        (staging / "a").mkdir()
        (staging / "a" / "file").write_text(text)


def said(target):
    return (target / "a" / "file").read_text()


def names(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith("-lock"))


@pytest.mark.parametrize("exchange", [True, False])
def test_the_new_takes_the_place_of_the_old_and_nothing_else_stays(tmp_path, monkeypatch, exchange):
    if not exchange:
        monkeypatch.setattr(swap, "_exchanged", lambda one, other: False)
    for text in ("first", "second"):
        write(tmp_path / "study", text)
        assert said(tmp_path / "study") == text
        assert names(tmp_path) == ["study"]


def test_this_system_exchanges_two_folders_at_once(tmp_path):
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert swap._exchanged(tmp_path / "one", tmp_path / "other") == (sys.platform == "linux")
    assert (tmp_path / "one" / "other").exists() == (sys.platform == "linux")


def test_what_goes_wrong_leaves_the_old(tmp_path):
    write(tmp_path / "study", "first")
    with pytest.raises(TypeError):
        write(tmp_path / "study", None)
    assert said(tmp_path / "study") == "first"
    assert names(tmp_path) == ["study"]


KILLED = """
import os, signal, sys
from pathlib import Path
from analytics.vocabulary import swap
rename, number = Path.rename, int(sys.argv[2])
def until(one, other):
    global number
    number -= 1
    if number < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(one, other)
swap._exchanged = lambda one, other: False
Path.rename = until
target = Path(sys.argv[1])
with swap.alone(target), swap.replacing(target) as staging:
    (staging / "a").mkdir()
    (staging / "a" / "file").write_text("second")
"""


@pytest.mark.parametrize("renames", [0, 1, 2])
def test_without_an_exchange_the_next_writer_puts_right_what_a_kill_left(tmp_path, renames):
    target = tmp_path / "study"
    write(target, "first")
    ended = subprocess.run([sys.executable, "-c", KILLED, str(target), str(renames)], check=False)
    assert ended.returncode == (0 if renames == 2 else -signal.SIGKILL)
    assert target.exists() == (renames != 1)
    with alone(target):
        assert said(target) == ("second" if renames == 2 else "first")
        assert names(tmp_path) == ["study"]


def test_a_name_with_signs_of_a_pattern_is_a_name(tmp_path):
    write(tmp_path / "study [1]*", "first")
    (tmp_path / ".study [1]*-new-dead").mkdir()
    (tmp_path / ".study 1-new-alive").mkdir()
    write(tmp_path / "study [1]*", "second")
    assert names(tmp_path) == [".study 1-new-alive", "study [1]*"]
