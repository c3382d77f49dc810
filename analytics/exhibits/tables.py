"""Who came, what they did, how they moved; what the exports can tell, and what became of their lines."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count, estimate, not_shown, percent, words
from analytics.exhibits.selection import all_clinics, both, sides
from analytics.vocabulary import columns
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.rules import RULES
from analytics.vocabulary.scales import SCALES

ENDS = ("first", "last")


def case_mix_table(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """One row is one category of patients at the start, with its share of patients."""
    slug, title = "case-mix", tr("Who came?")
    own, network = sides(cells, subject="case_mix")
    if not own.height:
        return nothing(slug, title=title, why=tr("These exports say nothing about who the patients are."))
    kinds = {
        "phase": (tr("Phase at the start"), columns.PHASES),
        "age_band": (tr("Age"), columns.AGE_BANDS),
        "sex": (tr("Sex"), columns.SEXES),
        "start_back": (tr("STarT Back risk"), columns.RISKS),
        "surgery": (tr("Back surgery"), columns.SURGERIES),
    }
    caption = tr("Patients by category: {name}").format(name=name)
    table = _shares(own, network, kinds=kinds, caption=caption)
    summary = tr("Clinics differ in whom they treat; the expected outcome takes these into account.")
    return Exhibit(slug, title, summary=summary, table=table, data=both(own, network))


def exercise_table(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """One row is one kind of exercise, with the share of patients who did it at least once."""
    slug, title = "exercises", tr("What did patients do?")
    own, network = sides(cells, subject="exercise")
    if not own.height:
        return nothing(slug, title=title, why=tr("These exports do not say which exercises were done."))
    kinds = {
        "exercise_types": (tr("Exercise"), columns.EXERCISE_TYPES),
        "muscle_groups": (tr("Muscles"), columns.MUSCLE_GROUPS),
        "equipment": (tr("Equipment"), columns.EQUIPMENT),
    }
    caption = tr("Patients who did it at least once: {name}").format(name=name)
    table = _shares(own, network, kinds=kinds, caption=caption)
    summary = tr(
        "A patient counts in every row that applies, so the shares of a kind add up to more than 100 %."
    )
    return Exhibit(slug, title, summary=summary, table=table, data=both(own, network))


def function_table(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """One row is one questionnaire or test: mean first, last and change of patients measured twice."""
    slug, title = "function", tr("How well can patients move and live?")
    own, network = sides(cells, subject="function")
    if not own.filter(pl.col("patients").is_null() | (pl.col("patients") > 0)).height:
        why = tr("No patient has the same questionnaire or test on two days.")
        return nothing(slug, title=title, why=why)
    found = {(row["measure"], row["group"]): row for row in own.iter_rows(named=True)}
    beside = {(row["measure"], row["group"]): row for row in network.iter_rows(named=True)}
    rows = [
        [
            _instrument(measure),
            _better(measure),
            *(_mean(found.get((measure, part), {}), measure) for part in ENDS),
            estimate(found.get((measure, "change"), {}), digits=_digits(measure)),
            count(found.get((measure, "change"), {"patients": 0})["patients"]),
            *([estimate(beside.get((measure, "change"), {}), digits=_digits(measure))] if beside else []),
        ]
        for measure in own["measure"].unique().sort()
    ]
    heads = [tr("Measure"), tr("Better is"), tr("First"), tr("Last"), tr("Change (95 % interval)")]
    heads += [tr("Patients"), *([tr("Change, all clinics")] if beside else [])]
    caption = tr("Function, first and last measurement: {name}").format(name=name)
    table = table_html(rows, headings=heads, caption=caption)
    summary = tr("Only patients measured at least twice. Who is measured again may differ from who is not.")
    return Exhibit(slug, title, summary=summary, table=table, data=both(own, network))


def _mean(found: dict[str, Any], measure: str) -> str:
    """A mean without its interval: the change has one, and a phone is narrow."""
    return estimate(found | {"low": None} if found else found, digits=_digits(measure))


def told_table(told: pl.DataFrame) -> Exhibit:
    """One row is one question, whether these exports answer it, and why."""
    slug, title = "told", tr("What can these exports tell?")
    if not told.height:
        return nothing(slug, title=title, why=tr("No question was put to these exports."))
    answers = {"yes": tr("Yes"), "partly": tr("Partly"), "no": tr("No")}
    rows = [
        [words(question), Markup('<span class="told {}">{}</span>').format(answer, answers[answer]),
         words(because)]
        for question, answer, because in told.select("question", "told", "because").iter_rows()
    ]  # fmt: skip
    heads = [tr("Question"), tr("Can be told"), tr("Because")]
    note = tr("This is of what the exports hold; not every question has a figure on this page")
    table = table_html(rows, headings=heads, caption=title, note=note)
    answered = told.filter(pl.col("told") == "yes").height
    summary = tr("{answered} of {questions} questions can be answered in full.").format(
        answered=answered, questions=told.height
    )
    return Exhibit(slug, title, summary=summary, table=table, data=told)


def quality_table(quality: pl.DataFrame) -> Exhibit:
    """One row is what became of a clinic's lines under one rule."""
    slug, title = "data-quality", tr("Rule by rule: what became of the lines")
    if not quality.height:
        return nothing(slug, title=title, why=tr("No line was read from these exports."))
    order = pl.Enum(["kept", "repaired", "duplicate", "refused"])
    sorted_ = quality.sort("clinic_id", "table", pl.col("outcome").cast(order), "rule", maintain_order=True)
    several = quality["clinic_id"].n_unique() > 1
    rows = [
        [*([clinic] if several else []), words(table), words(outcome), _title(rule), count(lines),
         count(patients)]
        for clinic, table, outcome, rule, lines, patients in sorted_.iter_rows()
    ]  # fmt: skip
    heads = [tr("Table"), tr("Outcome"), tr("Rule"), tr("Lines"), tr("Patients")]
    table = table_html(rows, headings=[*([tr("Clinic")] if several else []), *heads], caption=title)
    summary = tr("Every line is kept, refused by a named rule, or a duplicate; a repaired line is kept.")
    return Exhibit(slug, title, summary=summary, table=table, data=sorted_)


