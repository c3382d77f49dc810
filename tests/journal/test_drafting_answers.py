"""Answers to the questions of a draft, and tables that tell of the same sessions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from journal.drafted import asked, draft_of, sessions

from analytics.journal.clean import clean_journal
from analytics.journal.drafting.concepts import segmentations
from analytics.journal.drafting.files import answers_of, draft_files
from analytics.journal.read import read_journal
from analytics.vocabulary.settings import read_settings

PAINS = {
    "Pain 1": [str(place % 11) for place in range(60)],
    "Pain 2": [str(place * 3 % 11) for place in range(60)],
}
MINUTES, PAIN = [20 + place % 17 for place in range(80)], [place % 11 for place in range(80)]
ZULU = [f"2026-{month:02d}-{day:02d}T09:00:00Z" for month in range(1, 11) for day in (3, 13, 23)]


def test_several_columns_are_dropped_by_several_answers():
    table = sessions(60, **PAINS)
    assert len(asked(draft_of(table))) == 2
    told = answers_of(["drop=Pain 1", "drop=Pain 2"])
    assert asked(draft_of(table, **told)) == []
    assert not {"Pain 1", "Pain 2"} & set(draft_of(table, **told).mapping.columns.values())


def test_a_heading_of_two_lines_is_named_on_one():
    table = sessions(60, **{"Pain\n1": PAINS["Pain 1"]})
    draft = draft_of(table, **answers_of(["columns.pain_after=Pain 1"]))
    assert (asked(draft), draft.mapping.columns["pain_after"]) == ([], "Pain\n1")
    twins = sessions(60, **{"Pain\n1": PAINS["Pain 1"], "Pain\t1": PAINS["Pain 2"]})
    assert asked(draft_of(twins, **answers_of(["columns.pain_after=Pain 1"])))  # which of the two is not told


def test_a_word_with_an_equals_sign_can_be_answered():
    table = sessions(60, Ort=["Praxis"] * 40 + ["typ=1"] * 20)
    draft = draft_of(table, **answers_of(["codes.setting.typ=1=home"]))
    assert draft.mapping.codes["setting"]["typ=1"] == "home"


@pytest.mark.parametrize(
    ("table", "answer", "key"),
    [
        (sessions(60, Ort=["Praxis"] * 40 + ["Halle"] * 20), "codes.setting.Halle=klinik", "codes.setting"),
        (sessions(30, start=ZULU), "dates.time_zone=Mars/Phobos", "dates.time_zone"),
        (sessions(30, start=ZULU), "dates.time_zone=../../etc/passwd", "dates.time_zone"),
        (sessions(20), "units.pain_before=nprs", "units.pain_before"),
    ],
)
def test_an_answer_that_cannot_be_leaves_the_question_open(table, answer, key):
    draft = draft_of(table, **answers_of([answer]))
    assert asked(draft) == [key]
    assert draft.asked[0].text.endswith("The answer that was given is none of these.")


def test_an_answer_turns_nothing_that_is_proved():
    plain = draft_of(sessions(60))
    told = answers_of(["units.pain_before=VAS_0_100", "table=plans", "dates=month-first"])
    assert draft_of(sessions(60), **told).mapping == plain.mapping


def test_an_empty_column_is_no_rival_and_makes_no_table():
    table = sessions(60, **{"Pain pre": [""] * 60})
    assert (asked(draft_of(table)), draft_of(table).mapping.columns["pain_before"]) == ([], "Pain before")
    visits = {"patient": ["a", "b"] * 10, "date": ["2026-01-05"] * 20, "duration_min": [""] * 20}
    assert draft_of(visits).table is None
    form = {"record_id": ["1", "2"], "dob": ["", ""], "age": ["", ""], "sex": ["", ""]}
    assert draft_of(form).table == "patients"  # several headings name it, if no cell is filled yet


def test_the_table_is_asked_where_two_fit_and_may_be_none():
    day = [(date(2026, 1, 1) + timedelta(place)).isoformat() for place in range(40)]
    table = {"clinic": ["oak"] * 40, "patient": ["a", "b"] * 20, "start date": day}
    table |= {"level": ["1", "2"] * 20, "effort": ["1", "3", "4", "2"] * 10}
    draft = draft_of(table)
    assert "table" in asked(draft)
    question = next(one for one in draft.asked if one.key == "table")
    assert question.choices[-1].answer == "table=none"
    assert draft_of(table, table="none").table is None
    assert [draft_of(table, table=name).table for name in ("plans", "sessions")] == ["plans", "sessions"]
    assert (
        draft_of(table, table="clinics").table == draft.table
    )  # it is none of the tables that are asked about


def test_a_file_of_a_thousand_columns_is_looked_at_in_seconds():
    before = segmentations.cache_info().misses
    names = [f"days_since_last_home_visit_by_therapist_{place}" for place in range(40)]
    draft_of(sessions(12, **{name: ["1"] * 12 for name in names}))
    assert segmentations.cache_info().misses - before <= 50 * 12  # each heading once in each language


def test_of_many_files_only_so_many_lines_are_held(tmp_path, monkeypatch):
    monkeypatch.setattr("analytics.journal.drafting.draft.SAMPLE_ROWS", 2_500)
    for month in range(4):
        pl.DataFrame(sessions(2_000)).write_csv(tmp_path / f"{month}.csv")
    last = tmp_path / "3.csv"
    last.write_text(last.read_text() + "too,few\n")  # behind the lines that are looked at
    (one,) = draft_files(sorted(tmp_path.glob("*.csv")))
    assert (one.draft.lines, one.draft.preview.lines) == (5_000, 5_000)  # 2,000, then never fewer than 1,000
    assert one.sources.count("[[sources]]") == 4


class TestSameSessions:
    """Two files with sessions of the same people: nothing that one alone tells may be lost."""

    @staticmethod
    def rows(shift=timedelta(0)):
        """(patient, time) of 80 sessions."""
        first = datetime(2026, 1, 1, 9) + shift
        return [(f"P{place % 7}", first + timedelta(days=place)) for place in range(80)]

    @staticmethod
    def write(folder, name, rows, **columns):
        whose = pl.DataFrame({"clinic": ["oak"] * 80, "patient": [who for who, _ in rows]})
        when = pl.Series("session start", [at.strftime("%Y-%m-%d %H:%M") for _, at in rows])
        more = [pl.Series(heading.replace("_", " "), cells) for heading, cells in columns.items()]
        whose.with_columns(when, *more).write_csv(folder / name)
        return folder / name

    @staticmethod
    def read(folder, drafts):
        sources = "\n\n".join(one.sources for one in drafts).replace(f"{folder.as_posix()}/", "")
        (folder / "lumbar.toml").write_text(f"as_of = 2026-12-31\n{sources}\n")
        settings = read_settings(folder / "lumbar.toml")
        return clean_journal(read_journal(settings), settings)

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        monkeypatch.setenv("LUMBAR_KEY", "same sessions " * 4)
        (tmp_path / "oak").mkdir()
        return tmp_path / "oak"

    def test_what_agrees_is_put_together(self, folder):
        files = [
            self.write(folder, "a.csv", self.rows(), minutes=MINUTES, pain_before=PAIN),
            self.write(folder, "b.csv", self.rows(), pain_before=PAIN, pain_after=PAIN[::-1]),
        ]
        drafts = draft_files(files, out=folder / "m")
        assert [asked(one.draft) for one in drafts] == [[], []]
        journal = self.read(folder, drafts)
        assert journal.findings.filter(pl.col("outcome") != "repaired").height == 0
        told = journal.sessions.sort("performed_at").select("duration_min", "pain_before", "pain_after")
        assert [list(column) for column in told.get_columns()] == [MINUTES, PAIN, PAIN[::-1]]

    def test_what_contradicts_is_asked(self, folder):
        files = [
            self.write(folder, "a.csv", self.rows(), minutes=MINUTES, pain_before=PAIN),
            self.write(folder, "b.csv", self.rows(), pain_before=PAIN[::-1], pain_after=PAIN),
        ]
        drafts = draft_files(files)
        assert [asked(one.draft) for one in drafts] == [["lines_per_record"]] * 2
        told = draft_files(files, answers=["lines_per_record=many"])
        assert [one.draft.mapping.lines_per_record for one in told] == ["many", "many"]
        assert [asked(one.draft) for one in told] == [[], []]

    def test_a_later_export_of_the_same_journal_is_left_to_correct_the_earlier(self, folder):
        files = [
            self.write(folder, "a.csv", self.rows(), pain_before=PAIN),
            self.write(
                folder, "b.csv", self.rows(), **{"Pain pre": PAIN[::-1]}
            ),  # headings changed in between
        ]
        drafts = draft_files(files)
        assert [(asked(one.draft), one.draft.mapping.lines_per_record) for one in drafts] == [([], "one")] * 2

    def test_other_times_of_the_same_days_are_asked(self, folder):
        files = [
            self.write(folder, "a.csv", self.rows(), minutes=MINUTES),
            self.write(folder, "b.csv", self.rows(timedelta(minutes=25)), pain_before=PAIN),
        ]
        drafts = draft_files(files)
        assert [asked(one.draft) for one in drafts] == [["same_sessions"]] * 2
        answers = [choice.answer for choice in drafts[0].draft.asked[0].choices]
        assert answers == ["same_sessions=a.csv", "same_sessions=b.csv", "same_sessions=both"]
        one, other = draft_files(files, answers=["same_sessions=b.csv"])
        assert (one.draft.table, one.sources, other.draft.table, asked(other.draft)) == (
            None,
            "",
            "sessions",
            [],
        )
        both = draft_files(files, answers=["same_sessions=both"])
        assert [(one.draft.table, asked(one.draft)) for one in both] == [("sessions", [])] * 2

    def test_other_days_are_other_sessions(self, folder):
        files = [
            self.write(folder, "a.csv", self.rows(), minutes=MINUTES),
            self.write(folder, "b.csv", self.rows(timedelta(days=100)), pain_before=PAIN),
        ]
        drafts = draft_files(files)
        assert [(asked(one.draft), one.draft.mapping.lines_per_record) for one in drafts] == [([], "one")] * 2
