"""Questionnaires that were exported item by item: their scores by the published rules, or why none."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from analytics.cohort.answers import (
    FORM,
    HERE,
    OTHER_CODING,
    RULES,
    is_proper,
    is_total,
    pain_forms,
    read_answers,
)
from analytics.vocabulary.columns import RISKS
from analytics.vocabulary.questionnaires import HIGH_DISTRESS, LOW_RISK, PAIN_FORMS
from analytics.vocabulary.records import Scores
from analytics.vocabulary.schema import Measures
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.value_set import read_value_set

LAST_DIGIT = 1e-9  # a total that is off by just its rounding agrees, whatever the last bit says
DAYS_FROM_INTAKE = 14  # a STarT Back form tells the risk at intake when it is not further from it

instrument, total, answered = pl.col("instrument"), pl.col("total"), pl.col("answered")
odi = 100 * total / (5 * answered)  # percent, Fairbank 2000
rmdq = 24 * total / answered  # points, Kent & Lauridsen 2011
psfs = total / answered  # points, 10 fully able, Stratford 1995
_T = {
    f"{form.name} {len(form.bank) + place}": t for form in PAIN_FORMS for place, t in enumerate(form.t)
}  # by form and raw sum
_LENGTH = {form.name: len(form.bank) for form in PAIN_FORMS if form.t}
_of_form = pl.col("form").replace_strict(_LENGTH, default=None, return_dtype=pl.Int64)
_raw = (total * _of_form / answered).ceil().cast(pl.Int64)
promis_pain = pl.format("{} {}", "form", _raw).replace_strict(_T, default=None, return_dtype=pl.Float64)
low, medium, high = (pl.lit(risk) for risk in RISKS)
start_back = (
    pl.when(total <= LOW_RISK).then(low)
    .when(pl.col("distress") >= HIGH_DISTRESS).then(high)
    .otherwise(medium)
)  # fmt: skip
_compared = (
    pl.when(pl.col("given").is_null()).then(pl.lit("scored"))
    .when((pl.col("score") - pl.col("given")).abs() <= pl.col("rounding") + LAST_DIGIT).then(pl.lit("agrees"))
    .otherwise(pl.lit("disagrees"))
)  # fmt: skip


def score_questionnaires(measures: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Measures with a total for each form whose items make one; a total that the export gives stands.

    >>> an.score_questionnaires(cohort.measures, settings).columns == cohort.measures.columns
    True
    """
    return with_totals(measures, score_forms(measures, settings))


def with_totals(measures: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """The measures, and each score beside which the export gives no total, by patient, day and item."""
    made = scores.filter(pl.col("score").is_not_null() & pl.col("given").is_null())
    totals = made.select(*FORM, item=pl.lit(None, pl.String), value="score").select(measures.columns)
    told = measures.filter(~is_total | pl.col("value").is_not_null())
    return Measures.cast(pl.concat([told, totals]).sort(*FORM, "item", "value"))


def with_strata(patients: pl.DataFrame, scores: pl.DataFrame) -> pl.DataFrame:
    """The intakes, where the STarT Back stratum is missing that of the form nearest to the intake.

    An intake without a date takes the patient's first form.
    """
    who = ["clinic_id", "patient_id"]
    told = scores.drop_nulls("stratum").select(*who, "measured_on", "stratum").sort("measured_on")
    if not told.height:
        return patients
    first = told.group_by(who, maintain_order=True).agg(pl.col("measured_on").first().alias("first_form"))
    dated = patients.with_row_index("place").join(first, on=who, how="left", maintain_order="left")
    known_on = pl.coalesce("intake_date", "referral_date", "first_form")
    near = (
        dated.with_columns(known_on=known_on)
        .drop_nulls("known_on")
        .sort("known_on")
        .join_asof(
            told, left_on="known_on", right_on="measured_on", by=who, strategy="nearest",
            tolerance=f"{DAYS_FROM_INTAKE}d", check_sortedness=False,
        )
        .select("place", "stratum")
    )  # fmt: skip
    filled = dated.join(near, on="place", how="left", maintain_order="left")
    return filled.with_columns(start_back=pl.coalesce("start_back", "stratum")).select(patients.columns)


def score_forms(measures: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Scores: one row is one form that was answered item by item, its score, and the export's own total.

    Raises ConfigurationError where the EQ-5D value set is needed and cannot be read.
    """
    if measures["item"].null_count() == measures.height:
        return Scores.create_empty()
    answers = read_answers(measures)
    if not answers.height:
        return Scores.create_empty()
    forms = _forms(answers, measures)
    named = settings.definitions.eq5d_value_set
    asked = named is not None and (forms["instrument"] == "EQ5D5L").any()
    values = read_value_set(settings.path(named)) if named and asked else {}
    scored = forms.with_columns(score=_score(values)).with_columns(refused=_refusal(values))
    valid = pl.col("refused").is_null()
    judged = scored.with_columns(
        score=pl.when(valid).then("score"),
        stratum=pl.when(valid & (instrument == "START_BACK")).then(start_back),
    ).with_columns(outcome=pl.coalesce("refused", _compared))
    return Scores.cast(judged.select(Scores.column_names()).sort(FORM))


def _forms(answers: pl.DataFrame, measures: pl.DataFrame) -> pl.DataFrame:
    """One row is one form: how many answers, their sum, what is wrong with them, and the total given."""
    number = pl.col("number")
    forms = answers.group_by(FORM).agg(
        answered=pl.len().cast(pl.Int32),
        total=pl.col("value").sum(),
        strange=(~is_proper).any(),
        unknown=~number.is_between(1, "items").fill_null(False).all(),
        twice=number.is_duplicated().any(),
        distress=pl.col("value").filter(number >= 5).sum(),
        profile=pl.col("value").sort_by(number).cast(pl.Int64, strict=False).cast(pl.String).str.join(""),
    )
    given = measures.filter(is_total).group_by(FORM).agg(given=pl.col("value").drop_nulls().min())
    return (
        forms.join(RULES, on="instrument")
        .join(pain_forms(answers), on=HERE, how="left")
        .join(given, on=FORM, how="left")
    )


def _score(values: Mapping[str, float]) -> pl.Expr:
    """The score of each form's instrument, whether or not its answers may make one."""
    eq5d = pl.col("profile").replace_strict(values, default=None, return_dtype=pl.Float64)
    return (
        pl.when(instrument == "ODI").then(odi)
        .when(instrument == "RMDQ").then(rmdq)
        .when(instrument == "PSFS").then(psfs)
        .when(instrument == "PROMIS_PI").then(promis_pain)
        .when(instrument == "EQ5D5L").then(eq5d)
        .otherwise(total)
        .round(6)
    )  # fmt: skip


def _refusal(values: Mapping[str, float]) -> pl.Expr:
    """Why a form has no score; empty where it has one."""
    other_coding = pl.col("strange").mean().over(HERE) > OTHER_CODING
    reasons = {
        "unknown_item": pl.col("unknown"),
        "item_twice": pl.col("twice"),
        "out_of_range": pl.col("strange") | other_coding,
        "no_table": (instrument == "PROMIS_PI") & _of_form.is_null(),
        "too_few_answers": answered < pl.col("least"),
        "no_value_set": (instrument == "EQ5D5L") & pl.lit(not values),
        "not_in_value_set": pl.col("score").is_null(),
    }
    return pl.coalesce(pl.when(found).then(pl.lit(reason)) for reason, found in reasons.items())
