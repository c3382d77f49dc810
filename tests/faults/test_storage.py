"""The disk of the reports is full, or can only be read: it is said in words, and `latest` stays as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from faults.network import Network, completes, whole
from running import run_lumbar

MB = 1 << 20
PAGE = 4096


def _mount(*words: str) -> None:
    done = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("this machine lets no test mount")


@pytest.fixture
def own_disk(network):
    """The network whose reports lie on a disk of their own; and a function that leaves so much room there."""
    held = network.reports.with_name("held")
    network.reports.rename(held)
    network.reports.mkdir()
    _mount("-t", "tmpfs", "-o", "size=200m", "tmpfs", str(network.reports))
    try:
        subprocess.run(["cp", "-a", f"{held}/.", str(network.reports)], check=True)
        shutil.rmtree(held)
        yield network
    finally:
        while os.path.ismount(network.reports):
            subprocess.run(["umount", "-l", str(network.reports)], check=True)


def _leave_room(reports: Path, room: int) -> None:
    about = os.statvfs(reports)
    used = (about.f_blocks - about.f_bfree) * about.f_frsize
    _mount("-o", f"remount,size={(used + room) // PAGE * PAGE}", str(reports))


@pytest.mark.parametrize(
    ("room", "when"),
    [
        (100_000, "while a report is made"),
        pytest.param(4 * MB, "while the run is put together", marks=pytest.mark.slow),
    ],
)
def test_the_disk_is_full(undisturbed, own_disk: Network, table, room, when):
    _leave_room(own_disk.reports, room)
    ran = own_disk.run()
    assert ran.code == 2, ran.said[-2000:]
    assert "The folder of reports (reports): the disk is full. Make room there, then run again." in ran.said
    assert "Traceback" not in ran.said
    assert whole(own_disk) == undisturbed.before
    assert not list(own_disk.reports.glob(".staging-*"))
    assert not list(own_disk.reports.glob(".made/.new-*"))
    assert own_disk.status["reason"] == "storage"
    assert run_lumbar("status", cwd=own_disk.folder).code == 1
    _leave_room(own_disk.reports, 100 * MB)
    completes(own_disk, undisturbed.after)
    table.append((f"disk full {when}", "words, exit code 2, latest as before; `status` says so", "completes"))


@pytest.mark.slow
def test_the_folder_can_only_be_read(undisturbed, network: Network, table):
    _mount("--bind", str(network.reports), str(network.reports))
    try:
        _mount("-o", "remount,bind,ro", str(network.reports))
        ran = network.run()
        assert ran.code == 2, ran.said[-2000:]
        assert "the disk can only be read. Mount it for writing" in ran.said
        assert whole(network) == undisturbed.before
    finally:
        subprocess.run(["umount", str(network.reports)], check=True)
    completes(network, undisturbed.after)
    table.append(("read-only folder before the run", "words, exit code 2, latest as before", "completes"))


@pytest.mark.slow
def test_the_folder_turns_read_only_in_the_middle(undisturbed, network: Network, table):
    """As a kernel does it at a failing disk: what is open stays open, no new file is made."""
    run = network.start()
    run.wait_for("report")
    _mount("--bind", str(network.reports), str(network.reports))
    try:
        _mount("-o", "remount,bind,ro", str(network.reports))
        assert run.wait() == 2, run.said[-2000:]
        assert "the disk can only be read. Mount it for writing" in run.said
        assert run.survivors() == []
        assert whole(network) == undisturbed.before
    finally:
        subprocess.run(["umount", "-l", str(network.reports)], check=True)
    completes(network, undisturbed.after)
    table.append(("read-only in the middle of the run", "words, exit code 2, latest as before", "completes"))
