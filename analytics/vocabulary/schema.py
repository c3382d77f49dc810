"""What one row of each table is: its columns, units, ranges and meaning (the data dictionary reads this)."""

from __future__ import annotations

import dataframely as dy

from analytics.vocabulary.columns import (
    AGE_BANDS,
    EQUIPMENT,
    EXERCISE_TYPES,
    FEEDBACK,
    GOALS,
    INSTRUMENTS,
    MUSCLE_GROUPS,
    NPRS,
    PACES,
    PHASES,
    RISKS,
    RPE_SCALES,
    SETTINGS,
    SEXES,
    SURGERIES,
    WEEK_STATES,
    choice,
    choices,
    clock,
    day,
    number,
    text,
    whole,
    yes,
)  # fmt: skip


class Sessions(dy.Schema):
    """One row is one exercise session that a patient logged in the journal."""

    clinic_id = text("clinic that holds the journal", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    session_id = text("the session; derived from content where the export has none", key=True)
    performed_at = clock("when the session was done, by the clinic's local clock", need=True)
    logged_at = clock("when it was written down; the delay is recall bias")
    setting = choice(SETTINGS, "where it was done")
    supervised = yes("a therapist was present")
    therapist_id = text("keyed pseudonym of the therapist")
    feedback = choice(FEEDBACK, "the therapist's feedback on the session")
    exercise_types = choices(EXERCISE_TYPES, "kinds of exercise in the session")
    muscle_groups = choices(MUSCLE_GROUPS, "muscle groups that were worked")
    equipment = choices(EQUIPMENT, "equipment that was used")
    duration_min = number(0, 240, "minutes", "how long")
    rpe = number(0, 10, "Borg CR-10", "how hard, as the patient felt it; missing is missing, never zero")
    rpe_scale = choice(RPE_SCALES, "the scale of the export, before conversion to CR-10")
    level = whole(0, 100, "step", "step of the exercise progression")
    pace = choice(PACES, "pace at which it was done")
    completed = number(0, 1, "share", "share of the prescribed content that was done")
    pain_before = number(0, 10, NPRS, "pain just before the session: the outcome's rating")
    pain_after = number(0, 10, NPRS, "pain just after the session: acute response only, never the outcome")
    pain_during = number(0, 10, NPRS, "worst pain during the session")
    brace_hours = number(0, 24, "hours that day", "brace worn")
    traction = yes("traction or decompression was used")
    flare_up = yes("the patient reported a flare-up")
    source_file = text("export file that the row came from", need=True)
    source_line = whole(1, 2_000_000_000, "line", "line (or record) in that file")


class Patients(dy.Schema):
    """One row is one patient's intake for one episode of care."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    intake_date = day("first contact for this episode")
    age = number(0, 120, "years", "age at intake, from birth year or date of birth where only that is given")
    sex = choice(SEXES, "sex as recorded")
    onset_date = day("when this back pain began: sets the phase")
    referral_date = day("referral: starts a new episode")
    discharge_date = day("discharge from this episode")
    surgery = choice(SURGERIES, "back surgery before or during the episode")
    surgery_date = day("date of that surgery: starts a new episode")
    bed_rest_days = whole(0, 365, "days", "days of bed rest for this back pain")
    hospital_nights = whole(0, 365, "nights", "nights in hospital for this back pain")
    prior_episodes = whole(0, 100, "episodes", "earlier episodes of back pain")
    start_back = choice(RISKS, "STarT Back prognostic stratum")
    baseline_pain = number(0, 10, NPRS, "pain at intake")
    goals = choices(GOALS, "what the patient wants")


class Plans(dy.Schema):
    """One row is one prescription period."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    valid_from = day("first day of the prescription", need=True)
    valid_to = day("last day of the prescription; open where missing")
    sessions_per_week = number(0, 21, "sessions a week", "prescribed frequency")
    minutes_per_session = number(0, 240, "minutes", "prescribed length")
    target_rpe = number(0, 10, "Borg CR-10", "prescribed intensity")
    level = whole(0, 100, "step", "prescribed step of the progression")
    pain_at_prescription = number(0, 10, NPRS, "pain that the therapist saw: the confounder")
    ability_at_prescription = number(0, 10, "PSFS, 10 fully able", "ability that the therapist saw")
    setting = choice(SETTINGS, "where the plan is to be done")


class Measures(dy.Schema):
    """One row is one score, or one item, of one instrument on one day."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    measured_on = day("day of the measurement", need=True)
    instrument = choice(INSTRUMENTS, "questionnaire or test", need=True)
    item = text("item of the instrument; empty for its total score")
    value = number(None, None, "the instrument's own", "score or item; range by scales")


class Clinics(dy.Schema):
    """One row is one clinic."""

    clinic_id = text("clinic", key=True)
    clinic_name = text("name to display")
    region = text("region")
    time_zone = text("IANA time zone of its clocks")
    language = text("language of its reports")
    contact = text("whom to ask about the report")


class Episodes(dy.Schema):
    """One row is one episode of care: a patient's sessions at one clinic with no long gap between them."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    episode_id = text("the episode", key=True)
    starts_on = day("local date of the first session", need=True)
    ends_on = day("local date of the last session", need=True)
    sessions = whole(1, 100_000, "sessions", "sessions logged")
    phase = choice(
        PHASES, "weeks since onset at the start: acute < 6, subacute 6-12, chronic > 12", need=True
    )
    surgery = choice(SURGERIES, "back surgery before or during the episode")
    post_surgical = yes("the course follows surgery")
    age = number(0, 120, "years", "age at intake")
    age_band = choice(AGE_BANDS, "age in bands", need=True)
    sex = choice(SEXES, "sex as recorded")
    start_back = choice(RISKS, "STarT Back prognostic stratum")
    prior_episodes = whole(0, 100, "episodes", "earlier episodes of back pain")
    bed_rest_days = whole(0, 365, "days", "days of bed rest")
    hospital_nights = whole(0, 365, "nights", "nights in hospital")
    transferred = yes("the same patient has an episode at another clinic", need=True)
    discharged_on = day("date of discharge, where known")
    baseline_pain = number(0, 10, NPRS, "intake rating, else mean pain_before of week 0")
    baseline_source = choice(("intake", "week 0"), "where the baseline comes from")
    outcome_pain = number(0, 10, NPRS, "weekly pain of the last observed week from 1 to the horizon")
    outcome_week = whole(1, 520, "week", "which week that was")
    pain_reduction = number(-10, 10, "NPRS points, positive is better", "baseline minus outcome pain")
    complete = yes("the outcome was seen in the last third of the horizon", need=True)
    adherence = number(0, None, "share", "sessions done / prescribed over covered weeks, uncapped")
    adherence_capped = number(0, 1, "share", "the same with each week capped at 1")
    mean_load = number(0, None, "CR-10 x minutes a week", "mean weekly load over covered weeks")
    mean_rpe = number(0, 10, "Borg CR-10", "mean session RPE")
    progression = number(None, None, "CR-10 x minutes a week per week", "slope of weekly load")


class PatientWeeks(dy.Schema):
    """One row is one week of one episode, from week 0 to the horizon or discharge."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    episode_id = text("the episode", key=True)
    week = whole(0, 520, "week", "floor((local date - episode start) / 7)", key=True)
    state = choice(WEEK_STATES, "done; prescribed and not logged; unknown: no export covers it", need=True)
    pain = number(0, 10, NPRS, "mean pain_before of the week (never pain_after)")
    ratings = whole(0, 1000, "ratings", "ratings behind that mean")
    pain_reduction = number(-10, 10, "NPRS points, positive is better", "baseline minus weekly pain")
    acute_response = number(
        -10, 10, "NPRS points, positive is relief", "mean pain_before - pain_after: secondary"
    )
    sessions_done = whole(0, 1000, "sessions", "sessions logged; empty where unknown")
    sessions_prescribed = number(0, 21, "sessions", "sessions prescribed for the week; empty without a plan")
    adherence = number(0, None, "share", "done / prescribed, uncapped; empty where 0 were prescribed")
    adherence_capped = number(0, 1, "share", "the same, at most 1")
    minutes = number(0, None, "minutes", "minutes of exercise; empty where a session's length is missing")
    load = number(0, None, "CR-10 x minutes", "sum of session loads; empty where a session's load is missing")
    mean_rpe = number(0, 10, "Borg CR-10", "mean RPE of the week's sessions")
    supervised_share = number(0, 1, "share", "sessions with a therapist present")
    home_share = number(0, 1, "share", "sessions done at home")
    flare_ups = whole(0, 1000, "sessions", "sessions with a flare-up")


TABLES = {
    "sessions": Sessions,
    "patients": Patients,
    "plans": Plans,
    "measures": Measures,
    "clinics": Clinics,
    "episodes": Episodes,
    "patient_weeks": PatientWeeks,
}
COLUMNS = {name: table.columns() for name, table in TABLES.items()}  # worked out once: it takes a while
INPUTS = ("sessions", "patients", "plans", "measures", "clinics")
