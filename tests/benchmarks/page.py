"""What a reader waits for: weight of each kind of page, first paint, first picture, all pictures, from disk.

python tests/benchmarks/page.py [reports/latest]      prints a table; medians of several loads, offline
"""

from __future__ import annotations

import math
import shutil
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

LOADS = 7
FIRST = """
new MutationObserver((_, watch) => {
  if (!document.querySelector(".main-svg")) return;
  window.firstPicture = performance.now();
  watch.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
SEEN = """[
  performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
  window.firstPicture ?? NaN,
  document.querySelectorAll("*").length,
  document.documentElement.scrollHeight,
]"""


def one_load(browser: Browser, path: Path) -> list[float]:
    """First paint and first picture in milliseconds; elements; height in pixels at 1200 wide."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, offline=True)
    page = context.new_page()
    page.add_init_script(FIRST)
    page.goto(path.resolve().as_uri())
    page.wait_for_timeout(2500)
    seen = page.evaluate(SEEN)
    context.close()
    return seen


def main() -> None:
    """Measure the pages of a published folder."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "reports/latest")
    kinds = ["index.html", "network.html", "data_quality.html"]
    pages = [*(folder / kind for kind in kinds), *sorted((folder / "clinics").glob("*.html"))[:3]]
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    print(f"{'page':32}{'kB':>8}{'paint ms':>10}{'picture ms':>12}{'elements':>10}{'height':>8}")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for path in pages:
            loads = [one_load(browser, path) for _ in range(LOADS)]
            paint, picture, elements, height = (statistics.median(load) for load in zip(*loads, strict=True))
            size = path.stat().st_size / 1000
            near = "none near" if math.isnan(picture) else f"{picture:.0f}"
            print(f"{path.name:32}{size:8.1f}{paint:10.0f}{near:>12}{elements:10.0f}{height:8.0f}")
        browser.close()


if __name__ == "__main__":
    main()
