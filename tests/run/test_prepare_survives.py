"""Whatever ends a prepare, the study is the old or the new; the next begins where the dead one ended."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from functools import partial

import pytest
from running import run_lumbar

from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network
from analytics.study import prepare_study
from analytics.vocabulary.errors import BusyError, ConfigurationError, InputError
from analytics.vocabulary.settings import read_settings
from analytics.vocabulary.study import Study
from analytics.vocabulary.unchanged import MADE_OF

SEED = 4
EXPORTS = 13
KILLS = 2
PREPARE = [sys.executable, "-m", "analytics", "prepare"]


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    monkeypatch.delenv("LUMBAR_KEY", raising=False)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """The exports of three clinics, not prepared."""
    folder = tmp_path_factory.mktemp("exports")
    write_network(simulate_network(clinics=3, patients=12, weeks=12, seed=SEED), folder=folder, seed=SEED)
    return folder


@pytest.fixture
def folder(exports, tmp_path):
    return shutil.copytree(exports, tmp_path / "network")


def prepared(folder, tell=lambda event: None):
    return prepare_study(read_settings(folder / "lumbar.toml"), tell=tell)


def entitled(folder, title):
    """The same network under another title, which is read from study.json alone."""
    path = folder / "lumbar.toml"
    lines = [
        f'title = "{title}"' if one.startswith("title") else one for one in path.read_text().splitlines()
    ]
    path.write_text("\n".join(lines) + "\n")


def begun(folder):
    """A real `lumbar prepare` that goes on."""
    return subprocess.Popen(PREPARE, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def waited(process, happened, *, seconds=60):
    """Wait until something happened, or the process has ended."""
    end = time.monotonic() + seconds
    while process.poll() is None and not happened():
        assert time.monotonic() < end
        time.sleep(0.002)


def left(folder):
    return [path.name for path in folder.glob(".study-new-*")]


def is_being_made(folder):
    return bool(left(folder))


def is_nearly_made(folder):
    return any(folder.glob(f".study-new-*/restricted/{MADE_OF}"))


def is_whole(study):
    """Every file that study.json's writer listed is there, and every frame can be read."""
    assert all(Study(study).release(name).collect() is not None for name in Study(study).released())
    return {path.name for path in (study / "frames").iterdir()}


def test_killed_at_any_moment_it_leaves_the_old_study_or_the_new(folder):
    prepared(folder)
    chance, title, frames = (
        random.Random(SEED),
        Study(folder / "study").facts["title"],
        is_whole(folder / "study"),
    )
    seen = []
    for attempt in range(KILLS):
        entitled(folder, f"attempt {attempt}")
        running = begun(folder)
        at_the_end = attempt % 2  # half of them while the folders are swapped, which is soon over
        waited(running, partial(is_nearly_made if at_the_end else is_being_made, folder))
        time.sleep(chance.uniform(0, 0.02 if at_the_end else 1.5))
        running.kill()
        running.communicate()
        found = Study(folder / "study").facts["title"]
        assert found in {title, f"attempt {attempt}"}
        assert is_whole(folder / "study") == frames
        title = found
        seen.append(running.returncode)
    assert -signal.SIGKILL in seen
    prepared(folder)
    assert Study(folder / "study").facts["title"] == f"attempt {KILLS - 1}"
    assert left(folder) == []


def test_what_a_killed_prepare_has_read_is_not_read_again(folder):
    running, lines = begun(folder), folder / ".study-kept" / "lines"
    waited(running, lambda: len(list(lines.glob("*.lines"))) >= 3)
    running.kill()
    running.communicate()
    there, told = len(list(lines.glob("*.lines"))), []
    assert not (folder / "study").exists()
    prepared(folder, told.append)
    assert 3 <= there <= told[0]["kept"] + 1 <= EXPORTS + 1  # a file may be whole and not yet named
    assert left(folder) == []


def test_a_second_prepare_is_told_to_wait_and_a_dead_one_holds_nothing(folder):
    running = begun(folder)
    waited(running, partial(is_being_made, folder))
    running.send_signal(signal.SIGSTOP)
    with pytest.raises(BusyError, match="study: another run is preparing this study"):
        prepared(folder)
    second = run_lumbar("prepare", cwd=folder)
    assert (second.code, "another run is preparing" in second.said) == (75, True)
    running.kill()
    running.communicate()
    assert prepared(folder).facts["clinics"] == 3


@pytest.fixture
def disk(folder):
    """A real file system of 6 MB, for the study alone."""
    place = folder / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=6m", "none", str(place)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("file systems cannot be mounted here")
    path = folder / "lumbar.toml"
    path.write_text('study = "disk/study"\n' + path.read_text())
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_and_the_old_study_stays(folder, disk):
    prepared(folder)
    before = {path: path.read_bytes() for path in (disk / "study").rglob("*") if path.is_file()}
    room = shutil.disk_usage(disk).free
    (disk / "ballast").write_bytes(bytes(room - 200_000))
    entitled(folder, "on a full disk")
    with pytest.raises(ConfigurationError, match="No space left on device"):
        prepared(folder)
    assert {path: path.read_bytes() for path in (disk / "study").rglob("*") if path.is_file()} == before
    (disk / "ballast").unlink()
    assert prepared(folder).facts["title"] == "on a full disk"


def test_a_disk_that_is_full_while_exports_are_read_is_said(folder, disk):
    (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - 60_000))
    ran = run_lumbar("prepare", cwd=folder)
    assert (ran.code, "No space left on device" in ran.said) == (2, True), ran.said
    assert not (disk / "study").exists()
    (disk / "ballast").unlink()
    assert prepared(folder).facts["clinics"] == 3


def test_a_folder_that_cannot_be_written_is_said_and_the_old_study_stays(folder, disk):
    prepared(folder)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    entitled(folder, "read only")
    with pytest.raises(ConfigurationError, match="Read-only file system"):
        prepared(folder)
    assert Study(disk / "study").facts["title"] != "read only"


def test_an_export_that_cannot_be_opened_is_said_and_the_old_study_stays(folder):
    prepared(folder)
    entitled(folder, "unreadable")
    path = folder / "exports/willow/sessions.csv"
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read it all the same, unless it gives that up
        drop = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"]
        if not shutil.which("setpriv"):
            pytest.skip("this user may read any file")
        ran = subprocess.run([*drop, *PREPARE], cwd=folder, capture_output=True, text=True, check=False)
        assert (ran.returncode, "sessions.csv" in ran.stderr) == (3, True), ran.stderr
        assert "Permission denied" in ran.stderr
    else:
        with pytest.raises(InputError, match=r"sessions\.csv.*Permission denied"):
            prepared(folder)
    assert Study(folder / "study").facts["title"] != "unreadable"
