"""What one row of the frames between stages is: the books of the journal, and the numbers that leave."""

from __future__ import annotations

import dataframely as dy

from analytics.vocabulary.columns import (
    EQUIPMENT,
    EXERCISE_TYPES,
    INSTRUMENTS,
    MUSCLE_GROUPS,
    RISKS,
    choice,
    choices,
    day,
    number,
    text,
    whole,
)
from analytics.vocabulary.questionnaires import OUTCOMES
from analytics.vocabulary.rules import LINE_RULES, STATES, STATUSES

NETWORK = "network"
CELL_KINDS = ("count", "share", "mean")


class Cells(dy.Schema):
    """One row is one number that may leave: what it counts or averages, and the distinct patients behind it.

    `count`: value = patients. `share`: value = patients / of. `mean`: value, 95 % interval over `patients`.
    After release a suppressed cell keeps its row, with patients, of, value, low and high empty.
    """

    clinic_id = text("clinic, or 'network' for all clinics together", need=True)
    subject = text("what the cell is about: the exhibit that shows it", need=True)
    measure = text("which number", need=True)
    group = text("category within the subject; empty text where there is none", need=True)
    week = whole(0, 520, "week", "week of the episode; empty where the cell is not by week")
    kind = choice(CELL_KINDS, "count, share or mean", need=True)
    patients = whole(0, 2_000_000_000, "patients", "distinct patients behind the number")
    of = whole(0, 2_000_000_000, "patients", "distinct patients of a share's denominator")
    value = number(None, None, "the measure's own", "the number")
    low = number(None, None, "the measure's own", "lower end of its 95 % interval; means only")
    high = number(None, None, "the measure's own", "upper end of its 95 % interval; means only")


class Accounting(dy.Schema):
    """One row is one export file of one table: lines = kept + refused + duplicates, always."""

    file = text("export file", need=True)
    table = text("table that it feeds", need=True)
    clinic_id = text("clinic, where the file holds one; else 'several'", need=True)
    lines = whole(0, 2_000_000_000, "lines", "data lines (or records) read")
    kept = whole(0, 2_000_000_000, "lines", "lines that are in the table")
    refused = whole(0, 2_000_000_000, "lines", "lines refused by a rule")
    duplicates = whole(0, 2_000_000_000, "lines", "lines that repeat a kept one")
    rows = whole(0, 2_000_000_000, "rows", "rows that the kept lines make")
    repaired = whole(0, 2_000_000_000, "lines", "kept lines with at least one repaired cell")


class Findings(dy.Schema):
    """One row is one line that a rule refused (`refused`), found double (`duplicate`) or mended (`repaired`).

    It holds no value of the export: rule, place and pseudonym only.
    """

    file = text("export file", need=True)
    line = whole(1, 2_000_000_000, "line", "line (or record) in that file")
    table = text("table", need=True)
    clinic_id = text("clinic, where it is known")
    patient_id = text("keyed pseudonym, where it is known")
    outcome = choice(("refused", "duplicate", "repaired"), "what became of the line", need=True)
    rule = choice(tuple(LINE_RULES), "name of the rule", need=True)
    column = text("column that the rule looked at")


class Fates(dy.Schema):
    """One row is what became of one patient's lines of one file under one rule: Findings, counted."""

    file = text("export file", need=True)
    table = text("table", need=True)
    clinic_id = text("clinic, where it is known")
    patient_id = text("keyed pseudonym, where it is known")
    outcome = choice(("refused", "duplicate", "repaired"), "what became of the lines", need=True)
    rule = choice(tuple(LINE_RULES), "name of the rule", need=True)
    lines = whole(1, 2_000_000_000, "lines", "lines")
    first_line = whole(1, 2_000_000_000, "line", "the first of them")


