"""axe-core finds nothing on any kind of page, light or dark, wide or narrow; keys reach everything."""

from __future__ import annotations

import pytest
from run.chromium import browsing, one_clinic, open_everything, open_page

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = pytest.mark.browser
KINDS = ["index.html", "network.html", "data_quality.html", "a clinic", "a German clinic"]


def _path(run, kind):
    clinics = {"a clinic": "willow", "a German clinic": "linden"}
    return one_clinic(run.latest, clinics[kind]) if kind in clinics else run.latest / kind


LOOKS = [("light", 1200), ("dark", 1200), ("dark", 360)]
# every kind of page and every look in each run, all pairs with `make test-slow`
ALWAYS = dict(zip(KINDS, ("dark 1200", "dark 360", "light 1200", "light 1200", "dark 360"), strict=True))


def _pairs() -> list:
    return [
        pytest.param(kind, *look, marks=() if ALWAYS[kind] == f"{look[0]} {look[1]}" else pytest.mark.slow)
        for kind in KINDS
        for look in LOOKS
    ]


@pytest.mark.parametrize(("kind", "scheme", "width"), _pairs())
def test_axe_finds_nothing(chromium, sample_run, kind, scheme, width):
    with browsing(chromium, width, color_scheme=scheme) as context:
        page, _, _ = open_page(context, _path(sample_run, kind))
        as_it_comes = axe.Axe().run(page).response
        open_everything(page)
        opened = axe.Axe().run(page).response
    for found in (as_it_comes, opened):
        assert len(found["passes"]) > 15  # axe has looked
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []


def test_axe_sees_a_fault_that_is_planted(chromium, sample_run):
    with browsing(chromium) as context:
        page, _, _ = open_page(context, sample_run.latest / "index.html")
        page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
        found = axe.Axe().run(page).response["violations"]
    assert "button-name" in [one["id"] for one in found]


REACHABLE = """
Array.from(document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]'))
  .filter(one => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true }))
  .map((one, at) => { one.dataset.stop = at; return at; })
"""
FOCUSED = """
(() => {
  const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one);
  const x = Math.min(Math.max(box.left + Math.min(box.width, 40) / 2, 1), innerWidth - 2);
  const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2; // of the part within the window
  const top = document.elementFromPoint(x, y);
  return {
    stop: one.dataset.stop, kind: one.tagName, text: one.textContent.trim().slice(0, 40),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.bottom > 0 && box.top < innerHeight && Boolean(top) && (one.contains(top) || top.contains(one)),
  };
})()
"""


def _walk(page, stops):
    """Tab from the top until the page is left: what had the focus, in order."""
    walked = []
    for _ in range(len(stops) + 2):
        page.keyboard.press("Tab")
        here = page.evaluate(FOCUSED)
        if here["kind"] == "BODY" or (walked and here["stop"] == walked[0]["stop"]):
            break
        walked.append(here)
    return walked


@pytest.mark.parametrize(("width", "height"), [(1200, 900), (360, 780)])
@pytest.mark.parametrize("kind", KINDS)
def test_a_keyboard_reaches_everything_in_order_and_is_never_caught(
    chromium, sample_run, kind, width, height
):
    with browsing(chromium, width, height, reduced_motion="reduce") as context:
        page, _, _ = open_page(context, _path(sample_run, kind))
        open_everything(page)
        page.evaluate("scrollTo(0, 0)")
        stops = page.evaluate(REACHABLE)
        walked = _walk(page, stops)
    assert walked[0]["text"] in {"Skip to the content", "Zum Inhalt springen"}
    assert [int(one["stop"]) for one in walked] == stops
    assert [one for one in walked if not (one["ring"] and one["seen"])] == []


def test_the_skip_link_leads_past_the_contents(chromium, sample_run):
    with browsing(chromium) as context:
        page, _, _ = open_page(context, one_clinic(sample_run.latest))
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        inside = page.evaluate("document.querySelector('main').contains(document.activeElement)")
    assert inside


@pytest.mark.parametrize("key", ["Enter", "Space"])
def test_keys_open_and_close_a_section(chromium, sample_run, key):
    with browsing(chromium) as context:
        page, _, _ = open_page(context, one_clinic(sample_run.latest))
        heading = page.locator("details.part > summary").first
        state = "document.querySelector('details.part').open"
        heading.focus()
        before = page.evaluate(state)
        page.keyboard.press(key)
        assert page.evaluate(state) is not before
        page.keyboard.press(key)
        assert page.evaluate(state) is before


def test_figures_are_named_and_told_in_words(chromium, sample_run):
    with browsing(chromium) as context:
        page, _, _ = open_page(context, one_clinic(sample_run.latest))
        figures = page.locator("figure.drawn").all()
        assert len(figures) >= 5
        for figure in figures:
            named = figure.get_attribute("aria-labelledby")
            assert page.locator(f"[id='{named}']").text_content().strip()
            assert len(figure.locator(".summary").text_content()) > 40
            assert figure.locator("table").count() >= 1
