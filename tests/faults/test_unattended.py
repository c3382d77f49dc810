"""The night as a scheduler makes it: the written command, alone on the machine, with nobody to ask.

No network, everything read-only but what the unit may write, a bare environment.
"""

from __future__ import annotations

import fcntl
import json
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from running import run_lumbar

from analytics.reporting.schedule import write_schedule

# As systemd does it: the unit's folders first, then every other mount read-only, then a /tmp of its own.
SHUT = """
set -e
for folder in $WRITABLE; do mount --bind "$folder" "$folder"; done
for place in $READABLE; do
    [ ! -e "$place" ] || { mount --bind "$place" "$place"; mount -o remount,bind,ro "$place"; }
done
mount -o remount,bind,ro /
mount -t tmpfs tmpfs /var/tmp
umask 077
exec "$@"
"""


@dataclass(frozen=True)
class Night:
    """An installation, and how to run a command as its unit would."""

    root: Path
    unit: str
    cron: str

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Without network, and shut as the unit says."""
        return _shut(command, writable=self._paths("ReadWritePaths"), readable=self._paths("ReadOnlyPaths"))

    def _paths(self, name: str) -> list[str]:
        """The paths of a directive of the unit; none of them has a blank here."""
        found = re.findall(rf"^{name}=(.*)$", self.unit, re.MULTILINE)
        return [path.removeprefix("-") for line in found for path in line.split() if path != "/tmp"]


def _shut(command, *, writable, readable):
    tiny = {
        "HOME": "/nonexistent", "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8",
        "TMPDIR": "/var/tmp", "WRITABLE": " ".join(writable), "READABLE": " ".join(readable),
    }  # fmt: skip
    place = ["unshare", "--map-root-user", "--net", "--mount", "--ipc", "/bin/sh", "-c", SHUT, "sh"]
    return subprocess.run([*place, *command], env=tiny, cwd="/", capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A simulated network of three clinics, its unit and its cron line."""
    root = tmp_path_factory.mktemp("night").resolve() / "network"
    assert run_lumbar("simulate", str(root), "--clinics", "3", "--patients", "20", cwd=root.parent).code == 0
    texts = [
        write_schedule(root / "lumbar.toml", kind=kind, when="02:30", out=root.parent / "schedule").files[0]
        for kind in ("systemd", "cron")
    ]
    here = Night(root, *(text.read_text(encoding="utf-8") for text in texts))
    probe = (
        'touch "$1/probe" && rm "$1/probe" && ! touch "$1/exports/probe" "$1/../probe" && cat /proc/net/dev'
    )
    try:
        probing = ("/bin/sh", "-c", probe, "sh", str(root))
        tried = _shut(probing, writable=[str(root)], readable=[str(root / "exports")])
    except OSError:
        pytest.skip("there is no unshare")
    if tried.returncode:
        pytest.skip("this machine lets no test have a network and mounts of its own")
    assert [line.split(":")[0].strip() for line in tried.stdout.splitlines()[2:]] == ["lo"]
    return here


@pytest.fixture(scope="module")
def first(night):
    """The first run of the written unit, in the shut place."""
    return night.run(*_command(night.unit))


def _command(unit: str) -> list[str]:
    (line,) = re.findall(r"^ExecStart=:(.*)$", unit, re.MULTILINE)
    return shlex.split(line)


def _newest(root: Path) -> dict:
    return json.loads((root / "reports" / "latest" / "manifest.json").read_text(encoding="utf-8"))


def test_the_unit_s_command_publishes_without_network_and_without_a_home(night, first):
    assert first.returncode == 0, first.stderr[-2000:]
    published = night.root / "reports" / "latest"
    assert (published / "index.html").is_file()
    assert len(list((published / "clinics").glob("*.html"))) == 3
    assert [one["slug"] for one in _newest(night.root)["reports"] if one["status"] == "failed"] == []


def test_what_it_wrote_is_its_owner_s_alone(night, first):
    made = [
        *(night.root / "reports").rglob("*"),
        *(night.root / "study").rglob("*"),
        night.root / "lumbar.key",
    ]
    assert len(made) > 50
    assert [path.name for path in made if not path.is_symlink() and path.stat().st_mode & 0o077] == []
    beside = {path.name for path in night.root.iterdir() if not path.name.startswith(".study-")}
    assert beside - {"reports", "study", "lumbar.key"} == {
        "DATA.md", "defects.csv", "exports", "lumbar.toml", "mappings", "truth.json",
    }  # fmt: skip


def test_the_next_night_with_nothing_new_is_well_too(night, first):
    again = night.run(*_command(night.unit))
    assert again.returncode == 0, again.stderr[-2000:]
    assert (night.root / "reports" / "latest" / "index.html").is_file()


def test_cron_mails_nothing_of_a_run_that_finds_the_place_taken(night, first):
    (line,) = re.findall(r"^30 2 \* \* \* (.*)$", night.cron, re.MULTILINE)
    with (night.root / "reports" / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = night.run("/bin/sh", "-x", "-c", line.replace("\\%", "%"))
    assert "+ [ 75 -eq 75 ]" in ran.stderr  # so the shell's own account of its steps says
    assert (ran.returncode, ran.stdout) == (0, "")
