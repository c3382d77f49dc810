"""The headline numbers of a study: what a reader takes from a page, compared from run to run."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.signals import TOO_LITTLE
from analytics.vocabulary.study import Study

# measure -> subject and measure of the released cell that holds it
CELLS = {
    "patients": ("outcome", "episodes"),
    "baseline_pain": ("outcome", "baseline_pain"),
    "outcome_pain": ("outcome", "outcome_pain"),
    "pain_reduction": ("outcome", "pain_reduction"),
    "responder": ("outcome", "responder"),
    "completion": ("outcome", "complete"),
    "adherence": ("adherence", "adherence_capped"),
}
COMPARED = ("expected", "difference")  # columns of the benchmark, NPRS points of fall in pain
MEASURES = (*CELLS, *COMPARED, "signal")
HIDDEN, ABSENT = "not shown", "not measured"


def headline_numbers(study: Study) -> pl.DataFrame:
    """One row is one headline number of one clinic (or the network), as it was released: never a patient's.

    `value`: patients; NPRS points, 0-10 (lower is better for pain, higher for its fall); shares from 0 to 1.
    Two decimals, as they leave. `text`: the signal in words, or why there is no value.
    """
    ids = study.release("clinics").select("clinic_id").collect()["clinic_id"].unique().sort().to_list()
    found = pl.concat([_of_cells(study), _of_benchmark(study)])
    whole = pl.concat([_grid(ids, MEASURES), _grid([NETWORK], tuple(CELLS))])
    missing = (
        pl.when(pl.col("measure").is_in(tuple(CELLS))).then(pl.lit(ABSENT)).otherwise(pl.lit(TOO_LITTLE))
    )
    order = pl.col("measure").cast(pl.Enum(MEASURES))
    return (
        whole.join(found, on=["clinic_id", "measure"], how="left")
        .with_columns(pl.col("value").fill_nan(None).round(2), text=pl.coalesce("text", missing))
        .sort("clinic_id", order)
    )


def _grid(clinics: list[str], measures: tuple[str, ...]) -> pl.DataFrame:
    ids = pl.DataFrame({"clinic_id": clinics}, schema={"clinic_id": pl.String})
    return ids.join(pl.DataFrame({"measure": measures}), how="cross")


def _of_cells(study: Study) -> pl.DataFrame:
    """Numbers that were counted or averaged; of three ways to call a fall meaningful, the joint one."""
    names = pl.DataFrame(
        [(*place, name) for name, place in CELLS.items()],
        schema=["subject", "measure", "name"],
        orient="row",
    )
    joint = (pl.col("measure") != "responder") | pl.col("group").str.contains(" or ", literal=True)
    plain = (pl.col("group") == "") | (pl.col("measure") == "responder")
    cells = study.release("cells").filter(pl.col("week").is_null(), joint, plain).collect()
    why = (
        pl.when(pl.col("value").is_not_null()).then(pl.lit(""))
        .when(pl.col("patients").is_null()).then(pl.lit(HIDDEN))
        .otherwise(pl.lit(ABSENT))
    )  # fmt: skip
    return cells.join(names, on=["subject", "measure"]).select(
        "clinic_id", measure="name", value=pl.col("value").cast(pl.Float64), text=why
    )


def _of_benchmark(study: Study) -> pl.DataFrame:
    """What the patients of a clinic let expect, the difference from it, and what that means in words."""
    clinics = (
        study.release("benchmark").filter(pl.col("measure") == "pain_reduction").drop("measure").collect()
    )
    absent = [pl.lit(None, dtype=pl.Float64).alias(name) for name in COMPARED if name not in clinics.columns]
    numbers = clinics.with_columns(absent).unpivot(COMPARED, index="clinic_id", variable_name="measure")
    told = pl.when(pl.col("value").is_null()).then(pl.lit(TOO_LITTLE)).otherwise(pl.lit(""))
    signal = clinics.select(
        "clinic_id", measure=pl.lit("signal"), value=pl.lit(None, dtype=pl.Float64),
        text=pl.col("signal").cast(pl.String),
    )  # fmt: skip
    return pl.concat([numbers.with_columns(text=told), signal])