class Practice(dy.Schema):
    """One row is one patient of one clinic: how many sessions tell, and what ever stood in them."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    placed = whole(0, 1_000_000, "sessions", "sessions that say where they were done")
    at_home = whole(0, 1_000_000, "sessions", "of them, done at home")
    watched = whole(0, 1_000_000, "sessions", "sessions that say whether a therapist was present")
    supervised = whole(0, 1_000_000, "sessions", "of them, with a therapist present")
    exercise_types = choices(EXERCISE_TYPES, "kinds of exercise that ever stood in a session")
    muscle_groups = choices(MUSCLE_GROUPS, "muscle groups that were ever worked")
    equipment = choices(EQUIPMENT, "equipment that was ever used")


class Scores(dy.Schema):
    """One row is one questionnaire that a patient answered item by item on one day, and what it scores."""

    clinic_id = text("clinic", need=True)
    patient_id = text("keyed pseudonym of the patient", need=True)
    measured_on = day("day of the answers", need=True)
    instrument = choice(INSTRUMENTS, "questionnaire", need=True)
    answered = whole(1, 1_000, "items", "items answered")
    score = number(None, None, "the instrument's own", "score of the items; empty where they make none")
    given = number(None, None, "the instrument's own", "total that the export gives: it stands")
    stratum = choice(RISKS, "STarT Back prognostic stratum")
    outcome = choice(tuple(OUTCOMES), "what became of the items", need=True)


class Flow(dy.Schema):
    """One row is one arrow of the exclusion flow: `entered` = `left` + `remained` (STROBE item 13)."""

    clinic_id = text("clinic, or 'network'", need=True)
    order = whole(0, 100, "step", "position in the flow")
    stage = text("what is counted after this step: lines, sessions, patients, episodes", need=True)
    reason = text("why those that left did", need=True)
    entered = whole(0, 2_000_000_000, "units", "before the step")
    left = whole(0, 2_000_000_000, "units", "lost at the step")
    remained = whole(0, 2_000_000_000, "units", "after the step")
    patients_left = whole(0, 2_000_000_000, "patients", "distinct patients behind those lost")


class Quality(dy.Schema):
    """One row is what became of one clinic's lines of one table under one rule; 'kept' is one."""

    clinic_id = text("clinic; 'unknown' where the line does not say", need=True)
    table = text("table", need=True)
    outcome = choice(("kept", "refused", "duplicate", "repaired"), "what became of the lines", need=True)
    rule = text("name of the rule", need=True)
    lines = whole(0, 2_000_000_000, "lines", "lines")
    patients = whole(0, 2_000_000_000, "patients", "distinct patients behind them; lines where none is known")


class Checks(dy.Schema):
    """One row is one check of one clinic (or of the network): how much is amiss, and is that too much.

    `violated` of `of` are what the rule's level says: lines, rows, patients; a clinic as a whole is 1 of 1.
    """

    clinic_id = text("clinic, or 'network'", key=True)
    check = text("name of the rule or check", key=True)
    table = text("table; empty text where it is about none", key=True)
    column = text("column; empty text where it is about none", key=True)
    violated = whole(0, 2_000_000_000, "as the rule's level", "how many are amiss")
    of = whole(0, 2_000_000_000, "as the rule's level", "of how many that were looked at")
    patients = whole(0, 2_000_000_000, "patients", "distinct patients behind those amiss")
    of_patients = whole(0, 2_000_000_000, "patients", "distinct patients behind those looked at")
    share = number(0, 1, "share", "violated / of; empty where nothing could be looked at")
    threshold = number(0, None, "share", "above it the check has found something")
    status = choice(STATUSES, "fail holds the reports; untested: too few to judge", need=True)


class Trend(Checks):
    """One row is a check and what it was in the last run that was not held."""

    state = choice(STATES, "against that run; a resolved check is found no more", need=True)
    violated_before = whole(0, 2_000_000_000, "as the rule's level", "how many were amiss then")
    of_before = whole(0, 2_000_000_000, "as the rule's level", "of how many then")
    patients_before = whole(0, 2_000_000_000, "patients", "distinct patients behind those amiss then")
    share_before = number(0, 1, "share", "violated / of then")


class ExportLines(dy.Schema):
    """One row is what became of the lines of one export of one clinic.

    `source` and `place` stand for the file, whose own name may be a patient's.
    """

    clinic_id = text("clinic; 'several' or 'unknown' where the lines do not say", need=True)
    source = text("the files' pattern in lumbar.toml", need=True)
    place = whole(1, 1_000_000, "file", "which of the files of that pattern, in the order of their names")
    table = text("table that it feeds", need=True)
    outcome = choice(("read", "kept", "refused", "duplicate", "repaired"), "what became of them", need=True)
    lines = whole(0, 2_000_000_000, "lines", "lines")
    patients = whole(0, 2_000_000_000, "patients", "distinct patients behind them, as far as they are known")


class Told(dy.Schema):
    """One row is one question and whether this clinic's exports can answer it."""

    clinic_id = text("clinic, or 'network'", need=True)
    question = text("the question in a manager's words", need=True)
    told = choice(("yes", "partly", "no"), "whether it can be answered", need=True)
    because = text("what is there, what is missing, what to export", need=True)
