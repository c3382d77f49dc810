"""Any table at all: its draft is a mapping that can be read, or one that asks, and it quotes no patient."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from journal.drafted import sessions, table_of

from analytics.journal.drafting.files import Drafted, answers_of
from analytics.journal.drafting.phrases import PHRASES
from analytics.journal.drafting.table_draft import Sample, draft_sample
from analytics.journal.drafting.toml import write_toml
from analytics.journal.mapping import read_mapping
from analytics.reporting.console_map import show_drafts
from analytics.vocabulary.errors import ConfigurationError

OWN = "zqx"  # begins every cell that is one patient's own
PAIN = [str(place % 11) for place in range(60)]
OURS = sorted({ours for table in PHRASES.values() for ours in table})
WORDS = "Patient|Pain|before|Date|Dauer (min)|RPE|ODI 1|ODI total|EQ-5D|Kipu ennen|id|Clinic|score|Instrument"
ODD = ('a"b', "a\\b", "a\nb", "a\tb", "[x]", "x = 1 # y", "\x1b[31mred", "\u202eabc", "'''", '"""', " ")
TEXTS = (
    "|0|1|10|55|7,5|1.234|03/04/2026|2026-03-04 09:30|14.3.2026|ja|nein|x|-99|999|home|female|ODI|0:35|1h 5m"
    "|50%|NA|=1+1|5.3.2026 klo 14.30|1772582400|1e308|nan|inf|-0|99999999999999999999999999999999999999999"
)
HEADINGS = st.one_of(
    st.sampled_from(OURS),
    st.lists(st.sampled_from(WORDS.split("|")), min_size=1, max_size=4).map(" ".join),
    st.text(min_size=1, max_size=40).filter(lambda text: OWN not in text),
    st.sampled_from(ODD),
)
CELLS = st.one_of(
    st.sampled_from(TEXTS.split("|")),
    st.text(max_size=12),
    st.integers(0, 999).map(lambda number: f"{OWN}{number} Person {number}"),
)


@st.composite
def tables(draw):
    """Columns of cells by heading; a column often says the same few things."""
    rows = draw(st.integers(0, 45))
    headings = draw(st.lists(HEADINGS, min_size=1, max_size=8, unique=True))
    ours = draw(st.sampled_from([(), *(tuple(columns) for columns in PHRASES.values())]))
    headings = list(dict.fromkeys([*headings, *ours[: draw(st.integers(0, 12))]]))
    columns = {}
    for heading in headings:
        few = draw(st.lists(CELLS, min_size=1, max_size=6))
        columns[heading] = [few[place % len(few)] for place in range(rows)]
    return columns


def drafts_in(cells, answers):
    sample = Sample((Path("oak/export.csv"),), "", "", True, (table_of(cells),))
    return draft_sample(sample, answers)


def answered(draft):
    """The first answer to each question, as a person copies it."""
    first = [one.choices[0].answer for one in draft.asked if one.choices]
    return answers_of(first)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(sessions(60, **{"Pain\x1b[31m after": PAIN, 'Pain "during"\\': PAIN}))
@example({"ODI": []})
@given(tables())
def test_a_draft_can_be_read_or_asks(tmp_path, cells):
    for answers in ({}, None):
        for draft in drafts_in(cells, answers if answers is not None else answered_all(cells)):
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                assert show_drafts([Drafted("export.csv", draft, mapping="m.toml")]) == 0
            if draft.table is None:
                continue
            text = write_toml(draft)
            path = tmp_path / "m.toml"
            path.write_text(text, encoding="utf-8")
            if draft.asked:
                with pytest.raises(ConfigurationError, match="asks what nobody has answered"):
                    read_mapping(path)
            else:
                assert read_mapping(path) == draft.mapping
            repeated = {cell for column in cells.values() for cell in column if column.count(cell) > 2}
            if not any(OWN in cell for cell in repeated):
                assert OWN not in text + printed.getvalue()
            assert "\x1b" not in text + printed.getvalue()


def answered_all(cells):
    return {key: value for draft in drafts_in(cells, {}) for key, value in answered(draft).items()}
