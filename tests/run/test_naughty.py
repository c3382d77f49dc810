"""Naughty strings as clinic, patient, therapist, exercise and note, through a whole run to what leaves."""

from __future__ import annotations

import csv
import json
import re
import shutil
import zipfile
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from running import run_lumbar

from analytics.reporting.downloads import write_tables
from analytics.vocabulary.study import Study

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
browser = pytest.mark.skipif(not CHROMIUM, reason="Chromium is not installed")

STRINGS = json.loads((Path(__file__).parents[1] / "fixtures" / "naughty" / "blns.json").read_text("utf-8"))
CLINICS = [
    "</title><script>alert(123)</script><img src=x onerror=alert(1)>", "../../../../../../etc/passwd", "CON",
    '=HYPERLINK("http://evil.example","--help\'; DROP TABLE users-- 1");=1+1;＝2',
    "{% print 'x' * 64 * 1024**3 %}{{7*7}} הָיְתָהtestالصفحات Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮ 👨‍👩‍👦",
]  # fmt: skip
SESSIONS_EACH = 5
MISSING = ("", "NA", "N/A", "null", "NULL")  # words that the mapping has for 'nothing'
ARMED = re.compile(
    r"(^|[;\t\r\n]) *([=+@＝＋－＠]|-(?![\d.]))|^[\t\r\n]"
)  # as a cell in any country's settings
SPACE = " \t\r\n\u00a0\u2007\u202f\ufeff"  # what may stand around an id
MAPPING = f"""
table = "sessions"
missing = {json.dumps(MISSING)}
[dates]
formats = ["%Y-%m-%d %H:%M"]
[columns]
clinic_id = "clinic"
patient_id = "patient"
performed_at = "start"
therapist_id = "therapist"
exercise_types = "exercises"
duration_min = "minutes"
rpe = "rpe"
pain_before = "pain"
note = "note"
"""
LUMBAR = """
as_of = 2026-12-31
[quality]
gate = "warn"
[[sources]]
files = "s.csv"
mapping = "s.toml"
[[sources]]
files = "c.csv"
mapping = "c.toml"
"""
NAMES = 'table = "clinics"\n[columns]\nclinic_id = "id"\nclinic_name = "name"\nregion = "name"\n'


def lines():
    """Every string is a patient of one clinic with a few sessions, and the exercise of the last of them."""
    for place, text in enumerate(STRINGS):
        for number in range(SESSIONS_EACH):
            start = datetime(2026, 1, 5, 6) + timedelta(days=9 * number, minutes=place)
            last = number == SESSIONS_EACH - 1
            yield [
                CLINICS[place % len(CLINICS)], text, start.strftime("%Y-%m-%d %H:%M"), text,
                text if last else "stretching", 20 + place % 30, place % 8, (place + number) % 10,
                STRINGS[-1 - place],
            ]  # fmt: skip


@pytest.fixture(scope="module")
def naughty(tmp_path_factory):
    """One whole run; the folder above the installation is looked at as well."""
    above = tmp_path_factory.mktemp("naughty")
    folder = above / "installation"
    folder.mkdir()
    for name, text in (("s.toml", MAPPING), ("c.toml", NAMES), ("lumbar.toml", LUMBAR)):
        (folder / name).write_text(text, encoding="utf-8")
    header = ["clinic", "patient", "start", "therapist", "exercises", "minutes", "rpe", "pain", "note"]
    tables = {"s.csv": [header, *lines()], "c.csv": [["id", "name"], *([one, f"{one} 1"] for one in CLINICS)]}
    for name, rows in tables.items():
        with (folder / name).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    ran = run_lumbar("report", cwd=folder)
    assert ran.code == 0, ran.said
    return ran


def told(text):
    """The id that a cell holds: without outer space and NUL; None where it says that nothing is known."""
    bare = text.replace("\0", "").strip(SPACE)
    return None if bare in MISSING else bare


def test_nothing_is_lost(naughty):
    """Each line is kept or refused by name; each patient that a line names is one patient."""
    study = Study(naughty.folder / "study")
    account = study.frame("accounting").collect().filter(table="sessions")
    unnamed = sum(told(text) is None for text in STRINGS)
    strange = sum(told(text) is not None for text in STRINGS)
    assert account.select("lines", "refused").row(0) == (
        len(STRINGS) * SESSIONS_EACH,
        unnamed * SESSIONS_EACH + strange,  # without a patient; with an exercise that nobody knows
    )
    fates = (
        study.frame("fates").collect().filter(outcome="refused").group_by("rule").agg(pl.col("lines").sum())
    )
    assert dict(fates.iter_rows()) == {"missing_patient": unnamed * SESSIONS_EACH, "unknown_code": strange}
    rows = study.frame("sessions").collect()
    asked = {(CLINICS[place % len(CLINICS)], told(text)) for place, text in enumerate(STRINGS) if told(text)}
    assert rows.select("clinic_id", "patient_id").n_unique() == len(asked)
    assert set(rows["clinic_id"]) == set(CLINICS)


