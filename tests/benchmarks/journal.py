"""Read, clean and make patient-weeks of many sessions: ours, a bare scan, DuckDB and pandas. Prints a table.

python tests/benchmarks/journal_files.py FOLDER 10000000 200
python tests/benchmarks/journal.py FOLDER [csv|parquet] [ways ...]     ways: floor ours duckdb pandas

Each way is a process of its own, one after the other in one run, so that seconds compare and the peak of
memory is its own. `floor` parses every column of the same files and does nothing else. DuckDB and pandas do
the same cleaning of the same columns: trim, two forms of dates, numbers with a unit behind them, ranges,
closed lists, repeats of a line, later versions of a session, weeks of a patient; the counts must agree.
Ours also hides ids behind a keyed hash, writes down the fate of every line, and joins intakes and plans.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from analytics.vocabulary.results import Cohort, Journal
    from analytics.vocabulary.settings import Settings

WAYS = ("floor", "ours", "duckdb", "pandas")
NUMBERS = (
    "Minutes", "RPE", "Level", "Completed", "Pain before", "Pain after", "Worst pain", "Brace hours",
)  # fmt: skip
PAIN_AND_EFFORT = ("Pain before", "Pain after", "Worst pain", "RPE")
DATES = ("%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M")


def floor(folder: Path, form: str) -> dict[str, int]:
    """Polars parses every column, numbers and dates as such."""
    import polars as pl

    files = sorted(folder.glob(f"*/sessions.{form}"))
    if form == "parquet":
        scan = pl.scan_parquet(files)
    else:
        names = pl.read_csv(files[0], n_rows=1).columns
        schema = {name: pl.Float64 if name in NUMBERS else pl.String for name in names}
        clock = pl.col("Session start", "Logged").str.to_datetime(DATES[0], strict=False)
        scan = pl.scan_csv(files, schema=schema, ignore_errors=True).with_columns(clock)
    scan.select(pl.all().null_count()).collect()
    return {}


def ours(folder: Path, form: str) -> dict[str, int]:
    """Lumbar: read, clean, account for every line, episodes and patient-weeks."""
    import polars as pl

    from analytics.cohort.describe import join_cohorts
    from analytics.journal.account import joined
    from analytics.journal.clean import clean_by_clinics
    from analytics.journal.read import read_journal
    from analytics.vocabulary.settings import read_settings

    settings = read_settings(folder / f"{form}.toml")
    with TemporaryDirectory(dir=folder) as place:
        then = partial(_described, settings=settings)
        parts = clean_by_clinics(read_journal(settings), settings, folder=Path(place), then=then)
        books, cohorts = zip(*parts, strict=True)
    account = joined(books).accounting.filter(pl.col("table") == "sessions")
    weeks = join_cohorts(cohorts).weeks.filter(pl.col("state") == "done")
    counts = {name: int(account[name].sum()) for name in ("lines", "refused", "duplicates", "kept")}
    return counts | {"weeks": weeks.height, "load": round(weeks["load"].sum())}


def duckdb(folder: Path, form: str) -> dict[str, int]:
    """The same in SQL."""
    import duckdb as engine

    scan = f"'{folder}/*/sessions.{form}'"
    source = f"read_csv({scan}, all_varchar=true)" if form == "csv" else f"read_parquet({scan})"
    number = "try_cast(regexp_replace(trim(\"{0}\"), '\\s*min$', '') as double)"
    columns = ", ".join(f'{number.format(name)} as "{name}"' for name in NUMBERS)
    clocks = ", ".join(
        f"coalesce(try_strptime(trim(\"{name}\"), '{DATES[0]}'), "
        f'try_strptime(trim("{name}"), \'{DATES[1]}\')) as "{name}"'
        for name in ("Session start", "Logged")
    )
    con = engine.connect()
    con.execute(f"set temp_directory='{folder}/spill'")
    con.execute(
        f"""create table typed as select row_number() over () as line, nullif(trim("Clinic"), '') as clinic,
        nullif(trim("Patient ID"), '') as patient, {clocks}, {columns}, trim("Place") as place,
        trim("Supervised") as supervised, trim("Therapist") as therapist, trim("Feedback") as feedback,
        string_split("Exercises", ';') as exercises, string_split("Muscles", ';') as muscles,
        string_split("Equipment", ';') as equipment, trim("Pace") as pace, trim("Traction") as traction,
        trim("Flare-up") as flare from {source}"""
    )
    ten = " ".join(f'or "{name}" not between 0 and 10' for name in PAIN_AND_EFFORT)
    bad = f"""patient is null or clinic is null or "Session start" is null {ten}
        or "Minutes" not between 1 and 240 or place not in ('home', 'clinic', 'telehealth')"""
    everything = ", ".join(
        f'"{row[0]}"' for row in con.execute("describe typed").fetchall() if row[0] != "line"
    )
    con.execute(
        f"""create table good as select * from typed where not coalesce({bad}, false)
        qualify row_number() over (partition by {everything} order by line) = 1"""
    )
    con.execute(
        """create table kept as select * from good qualify row_number() over (
        partition by clinic, patient, "Session start" order by line desc) = 1"""
    )
    weeks, load = con.execute(
        """with first as (
            select clinic, patient, min("Session start")::date as start from kept group by clinic, patient
        ), placed as (
            select kept.*, ("Session start"::date - start) // 7 as week from kept join first
            using (clinic, patient)
        ), weeks as (
            select clinic, patient, week, avg("Pain before"), count("Pain before"), avg("RPE"),
            case when count("RPE" * "Minutes") = count(*) then sum("RPE" * "Minutes") end as load
            from placed where week <= 12 group by clinic, patient, week
        ) select count(*), sum(load) from weeks"""
    ).fetchone()
    lines, valid, kept = (
        con.execute(f"select count(*) from {name}").fetchone()[0]
        for name in ("typed", f"typed where not coalesce({bad}, false)", "kept")
    )
    return {
        "lines": lines, "refused": lines - valid, "duplicates": valid - kept, "kept": kept, "weeks": weeks,
        "load": round(load),
    }  # fmt: skip


def pandas(folder: Path, form: str) -> dict[str, int]:
    """The same as an analyst writes it."""
    import pandas as pd

    files = sorted(folder.glob(f"*/sessions.{form}"))
    read = (lambda path: pd.read_csv(path, dtype=str)) if form == "csv" else pd.read_parquet
    frame = pd.concat([read(path) for path in files], ignore_index=True)
    repeated = frame.duplicated()
    for name in frame.columns:
        frame[name] = frame[name].str.strip().replace("", None)
    for name in NUMBERS:
        frame[name] = pd.to_numeric(frame[name].str.replace(r"\s*min$", "", regex=True), errors="coerce")
    for name in ("Session start", "Logged"):
        first = pd.to_datetime(frame[name], format=DATES[0], errors="coerce")
        other = pd.to_datetime(frame[name].where(first.isna()), format=DATES[1], errors="coerce")
        frame[name] = first.fillna(other)
    for name in ("Exercises", "Muscles", "Equipment"):
        frame[name] = frame[name].str.split(";")
    bad = frame["Patient ID"].isna() | frame["Clinic"].isna() | frame["Session start"].isna()
    for name in PAIN_AND_EFFORT:
        bad |= ~(frame[name].between(0, 10) | frame[name].isna())
    bad |= ~(frame["Minutes"].between(1, 240) | frame["Minutes"].isna())
    bad |= ~frame["Place"].isin(["home", "clinic", "telehealth"])
    good = frame[~bad & ~repeated]
    kept = good.drop_duplicates(["Clinic", "Patient ID", "Session start"], keep="last")
    day, who = kept["Session start"].dt.normalize(), [kept["Clinic"], kept["Patient ID"]]
    week = (day - day.groupby(who).transform("min")).dt.days // 7
    work = kept.assign(week=week, load=kept["RPE"] * kept["Minutes"])[week <= 12]
    weeks = work.groupby(["Clinic", "Patient ID", "week"]).agg(
        pain=("Pain before", "mean"), ratings=("Pain before", "count"), sessions=("load", "size"),
        load=("load", "sum"), loads=("load", "count"), effort=("RPE", "mean"),
    )  # fmt: skip
    weeks["load"] = weeks["load"].where(weeks["loads"] == weeks["sessions"])
    return {
        "lines": len(frame), "refused": int(bad.sum()), "duplicates": int((~bad).sum()) - len(kept),
        "kept": len(kept), "weeks": len(weeks), "load": round(weeks["load"].sum()),
    }  # fmt: skip


def _one(way: str, folder: Path, form: str) -> None:
    """One way in this process; prints its seconds, peak and counts as JSON."""
    done, peaks = threading.Event(), [0]
    watch = threading.Thread(target=_watch, args=(done, peaks))
    watch.start()
    began = time.perf_counter()
    counts = globals()[way](folder, form)
    seconds = time.perf_counter() - began
    done.set()
    watch.join()
    print(json.dumps({"seconds": seconds, "peak": max(peaks) >> 20, "counts": counts}))


def _watch(done: threading.Event, peaks: list[int]) -> None:
    """Bytes that this process and those it started hold for themselves, twice a second.

    Pages of files, which the system may take back, do not count. Exact shares (PSS) would halt a process of
    many gigabytes for long.
    """
    mine = psutil.Process()
    while not done.wait(0.5):
        held = 0
        for process in (mine, *mine.children(recursive=True)):
            with suppress(psutil.Error):
                memory = process.memory_info()
                held += memory.rss - memory.shared
        peaks.append(held)


def _described(number: int, journal: Journal, *, settings: Settings) -> tuple[Journal, Cohort]:
    """What ours keeps of a group of clinics."""
    from analytics.cohort.describe import describe_cohort
    from analytics.journal.account import without_rows

    return without_rows(journal), describe_cohort(journal, settings)


def main() -> None:
    """Run the ways one after another and print one row each, floor first and last."""
    folder, form = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "csv"
    ways = sys.argv[3:] or [*WAYS, "floor"]
    environment = os.environ | {"LUMBAR_KEY": "benchmark " * 5}
    found = []
    for way in ways:
        command = [sys.executable, __file__, "--one", way, str(folder), form]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment)
        found.append((way, json.loads(done.stdout.splitlines()[-1])))
    least = min((told["seconds"] for way, told in found if way == "floor"), default=float("nan"))
    print(f"{form}: {'way':8} {'s':>8} {'x floor':>8} {'peak MB':>8}  counts")
    for way, told in found:
        ratio, counts = told["seconds"] / least, " ".join(f"{k} {v:,}" for k, v in told["counts"].items())
        print(f"{form}: {way:8} {told['seconds']:8.2f} {ratio:8.1f} {told['peak']:8,}  {counts}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--one":
        _one(sys.argv[2], Path(sys.argv[3]), sys.argv[4])
    else:
        main()
