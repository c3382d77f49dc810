"""A notebook that misbehaves for one clinic: the others are published, and it keeps its last good page."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from faults.network import completes, whole
from nbformat.v4 import new_code_cell
from running import run_lumbar

from analytics.reporting.stale import OLD
from analytics.vocabulary.installed import notebook_folder

NAME = "Jane Canary"  # a patient's, as a notebook could hold it
HEADER = f"import os, signal, subprocess, sys, time\nwho = '{NAME}'\n"
FAULTS = {
    "hangs for ever": "while True: time.sleep(1)",
    "allocates without end": (
        "held = []\nwhile True:\n    held.append(bytearray(b'x' * (10 << 20))); time.sleep(0.01)"
    ),
    "calls os._exit(7)": "os._exit(7)",
    "starts a program that outlives it": "subprocess.Popen(['sleep', '900'], start_new_session=True)",
    "kills its parent": "os.kill(os.getppid(), signal.SIGKILL); time.sleep(1)",
    "fills its stdout with 50 MB": "for _ in range(50): print(who[0] * (1 << 20))",
    "raises with a patient's name": "print(who); print(who, file=sys.stderr); raise ValueError(who)",
}
# why the report is not made; one that kills its parent is made, as another parent takes its place
OUTCOMES = {
    "hangs for ever": "it took longer than",
    "allocates without end": "it took more than 700 MB of memory",
    "calls os._exit(7)": "ended",
    "raises with a patient's name": "ValueError in code cell",
}
LARGEST = 1_000_000  # bytes of a page: what a notebook prints is not on it
RULES = "[run]\ntimeout_seconds = {seconds}\nmemory_mb = 700\njobs = 2"
ROUNDS = (
    {
        "willow": "hangs for ever",
        "linden": "allocates without end",
        "rowan": "calls os._exit(7)",
        "harbour": "starts a program that outlives it",
    },
    {
        "willow": "kills its parent",
        "linden": "fills its stdout with 50 MB",
        "rowan": "raises with a patient's name",
    },
)
NIGHT = """
import sys
from pathlib import Path
from analytics.night import run_night
from analytics.reporting.plan import Asked
from analytics.vocabulary.settings import read_settings
sys.exit(run_night(read_settings(Path("lumbar.toml")), Asked(notebooks=Path("notebooks"))))
"""


def _is_the_last_good_one(page: Path, good: Path) -> None:
    """With a banner, and else as it was."""
    text = page.read_text(encoding="utf-8")
    assert OLD.search(text)
    assert OLD.sub("", text) == good.read_text(encoding="utf-8")


def _install(folder: Path, faults: dict[str, str]) -> None:
    """The notebooks that are shipped, where the clinics' own does something more for these clinics."""
    folder.mkdir()
    for path in notebook_folder().glob("*.ipynb"):
        (folder / path.name).write_bytes(path.read_bytes())
    notebook = nbformat.read(folder / "clinic_report.ipynb", as_version=4)
    programs = {clinic: FAULTS[fault] for clinic, fault in faults.items()}
    text = f"{HEADER}exec({programs!r}.get(clinic_id, ''))"
    place = next(n for n, cell in enumerate(notebook.cells) if "parameters" in cell.metadata.get("tags", []))
    notebook.cells.insert(place + 1, new_code_cell(text))
    nbformat.write(notebook, folder / "clinic_report.ipynb")


@pytest.mark.slow
@pytest.mark.parametrize(("faults", "seconds"), [(ROUNDS[0], 15), (ROUNDS[1], 600)], ids=["first", "second"])
def test_a_notebook_harms_its_own_report_only(undisturbed, tmp_path, table, faults, seconds):
    network = undisturbed.network.copy(tmp_path / "network")
    network.add_setting(RULES.format(seconds=seconds))
    _install(network.folder / "notebooks", faults)
    run = network.start(program=NIGHT)
    assert run.wait() == 1, run.said[-2000:]
    assert run.survivors() == []
    whole(network)
    reports = {one["slug"].rsplit("-", 1)[0]: one for one in network.manifest["reports"]}
    assert {clinic for clinic, one in reports.items() if one["status"] == "stale"} == {
        clinic for clinic, fault in faults.items() if fault in OUTCOMES
    }
    assert {one["status"] for one in reports.values()} == {"stale", "made", "reused"}
    for clinic, fault in faults.items():
        report = reports[clinic]
        place = f"clinics/{report['slug']}.html"
        if fault in OUTCOMES:
            assert OUTCOMES[fault] in report["reason"]
            _is_the_last_good_one(network.latest / place, undisturbed.network.latest / place)
        told = f"{report['status']} {report['reason']}".strip()
        table.append((f"notebook {fault}", f"{told}; the others made", "completes"))
        assert (network.latest / place).stat().st_size < LARGEST
    assert NAME.encode() not in b"".join(
        path.read_bytes() for path in [run.log, *network.reports.rglob("*")] if path.is_file()
    )
    assert network.status["state"] == "partial"
    assert run_lumbar("status", cwd=network.folder).code == 1
    completes(network, undisturbed.before)
    assert run_lumbar("status", cwd=network.folder).code == 0
