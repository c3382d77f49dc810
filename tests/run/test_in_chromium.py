"""The published pages in a real Chromium, offline: they draw and ask for nothing."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed"),
]


@contextmanager
def _pages(width=1200, **options):
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": width, "height": 900}, offline=True, **options)
        yield context
        browser.close()


def _open(context, path):
    """A settled page, every request that is not for a file of its own, and what its console said."""
    page, asked, said = context.new_page(), [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on(
        "console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(path.resolve().as_uri())
    page.wait_for_load_state("load")
    page.wait_for_timeout(600)
    return page, [url for url in asked if not url.startswith(("file:", "data:", "blob:"))], said


def _published(folder):
    return [*sorted(folder.glob("*.html")), *sorted((folder / "clinics").glob("*.html"))]


def test_pages_draw_and_ask_for_nothing(sample_run):
    with _pages() as context:
        for path in _published(sample_run.latest):
            page, asked, said = _open(context, path)
            assert (path.name, asked, said) == (path.name, [], [])
            wanted = page.locator("[data-figure]").count()
            assert page.locator(".js-plotly-plot .main-svg").count() >= wanted
            assert page.locator("text=/share chart/i").count() == 0
            page.close()


def test_a_clinic_page_has_its_figures(sample_run):
    with _pages() as context:
        page, _, _ = _open(context, next((sample_run.latest / "clinics").glob("willow-*.html")))
        assert page.locator(".js-plotly-plot").count() >= 5
        assert page.locator("h1").count() == 1
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("figure figcaption").count() >= 5


def test_no_page_scrolls_sideways_on_a_phone(sample_run):
    with _pages(width=360) as context:
        for path in _published(sample_run.latest):
            page, _, _ = _open(context, path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, (path.name, wide)
            page.close()
