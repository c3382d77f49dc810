"""The proof from outside: green on what a run publishes, red on each leak that is planted in a copy of it."""

from __future__ import annotations

import base64
import csv
import json
import shutil
import zipfile

import polars as pl
import pytest

from analytics.reporting.disclosure_check import check_disclosure
from analytics.reporting.proof.known import known_ids
from analytics.reporting.proof.patients import check_patients
from analytics.reporting.proof.published import open_published
from analytics.reporting.proof.small_cells import check_small_cells
from analytics.reporting.proof.sums import check_sums
from analytics.reporting.proof.words import check_canaries, check_identities
from analytics.vocabulary.settings import Disclosure
from analytics.vocabulary.study import Study

RULES = Disclosure(min_patients=8, round_to=5)
CANARY = "Zyxanary Quillfeather"
SMALL, SUMS, PATIENTS, IDS, CANARIES = (
    "small cells", "recoverable sums", "patients' values", "identities", "canaries",
)  # fmt: skip


@pytest.fixture(scope="module")
def whole(sample_run):
    assert sample_run.code == 0, sample_run.said
    return sample_run.latest.resolve()


@pytest.fixture
def copy(whole, tmp_path):
    """All downloads as CSV, and the pages and workbook of one clinic and of the network: quick to look at."""
    others = [path.name for path in (whole / "clinics").iterdir() if not path.name.startswith("fern")]
    books = [path.name for path in (whole / "tables").glob("*.xlsx") if not path.name.startswith("fern")]
    left_out = shutil.ignore_patterns("assets", "single", "pdf", *others, *books)
    shutil.copytree(whole, tmp_path / "published", ignore=left_out)
    return tmp_path / "published"


@pytest.fixture
def study(sample_run):
    return Study(sample_run.folder / "study")


def test_what_a_run_publishes_is_proved(whole, study):
    verdicts = check_disclosure(whole, RULES, study=study, canaries=[CANARY])
    assert [str(verdict) for verdict in verdicts if verdict.leaks] == []
    looked_at = {verdict.check: verdict.looked_at for verdict in verdicts}
    assert looked_at[SMALL] > 10_000
    assert looked_at[SUMS] > 1_000
    assert looked_at[PATIENTS] > 100
    assert looked_at[IDS] == looked_at[CANARIES] > 100


def rewrite(path, change):
    """Change the rows of a CSV, as dicts."""
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        columns, rows = list(reader.fieldnames or ()), list(reader)
    rows = change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(
            file, list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
        )
        writer.writeheader()
        writer.writerows(rows)


def shown(rows, kind="mean"):
    return next(row for row in rows if row["patients"] not in {"", "0"} and row["kind"] == kind)


def cells(folder, clinic="fern"):
    """A table of Cells of a clinic in which means are."""
    return next(path for path in sorted(folder.glob(f"tables/{clinic}*/*.csv"))
                if ",mean," in path.read_text() and "patients,of" in path.read_text())  # fmt: skip


def page(folder):
    return next(folder.glob("clinics/fern*.html"))


def into_page(folder, text):
    path = page(folder)
    path.write_text(path.read_text().replace("</main>", f"{text}</main>"))


def set_in_cells(number, kind="mean", column="patients"):
    def plant(folder, _):
        def change(rows):
            shown(rows, kind)[column] = number
            return rows

        rewrite(cells(folder), change)

    return plant


def patients_of(study, name="eligible"):
    return study.frame(name).filter(pl.col("clinic_id") == "fern").collect()


def raw_array(study):
    return patients_of(study)["pain_reduction"].drop_nulls().shuffle(seed=3).round(2).to_list()


def in_figure(folder, study):
    figure = {"data": [{"type": "scatter", "mode": "markers", "y": raw_array(study)}], "layout": {}}
    into_page(folder, f'<script type="application/json">{json.dumps(figure)}</script>')


def in_percent(folder, study):
    values = [[round(value * 100, 1), "x"] for value in patients_of(study)["adherence_capped"].drop_nulls()]
    into_page(folder, f'<script type="application/json">{json.dumps({"customdata": values})}</script>')


