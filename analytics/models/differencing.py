"""Cells from whose differences no small group can be worked out: a total less its shown parts is of many.

Release empties a small clinic's mean; the network's mean less the shown clinics' would give it back, for
means are exact to two decimals, where counts are rounded. So the network's mean is made without such clinics,
and a part of a total is emptied beside a small one. What is then shown does not depend on what is hidden.
"""

from __future__ import annotations

import polars as pl

from analytics.models.cells import t_reach
from analytics.vocabulary.records import NETWORK, Cells
from analytics.vocabulary.settings import Disclosure

KEY = ["subject", "measure", "group", "week"]
# (subject, measure) of parts -> subject of their total: the same measure, without group and week, of patients
# among whom those of the parts are
PARTS = {
    ("dose", "pain_reduction"): "outcome",
    ("followup", "pain_reduction"): "outcome",
    ("followup", "baseline_pain"): "outcome",
    ("followup", "adherence_capped"): "adherence",
    **{("before_after", measure): "outcome" for measure in ("baseline", "outcome", "fall")},
}
WHOLES = pl.DataFrame(
    [(*parts, whole) for parts, whole in PARTS.items()], schema=["subject", "measure", "whole"], orient="row"
)
NUMBERS = ("patients", "of", "value", "low", "high")
IS_TOTAL = (
    pl.struct("subject", "measure").is_in(
        [{"subject": whole, "measure": measure} for (_, measure), whole in PARTS.items()]
    )
    & (pl.col("group") == "")
    & pl.col("week").is_null()
)