def test_no_path_escapes_and_nothing_runs(naughty):
    published = [path.relative_to(naughty.folder) for path in naughty.folder.rglob("*")]
    assert [path for path in published if not re.fullmatch(r"[A-Za-z0-9._/-]+", path.as_posix())] == []
    assert [path.name for path in naughty.folder.parent.iterdir()] == ["installation"]
    assert len(list((naughty.latest / "clinics").glob("*.html"))) == len(CLINICS)
    assert list(Path("/tmp").glob("blns*")) == []
    assert "\x1b" not in naughty.said


def test_no_cell_that_leaves_is_a_formula(naughty):
    tables = sorted((naughty.folder / "reports").rglob("*.csv"))
    books = sorted((naughty.folder / "reports").rglob("*.xlsx"))
    assert len(tables) > 10
    assert len(books) > 3
    restricted = naughty.folder / "study" / "restricted" / "lines_to_look_at.csv"
    for path in (*tables, restricted):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.reader(file):
                assert [cell for cell in row if ARMED.search(cell)] == [], path.name
    for path in books:
        with zipfile.ZipFile(path) as book:
            for part in book.namelist():
                assert b"<f>" not in book.read(part), (path.name, part)
                assert b"<hyperlink" not in book.read(part), (path.name, part)


CELLS = ["=1", "＝1", " +1", "-1+1", "@A1", "\t=1", "Oak;=1", "Oak; ＝1", "Oak\t-cmd", "Oak\n=1", "Oak\r\n@x"]


def test_a_formula_in_a_table_is_text(tmp_path):
    columns = {"clinic": [*CELLS, "Oak; Elm = 2", "a-b"], "points": [*(-1.5 for _ in CELLS), 0, None]}
    assert write_tables([{"id": "a", "data": columns}], tmp_path / "t", as_of=date(2026, 1, 1))
    with (tmp_path / "t" / "a.csv").open(encoding="utf-8", newline="") as file:
        texts, numbers = zip(*list(csv.reader(file))[1:], strict=True)
    assert [text for text in texts if ARMED.search(text)] == []
    assert [text.replace("'", "") for text in texts] == columns["clinic"]  # nothing but apostrophes came in
    assert texts[-2:] == ("Oak; Elm = 2", "a-b")
    assert numbers == (*("-1.5" for _ in CELLS), "0", "")


def test_a_clinic_that_is_called_like_all_of_them_is_refused(tmp_path):
    """Its page would show the numbers of the whole network."""
    (tmp_path / "lumbar.toml").write_text(LUMBAR, encoding="utf-8")
    (tmp_path / "s.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "c.toml").write_text(NAMES, encoding="utf-8")
    (tmp_path / "c.csv").write_text("id,name\n network ,Oak\n")
    (tmp_path / "s.csv").write_text(
        "clinic,patient,start,therapist,exercises,minutes,rpe,pain,note\noak,1,2026-01-05 09:00,,,20,3,4,\n"
    )
    ran = run_lumbar("check", cwd=tmp_path)
    assert ran.code == 3
    assert "stands for all clinics together. Give it another id in the export" in " ".join(ran.said.split())


@browser
@pytest.mark.browser
def test_pages_show_the_names_and_do_nothing(naughty):
    pages = [*naughty.latest.glob("*.html"), *(naughty.latest / "clinics").glob("*.html")]
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = opened.new_context(offline=True).new_page()
        happened = []
        page.on("dialog", lambda dialog: (happened.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: happened.append(str(error)))
        page.on("request", lambda asked: happened.append(asked.url) if "://" in asked.url[5:] else None)
        for path in pages:
            page.goto(path.resolve().as_uri())
            page.wait_for_timeout(300)
            assert happened == [], path.name
            assert page.locator("img[onerror]").count() == 0
            if path.parent.name == "clinics":
                heading = page.locator("h1").inner_text().splitlines()[0]
                assert heading in {f"{one} 1" for one in CLINICS}
        page.goto((naughty.latest / "index.html").resolve().as_uri())
        listed = page.locator("main").inner_text()
        assert [one for one in CLINICS if f"{one} 1" not in listed] == []
        opened.close()
