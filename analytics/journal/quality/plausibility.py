"""Checks of sessions: values and times that one line may have, and a whole journal may not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from typing import Literal

import polars as pl

from analytics.journal.quality.tally import Probe
from analytics.vocabulary.results import Journal

NIGHT_ENDS = 5  # o'clock
HOURS = 10**7  # more hours than lie between 1970 and any date of a journal
Limits = Callable[[str], float]
MIDNIGHT = pl.col("performed_at").dt.time() == time()


def sessions_in_order(journal: Journal) -> pl.DataFrame:
    """Sessions by patient and time, each with `person` (a number), `same` person as the row before.

    And the patient's first `intake` and the `zone` of the clinic's clocks.
    """
    key = ("clinic_id", "patient_id", "performed_at")
    rows = journal.sessions.sort(key)
    same = pl.all_horizontal(pl.col(name) == pl.col(name).shift() for name in key[:2]).fill_null(False)
    rows = rows.with_columns(same=same).with_columns(person=(~pl.col("same")).cum_sum() - 1)
    first = journal.patients.group_by(key[:2]).agg(pl.col("intake_date").min().alias("intake"))
    zones = journal.clinics.select("clinic_id", zone="time_zone")
    people = rows.filter(~pl.col("same")).select(key[:2])
    known = people.join(first, on=key[:2], how="left", maintain_order="left").join(
        zones, on="clinic_id", how="left", maintain_order="left"
    )
    # by place, not by a join: a large journal has few people
    return rows.with_columns(known["intake"].gather(rows["person"]), known["zone"].gather(rows["person"]))


def value_probes(limit: Limits) -> list[Probe]:
    """Missing answers written as 0, scales that are not what they seem, answers that are not answers."""
    pain, rpe, minutes = pl.col("pain_before"), pl.col("rpe"), pl.col("duration_min")
    earlier, later = _neighbour(1), _neighbour(-1)
    high = (earlier >= limit("high_pain")) & (later >= limit("high_pain"))
    answered = pain.is_not_null() & rpe.is_not_null() & minutes.is_not_null()
    again = pl.col("same") & pl.all_horizontal(x == x.shift() for x in (pain, rpe, minutes))
    in_a_row = pl.len().over((~again.fill_null(False)).cum_sum())
    return [
        Probe("zero_for_missing_pain", "pain_before", pain.is_not_null() & high, pain == 0),
        Probe("zero_for_missing_exertion", "rpe", rpe.is_not_null() & (minutes > 0), rpe == 0),
        Probe("pain_in_fractions", "pain_before", pain.is_not_null(), (pain > 0) & (pain < 1)),
        Probe("exertion_never_low", "rpe", rpe.is_not_null(), rpe >= 6),
        Probe("pain_only_0_5_10", "pain_before", pain.is_not_null(), pain.is_in([0.0, 5.0, 10.0])),
        Probe("answers_repeated", "", answered, in_a_row >= limit("same_answers")),
    ]


def _neighbour(step: int) -> pl.Expr:
    """The same patient's nearest rating that is not 0, before (1) or after (-1) this one."""
    rated = pl.col("pain_before") > 0
    parts = [pl.when(rated).then(name).shift(step) for name in ("pain_before", "person")]
    value, whose = [part.forward_fill() if step > 0 else part.backward_fill() for part in parts]
    return pl.when(whose == pl.col("person")).then(value)


def time_probes(limit: Limits) -> list[Probe]:
    """When sessions were done and written down."""
    done, logged = pl.col("performed_at"), pl.col("logged_at")
    before = pl.col("same") & ~MIDNIGHT & pl.col("duration_min").shift().is_not_null()
    ends = done.shift() + pl.duration(minutes=pl.col("duration_min").shift())
    that_day = pl.col("same") & (done.dt.date() == done.dt.date().shift())
    a_day = pl.len().over((~that_day.fill_null(False)).cum_sum())
    late = logged.dt.date() > done.dt.date()
    hour = pl.col("person").cast(pl.Int64) * HOURS + logged.dt.epoch("s") // 3600
    batch = late.sum().over(hour) >= limit("batch_sessions")
    early = (pl.col("intake") - done.dt.date()).dt.total_days() > limit("early_days")
    everything = pl.lit(True)
    return [
        Probe("clock_missing", "performed_at", everything, MIDNIGHT),
        Probe("sessions_at_night", "performed_at", ~MIDNIGHT, done.dt.hour() < NIGHT_ENDS),
        Probe("sessions_overlap", "performed_at", before, ends > done),
        Probe("too_many_a_day", "performed_at", everything, a_day > limit("sessions_a_day")),
        Probe("logged_late", "logged_at", logged.is_not_null(),
              logged - done > pl.duration(hours=limit("late_hours"))),
        Probe("logged_in_batches", "logged_at", logged.is_not_null(), late & batch),
        Probe("before_intake", "performed_at", pl.col("intake").is_not_null(), early),
    ]  # fmt: skip


def clock_probes(rows: pl.DataFrame) -> list[Probe]:
    """Times that the clocks of a clinic's zone did not show, or showed twice; clocks change at night."""
    known = [zone for zone in rows["zone"].unique().drop_nulls().sort() if _is_zone(zone)]
    told = pl.col("zone").is_in(known) & ~MIDNIGHT
    night = rows.with_row_index("row").filter(told, pl.col("performed_at").dt.hour() < NIGHT_ENDS)
    lost = {ambiguous: _lost(night, known, ambiguous) for ambiguous in ("earliest", "null")}
    skipped, either = (pl.lit(_marked(rows.height, places)) for places in lost.values())
    return [
        Probe("clock_skipped", "performed_at", told, skipped),
        Probe("clock_repeated", "performed_at", told, either & ~skipped),
    ]


def _lost(rows: pl.DataFrame, zones: list[str], ambiguous: Literal["earliest", "null"]) -> pl.Series:
    """The places of rows whose clock time a zone does not have once, and only once."""
    found = [pl.Series("row", [], dtype=pl.UInt32)]
    for zone in zones:
        local = pl.col("performed_at").dt.replace_time_zone(zone, ambiguous=ambiguous, non_existent="null")
        found.append(rows.filter(pl.col("zone") == zone).filter(local.is_null())["row"])
    return pl.concat(found)


def _marked(height: int, places: pl.Series) -> pl.Series:
    return pl.repeat(False, height, dtype=pl.Boolean, eager=True).scatter(places, True)


def _is_zone(zone: str) -> bool:
    try:
        pl.Series([datetime(2026, 1, 1)]).dt.replace_time_zone(zone)
    except pl.exceptions.ComputeError:
        return False
    return True
