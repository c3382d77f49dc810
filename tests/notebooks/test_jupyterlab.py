"""A report notebook opened in a real JupyterLab: all cells are run from its menu, and every exhibit shows."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request

import pytest

from analytics.reporting.lab import lay_out_lab
from analytics.vocabulary.study import Study

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")]


@pytest.fixture
def server(sample_run, tmp_path):
    """JupyterLab as `lumbar lab` starts it, on a free port of this machine."""
    folder = lay_out_lab(Study(sample_run.folder / "study"))
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--port=0",
            "--ip=127.0.0.1",
            folder,
        ],
        env=os.environ | {"LUMBAR_STUDY": str(sample_run.folder / "study"), "HOME": str(tmp_path)},
        stdout=log,
        stderr=log,
    )
    try:
        yield _address(log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        log.close()


def _address(log) -> tuple[str, str]:
    for _ in range(120):
        log.seek(0)
        found = re.search(r"http://127\.0\.0\.1:(\d+)/lab\?token=(\w+)", log.read())
        if found:
            address = f"http://127.0.0.1:{found[1]}"
            urllib.request.urlopen(f"{address}/api?token={found[2]}", timeout=10).close()
            return address, found[2]
        time.sleep(0.5)
    raise AssertionError("JupyterLab did not start")


def test_all_cells_run_in_jupyterlab(server):
    address, token = server
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 2400})
        page.goto(f"{address}/lab/tree/clinic_report.ipynb?token={token}")
        page.locator(".jp-Notebook").wait_for(timeout=90_000)
        page.get_by_text("| Idle").wait_for(timeout=90_000)  # cells run only once the kernel is there
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).first.click()
        page.locator(".jp-CodeCell .jp-OutputArea-output").nth(8).wait_for(timeout=120_000)
        page.wait_for_timeout(3000)
        assert page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count() == 0
        assert page.locator("text=Traceback").count() == 0
        assert page.locator(".js-plotly-plot").count() >= 3
        browser.close()