def guard_cells(cells: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """The same rows before release: some means of the network without small clinics, some parts emptied.

    A patient of several clinics counts, in a mean so made, once a clinic. Counts and shares stay.
    """
    mean, network = pl.col("kind") == "mean", pl.col("clinic_id") == NETWORK
    clinics = _beside_small_parts(cells.filter(mean & ~network), rules)
    wide = _of_shown_clinics(clinics, cells.filter(mean & network), rules)
    guarded = [_emptied(frame) for frame in (clinics, _beside_small_parts(wide, rules))]
    whole = pl.concat([cells.filter(~mean), *guarded]).sort("clinic_id", *KEY, "kind")
    return Cells.validate(Cells.cast(whole))


def guard_before_after(frame: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Pain before and after, guarded as cells are: bands are parts of all patients, and of the network's.

    What is expected from regression to the mean stays: it is of the model, and empty where the patients are.
    """
    key, everybody = ["clinic_id", "band"], pl.col("band") == "all"
    rows = frame.unpivot(
        ["baseline", "outcome", "fall"], index=[*key, "patients", "low", "high"], variable_name="measure"
    )
    ends = [pl.when(pl.col("measure") == "fall").then(name).alias(name) for name in ("low", "high")]
    cells = rows.select(
        "clinic_id", "measure", "patients", "value", *ends, kind=pl.lit("mean"),
        subject=pl.when(everybody).then(pl.lit("outcome")).otherwise(pl.lit("before_after")),
        group=pl.when(everybody).then(pl.lit("")).otherwise("band"),
        week=pl.lit(None, dtype=pl.Int32), of=pl.lit(None, dtype=pl.Int32),
    )  # fmt: skip
    guarded = guard_cells(cells.select(Cells.column_names()), rules).with_columns(
        band=pl.when(pl.col("group") == "").then(pl.lit("all")).otherwise("group")
    )
    one = [pl.col("value").filter(pl.col("measure") == name).first().alias(name)
           for name in ("baseline", "outcome", "fall")]  # fmt: skip
    falls = [pl.col(name).filter(pl.col("measure") == "fall").first() for name in ("low", "high")]
    wide = guarded.group_by(key).agg(pl.col("patients").first(), *one, *falls)
    rest = frame.select(*key, pl.exclude(wide.columns))
    return rest.join(wide, on=key, how="left", maintain_order="left").select(frame.columns)


def _beside_small_parts(means: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """`beside`: a part to empty, since the rest of the total, beside it or all shown ones, is of few."""
    totals = means.filter(IS_TOTAL).select("clinic_id", "measure", whole="subject", total="patients")
    enough = pl.col("whole").is_not_null() & (pl.col("patients") >= rules.min_patients)
    parts = ["clinic_id", "subject", "measure", "week"]
    known = means.join(WHOLES, on=["subject", "measure"], how="left").join(
        totals, on=["clinic_id", "whole", "measure"], how="left"
    )
    rest = pl.col("total") - pl.col("patients").filter(enough).sum().over(parts)
    smallest = pl.int_range(pl.len()).over([*parts, enough]) == 0
    few = (smallest & rest.is_between(1, rules.min_patients - 1)) | (
        (pl.col("total") - pl.col("patients")).is_between(1, rules.min_patients - 1)
    )
    ordered = known.sort(*parts, "patients", "group")
    return ordered.select(*means.columns, beside=(enough & few).fill_null(False))


def _of_shown_clinics(clinics: pl.DataFrame, network: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """The network's means; where emptied clinics are few, pooled from the others' means and intervals.

    Few: less the largest of them, which knows its own number, they are fewer than `min_patients`.
    """
    marked = clinics.join(WHOLES, on=["subject", "measure"], how="left").with_columns(
        left_out=_few(rules, among=pl.lit(True)) | pl.col("beside")
    )
    keys = ["clinic_id", "whole", "measure"]
    from_total = marked.filter(IS_TOTAL, "left_out").select(
        "clinic_id", "measure", whole="subject", lost=True
    )
    # who is left out of a total is left out of its parts; then the rest must be many again
    lost = marked.join(from_total, on=keys, how="left").with_columns(
        left_out=pl.col("beside") | pl.col("lost").fill_null(False)
    )
    found = lost.with_columns(left_out=pl.col("left_out") | _few(rules, among=~pl.col("left_out")))
    # a total and its parts are counted alike: patients of several clinics else look like a rest of few
    of_total = pl.struct("whole", "measure").is_in(
        from_total.select(pl.struct("whole", "measure")).to_series().implode()
    )
    touched = found.filter(pl.col("left_out").any().over(KEY) | of_total)
    pooled = _pooled(touched.with_columns(pl.when(~pl.col("left_out")).then(pl.col(NUMBERS))))
    both = network.join(pooled, on=KEY, how="left", nulls_equal=True, suffix="_pooled")
    made = pl.col("made").fill_null(False)
    counted = pl.when(pl.col("patients_pooled") > 0).then("patients_pooled")
    return both.with_columns(
        pl.when(made).then(counted).otherwise("patients").alias("patients"),
        *(
            pl.when(made).then(f"{name}_pooled").otherwise(name).alias(name)
            for name in ("value", "low", "high")
        ),
    ).select(network.columns)


def _few(rules: Disclosure, *, among: pl.Expr) -> pl.Expr:
    small = pl.col("patients").is_between(1, rules.min_patients - 1).fill_null(False) & among
    people = pl.col("patients").filter(small)
    return small & ((people.sum() - people.max()).over(KEY) < rules.min_patients).fill_null(False)


def _pooled(clinics: pl.DataFrame) -> pl.DataFrame:
    """Mean over all patients of clinics and its 95 % t interval: sums and squares from theirs, exactly."""
    n = pl.col("patients")
    spread = clinics.with_columns(
        sd=((pl.col("high") - pl.col("low")) / 2 / _reach(clinics["patients"])).fill_nan(None).fill_null(0)
    )
    found = (
        spread.group_by(KEY, maintain_order=True)
        .agg(
            patients=n.sum(),
            value=(n * pl.col("value")).sum() / n.sum(),
            within=((n - 1) * pl.col("sd") ** 2).sum(),
            squares=(n * (pl.col("value") - (n * pl.col("value")).sum() / n.sum()) ** 2).sum(),
        )
        .with_columns(pl.col("value").fill_nan(None), made=True)
    )
    variance = (pl.col("within") + pl.col("squares")) / (n - 1)
    half = pl.when(n > 1).then(variance.sqrt() * _reach(found["patients"]))
    return found.with_columns(low=pl.col("value") - half, high=pl.col("value") + half).drop(
        "within", "squares"
    )


def _reach(patients: pl.Series) -> pl.Series:
    """Half a 95 % interval of a mean, in standard deviations of the patients; none below two."""
    return t_reach(patients) / patients.cast(pl.Float64).sqrt()


def _emptied(means: pl.DataFrame) -> pl.DataFrame:
    return means.with_columns(pl.when(~pl.col("beside")).then(pl.col(NUMBERS))).drop("beside")
