"""However an export is cut, into files, batches or groups of clinics, the journal is the same."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal.exports import HEADER, SESSIONS, cleaned, installation

from analytics.journal import cells, spool
from analytics.journal.account import joined
from analytics.journal.clean import clean_by_clinics, clean_journal
from analytics.journal.forms import blocks
from analytics.journal.read import read_journal
from analytics.vocabulary.installed import sample_settings
from analytics.vocabulary.schema import INPUTS
from analytics.vocabulary.settings import Source

BOOKS = (*INPUTS, "findings", "fates", "accounting", "coverage", "measured")
FIRST = datetime(2026, 1, 5, 8)
quick = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

line = st.builds(
    "{},{},{},{},{},{},{},{},{},{},{}".format,
    st.sampled_from(["oak", "elm", "ash", " oak", ""]),
    st.sampled_from(["1", "2", "3", "P-4", ""]),
    st.integers(0, 9).map(lambda n: (FIRST + timedelta(days=n)).strftime("%Y-%m-%d %H:%M")) | st.just("soon"),
    st.just(""),
    st.sampled_from(["home", "Home", "clinic", "moon"]),
    st.sampled_from(["no", "yes"]),
    st.sampled_from(["stretching", "balance;stretching", "juggling"]),
    st.sampled_from(["30", "25 min", "0", "x"]),
    st.sampled_from(["4", "", "11"]),
    st.just("2"),
    st.sampled_from(["6", "5", "12", '"3,5"']),
)
files = st.lists(st.lists(line, min_size=1, max_size=20), min_size=1, max_size=4)


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "the same everywhere " * 3)


def journal_of(folder, parts, scope="clinic"):
    """All files through one mapping."""
    content = {f"{n}.csv": (SESSIONS, "\n".join([HEADER, *lines]) + "\n") for n, lines in enumerate(parts)}
    made = installation(folder, content, scope=scope)
    (folder / "s.toml").write_text(SESSIONS)
    return made.model_copy(update={"sources": (Source(files="*.csv", mapping="s.toml"),)})


def in_groups(made, folder):
    """The journals of the groups of clinics."""
    folder.mkdir()
    exports = read_journal(made)
    return list(clean_by_clinics(exports, made, folder=folder, then=lambda number, journal: journal))


def same(one, other):
    for name in BOOKS:
        assert getattr(one, name).equals(getattr(other, name)), name


@quick
@given(parts=files, scope=st.sampled_from(["clinic", "network"]))
def test_groups_of_clinics_are_the_whole(tmp_path_factory, parts, scope):
    """Of the network, one patient may be in several clinics: a transfer."""
    folder = tmp_path_factory.mktemp("g")
    made = journal_of(folder, parts, scope)
    whole = clean_journal(read_journal(made), made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "LINES_AT_ONCE", 1)  # every clinic alone
        same(joined(in_groups(made, folder / "spool")), whole)


@quick
@given(parts=files)
def test_a_word_means_the_same_wherever_it_was_met_before(tmp_path_factory, parts):
    """Texts are remembered from file to file of one mapping; each file alone is read from nothing."""
    folder = tmp_path_factory.mktemp("w")
    whole = cleaned(journal_of(folder, parts))
    refused = whole.findings.filter(outcome="refused").select("file", "line", "rule", "column")
    alone = []
    for number, lines in enumerate(parts):
        found = cleaned(journal_of(tmp_path_factory.mktemp("a"), [lines])).findings.filter(outcome="refused")
        alone.append(found.select(pl.lit(f"{number}.csv").alias("file"), "line", "rule", "column"))
    # a line without a clinic belongs to the one clinic of its file, which is the same alone and together
    assert refused.sort(refused.columns).equals(pl.concat(alone).sort(refused.columns))


@quick
@given(parts=files, size=st.integers(600, 900), remembered=st.integers(0, 3))
def test_the_size_of_a_block_or_a_memory_changes_nothing(tmp_path_factory, parts, size, remembered):
    folder = tmp_path_factory.mktemp("b")
    made = journal_of(folder, parts)
    whole = cleaned(made)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        patch.setattr(cells, "WORDS_KEPT", remembered)
        same(cleaned(made), whole)


def test_the_sample_in_groups_is_the_sample(tmp_path, monkeypatch):
    made = sample_settings(tmp_path)
    whole = clean_journal(read_journal(made), made)
    monkeypatch.setattr(spool, "LINES_AT_ONCE", 3_000)
    monkeypatch.setattr(blocks, "BLOCK", 20_000)
    groups = in_groups(made, tmp_path / "spool")
    assert len(groups) > 4
    same(joined(groups), whole)
