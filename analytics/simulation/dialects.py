"""How each clinic's software writes an export: headings, codes, dates, decimals, scales, file form."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

ENGLISH = {
    "sessions": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "name": "Patient name",
        "performed_at": "Session start", "logged_at": "Logged", "setting": "Place",
        "supervised": "Supervised", "therapist_id": "Therapist",
        "feedback": "Feedback", "exercise_types": "Exercises", "muscle_groups": "Muscles",
        "equipment": "Equipment",
        "duration_min": "Minutes", "rpe": "RPE", "level": "Level", "pace": "Pace", "completed": "Completed",
        "pain_before": "Pain before", "pain_after": "Pain after", "pain_during": "Worst pain",
        "brace_hours": "Brace hours", "traction": "Traction", "flare_up": "Flare-up", "note": "Note",
    },
    "patients": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "name": "Patient name", "phone": "Phone",
        "birth_date": "Date of birth", "sex": "Sex", "intake_date": "Intake", "onset_date": "Pain since",
        "referral_date": "Referred", "discharge_date": "Discharged", "surgery": "Surgery",
        "surgery_date": "Surgery date", "bed_rest_days": "Bed rest days",
        "hospital_nights": "Hospital nights",
        "prior_episodes": "Earlier episodes", "start_back": "STarT Back", "baseline_pain": "Pain at intake",
        "goals": "Goals",
    },
    "plans": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "name": "Patient name", "valid_from": "From",
        "valid_to": "To", "sessions_per_week": "Sessions a week", "minutes_per_session": "Minutes a session",
        "target_rpe": "Target RPE", "level": "Level", "pain_at_prescription": "Pain seen",
        "ability_at_prescription": "Ability seen", "setting": "Place",
    },
    "measures": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "name": "Patient name", "measured_on": "Date",
        "instrument": "Instrument", "value": "Score",
    },
}  # fmt: skip

GERMAN = {
    "Clinic": "Praxis", "Patient ID": "Patientennummer", "Patient name": "Name", "Session start": "Beginn",
    "Logged": "Erfasst", "Place": "Ort", "Supervised": "Betreut", "Therapist": "Therapeut",
    "Feedback": "Rückmeldung", "Exercises": "Übungen", "Muscles": "Muskeln", "Equipment": "Geräte",
    "Minutes": "Dauer (min)", "RPE": "Anstrengung", "Level": "Stufe", "Pace": "Tempo", "Completed": "Anteil",
    "Pain before": "Schmerz vorher", "Pain after": "Schmerz nachher", "Worst pain": "Schmerz dabei",
    "Brace hours": "Mieder (h)", "Traction": "Traktion", "Flare-up": "Schub", "Note": "Notiz",
    "Phone": "Telefon",
    "Date of birth": "Geburtsdatum", "Sex": "Geschlecht", "Intake": "Aufnahme", "Pain since": "Schmerz seit",
    "Referred": "Überweisung", "Discharged": "Entlassung", "Surgery": "Operation", "Surgery date": "OP-Datum",
    "Bed rest days": "Bettruhe (Tage)", "Hospital nights": "Nächte im Krankenhaus", "From": "Von",
    "To": "Bis",
    "Earlier episodes": "Frühere Episoden", "Pain at intake": "Schmerz bei Aufnahme", "Goals": "Ziele",
    "Sessions a week": "Einheiten pro Woche", "Minutes a session": "Minuten pro Einheit",
    "Target RPE": "Zielanstrengung", "Pain seen": "Schmerz gesehen", "Ability seen": "Fähigkeit gesehen",
    "Date": "Datum", "Instrument": "Instrument", "Score": "Wert",
}  # fmt: skip
GERMAN_CODES = {
    "setting": {"Praxis": "clinic", "zu Hause": "home", "Video": "telehealth"},
    "supervised": {"ja": "true", "nein": "false"}, "traction": {"ja": "true", "nein": "false"},
    "flare_up": {"ja": "true", "nein": "false"},
    "feedback": {"keine": "none", "mündlich": "verbal", "schriftlich": "written", "Anruf": "call"},
    "pace": {"langsam": "slow", "angenehm": "comfortable", "schnell": "fast"},
    "sex": {"weiblich": "female", "männlich": "male", "divers": "other"},
    "exercise_types": {
        "Dehnung": "stretching", "Kräftigung": "strengthening", "Stabilisation": "stabilisation",
        "Gleichgewicht": "balance", "Ausdauer": "aerobic", "Beweglichkeit": "mobility", "Massage": "massage",
    },
}  # fmt: skip
PAIN = ("pain_before", "pain_after", "pain_during", "baseline_pain", "pain_at_prescription")


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way to export. `codes` is their code = our value; `units` as a mapping writes them."""

    form: str
    extension: str = "csv"
    day: str = "%Y-%m-%d"
    clock: str = "%Y-%m-%d %H:%M"
    time_zone: str = "Europe/London"
    delimiter: str = ","
    encoding: str = "utf-8"
    decimal: str = "."
    headings: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)


