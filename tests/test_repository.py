"""What must never be in the repository: outputs, hosts, paths of a machine, vendored code."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TEXT = {".py", ".toml", ".lock", ".md", ".cff", ".txt", ".css", ".js", ".j2", ".ipynb", ""}


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def _texts():
    for path in _files():
        if path.suffix in TEXT and path.stat().st_size < 2_000_000:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def test_the_lock_holds_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    assert "://" not in lock
    assert "index-url" not in lock
    pinned = re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)
    assert {"polars", "pandas", "plotly", "jupyterlab", "statsmodels", "papermill"} <= set(pinned)
    assert lock.count("--hash=sha256:") > len(pinned)


def test_no_lock_that_records_hosts_is_kept():
    assert not {path.name for path in _files()} & {"uv.lock", "pylock.toml", "package-lock.json"}


def test_notebooks_carry_no_output():
    notebooks = [path for path in _files() if path.suffix == ".ipynb"]
    assert len(notebooks) >= 4
    for path in notebooks:
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs"), path
            assert not cell.get("execution_count"), path


def test_no_path_of_a_machine():
    home = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w")
    allowed = {"tests/test_repository.py"}
    assert [name for name, text in _texts() if name not in allowed and home.search(text)] == []


def test_no_vendored_plotly():
    big = [path.name for path in _files() if path.stat().st_size > 2_000_000]
    assert big == []
    assert not [path for path in _files() if path.name.startswith("plotly") and path.suffix == ".js"]


def test_the_sample_is_under_six_megabytes():
    sample = ROOT / "data" / "sample"
    tracked = [path for path in _files() if sample in path.parents]
    assert 0 < sum(path.stat().st_size for path in tracked) < 6_000_000
