"""Write many sessions as clinics export them, damage included, in a folder: the input of journal.py.

python tests/benchmarks/journal_files.py FOLDER [sessions] [files]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import polars as pl

SEED, SESSIONS_OF_A_PATIENT, DAYS = 20260101, 100, 84
FIRST_DAY = 1_760_054_400  # 2025-10-10 as seconds since 1970
HEADINGS = {
    "clinic_id": "Clinic", "patient_id": "Patient ID", "performed_at": "Session start", "logged_at": "Logged",
    "setting": "Place", "supervised": "Supervised", "therapist_id": "Therapist", "feedback": "Feedback",
    "exercise_types": "Exercises", "muscle_groups": "Muscles", "equipment": "Equipment",
    "duration_min": "Minutes", "rpe": "RPE", "level": "Level", "pace": "Pace", "completed": "Completed",
    "pain_before": "Pain before", "pain_after": "Pain after", "pain_during": "Worst pain",
    "brace_hours": "Brace hours", "traction": "Traction", "flare_up": "Flare-up", "note": "Note",
}  # fmt: skip
WORDS = {
    "Place": ["home", "clinic", "telehealth"], "Supervised": ["yes", "no"], "Therapist": list("ABCDEF"),
    "Feedback": ["none", "verbal", "written", "call", ""],
    "Exercises": ["stretching;balance", "strengthening", "mobility;aerobic;massage", "stabilisation"],
    "Muscles": ["abdominals;gluteals", "hamstrings", "back_extensors;other"],
    "Equipment": ["none", "mat", "stability_ball;mat"], "RPE": [*"12345678", ""], "Level": [*"1234"],
    "Pace": ["slow", "comfortable", "fast"], "Completed": ["0.5", "0.75", "1", "0.9"],
    "Pain before": [*"0123456789"], "Pain after": [*"0123456789"], "Worst pain": [*"0123456789", ""],
    "Brace hours": ["", "2", "4"], "Traction": ["yes", "no"], "Flare-up": ["yes", "no", "no"],
    "Note": ["", "felt fine", "a bit stiff, in the morning"],
}  # fmt: skip


def write_files(folder: Path, *, sessions: int, files: int) -> None:
    """One folder a clinic: sessions as CSV and Parquet, patients and plans; two lumbar.toml beside them."""
    rng = np.random.default_rng(SEED)
    for number in range(files):
        place = folder / f"clinic-{number:03}"
        place.mkdir(parents=True, exist_ok=True)
        _write_clinic(place, sessions // files, rng)
    for name, text in _mappings().items():
        (folder / name).write_text(text, encoding="utf-8")


def _write_clinic(place: Path, rows: int, rng: np.random.Generator) -> None:
    people = max(1, rows // SESSIONS_OF_A_PATIENT)
    who = rng.integers(0, people, rows)
    clock = FIRST_DAY + rng.integers(0, DAYS, rows) * 86_400 + rng.integers(8 * 60, 20 * 60, rows) * 60
    order = np.argsort(clock, kind="stable")  # exports run on in time
    who, clock = who[order], clock[order]
    start = pl.Series(clock * 1_000_000).cast(pl.Datetime("us"))
    ids = pl.Series([f"{place.name[-3:]}-{one:05}" for one in range(people)])
    frame = pl.DataFrame(
        {
            "Clinic": pl.Series([place.name]).new_from_index(0, rows),
            "Patient ID": ids.gather(who),
            "Patient name": pl.Series([f"Patient {one}" for one in range(97)]).gather(who % 97),
            "Session start": start.dt.strftime("%Y-%m-%d %H:%M"),
            "Logged": start.dt.offset_by("35m").dt.strftime("%Y-%m-%d %H:%M"),
            "Minutes": pl.Series(rng.integers(10, 60, rows)).cast(pl.String),
        }
        | {name: pl.Series(words).gather(rng.integers(0, len(words), rows)) for name, words in WORDS.items()}
    )
    frame = _damaged(frame.select("Patient name", *HEADINGS.values()), start, rng)
    frame.write_csv(place / "sessions.csv")
    frame.write_parquet(place / "sessions.parquet")
    plans = {"Clinic": [place.name] * people, "Patient ID": ids, "From": ["2025-10-01"] * people,
             "To": ["2026-06-01"] * people, "Sessions a week": rng.integers(2, 7, people)}  # fmt: skip
    intakes = {"Clinic": [place.name] * people, "Patient ID": ids,
               "Intake": ["2025-10-05"] * people, "Sex": rng.choice(["female", "male"], people),
               "Pain": rng.integers(2, 10, people)}  # fmt: skip
    pl.DataFrame(plans).write_csv(place / "plans.csv")
    pl.DataFrame(intakes).write_csv(place / "patients.csv")


def _damaged(frame: pl.DataFrame, start: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    """Half a percent each: pain of 11, another form of date, no patient, a unit behind minutes, twice."""
    fate = pl.Series(rng.random(frame.height))

    def some(place: int) -> pl.Expr:
        return pl.lit(fate).is_between(place * 0.005, (place + 1) * 0.005, closed="left")

    other = start.dt.strftime("%d.%m.%Y %H:%M")
    frame = frame.with_columns(
        pl.when(some(0)).then(pl.lit("11")).otherwise("Pain before").alias("Pain before"),
        pl.when(some(1)).then(pl.lit(other)).otherwise("Session start").alias("Session start"),
        pl.when(some(2)).then(pl.lit("")).otherwise("Patient ID").alias("Patient ID"),
        pl.when(some(3)).then(pl.col("Minutes") + " min").otherwise("Minutes").alias("Minutes"),
    )
    twice = np.sort(rng.choice(frame.height, frame.height // 200, replace=False))
    return pl.concat([frame, frame[twice]])


def _mappings() -> dict[str, str]:
    sessions = "".join(f'{ours} = "{theirs}"\n' for ours, theirs in HEADINGS.items())
    who = 'clinic_id = "Clinic"\npatient_id = "Patient ID"\n'
    texts = {
        "s.toml": 'table = "sessions"\n[dates]\nformats = ["%Y-%m-%d %H:%M", "%d.%m.%Y %H:%M"]\n'
        f"[columns]\n{sessions}",
        "p.toml": f'table = "patients"\n[columns]\n{who}sex = "Sex"\nintake_date = "Intake"\n'
        'baseline_pain = "Pain"\n',
        "l.toml": f'table = "plans"\n[columns]\n{who}valid_from = "From"\nvalid_to = "To"\n'
        'sessions_per_week = "Sessions a week"\n',
    }
    for form in ("csv", "parquet"):
        sources = (("sessions." + form, "s"), ("patients.csv", "p"), ("plans.csv", "l"))
        texts[f"{form}.toml"] = f'as_of = 2026-06-30\nstudy = "study-{form}"\n' + "".join(
            f'[[sources]]\nfiles = "*/{file}"\nmapping = "{mapping}.toml"\n' for file, mapping in sources
        )
    return texts


if __name__ == "__main__":
    numbers = [int(text) for text in sys.argv[2:]]
    write_files(
        Path(sys.argv[1]),
        sessions=numbers[0] if numbers else 10_000_000,
        files=numbers[1] if len(numbers) > 1 else 200,
    )