def _title(rule: str) -> str:
    return tr(RULES[rule].title) if rule in RULES else words(rule)


def _shares(own: pl.DataFrame, network: pl.DataFrame, *, kinds: dict[str, Any], caption: str) -> str:
    """Rows in the vocabulary's order: kind, category, share and patients, and the network's share."""
    found = {(row["measure"], row["group"]): row for row in own.iter_rows(named=True)}
    beside = {(row["measure"], row["group"]): row for row in network.iter_rows(named=True)}
    rows = [
        [
            f"{title}: {words(group)}",
            _share(found[measure, group]),
            count(found[measure, group]["patients"]),
            *([_share(beside.get((measure, group), {}))] if beside else []),
        ]
        for measure, (title, groups) in kinds.items()
        for group in dict.fromkeys((*groups, "unknown"))
        if (measure, group) in found
    ]
    heads = [tr("Category"), tr("Share"), tr("Patients"), *([all_clinics()] if beside else [])]
    return table_html(rows, headings=heads, caption=caption)


def _share(row: dict[str, Any]) -> str:
    if not row:
        return percent(0)
    return not_shown() if row["patients"] is None else percent(row["value"] or 0)


def _instrument(measure: str) -> str:
    tests = {
        "lumbar_flexion_deg": tr("Lumbar flexion, degrees"),
        "sit_reach_cm": tr("Sit and reach, cm"),
        "core_endurance_s": tr("Core endurance, seconds"),
        "stiffness_min": tr("Morning stiffness, minutes"),
        "PGIC": tr("Patient's global impression of change"),
    }
    return tr(SCALES[measure].title) if measure in SCALES else tests.get(measure, words(measure))


def _better(measure: str) -> str:
    low = SCALES[measure].better == "low" if measure in SCALES else measure == "stiffness_min"
    return tr("lower") if low else tr("higher")


def _digits(instrument: str) -> int:
    """An index from 0 to 1 needs one decimal more than a scale of ten or a hundred points."""
    scale = SCALES.get(instrument)
    return 2 if scale and scale.high - scale.low <= 2 else 1
