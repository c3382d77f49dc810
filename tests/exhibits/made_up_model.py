"""What the models of a made-up network give, before release, and their exhibits after it."""

from __future__ import annotations

import math
from statistics import NormalDist

import polars as pl
from exhibits.made_up import RULES

from analytics.exhibits.diagnostics import quantile_figure
from analytics.exhibits.disclosure_of_models import release_diagnostics, release_dose, release_influence
from analytics.exhibits.influence import influence_figure

NORMAL = NormalDist()
CLINICS = ("birch", "harbour", "moss", "quay", "stone", "willow")
NUMBERS = dict.fromkeys(("estimate", "low", "high"), pl.Float64)


def bump(x, *, at, width, most):
    """Patients near x: many in the middle, few at the ends."""
    return round(most * math.exp(-(((x - at) / width) ** 2)))


def shape(adherence, load):
    """Points of pain reduction beyond the median patient (75 %, 220): more of both helps, ever less."""
    return 1.5 * (math.sqrt(adherence) - math.sqrt(0.75)) + 0.5 * (math.sqrt(load) - math.sqrt(220)) / 8


def make_dose_curve():
    rows = []
    for week in (6, 12):
        for step in range(21):
            kept = step / 20
            patients = bump(kept, at=0.75, width=0.3, most=62)
            value, half = shape(kept, 220) * week / 12, 0.75 * abs(kept - 0.75) + 0.2 * (kept - 0.75) ** 2
            rows.append(("adherence", kept, week, value, value - half, value + half, patients))
        for step in range(21):
            load = 25.0 * step
            patients = bump(load, at=220, width=120, most=48)
            value, half = shape(0.75, load) * week / 12, abs(load - 220) / 260
            rows.append(("load", load, week, value, value - half, value + half, patients))
    schema = {"measure": pl.String, "at": pl.Float64, "week": pl.Int32, **NUMBERS, "patients": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def make_bends():
    rows = {"measure": ["adherence", "load"], "statistic": [3.1, 0.8], "p": [0.0123456, 0.456789]}
    return pl.DataFrame(rows).with_columns(ndf=pl.lit(4), ddf=pl.lit(600.0))


def make_dose_surface():
    rows = []
    for kept in (0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95):
        for load in (50.0, 100.0, 150.0, 200.0, 250.0, 300.0, 350.0, 400.0):
            away = ((kept - 0.75) / 0.3) ** 2 + ((load - 220) / 120) ** 2
            patients = round(42 * math.exp(-away - 1.6 * (kept - 0.75) * -(load - 220) / 60))
            value, half = shape(kept, load), 0.1 + 0.22 * math.sqrt(away)
            told = (value, value - half, value + half) if patients else (None, None, None)
            rows.append((kept, load, *told, patients))
    schema = {"adherence": pl.Float64, "load": pl.Float64, **NUMBERS, "patients": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def make_components():
    rows = [
        ("clinic_id", "intercept", None, 0.0961, 0.31, 0.16, 0.62, 0.04),
        ("clinic_id", "log_week", None, 0.0144, 0.12, 0.03, 0.31, None),
        ("clinic_id", "intercept", "log_week", -0.0093, -0.25, -0.85, 0.61, None),
        ("episode_id", "intercept", None, 1.4884, 1.22, 1.13, 1.31, 0.51),
        ("episode_id", "log_week", None, 0.2025, 0.45, 0.41, 0.5, None),
        ("episode_id", "intercept", "log_week", -0.1867, -0.34, -0.46, -0.2, None),
        ("residual", "intercept", None, 1.1025, 1.05, 1.03, 1.07, 0.45),
    ]
    names = ("variance", "sd", "low", "high", "share")
    schema = {"group": pl.String, "term": pl.String, "other": pl.String, **dict.fromkeys(names, pl.Float64)}
    return pl.DataFrame(rows, schema=schema, orient="row")


GROUPS = {"residual": 5400, "episode_id": 560, "clinic_id": 6}


def make_quantiles(groups=GROUPS, **shapes):
    """Percentiles of each part: `shapes` bends a part's (a function of the expected one)."""
    parts = {"residual": lambda z: z + 0.09 * z**3, "episode_id intercept": lambda z: z,
             "episode_id log_week": lambda z: z - 0.05, "clinic_id intercept": lambda z: 1.3 * z}  # fmt: skip
    rows = [
        (of, NORMAL.inv_cdf(p / 100), bend(NORMAL.inv_cdf(p / 100)), groups[of.split()[0]])
        for of, bend in (parts | shapes).items()
        for p in range(1, 100)
    ]
    return pl.DataFrame(rows, schema=["of", "expected", "observed", "groups"], orient="row")


def make_influence():
    parts = {
        "adherence_between": (0.81, 0.14),
        "adherence_within": (0.22, 0.06),
        "load_between": (0.18, 0.12),
    }
    away = (0.02, -0.31, 0.11, 0.84, -0.2, -0.06)
    rows = [
        (clinic, contrast, week, at * week / 12 + by * se, by * se, by)
        for contrast, (at, se) in parts.items()
        for week in (6, 12)
        for clinic, by in zip(CLINICS, away, strict=True)
    ]
    names = ["clinic_id", "contrast", "week", "estimate", "change", "change_in_se"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("week").cast(pl.Int32))


def make_model_contrasts():
    rows = [
        (
            contrast,
            week,
            at * week / 12,
            se,
            df,
            at * week / 12 - 2.2 * se,
            at * week / 12 + 2.2 * se,
            0.01,
            "",
        )
        for contrast, at, se, df in (
            ("adherence_between", 0.81, 0.14, 412.3),
            ("adherence_within", 0.22, 0.06, 1890.0),
            ("load_between", 0.18, 0.12, 388.9),
            ("mean_reduction", 2.1, 0.2, 5.4),
        )
        for week in (6, 12)
    ]
    names = ["contrast", "week", "estimate", "se", "df", "low", "high", "p", "meaning"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("week").cast(pl.Int32))


def make_patients(few="moss"):
    counts = [6 if clinic == few else 60 + 10 * at for at, clinic in enumerate(CLINICS)]
    return pl.DataFrame({"clinic_id": CLINICS, "patients": counts})


def make_names():
    return pl.DataFrame(
        {"clinic_id": CLINICS, "clinic_name": [f"{clinic.title()} Back Clinic" for clinic in CLINICS]}
    )


def released_dose(curve=None, surface=None):
    raw = (make_dose_curve() if curve is None else curve, make_dose_surface() if surface is None else surface)
    return release_dose(*raw, make_bends(), rules=RULES)


def influence_exhibit(influence=None, names=None, patients=None):
    raw, sizes = make_influence() if influence is None else influence, make_patients()
    return influence_figure(
        release_influence(raw, sizes if patients is None else patients, RULES),
        make_model_contrasts(),
        make_names() if names is None else names,
    )


def quantile_exhibit(groups=GROUPS, **shapes):
    raw = make_quantiles(groups, **shapes)
    return quantile_figure(release_diagnostics(raw, make_components(), RULES)["quantiles"])


def trace(exhibit, **wanted):
    """The first trace that has these properties."""
    return next(t for t in exhibit.figure["data"] if all(t.get(key) == to for key, to in wanted.items()))
