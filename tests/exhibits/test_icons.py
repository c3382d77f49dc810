"""Each icon differs by shape, says its words, and is safe to stand in a page."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from analytics.exhibits.icons import CODES, icon, icon_with_words, icon_words


@pytest.mark.parametrize("code", CODES)
def test_an_icon_is_a_picture_with_a_name(code):
    """Well-formed, named once for the ear and once for the mouse, in the colour of the text."""
    svg = ElementTree.fromstring(icon(code))
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == icon_words(code) == svg.findtext("title")
    assert svg.attrib["stroke"] == "currentColor"
    assert not re.search(r"#[0-9a-fA-F]{3}|rgb|style=|url\(", icon(code))


def test_no_two_icons_have_one_shape():
    """Without any colour they still differ, and so do their words."""
    shapes = {
        re.sub(r'<title>.*?</title>|class="[^"]*"|aria-label="[^"]*"', "", icon(code)) for code in CODES
    }
    assert len(shapes) == len({icon_words(code) for code in CODES}) == len(CODES)


def test_beside_its_words_the_picture_is_silent():
    """A screen reader says the words once."""
    both = icon_with_words("improving")
    assert 'aria-hidden="true"' in both
    assert "aria-label" not in both
    assert both.count("Changed for the better") == 1


def test_a_code_that_nobody_knows_is_not_enough_data():
    """And never enters the page."""
    assert icon("<script>") == icon("not enough data")
    assert icon_with_words("<b>") == icon_with_words("not enough data")
