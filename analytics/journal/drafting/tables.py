"""Which table a part of an export is: the one that explains most of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.journal.drafting.assign import Assigned, assign
from analytics.journal.drafting.concepts import words_of
from analytics.journal.drafting.decisions import NONE, Asked, Choice, Decision
from analytics.journal.drafting.evidence import Look
from analytics.vocabulary.schema import INPUTS

# what makes a part a table: at least one column of each row of these
SIGNS = {
    "sessions": (
        ("performed_at",),
        ("pain_before", "pain_after", "pain_during", "rpe", "duration_min", "exercise_types", "completed",
         "muscle_groups", "equipment", "pace", "supervised", "flare_up"),
    ),
    "patients": (
        ("patient_id", "birth_date", "age", "birth_year"),
        ("birth_date", "birth_year", "age", "sex", "intake_date", "onset_date", "referral_date",
         "discharge_date", "surgery", "start_back", "baseline_pain", "goals", "prior_episodes"),
    ),
    "plans": (
        ("valid_from",),
        ("sessions_per_week", "minutes_per_session", "target_rpe", "pain_at_prescription", "level",
         "ability_at_prescription"),
    ),
    "measures": (("measured_on",), ("instrument",), ("value",)),
    "clinics": (("clinic_id", "clinic_name"), ("region", "time_zone", "language")),
}  # fmt: skip
LEAST_SIGNS = {"patients": 2}  # of the second row
SHARED = frozenset({"clinic_id", "patient_id"})  # columns that every table has say nothing of which it is
NAMES = {
    "sessions": "session sessions sitzung sitzungen training trainings diary log logbook tagebuch seances"
    " sesiones sedute sessies pass harjoitukset harjoituspaivakirja traening okter sessoes sesje journal",
    "patients": "patient patients patienten pacientes pazienti patienter potilaat pasienter pacjenci"
    " stammdaten intake demographics demographie",
    "plans": "plan plans prescription prescriptions verordnung verordnungen programme piani planes plannen"
    " ordinationer suunnitelmat planer planos plany recept",
    "measures": "measure measures questionnaire questionnaires proms prom scores fragebogen fragebogen"
    " mesures cuestionarios questionari vragenlijsten mittarit skemaer skjema questionarios"
    " kwestionariusze odi",
    "clinics": "clinic clinics sites praxen kliniken cliniques clinicas cliniche klinieken kliniker klinikat",
}
CLEAR_LEAD = 1.25  # the best table explains so much more than the second, or it is asked
NAMED = 0.75  # of a column: what the name of a file or sheet adds


@dataclass(frozen=True, slots=True)
class Chosen:
    """The table of a part, its columns, and why; without a table, the question (or none: not ours)."""

    assigned: Assigned | None
    why: str
    asked: Asked | None = None


def choose_table(looks: Sequence[Look], name: str, answers: dict[str, str], *, language: str) -> Chosen:
    """The table that the columns of one part make. An answer stands where it is asked, and nowhere else."""
    all_of = {table: assign(looks, table, answers, language=language) for table in INPUTS}
    filled = {look.heading for look in looks if look.column.filled} or {look.heading for look in looks}
    scores = {
        table: _score(one) + (NAMED if set(words_of(name)) & set(NAMES[table].split()) else 0)
        for table, one in all_of.items()
        if _has_signs(one, filled)
    }
    if not scores:
        return Chosen(None, "its columns make none of our tables")
    ranked = sorted(scores, key=lambda table: -scores[table])
    best = ranked[0]
    why = f"{len(all_of[best].taken)} of {len(looks)} columns are those of {best}"
    if len(ranked) == 1 or scores[best] >= CLEAR_LEAD * scores[ranked[1]]:
        return Chosen(all_of[best], why)
    near = [table for table in ranked if scores[best] < CLEAR_LEAD * scores[table]]
    told = answers.get("table")
    if told == NONE or told in near:
        return Chosen(all_of[told] if told in near else None, "your answer")
    choices = tuple(
        Choice(f"table={table}", f"{len(all_of[table].taken)} columns", (Decision((), "table", table, ""),))
        for table in near
    )
    none = Choice(f"table={NONE}", "none of ours: it is not read")
    return Chosen(all_of[best], why, Asked("table", "Which table is this?", (*choices, none)))


def _score(one: Assigned) -> float:
    sure = sum(each.confidence for ours, each in one.taken.items() if ours not in SHARED)
    unsure = sum(0.3 for group in one.open if not {each.ours for each in group} <= SHARED)
    return sure + unsure


def _has_signs(one: Assigned, filled: set[str]) -> bool:
    """What a table needs may be asked; what it is told by must be sure. One empty column tells nothing."""
    held = {ours for ours, each in one.taken.items() if each.theirs in filled}
    have = set(one.taken) | {each.ours for group in one.open for each in group}
    needs, tells = SIGNS[one.table][0], SIGNS[one.table][1:]
    least = LEAST_SIGNS.get(one.table, 1)
    return bool(have & set(needs)) and all(
        len(held & set(row)) >= least or len(set(one.taken) & set(row)) > least for row in tells
    )
