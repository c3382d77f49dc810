"""Published pages as a reader has them: offline, with all that the console says and the page asks for."""

from __future__ import annotations

import time
from contextlib import contextmanager

TO_FIRST_UNDRAWN = """
(() => {
  const plots = Array.from(document.querySelectorAll("[data-figure]"));
  const next = plots.find(one => !one.querySelector(".main-svg"));
  if (next) next.scrollIntoView({ behavior: "instant", block: "center" });
  return !next;
})()
"""


@contextmanager
def browsing(chromium, width=1200, height=900, **options):
    """A context of that size, with no network."""
    context = chromium.new_context(viewport={"width": width, "height": height}, offline=True, **options)
    yield context
    context.close()


def open_page(context, path, *, script=""):
    """A loaded page, every request that is not for a file of its own, and what its console said."""
    page, asked, said = context.new_page(), [], []
    inside = ("file:", "data:", "blob:")
    page.on("request", lambda one: asked.append(one.url) if not one.url.startswith(inside) else None)
    page.on("console", lambda one: said.append(one.text) if one.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    if script:
        page.add_init_script(script)
    page.goto(path.resolve().as_uri())
    page.wait_for_load_state("load")
    return page, asked, said


def until(page, expression, seconds=30):
    """Wait for it to be true. Playwright's own way evaluates text in the page, which the page forbids."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        page.wait_for_timeout(30)


def open_everything(page):
    """Every section and table open, and every figure drawn, by scrolling past each as a reader does."""
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    until(page, TO_FIRST_UNDRAWN)


def published(folder):
    """All pages of a run."""
    return [*sorted(folder.glob("*.html")), *sorted((folder / "clinics").glob("*.html"))]


def one_clinic(folder, name="willow"):
    """The page of a clinic with much to show."""
    return next((folder / "clinics").glob(f"{name}-*.html"))