DIALECTS = (
    Dialect("willow"),
    Dialect(
        "linden", day="%d.%m.%Y", clock="%d.%m.%Y %H:%M", time_zone="Europe/Berlin", delimiter=";",
        encoding="cp1252", decimal=",", headings=GERMAN, codes=GERMAN_CODES,
    ),
    Dialect("harbour", extension="xlsx"),
    Dialect("rowan", extension="ndjson", clock="%Y-%m-%dT%H:%M:%S"),
    Dialect("mill", extension="parquet", clock="%Y-%m-%d %H:%M:%S"),
    Dialect("quay", units=dict.fromkeys(PAIN, "VAS_0_100")),
    Dialect(
        "fern", clock="%Y-%m-%dT%H:%M:%S%:z", time_zone="Europe/Stockholm",
        units={"rpe": "RPE6_20", "target_rpe": "RPE6_20"},
    ),
    Dialect("birch"),
)  # fmt: skip


def headings_of(dialect: Dialect, table: str) -> dict[str, str]:
    """Our column = their heading."""
    return {ours: dialect.headings.get(theirs, theirs) for ours, theirs in ENGLISH[table].items()}


def as_exported(frame: pl.DataFrame, *, table: str, dialect: Dialect) -> pl.DataFrame:
    """The table as that software writes it: every cell text, its own headings, scales and codes."""
    headings = headings_of(dialect, table)
    cells = [
        _text(pl.col(ours), frame.schema[ours], ours=ours, dialect=dialect).alias(theirs)
        for ours, theirs in headings.items()
    ]
    return frame.select(cells)


def _text(cell: pl.Expr, dtype: pl.DataType, *, ours: str, dialect: Dialect) -> pl.Expr:
    unit = dialect.units.get(ours)
    if unit == "VAS_0_100":
        cell = (10 * cell + ((pl.int_range(pl.len()) * 7) % 5 - 2) * (cell > 0)).clip(0, 100)
    elif unit == "RPE6_20":
        cell = (6 + 1.4 * cell).round()
    if dtype == pl.Date:
        return cell.dt.strftime(dialect.day).fill_null("")
    if isinstance(dtype, pl.Datetime):
        local = cell.dt.replace_time_zone(dialect.time_zone, ambiguous="earliest", non_existent="null")
        return (local if "z" in dialect.clock else cell).dt.strftime(dialect.clock).fill_null("")
    if dtype.is_numeric():
        plain = cell.cast(pl.Float64).round(3).cast(pl.String).str.replace(r"\.0$", "")
        return plain.str.replace(".", dialect.decimal, literal=True).fill_null("")
    theirs = {our: their for their, our in dialect.codes.get(ours, {}).items()}
    text = cell.cast(pl.String)
    return _coded(text, theirs).fill_null("") if theirs else text.fill_null("")


def _coded(text: pl.Expr, theirs: dict[str, str]) -> pl.Expr:
    """Translate each word of a list cell, or the single word of a plain one."""
    return text.str.split(";").list.eval(pl.element().replace(theirs)).list.join(";")
