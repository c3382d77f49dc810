"""The page of a German clinic, whole, as a reader sees it: no word of English is left, figures included."""

from __future__ import annotations

import re
from functools import cache

import pytest
from run.chromium import browsing, one_clinic, open_everything, open_page

from analytics.vocabulary.language import catalogue

pytestmark = pytest.mark.browser
# every text a reader can see or hear, and every figure's, with all sections open
TEXTS = """
Array.from(document.querySelectorAll("body *")).flatMap(one => [
  ...Array.from(one.childNodes).filter(node => node.nodeType === 3 && !one.closest("script, style, noscript"))
    .map(node => node.textContent),
  one.getAttribute("aria-label"), one.getAttribute("title"), one.getAttribute("alt"),
]).concat([document.title]).filter(text => text && text.trim())
"""
# the network's own title, in the language of whoever wrote it
TITLE = "Sample network: back-pain rehabilitation outcomes"


@cache
def english_words():
    """Words of the catalogue's English sentences that none of its German ones has."""
    german = {word for one in catalogue("de") if one.id for word in words(str(one.string))}
    english = {word for one in catalogue("de") if one.id for word in words(str(one.id))}
    return {word for word in english - german if len(word) > 2}


def words(text):
    return re.findall(r"[^\W\d_]+", re.sub(r"{[^}]*}", " ", text).lower())


def test_no_english_is_left(chromium, sample_run):
    english = english_words()
    assert {"the", "patients", "weeks", "between", "expected"} <= english
    with browsing(chromium) as context:
        page, _, _ = open_page(context, one_clinic(sample_run.latest, "linden"))
        assert page.locator("html").get_attribute("lang") == "de"
        open_everything(page)
        texts = page.evaluate(TEXTS)
    assert len(texts) > 800
    assert {text for text in texts if english.intersection(words(text.replace(TITLE, "")))} == set()


def test_the_english_page_would_be_found(chromium, sample_run):
    with browsing(chromium) as context:
        page, _, _ = open_page(context, one_clinic(sample_run.latest))
        texts = page.evaluate(TEXTS)
    found = [text for text in texts if english_words().intersection(words(text))]
    assert len(found) > 0.2 * len(texts)
