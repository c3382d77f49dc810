"""What one row of a week's practice is: its columns, units, ranges and meaning."""

from __future__ import annotations

import dataframely as dy

from analytics.vocabulary.columns import NPRS, day, number, text, whole, yes

SHARE = "share of the week's sessions that tell"


class WeeklyPractice(dy.Schema):
    """One row is what was done, and what was asked for, in one week of one episode; the keys of PatientWeeks.

    A column is empty where no session of the week tells it, which is not the same as none.
    """

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    episode_id = text("the episode", key=True)
    week = whole(0, 520, "week", "floor((local date - episode start) / 7)", key=True)
    practice_days = whole(0, 7, "days", "days with a session")
    stretching = number(0, 1, SHARE, "sessions with stretching")
    strengthening = number(0, 1, SHARE, "sessions with strengthening")
    stabilisation = number(0, 1, SHARE, "sessions with stabilisation")
    balance = number(0, 1, SHARE, "sessions with balance exercises")
    aerobic = number(0, 1, SHARE, "sessions with aerobic exercise")
    mobility = number(0, 1, SHARE, "sessions with mobility exercises")
    massage = number(0, 1, SHARE, "sessions with massage")
    core = number(0, 1, "share of the week's muscle groups", "abdominals, gluteals and back extensors")
    slow = number(0, 1, SHARE, "sessions at a slow pace")
    comfortable = number(0, 1, SHARE, "sessions at a comfortable pace")
    fast = number(0, 1, SHARE, "sessions at a fast pace")
    home = number(0, 1, SHARE, "sessions done at home")
    supervised = number(0, 1, SHARE, "sessions with a therapist present")
    balance_gear = number(0, 1, SHARE, "sessions on a balance board or at a balance wall")
    ball = number(0, 1, SHARE, "sessions with the stability ball")
    ball_days = whole(0, 7, "days", "days with the stability ball")
    feedback = number(0, 1, "1 yes, 0 no", "the therapist gave feedback, in any way")
    written = number(0, 1, "1 yes, 0 no", "the therapist gave written feedback")
    verbal = number(0, 1, "1 yes, 0 no", "the therapist gave spoken feedback, in person or by a call")
    brace_hours = number(0, 24, "hours a day", "mean time in a brace, over the days that tell")
    brace = number(0, 1, SHARE, "sessions on days with a brace")
    traction = number(0, 1, SHARE, "sessions with traction or decompression")
    pain_first = number(0, 10, NPRS, "pain before the week's first session: before any of its work")
    pain_during = number(0, 10, NPRS, "mean of the worst pain during sessions")
    rise_during = number(-10, 10, NPRS, "mean of pain during less pain before; above 0: it hurts more")
    flare = number(0, 1, "1 yes, 0 no", "a flare-up was reported")
    logging_delay = number(None, None, "hours", "median time from session to journal: recall bias")
    level = whole(0, 100, "step", "highest step of the progression that was worked at")
    plan_from = day("first day of the plan that holds on the week's first day")
    plan_minutes = number(0, None, "minutes a week", "prescribed length times sessions")
    plan_rpe = number(0, 10, "Borg CR-10", "prescribed intensity")
    plan_load = number(0, None, "CR-10 x minutes a week", "prescribed intensity, length and sessions")
    plan_level = whole(0, 100, "step", "prescribed step of the progression")
    plan_pain = number(0, 10, NPRS, "pain that the therapist saw when the plan was made: the confounder")
    plan_raised = number(0, 1, "1 yes, 0 no", "longer, harder or a step higher than in the week before")


class EpisodePractice(dy.Schema):
    """One row is what was done over one episode."""

    episode_id = text("the episode", key=True)
    ball_days_wk1 = whole(0, 7, "days", "days with the stability ball in the first seven")
    practice_days_wk1 = whole(0, 7, "days", "days with a session in the first seven")
    bed_rest_band = text("days of bed rest: 0-2, 3-4 or >4")
    started_simple = yes("no later plan is easier (in CR-10 x minutes a week) than the first")
    raised_share = number(0, 1, "share", "weeks after the first in which the plan was raised")
    weeks_told = whole(0, 1000, "weeks", "weeks in which a session told whether there was a flare-up")
    flare_weeks = whole(0, 1000, "weeks", "weeks with a flare-up")
    first_flare = whole(0, 520, "week", "week of the first flare-up; empty: none was reported")
    flares_per_100_weeks = number(0, 100, "weeks in 100", "weeks with a flare-up, of those that tell")
