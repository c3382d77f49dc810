"""Notebooks opened in a real JupyterLab: all cells are run from its menu, and what they show is looked at.

One server and one browser serve all of them. A picture of each lies in the folder of the test (`-s` tells).
The clinic's report and one lab notebook are driven in every run, the others with `make test-slow`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass

import pytest

from analytics.reporting.lab import lay_out_lab
from analytics.vocabulary.installed import notebook_folder
from analytics.vocabulary.study import Study

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")]
LAB = sorted(f"lab/{path.name}" for path in (notebook_folder() / "lab").glob("*.ipynb"))
ALWAYS = ("clinic_report.ipynb", "lab/06_is_it_the_exercise.ipynb")
ALL = [
    pytest.param(name, marks=() if name in ALWAYS else pytest.mark.slow)
    for name in ("clinic_report.ipynb", *LAB)
]
SECONDS = 240  # for one notebook, on a machine that has other work; measured alone: 10 to 25
# JupyterLab's own state of each cell and output; outputs out of sight are rendered when scrolled to
STATE = """
(() => {
  const cells = Array.from(document.querySelectorAll(".jp-Notebook .jp-CodeCell"));
  return cells.map(cell => ({
    prompt: cell.querySelector(".jp-InputPrompt")?.textContent ?? "",
    outputs: cell.querySelectorAll(".jp-OutputArea-output").length,
    error: cell.querySelectorAll("[data-mime-type='application/vnd.jupyter.error']").length,
    stderr: cell.querySelectorAll("[data-mime-type='application/vnd.jupyter.stderr']").length,
  }));
})()
"""


HEIGHTS = "Array.from(document.querySelectorAll('.js-plotly-plot')).map(one => one._fullLayout.height)"


@dataclass(frozen=True)
class Lab:
    """The address of a running JupyterLab, its token, its browser, and where pictures go."""

    address: str
    token: str
    browser: object
    pictures: object


@pytest.fixture(scope="module")
def lab(sample_run, tmp_path_factory):
    """JupyterLab as `lumbar lab` starts it, on a free port of this machine, and a browser beside it."""
    place = tmp_path_factory.mktemp("jupyterlab")
    study = sample_run.folder / "study"
    folder = lay_out_lab(Study(study))
    log = (place / "log").open("w+")
    command = ["--no-browser", "--allow-root", "--port=0", "--ip=127.0.0.1", str(folder)]
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *command],
        env=os.environ | {"LUMBAR_STUDY": str(study), "HOME": str(place)},
        stdout=log,
        stderr=log,
    )
    try:
        address, token = _address(log)
        with playwright.sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            yield Lab(address, token, browser, place)
            browser.close()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


def _address(log) -> tuple[str, str]:
    for _ in range(240):
        log.seek(0)
        found = re.search(r"http://127\.0\.0\.1:(\d+)/lab\?token=(\w+)", log.read())
        if found:
            address = f"http://127.0.0.1:{found[1]}"
            urllib.request.urlopen(f"{address}/api?token={found[2]}", timeout=10).close()
            return address, found[2]
        time.sleep(0.5)
    raise AssertionError("JupyterLab did not start")


def _code_cells(name: str) -> list[str]:
    cells = json.loads((notebook_folder() / name).read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def _shows(source: str) -> bool:
    """Whether the cell's last line is a value (and no assignment or import)."""
    last = source.strip().splitlines()[-1]
    return not re.match(r"(?:import|from)\b|[\w, ]+ = |.*#.*sample network", last)


def _run_all(page, cells: int) -> list[dict]:
    """Run all cells from the menu; each cell's state once all are done."""
    page.get_by_text("| Idle").wait_for(timeout=90_000)  # cells run only once the kernel is there
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).first.click()
    end = time.monotonic() + SECONDS
    while True:
        state = page.evaluate(STATE)
        numbered = [re.fullmatch(r"\[(\d+)\]:", cell["prompt"].strip()) for cell in state]
        if len(state) == cells and all(numbered):
            return state
        assert not any(cell["error"] for cell in state), state
        assert time.monotonic() < end, state
        page.wait_for_timeout(250)


def _end_kernels(lab: Lab) -> None:
    """One kernel at a time: each holds a study's frames in memory."""
    listed = urllib.request.urlopen(f"{lab.address}/api/kernels?token={lab.token}", timeout=30).read()
    for kernel in json.loads(listed):
        address = f"{lab.address}/api/kernels/{kernel['id']}"
        headers = {"Authorization": f"token {lab.token}"}
        ending = urllib.request.Request(address, method="DELETE", headers=headers)
        urllib.request.urlopen(ending, timeout=30).close()


def _theme(page, name: str) -> None:
    page.get_by_role("menuitem", name="Settings", exact=True).click()
    page.get_by_text("Theme", exact=True).first.hover()
    page.get_by_text(f"JupyterLab {name}", exact=True).first.click()
    page.wait_for_timeout(500)


@pytest.mark.parametrize("name", ALL)
def test_every_cell_runs_and_shows_what_it_should(name, lab):
    sources = _code_cells(name)
    # high enough for the whole notebook: JupyterLab renders what is in sight
    page = lab.browser.new_page(viewport={"width": 1300, "height": 9000})
    page.goto(f"{lab.address}/lab/tree/{name}?token={lab.token}&reset")
    page.locator(".jp-Notebook").wait_for(timeout=90_000)
    try:
        state = _run_all(page, len(sources))
        page.wait_for_timeout(1500)  # figures are drawn after their cell is done
        state = page.evaluate(STATE)
        page.screenshot(path=lab.pictures / f"{name.replace('/', '-')}.png")
        print(f"\n{lab.pictures / name.replace('/', '-')}.png")
        assert [cell["error"] for cell in state] == [0] * len(sources)
        assert [cell["stderr"] for cell in state] == [0] * len(sources), "a warning that no reader must see"
        silent = [
            text for cell, text in zip(state, sources, strict=True) if _shows(text) and not cell["outputs"]
        ]
        assert silent == []
        assert page.locator("text=Traceback").count() == 0
        raw = page.locator(".jp-OutputArea-output pre").filter(
            has_text=re.compile(r"<\w+\.\w+ object at 0x|shape: \(")
        )
        assert raw.count() == 0, "something shows itself as a program would"
        if name.startswith("lab/"):
            _theme(page, "Dark")
            page.screenshot(path=lab.pictures / f"{name.replace('/', '-')}-dark.png")
            heights = page.evaluate(HEIGHTS)
            assert min(heights, default=999) > 150, "a figure fell together when it was sized anew"
            _theme(page, "Light")
        else:
            assert page.locator(".js-plotly-plot").count() >= 3
    finally:
        page.close()
        _end_kernels(lab)


def test_all_lab_notebooks_are_among_them():
    assert set(ALWAYS) <= {"clinic_report.ipynb", *LAB}