def weekly_column(folder, study):
    weeks = patients_of(study, "patient_weeks").filter(pl.col("week") == 3)["pain"].drop_nulls()
    rows = {"clinic_id": ["fern"] * len(weeks), "score": weeks, "patients": [85] * len(weeks)}
    pl.DataFrame(rows).write_csv(folder / "tables" / "pain.csv")


def one_row_a_patient(folder, study):
    rows = patients_of(study).select(who=pl.int_range(pl.len()), fall=pl.col("pain_reduction") * 1.7 + 0.3)
    rows.write_csv(folder / "tables" / "list.csv")


def named_column(folder, study):
    patients_of(study).select(patient_id=pl.lit("x")).write_csv(folder / "tables" / "list.csv")


def pseudonym(folder, study):
    into_page(folder, f"<!-- {patients_of(study)['patient_id'][0]} -->")


def episode_id(folder, study):
    into_page(folder, f'<i data-key="{patients_of(study)["episode_id"][0]}"></i>')


def in_workbook(folder, _):
    path = next(folder.glob("tables/fern*.xlsx"))
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    strings = parts["xl/sharedStrings.xml"]
    parts["xl/sharedStrings.xml"] = strings.replace(b"</sst>", f"<si><t>{CANARY}</t></si></sst>".encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)


def in_base64(folder, _):
    hidden = base64.b64encode(f"seen by {CANARY.upper()} on".encode()).decode()
    into_page(folder, f'<img alt="" src="data:text/plain;base64,{hidden}">')


def in_escapes(folder, _):
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in CANARY)
    into_page(folder, f'<script type="application/json">{{"note": "{escaped}"}}</script>')


def in_entities(folder, _):
    into_page(folder, f"<p>{''.join(f'&#{ord(letter)};' for letter in CANARY)}</p>")


def in_name(folder, _):
    (folder / "tables" / f"{CANARY}.csv").write_text("rule,title\na,b\n")


def total_tells_part(folder, _):
    """13 + 13 + 1 = 27, printed 15, 15, empty and 25."""
    head = "clinic_id,subject,measure,group,week,kind,patients,of,value,low,high"
    parts = [f"fern,case_mix,planted,{name},,share,15,25,0.6,," for name in "ab"]
    rows = [head, *parts, "fern,case_mix,planted,c,,share,,,,,"]
    (folder / "tables" / "planted.csv").write_text("\n".join(rows) + "\n")


def network_tells_clinic(folder, _):
    """Of 100 patients with a mean of 2.00, 95 have 2.31: the other five have about -4."""
    head = "clinic_id,subject,measure,group,week,kind,patients,of,value,low,high"
    rows = [head, "network,outcome,planted,,,mean,100,,2.0,1.6,2.4",
            "fern,outcome,planted,,,mean,95,,2.31,1.9,2.7", "birch,outcome,planted,,,mean,,,,,"]  # fmt: skip
    (folder / "tables" / "planted.csv").write_text("\n".join(rows) + "\n")


def two_pages_differ(folder, _):
    def change(rows):
        row = next(row for row in rows if row["clinic_id"] == "network" and row["value"])
        row["value"] = f"{float(row['value']) + 0.4}"
        return rows

    rewrite(cells(folder), change)


def beside_hidden(folder, _):
    def change(rows):
        row = next(row for row in rows if not row["patients"])
        row["value"] = "2.5"
        return rows

    rewrite(cells(folder, "birch"), change)


def extreme(folder, _):
    rewrite(cells(folder), lambda rows: [row | {"max": "9.5"} for row in rows])


def in_html_table(folder, _):
    head = '<tr><th scope="col">Group</th><th scope="col">Patients</th></tr>'
    into_page(folder, f"<table><thead>{head}</thead><tbody><tr><th>a</th><td>3</td></tr></tbody></table>")


def in_sentence(folder, _):
    into_page(folder, "<p>Of them, 3 patients had surgery.</p>")


def stray(name, content=b"x"):
    def plant(folder, study):
        (folder / "tables" / name).write_bytes(content)
        if name.endswith(".parquet"):
            patients_of(study).write_parquet(folder / "tables" / name)

    return plant


