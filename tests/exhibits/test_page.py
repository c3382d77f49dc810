"""What holds for every exhibit: it says itself, reads aloud, escapes, and stands when there is nothing."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import polars as pl
import pytest
from exhibits.made_up import (
    HOSTILE,
    RULES,
    make_benchmark,
    make_cells,
    make_contrasts,
    make_flow,
    make_overall,
    make_quality,
    make_release,
    make_told,
)
from exhibits.made_up_pages import FIGURES, FROM_CELLS, html_of, whole_page

from analytics.exhibits.contrasts import contrasts_table, terms_table
from analytics.exhibits.disclosure import release_cells
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit

VOID = {"br"}


class Reading(HTMLParser):
    """Tags opened, texts, and whether they close in order."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.texts = [], [], []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def test_every_exhibit_says_itself(release):
    page = whole_page(release)
    assert len({exhibit.id for exhibit in page}) == len(page)
    for exhibit in page:
        assert re.fullmatch(r"[a-z][a-z-]*", exhibit.id)
        assert exhibit.title
        assert html_of(exhibit), exhibit.id
        assert exhibit.body or exhibit.summary
        Reading(html_of(exhibit))


def test_every_figure_has_words_a_table_and_data(release):
    for make in FIGURES:
        exhibit = make(release.cells, name=release.name)
        assert exhibit.figure["data"]
        assert exhibit.title.endswith("?")
        assert len(exhibit.summary) > 60
        assert exhibit.data.height > 0
        assert set(exhibit.data["clinic_id"]) <= {"willow", NETWORK}
        assert "<table" in exhibit.table


def test_every_table_has_a_caption_and_named_rows_and_columns(release):
    tables = [e for e in whole_page(release) if e.table]
    assert len(tables) == 14
    for exhibit in tables:
        reading = Reading(exhibit.table)
        names = [tag for tag, _ in reading.tags]
        assert names.count("caption") == names.count("table") == names.count("thead")
        scopes = [attrs.get("scope") for tag, attrs in reading.tags if tag == "th"]
        assert set(scopes) == {"col", "row"}
        for table in exhibit.table.split("</table>")[:-1]:
            head, body = table.split("<tbody>")
            widths = {len(re.findall("<t[hd]", row)) for row in body.split("</tr>")[:-1]}
            assert widths == {head.count("<th ")}


def test_what_not_shown_means_stands_wherever_it_occurs(release):
    marked = [e for e in whole_page(release) if ">not shown</t" in e.table]
    assert len(marked) >= 6
    for exhibit in marked:
        assert "not shown: too few patients" in exhibit.table


def test_a_hostile_name_is_text_everywhere():
    wide = pl.col("group").replace("hip_flexors", HOSTILE)
    cells = make_cells().with_columns(pl.when(pl.col("subject") == "case_mix").then(wide).otherwise("group"))
    told = make_told().with_columns(question=pl.lit(HOSTILE), because=pl.lit(HOSTILE))
    page = whole_page(make_release(cells, name=HOSTILE, told=told))
    seen = 0
    for exhibit in page:
        reading = Reading(html_of(exhibit))
        assert not {"script", "a", "img"} & {tag for tag, _ in reading.tags}, exhibit.id
        seen += HOSTILE in "".join(reading.texts)
        figure = json.dumps(exhibit.figure)
        assert "<script" not in figure
        assert "<a " not in figure
    assert seen >= 8


def test_a_long_name_fits_a_phone():
    release = make_release(name="The Very Long Name of a Rehabilitation Centre by the Sea")
    for make in FIGURES:
        names = [trace.get("name", "") for trace in make(release.cells, name=release.name).figure["data"]]
        assert max(map(len, names)) <= 28


@pytest.mark.parametrize("make", FROM_CELLS)
def test_no_cells_give_a_plain_sentence(make):
    exhibit = make(release_cells(make_cells().clear(), RULES), name="Willow")
    assert exhibit.figure is None
    assert exhibit.table == ""
    assert re.search(r"<p>(There is no|These exports|No |This needs)[^<]+\.</p>", exhibit.body)


@pytest.mark.parametrize("make", FROM_CELLS)
def test_only_small_numbers_give_no_number(make):
    """A clinic of five patients beside a network: every own number is hidden, and the page says why."""
    cells = release_cells(make_cells(size=5, network=600), RULES)
    exhibit = make(cells, name="Willow")
    assert "not shown" in exhibit.body + exhibit.summary + exhibit.table
    own = cells.filter(pl.col("clinic_id") != NETWORK, pl.col("patients") > 0)
    assert own.height == 0


def test_an_empty_page_stands():
    empty = make_release(
        make_cells().clear(),
        contrasts=make_contrasts().clear(),
        told=make_told().clear(),
        benchmark=make_benchmark().clear(),
    )
    page = whole_page(empty)
    assert all(isinstance(exhibit, Exhibit) and html_of(exhibit) for exhibit in page)
    assert "was not fitted" in contrasts_table(make_contrasts().clear()).body
    assert "was not fitted" in terms_table(empty.terms.clear(), make_overall()).body


def test_the_network_page_has_no_second_side():
    cells = release_cells(make_cells().filter(pl.col("clinic_id") == NETWORK), RULES)
    for make in FROM_CELLS:
        exhibit = make(cells, name="All clinics")
        assert set(exhibit.data["clinic_id"]) == {NETWORK}
        for trace in (exhibit.figure or {"data": []})["data"]:
            assert trace.get("line", {}).get("dash", "solid") == "solid"
        assert exhibit.table.count("All clinics</th>") == 0


def test_cells_of_two_clinics_are_refused():
    cells = pl.concat([make_cells(), make_cells().with_columns(clinic_id=pl.lit("quay"))])
    for make in FROM_CELLS:
        with pytest.raises(ValueError, match="one clinic"):
            make(cells, name="Willow")


def test_the_same_release_is_the_same_bytes(release):
    pages = [json.dumps([e._repr_mimebundle_() for e in whole_page(r)]) for r in (release, make_release())]
    assert pages[0] == pages[1]


def test_the_order_of_rows_does_not_matter(release):
    mixed = make_release(make_cells().sample(fraction=1, shuffle=True, seed=3))
    for one, other in zip(whole_page(release), whole_page(mixed), strict=True):
        assert one._repr_mimebundle_() == other._repr_mimebundle_()


def test_raw_frames_of_the_fixture_follow_the_schemas():
    from analytics.vocabulary.records import Cells, Flow, Quality, Told

    Cells.validate(make_cells())
    Flow.validate(make_flow())
    Quality.validate(make_quality())
    Told.validate(make_told())
