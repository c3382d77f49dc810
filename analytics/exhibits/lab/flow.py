"""Who is in the numbers, to the last patient-week that a model uses: the unsuppressed flow of a study."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.lab.mini import share_bars, table_with
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.study import Study

KEPT = ("order", "stage", "reason", "entered", "left", "remained", "patients_left")


def show_flow(study: Study, clinic_id: str = NETWORK) -> Exhibit:
    """From lines to modelled weeks; see `Study.flow`."""
    steps = flow_steps(study, clinic_id)
    first = steps.group_by("stage", maintain_order=True).agg(pl.col("entered").first().alias("whole"))
    shares = steps.join(first, on="stage", how="left", maintain_order="left").select(
        pl.when(pl.col("whole") > 0).then(pl.col("remained") / pl.col("whole"))
    )
    table = table_with(
        steps.select("stage", "reason", "entered", "left", "remained", "patients_left"),
        id="flow",
        drawn={"remaining": share_bars(shares.to_series().to_list())},
        note="On each row: entered = left + remained. The bar: what remains of all that its unit began with.",
    )
    lines, last = steps["entered"][0], steps["remained"][-1]
    summary = (
        f"{lines:,} lines of session exports were read; {last:,} patient-weeks are in the trajectory model."
    )
    whose = "" if clinic_id == NETWORK else f" ({clinic_id})"
    return Exhibit("flow", f"Who is in the numbers{whose}?", summary, table=table, data=steps)


def flow_steps(study: Study, clinic_id: str = NETWORK) -> pl.DataFrame:
    """One row is one step: those of the study's own flow, then episodes and weeks of the trajectory model."""
    if "flow" not in study.held():
        raise InputError(
            "This study was prepared by an earlier version: run `lumbar prepare` again for its flow."
        )
    told = study.frame("flow").filter(pl.col("clinic_id") == clinic_id).sort("order").collect()
    if not told.height:
        raise InputError("The study holds no clinic of that id.")
    steps = told.select(KEPT)
    more = [
        (steps.height + at, stage, reason, entered, left, entered - left, who)
        for at, (stage, reason, entered, left, who) in enumerate(_modelled(study, clinic_id))
    ]
    return pl.concat([steps, pl.DataFrame(more, schema=steps.schema, orient="row")])


def _used(study: Study) -> pl.LazyFrame:
    """The weeks of the trajectory model; none where it was not fitted."""
    rows = study.frame("fitted")
    if "episode_id" not in rows.collect_schema():
        return pl.LazyFrame(schema={"episode_id": pl.String, "week": pl.Int32, "used": pl.Boolean})
    return rows.select("episode_id", "week", used=pl.lit(True))


def _modelled(study: Study, clinic_id: str) -> list[tuple[str, str, int, int, int]]:
    """Episodes, then weeks, that the trajectory model could use; (stage, reason, entered, left, patients)."""
    mine = pl.lit(True) if clinic_id == NETWORK else pl.col("clinic_id") == clinic_id
    horizon = study.facts["horizon_weeks"]
    eligible = study.frame("eligible").filter(mine).select("episode_id", "patient_id")
    weeks = (
        study.frame("patient_weeks").filter(mine, pl.col("week").is_between(1, horizon))
        .select("episode_id", "week", rated=pl.col("pain").is_not_null())
        .join(eligible, on="episode_id").join(_used(study), on=["episode_id", "week"], how="left")
        .with_columns(pl.col("used").fill_null(False))
    )  # fmt: skip
    used = weeks.group_by("episode_id").agg(pl.col("used").any())
    people = eligible.join(used, on="episode_id", how="left").with_columns(pl.col("used").fill_null(False))
    n, lost, who = _counted(people, ~pl.col("used"))
    all_weeks, bare, p0 = _counted(weeks, ~pl.col("rated"))
    _, lacking, p1 = _counted(weeks, pl.col("rated") & ~pl.col("used"))
    unknown = "work of the week before, or pain at the start, is not known"
    return [
        ("episodes in the model", "no week that the trajectory model can use", n, lost, who),
        ("patient-weeks", f"weeks 1 to {horizon} of eligible episodes", all_weeks, 0, 0),
        ("patient-weeks", "no pain rating in the week", all_weeks, bare, p0),
        ("patient-weeks", unknown, all_weeks - bare, lacking, p1),
    ]


def _counted(rows: pl.LazyFrame, out: pl.Expr) -> tuple[int, int, int]:
    """All rows, those that are out, and the distinct patients behind them."""
    who = pl.col("patient_id").filter(out).n_unique().alias("who")
    n, lost, patients = rows.select(pl.len(), out.sum().alias("lost"), who).collect().row(0)
    return n, lost, patients
