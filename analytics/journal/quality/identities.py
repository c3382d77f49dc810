"""Checks of who is who: numbers that stand for two people, or return, and tables that do not meet."""

from __future__ import annotations

import polars as pl

from analytics.journal.quality.plausibility import Limits
from analytics.journal.quality.tally import Probe, as_tally, tally, with_people
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Journal

WHO = ("clinic_id", "patient_id")


def check_people(journal: Journal, limit: Limits) -> pl.DataFrame:
    """One row a clinic and check; what is counted are patients."""
    people = with_people(_people(journal, limit))
    met, taken_in, planned = (pl.col(name) for name in ("sessions", "patients", "plans"))
    any_intake, any_plan = (has.any().over("clinic_id") for has in (taken_in, planned))
    twice = pl.col("intakes") > 1
    probes = [
        Probe("sessions_without_intake", "patient_id", met & any_intake, ~taken_in),
        Probe("intake_without_sessions", "patient_id", taken_in, ~met),
        Probe("sessions_without_plan", "patient_id", met & any_plan, ~planned),
        Probe("plan_without_sessions", "patient_id", planned, ~met),
        Probe("two_people_one_number", "patient_id", twice, pl.col("contradicts") & ~pl.col("after_rest")),
        Probe("number_given_again", "patient_id", twice, pl.col("after_rest")),
        Probe("numbers_restarted", "patient_id", met, pl.col("rested")),
    ]
    return tally(people, probes, table="patients")


def _people(journal: Journal, limit: Limits) -> pl.DataFrame:
    """One row a patient of a clinic: the tables that know them, and what is odd about their number."""
    rest = pl.duration(days=limit("return_days"))
    pause = pl.col("performed_at").sort().diff().max() > rest
    tables = {
        "sessions": journal.sessions.group_by(WHO).agg(rested=pause),
        "patients": _intakes(journal.patients, rest),
        "plans": journal.plans.select(WHO).unique(),
    }
    people = pl.concat([frame.select(WHO) for frame in tables.values()]).unique()
    for name, frame in tables.items():
        people = people.join(frame.with_columns(pl.lit(True).alias(name)), on=WHO, how="left")
    return people.with_columns(pl.selectors.boolean().fill_null(False))


def _intakes(patients: pl.DataFrame, rest: pl.Expr) -> pl.DataFrame:
    """A year of birth worked out from a whole age may be one off, so only two years contradict each other."""
    born = pl.col("intake_date").dt.year() - pl.col("age").floor()
    rows = patients.sort(*WHO, "intake_date").with_columns(born=born)
    one = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in WHO)
    other_sex = (pl.col("sex") != pl.col("sex").shift()).fill_null(False)
    other_year = ((pl.col("born") - pl.col("born").shift()).abs() >= 2).fill_null(False)
    odd = (one & (other_sex | other_year)).fill_null(False)
    late = (pl.col("intake_date") - pl.col("intake_date").shift() > rest).fill_null(False)
    return (
        rows.with_columns(contradicts=odd, after_rest=odd & late)
        .group_by(WHO)
        .agg(pl.len().alias("intakes"), pl.col("contradicts", "after_rest").any())
    )


def check_transfers(people: pl.DataFrame) -> pl.DataFrame:
    """One row for the network: patients whose number has sessions at two clinics.

    `people` is one row a clinic and patient with sessions, of all clinics.
    """
    clinics = people.unique(WHO).group_by("patient_id").agg(pl.len().alias("clinics"))
    found = clinics.select(
        pl.lit(NETWORK).alias("clinic_id"), violated=(pl.col("clinics") > 1).sum(), of=pl.len()
    )
    return as_tally(found, "transfers", table="sessions", column="patient_id")
