"""Networks of clinics that truly are alike: as many are outside the limits as is printed; and what is found.

The whole comparison runs on each network: case-mix is fitted, limits are made, overdispersion is judged.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from recovery.comparisons import SETTINGS, Made, draw

from analytics.models.benchmark import _benchmark

OUTSIDE = {"95 %": ("95", 0.05), "99.8 %": ("998", 0.002)}
NETWORKS, QUICK = 1500, 80  # of 30 clinics


def outside(made: Made, *, networks: int, seed: int) -> tuple[pl.DataFrame, float]:
    """One row is one clinic: is it outside each limit, on which side; and the share of widened networks."""
    rng, tables, wider = np.random.default_rng(seed), [], 0
    gap = pl.col("difference")
    for _ in range(networks):
        clinics, _, comparison = _benchmark(draw(rng, made), SETTINGS)
        wider += comparison["tau"].item() > 0
        tables.append(
            clinics.select(
                "clinic_id",
                *((gap < pl.col(f"limit_low_{at}")).alias(f"below {at}") for at in ("95", "998")),
                *((gap > pl.col(f"limit_high_{at}")).alias(f"above {at}") for at in ("95", "998")),
            )
        )
    return pl.concat(tables), wider / networks


def judge(made: Made, *, networks: int, seed: int, errors: float) -> None:
    """Print a line, and hold both rates against so many of their Monte Carlo standard errors."""
    found, wider = outside(made, networks=networks, seed=seed)
    print(f"\n  {made.kind:6}{made.patients:4} patients, {found.height:6} clinics", end="")
    for name, (at, share) in OUTSIDE.items():
        low, high = (found[f"{side} {at}"].mean() for side in ("below", "above"))
        error = np.sqrt(share * (1 - share) / found.height)
        print(f" | {name}: {low + high:.3%} ({low:.3%} + {high:.3%}; MC se {error:.3%})", end="")
        assert abs(low + high - share) < errors * error, name
    print(f" | widened {wider:.1%}", end="")


@pytest.mark.parametrize("kind", ["mean", "share"])
@pytest.mark.parametrize("patients", [10, 30])
def test_false_alarms_quickly(kind, patients):
    judge(Made(kind=kind, patients=patients), networks=QUICK, seed=71, errors=4)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mean", "share"])
@pytest.mark.parametrize("patients", [10, 30, 150])
def test_false_alarms_are_as_many_as_printed(kind, patients):
    """5 % and 0.2 % of clinics, within Monte Carlo error (45,000 clinics: 0.10 % and 0.021 %)."""
    judge(Made(kind=kind, patients=patients), networks=NETWORKS, seed=7, errors=3.5)


@pytest.mark.slow
def test_clinics_that_treat_others_are_not_blamed():
    """Clinics whose patients start a point and a half apart (sd), 30 each: still about 5 %."""
    found, _ = outside(Made(mixed=1.5), networks=500, seed=8)
    rate = found.select((pl.col("below 95") | pl.col("above 95")).mean()).item()
    print(f"\n  case-mix far apart: outside 95 % {rate:.2%}")
    assert rate < 0.075


@pytest.mark.slow
@pytest.mark.parametrize("patients", [10, 30, 150])
def test_what_true_differences_are_found(patients):
    """Power: one clinic of 30 that is apart by so many points; and clinics that all differ (sd in points)."""
    print(f"\n  {patients} patients a clinic", end="")
    shares = []
    for points in (0.5, 1.0):
        found, _ = outside(Made(patients=patients, one_off=points), networks=300, seed=9)
        first = found.filter(pl.col("clinic_id") == "clinic000")
        shares.append([first["above 95"].mean(), first["above 998"].mean()])
        print(f" | one {points} apart: {shares[-1][0]:.0%} / {shares[-1][1]:.0%}", end="")
    for apart in (0.3, 0.5):
        found, wider = outside(replace(Made(patients=patients), apart=apart), networks=100, seed=10)
        out = [
            found.select((pl.col(f"below {at}") | pl.col(f"above {at}")).mean()).item()
            for at in ("95", "998")
        ]
        print(f" | all apart, sd {apart}: {out[0]:.0%} / {out[1]:.1%}, widened {wider:.0%}", end="")
    assert shares[1][0] > shares[0][0] > 0.05
    if patients == 150:
        assert shares[1][0] > 0.95
