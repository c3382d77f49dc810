"""`lumbar map`: an unknown export is drafted, asked about, answered, and then read; in real processes."""

from __future__ import annotations

import pytest
from running import run_lumbar

ROWS = [
    f"P{n % 7:03},{1 + n % 12:02}/{1 + n % 11:02}/2026 09:{n % 60:02},{n % 11},{20 + n % 17}"
    for n in range(60)
]
AMBIGUOUS = "Patient ID,Session start,Pain before,Minutes\n" + "\n".join(ROWS) + "\n"


@pytest.fixture
def oak(tmp_path):
    """A folder of a clinic with an export in which no day is above 12."""
    (tmp_path / "oak").mkdir()
    (tmp_path / "oak" / "sessions.csv").write_text(AMBIGUOUS)
    return tmp_path


def test_what_is_not_proved_is_asked_and_refused_until_answered(oak):
    drafted = run_lumbar("map", "oak/sessions.csv", "--out", "mappings", cwd=oak)
    assert drafted.code == 0
    assert "Question 1" in drafted.said
    assert "--answer dates.formats=day-first  (03/04/2026 is 3 April)" in drafted.said
    assert "Nothing in the file proves it." in drafted.said
    (written,) = (oak / "mappings").glob("*.toml")
    assert "[[questions]]" in written.read_text()
    (oak / "lumbar.toml").write_text(
        f'as_of = 2026-12-31\n[[sources]]\nfiles = "oak/sessions.csv"\nmapping = "mappings/{written.name}"\n'
    )
    refused = run_lumbar("check", cwd=oak)
    assert refused.code == 2
    assert f"{written.name}: asks what nobody has answered yet" in refused.said
    assert "dates.formats" in refused.said
    assert "delete its [[questions]] block" in refused.said


@pytest.mark.parametrize(
    ("order", "form"), [("day-first", "%d/%m/%Y %H:%M"), ("month-first", "%m/%d/%Y %H:%M")]
)
def test_an_answer_is_written_and_the_export_can_be_read(oak, order, form):
    arguments = ("map", "oak/sessions.csv", "--out", "mappings", "--answer", f"dates={order}")
    drafted = run_lumbar(*arguments, "--answer", "clinic=oak", cwd=oak)
    assert "Question" not in drafted.said
    (written,) = (oak / "mappings").glob("*.toml")
    assert f'formats = ["{form}"]' in written.read_text()
    sources = drafted.said.partition("[[sources]]")[2]
    (oak / "lumbar.toml").write_text(f"as_of = 2026-12-31\n[[sources]]{sources}")
    checked = run_lumbar("check", cwd=oak)
    assert checked.code == 0, checked.said
    account = checked.said.splitlines()[1].split()
    assert account == ["oak/sessions.csv", "sessions", "60", "60", "0", "0", "0", "60"]


def test_a_draft_that_nobody_touched_takes_the_answers_that_it_asks_for(oak):
    run_lumbar("map", "oak/sessions.csv", "--out", "mappings", cwd=oak)
    (written,) = (oak / "mappings").glob("*.toml")
    assert "[[questions]]" in written.read_text()
    told = ("--answer", "dates=day-first", "--answer", "clinic=oak")
    again = run_lumbar("map", "oak/sessions.csv", "--out", "mappings", *told, cwd=oak)
    assert "written to mappings/" in again.said
    assert [path.name for path in (oak / "mappings").iterdir()] == [written.name]
    done = written.read_bytes()
    assert b"[[questions]]" not in done
    other = ("--answer", "dates=month-first", "--answer", "clinic=oak")
    late = run_lumbar("map", "oak/sessions.csv", "--out", "mappings", *other, cwd=oak)
    assert "there is such a file already" in late.said  # what is complete is not made another
    assert written.read_bytes() == done


@pytest.mark.parametrize("edit", ["mine", "# a remark\n"], ids=["replaced", "remarked"])
def test_a_mapping_that_somebody_edited_is_never_replaced(oak, edit):
    run_lumbar("map", "oak/sessions.csv", "--out", "mappings", cwd=oak)
    (written,) = (oak / "mappings").glob("*.toml")
    edited = edit + (written.read_text() if edit.startswith("#") else "")
    written.write_text(edited)
    again = run_lumbar("map", "oak/sessions.csv", "--out", "mappings", "--answer", "dates=day-first", cwd=oak)
    assert "there is such a file already" in again.said
    assert written.read_text() == edited


def test_a_link_is_never_written_through(oak):
    run_lumbar("map", "oak/sessions.csv", "--out", "mappings", cwd=oak)
    (written,) = (oak / "mappings").glob("*.toml")
    elsewhere = oak / "elsewhere.toml"
    written.rename(elsewhere)
    written.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    again = run_lumbar("map", "oak/sessions.csv", "--out", "mappings", "--answer", "dates=day-first", cwd=oak)
    assert "there is such a file already" in again.said
    assert elsewhere.read_bytes() == before


def test_a_name_with_marks_of_a_pattern_is_found_again(oak):
    (oak / "oak" / "sessions.csv").rename(oak / "oak" / "log [2026] *.csv")
    told = ("--answer", "dates=day-first", "--answer", "clinic=oak")
    drafted = run_lumbar("map", "oak/log [2026] *.csv", "--out", "m", *told, cwd=oak)
    (oak / "lumbar.toml").write_text(
        f"as_of = 2026-12-31\n[[sources]]{drafted.said.partition('[[sources]]')[2]}"
    )
    checked = run_lumbar("check", cwd=oak)
    assert checked.code == 0, checked.said


def test_an_answer_that_fits_no_question_leaves_it_open(oak):
    drafted = run_lumbar("map", "oak/sessions.csv", "--answer", "dates=03/04 is April", cwd=oak)
    assert drafted.code == 0
    assert "The answer that was given is none of these." in drafted.said


def test_a_file_that_cannot_be_read_ends_with_exit_code_3(oak):
    (oak / "photo.csv").write_bytes(b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20)
    drafted = run_lumbar("map", "photo.csv", "oak/sessions.csv", cwd=oak)
    assert drafted.code == 3
    assert "refused  photo.csv" in drafted.said
    assert "oak/sessions.csv" not in drafted.said.partition("refused")[2].splitlines()[0]
    assert "sessions.csv: sessions" in drafted.said


def test_an_answer_that_no_question_asks_for_is_refused(oak):
    drafted = run_lumbar("map", "oak/sessions.csv", "--answer", "clinic_id=oak", cwd=oak)
    assert drafted.code == 2
    assert "no question is called 'clinic_id'" in drafted.said
    assert "--answer constants.clinic_id=oak" in drafted.said


def test_a_date_of_birth_beside_sessions_is_dropped_as_what_it_is(oak):
    lines = AMBIGUOUS.splitlines()
    born = ["Date of birth," + lines[0], *("1971-04-13," + line for line in lines[1:])]
    (oak / "oak" / "sessions.csv").write_text("\n".join(born) + "\n")
    drafted = run_lumbar("map", "oak/sessions.csv", cwd=oak)
    row = next(line for line in drafted.said.splitlines() if "Date of birth" in line)
    assert "dropped: identifies a person" in row
