"""Answers of questionnaires: which item each is, in which coding, and of which short form."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl

from analytics.vocabulary.questionnaires import (
    BY_HALVES,
    EQ5D_DIMENSIONS,
    NO_PART_OF_A_FORM,
    PAIN_FORMS,
    QUESTIONNAIRES,
)

FORM = ["clinic_id", "patient_id", "measured_on", "instrument"]
HERE = ["clinic_id", "instrument"]
NUMBERED = r"^\D*?0*(\d{1,2})$"  # 7, q7, item_07, PAININ9; no LOINC code, whose last digit checks the others
OTHER_CODING = 0.2  # a slip is rare: where more of a clinic's forms hold a strange answer, it codes otherwise
RULES = pl.DataFrame(  # without a query: reports are forked after this is imported
    [
        {name: value for name, value in asdict(form).items() if name != "source"}
        for form in QUESTIONNAIRES.values()
    ]
)
is_total = pl.col("item").fill_null("") == ""
is_proper = pl.col("value").is_between("low", "high") & (
    pl.col("instrument").is_in(BY_HALVES) | (pl.col("value") == pl.col("value").floor())
)


def read_answers(measures: pl.DataFrame) -> pl.DataFrame:
    """One row is one answered item: its `number` on the form (empty where unknown), `value`, form's rules."""
    items = measures.filter(~is_total, pl.col("value").is_not_null()).join(RULES, on="instrument")
    plain = pl.col("item").str.to_lowercase().str.replace_all(r"[\s.-]+", "_")
    named = items.select("instrument", "item").unique().with_columns(plain=plain)
    beside = pl.any_horizontal(
        (pl.col("instrument") == instrument) & pl.col("plain").is_in(others)
        for instrument, others in NO_PART_OF_A_FORM.items()
    )
    dimension = pl.col("plain").replace_strict(EQ5D_DIMENSIONS, default=None, return_dtype=pl.Int64)
    number = pl.coalesce(
        pl.when(pl.col("instrument") == "EQ5D5L").then(dimension),
        pl.col("plain").str.extract(NUMBERED).cast(pl.Int64),
    )
    numbered = named.filter(~beside).select("instrument", "item", number=number)
    return items.join(numbered, on=["instrument", "item"]).with_columns(value=_bothersome())


def _bothersome() -> pl.Expr:
    """Item 9 of STarT Back as it is printed: 1 for very much and extremely, else 0.

    A clinic that exports the answer itself is known by its answers: codes from 0 to 4 have a 0 and no 5, from
    1 to 5 a 5 and no 0. Where neither is seen, or hardly any is above 1, the answers are left as they are.
    """
    ninth = (pl.col("instrument") == "START_BACK") & (pl.col("number") == 9)
    answer = pl.when(ninth).then("value")
    least, most = answer.min().over(HERE), answer.max().over(HERE)
    by_degree = (answer > 1).mean().over(HERE) > OTHER_CODING
    from_0 = by_degree & (least == 0) & most.is_between(2, 4)
    from_1 = by_degree & (least >= 1) & (most == 5)
    cut = pl.when(from_0).then(3).when(from_1).then(4)
    return pl.when(ninth & cut.is_not_null()).then((answer >= cut).cast(pl.Float64)).otherwise("value")


def pain_forms(answers: pl.DataFrame) -> pl.DataFrame:
    """One row a clinic: the PROMIS short form that its patients fill in, empty where none can be told.

    Items go by their number in the bank, which every form exceeds 8 with, or by their place on the form: six
    places are 6a as well as 6b.
    """
    numbers, most = pl.col("number"), pl.col("number").max()
    by_bank = pl.coalesce(
        pl.when(numbers.is_in(form.bank).all()).then(pl.lit(form.name)) for form in PAIN_FORMS
    )
    by_place = pl.when(most <= 4).then(pl.lit("4a")).when(most > 6).then(pl.lit("8a"))
    return (
        answers.filter(pl.col("instrument") == "PROMIS_PI")
        .group_by(HERE)
        .agg(form=pl.when(most > 8).then(by_bank).otherwise(by_place))
    )