def session_moment(folder, _):
    into_page(folder, "<p>2026-05-22 09:05</p>")


PLANTS = {
    "a count of 3 in a CSV": (set_in_cells("3"), SMALL),
    "a count of 17, not rounded": (set_in_cells("17"), SMALL),
    "a mean with its patients emptied": (set_in_cells(""), SMALL),
    "a value beside hidden patients": (beside_hidden, SMALL),
    "a greatest value": (extreme, SMALL),
    "a count of 3 in a table of a page": (in_html_table, SMALL),
    "a count of 3 in a sentence": (in_sentence, SMALL),
    "a table of numbers, one row a patient": (one_row_a_patient, SMALL),
    "a total that gives a part away": (total_tells_part, SUMS),
    "a network that gives a clinic away": (network_tells_clinic, SUMS),
    "two pages that differ": (two_pages_differ, SUMS),
    "a column of ids": (named_column, PATIENTS),
    "raw outcomes in a figure": (in_figure, PATIENTS),
    "raw adherence in percent": (in_percent, PATIENTS),
    "raw pain of one week in a CSV": (weekly_column, PATIENTS),
    "a stray frame": (stray("eligible.parquet"), PATIENTS),
    "a stray notebook": (stray("clinic_report.ipynb"), PATIENTS),
    "a stray pickle": (stray("fit.pickle"), PATIENTS),
    "a pseudonym in a comment": (pseudonym, IDS),
    "an episode's id in an attribute": (episode_id, IDS),
    "a session's moment": (session_moment, IDS),
    "a canary in a workbook": (in_workbook, CANARIES),
    "a canary in base64": (in_base64, CANARIES),
    "a canary in JSON escapes": (in_escapes, CANARIES),
    "a canary in HTML entities": (in_entities, CANARIES),
    "a canary as a file's name": (in_name, CANARIES),
}


ALONE = {
    SMALL: lambda published, _: check_small_cells(published, RULES),
    SUMS: lambda published, _: check_sums(published, RULES),
    PATIENTS: lambda published, study: check_patients(published, RULES, study),
    IDS: lambda published, study: check_identities(published, known_ids(study)),
    CANARIES: lambda published, _: check_canaries(published, [CANARY]),
}


@pytest.mark.parametrize(("plant", "check"), PLANTS.values(), ids=PLANTS)
def test_a_planted_leak_is_found_by_its_check(copy, study, plant, check):
    """The copy itself is proved: that is the first test's, of the whole folder."""
    plant(copy, study)
    verdict = ALONE[check](open_published(copy), study)
    assert verdict.leaks
    assert f"{check}: LEAK in" in str(verdict)


def test_the_copy_to_plant_in_is_proved(copy, study):
    verdicts = check_disclosure(copy, RULES, study=study, canaries=[CANARY])
    assert [str(verdict) for verdict in verdicts if verdict.leaks] == []


def test_a_leak_is_named_by_its_place_and_never_by_its_value(copy, study):
    for plant in (pseudonym, in_workbook, in_sentence, set_in_cells("99731")):
        plant(copy, study)
    said = "\n".join(map(str, check_disclosure(copy, RULES, study=None, canaries=[CANARY])))
    for secret in (CANARY, patients_of(study)["patient_id"][0], "99731"):
        assert secret not in said
    for place in ("clinics/fern-", "tables/fern-", "row 1, column 'patients'", "canary 1"):
        assert place in said


def test_broken_files_are_no_trouble(copy):
    (copy / "tables" / "broken.xlsx").write_bytes(b"PK\x03\x04 no archive")
    (copy / "tables" / "empty.csv").write_bytes(b"")
    (copy / "tables" / "ragged.csv").write_text("clinic_id,subject\nfern\nfern,outcome,more,than,told\n")
    (copy / "broken.html").write_bytes(b"<table><tr><td>\xff\xfe<script type='application/json'>{")
    (copy / "broken.json").write_text("{")
    verdicts = check_disclosure(copy, RULES)
    assert [str(verdict) for verdict in verdicts if verdict.leaks] == []
