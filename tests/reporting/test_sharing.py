"""What a page says once: icons keep shape and name, figures come back whole, tables of numbers stay such."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from analytics.reporting.sharing import alike, with_lean_tables, with_shared_icons, without

UP, RING = '<path d="M12 3Z" fill="currentColor"></path>', '<circle cx="12" cy="12" r="9"></circle>'
STROKE = 'fill="none" height="20" stroke="currentColor" viewbox="0 0 24 24" width="20"'
NAMED = f'<svg aria-label="Better" class="icon good" {STROKE} role="img"><title>Better</title>{UP}</svg>'
HIDDEN = f'<svg aria-hidden="true" class="icon plain" {STROKE}>{RING}</svg>'


def test_a_shape_is_drawn_once_and_each_icon_keeps_its_name():
    html = with_shared_icons(f"<p>{NAMED} {HIDDEN} a &lt; b {NAMED}</p>")
    assert html.count(UP) == html.count(RING) == 1
    assert html.count('<svg class="icon good" role="img"><title>Better</title><use href="#shape-0">') == 2
    assert html.count('<svg aria-hidden="true" class="icon plain"><use href="#shape-1">') == 1
    assert "a &lt; b" in html


def test_an_icon_that_only_a_label_names_keeps_it():
    html = with_shared_icons(NAMED.replace("<title>Better</title>", ""))
    assert '<svg aria-label="Better" class="icon good" role="img">' in html


def test_a_page_without_icons_stays_as_it_is():
    assert with_shared_icons('<svg class="other"><path d="M0 0"></path></svg>') == (
        '<svg class="other"><path d="M0 0"></path></svg>'
    )


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["a", "b"])
    | st.lists(st.integers(0, 2)),
    lambda inner: st.dictionaries(st.sampled_from("wxyz"), inner, max_size=4),
    max_leaves=12,
)
FIGURES = st.lists(st.dictionaries(st.sampled_from("wxyz"), VALUES, max_size=4), min_size=0, max_size=4)


def _over(shared, own):
    """As the page's script lays a figure over what is shared."""
    out = {**shared, **own}
    for key, inner in shared.items():
        if isinstance(inner, dict):
            out[key] = _over(inner, own.get(key) or {})
    return out


@given(FIGURES)
def test_every_figure_comes_back_whole(figures):
    shared = alike(figures)
    for figure in figures:
        assert repr(_sorted(_over(shared, without(figure, shared)))) == repr(_sorted(figure))


@given(FIGURES, st.dictionaries(st.sampled_from("pq"), st.integers(), min_size=1))
def test_what_all_have_is_said_once(figures, common):
    wearing = [figure | common for figure in figures]
    shared = alike(wearing)
    if len(wearing) > 1:
        assert common.items() <= shared.items()
        assert all(not set(common) & set(without(figure, shared)) for figure in wearing)
    else:
        assert shared == {}


def _sorted(value):
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return value


def _table(*cells):
    return f'<table class="exhibit"><tr><th scope="row">a</th>{"".join(cells)}</tr></table>'


def test_a_table_of_numbers_names_its_text_instead():
    number, text = '<td class="number">5</td>', "<td>few</td>"
    assert with_lean_tables(_table(number, text)) == _table(number, text)
    lean = with_lean_tables(_table(number, number, text))
    assert re.findall(r"<t[^h>][^>]*>", lean) == [
        '<table class="exhibit numeric">', "<tr>", "<td>", "<td>", '<td class="text">',
    ]  # fmt: skip
