"""A made-up clinic beside a network, exactly as the cells of a study are: before release."""

from __future__ import annotations

import math

import polars as pl

from analytics.exhibits.disclosure import release_cells, release_flow, release_quality
from analytics.exhibits.disclosure_of_benchmark import release_benchmark
from analytics.vocabulary.records import NETWORK, Cells
from analytics.vocabulary.settings import Disclosure
from analytics.vocabulary.study import ClinicRelease

WEEKS = range(13)
CLINIC = "willow"
HOSTILE = '<script>alert(1)</script><a href="http://x.example">"Willow" & Sons</a>'
KEY = ("clinic_id", "subject", "measure", "group", "week", "kind")
COLUMNS = (*KEY, "patients", "of", "value", "low", "high")
SCHEMA = {name: column.dtype for name, column in Cells.columns().items()}


def mean(clinic, subject, measure, *, value, patients, half=0.4, group="", week=None):
    inside = (value - half, value + half) if patients > 1 else (None, None)
    return (clinic, subject, measure, group, week, "mean", patients, None, value, *inside)


def share(clinic, subject, measure, *, patients, of, group="", week=None):
    return (
        clinic,
        subject,
        measure,
        group,
        week,
        "share",
        patients,
        of,
        patients / of if of else None,
        None,
        None,
    )


def by_week(clinic, size):
    rows = []
    for week in WEEKS:
        seen = max(round(size * (1 - 0.06 * week)), 1)
        pain = 3.2 + 2.9 * math.exp(-week / 4) - (0.3 if clinic == CLINIC else 0)
        half = 3.6 / math.sqrt(seen)
        rows += [
            mean(clinic, "pain", "pain", value=pain, patients=seen, half=half, week=week),
            mean(clinic, "pain", "pain_reduction", value=6.1 - pain, patients=seen, half=half, week=week),
            mean(clinic, "adherence", "adherence_capped", value=0.82 - 0.02 * week, patients=seen,
                 half=half / 12, week=week),
            mean(clinic, "intensity", "load", value=140 + 14 * week, patients=seen, half=half * 30,
                 week=week),
        ]  # fmt: skip
        rows.append(share(clinic, "followup", "rated", patients=seen, of=size, week=week))
        done, unknown = round(seen * 0.7), round(seen * 0.1)
        counts = {"done": done, "not_logged": seen - done - unknown, "unknown": unknown}
        rows += [share(clinic, "adherence", "state", patients=n, of=seen, group=state, week=week)
                 for state, n in counts.items()]  # fmt: skip
    return rows


def without_week(clinic, size):
    part = round(size * 0.8)
    rows = [
        mean(clinic, "outcome", "baseline_pain", value=6.1, patients=part),
        mean(clinic, "outcome", "outcome_pain", value=4.0, patients=part),
        mean(clinic, "outcome", "pain_reduction", value=2.1, patients=part, half=0.5),
        share(clinic, "outcome", "complete", patients=part, of=size),
        (clinic, "outcome", "episodes", "", None, "count", size, None, float(size), None, None),
        mean(clinic, "adherence", "adherence_capped", value=0.71, patients=part, half=0.05),
        mean(clinic, "intensity", "load", value=212.0, patients=part, half=20),
        mean(clinic, "intensity", "minutes", value=84.0, patients=part, half=9),
        mean(clinic, "intensity", "mean_rpe", value=3.4, patients=part),
        mean(clinic, "setting", "home_share", value=0.6, patients=part, half=0.1),
        mean(clinic, "function", "ODI", value=38.0, patients=part // 2, group="first", half=4),
        mean(clinic, "function", "ODI", value=27.5, patients=part // 2, group="last", half=4),
        mean(clinic, "function", "ODI", value=-10.5, patients=part // 2, group="change", half=3),
        mean(clinic, "function", "sit_reach_cm", value=21.0, patients=3, group="first", half=4),
        mean(clinic, "function", "sit_reach_cm", value=26.0, patients=3, group="last", half=4),
        mean(clinic, "function", "sit_reach_cm", value=5.0, patients=3, group="change", half=4),
    ]
    gone = min(20, part // 3)
    for kind, people, fall in (("seen to the end", part - gone, 2.3), ("not seen to the end", gone, 1.6)):
        rows += [
            mean(clinic, "followup", "baseline_pain", value=6.1, patients=people, group=kind),
            mean(clinic, "followup", "pain_reduction", value=fall, patients=people, group=kind),
            mean(clinic, "followup", "adherence_capped", value=0.6, patients=people, half=0.1, group=kind),
        ]
    rows.append(share(clinic, "followup", "seen", patients=part, of=size))
    for cut, at in {"2 points": 0.52, "30 %": 0.55, "2 points or 30 %": 0.6}.items():
        rows.append(share(clinic, "outcome", "responder", patients=round(part * at), of=part, group=cut))
    for step in range(17):
        good = round(part * (1 - step / 17) ** 1.3)
        rows.append(share(clinic, "responders", "at_least", patients=good, of=part, group=f"{step / 2:.1f}"))
    for i, adherence in enumerate(("0-49 %", "50-79 %", "80-100 %")):
        for j, load in enumerate(("lower third", "middle third", "upper third")):
            n = max(part // 9 + 3 * (i - 1) * (j - 1), 0)
            group = f"{adherence}|{load}"
            rows.append(
                mean(
                    clinic,
                    "dose",
                    "pain_reduction",
                    value=0.8 + 0.7 * i + 0.25 * j,
                    patients=n,
                    group=group,
                    half=2.4 / math.sqrt(n + 1),
                )
            )
    mix = {"phase": {"acute": 0.2, "subacute": 0.23, "chronic": 0.5, "unknown": 0.07},
           "sex": {"female": 0.55, "male": 0.45}, "surgery": {"none": 0.97, "discectomy": 0.03}}  # fmt: skip
    rows += [share(clinic, "case_mix", kind, patients=round(size * at), of=size, group=group)
             for kind, groups in mix.items() for group, at in groups.items()]  # fmt: skip
    done = {
        "exercise_types": ("stretching", 0.9),
        "muscle_groups": ("hip_flexors", 0.4),
        "equipment": ("stability_ball", 0.05),
    }
    rows += [share(clinic, "exercise", kind, patients=round(size * at), of=size, group=group)
             for kind, (group, at) in done.items()]  # fmt: skip
    return rows


def make_cells(size=80, network=600):
    rows = []
    for clinic, patients in ((CLINIC, size), (NETWORK, network)):
        rows += by_week(clinic, patients) + without_week(clinic, patients)
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def make_flow():
    steps = [
        ("lines", "refused", 4200, 36, 30), ("lines", "duplicate", 4164, 18, 11),
        ("episodes", "no_baseline", 96, 12, 12), ("episodes", "under_age", 84, 3, 3),
        ("episodes", "no_later_week", 81, 9, 9),
    ]  # fmt: skip
    rows = [(CLINIC, at, stage, why, before, lost, before - lost, people)
            for at, (stage, why, before, lost, people) in enumerate(steps)]  # fmt: skip
    names = ["clinic_id", "order", "stage", "reason", "entered", "left", "remained", "patients_left"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col(pl.Int64).cast(pl.Int32))


def make_quality():
    rows = [
        (CLINIC, "sessions", "kept", "kept", 4146, 96),
        (CLINIC, "sessions", "refused", "future_date", 12, 9),
        (CLINIC, "sessions", "refused", "pain_out_of_range", 24, 2),
        (CLINIC, "patients", "kept", "kept", 96, 96),
    ]  # fmt: skip
    names = ["clinic_id", "table", "outcome", "rule", "lines", "patients"]
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col(pl.Int64).cast(pl.Int32))


BENCHMARK = {
    "clinic_id": pl.String, "measure": pl.String, "kind": pl.String, "patients": pl.Int32,
    **dict.fromkeys(
        ("observed", "low", "high", "expected", "difference", "difference_low", "difference_high", "adjusted",
         "adjusted_low", "adjusted_high", "shrunken", "shrunken_low", "shrunken_high"), pl.Float64
    ),
    "rank_low": pl.Int32, "rank_high": pl.Int32,
    **dict.fromkeys(("limit_low_95", "limit_high_95", "limit_low_998", "limit_high_998"), pl.Float64),
    "signal": pl.String, "flag": pl.String,
}  # fmt: skip


def stands(clinic, measure, *, patients, observed, gap, limit):
    """A row of the benchmark: so far from what was expected, between limits of +/- `limit`."""
    kind = "share" if measure in ("responder", "completion") else "mean"
    target = observed - gap if kind == "mean" else 0.6
    ends = (gap, gap - limit, gap + limit)
    outside = [abs(gap) > limit, abs(gap) > 1.6 * limit]
    signal = ("better than expected" if gap > 0 else "worse than expected") if outside[0] else (
        "no clear difference")  # fmt: skip
    flag = "outside 99.8 %" if outside[1] else "outside 95 %" if outside[0] else ""
    return (
        clinic, measure, kind, patients, observed, observed - limit - 0.05, observed + limit + 0.05,
        observed - gap, *ends, *(target + end for end in ends), *(0.8 * end for end in ends), 1, 2,
        -limit, limit, -1.6 * limit, 1.6 * limit, signal, flag,
    )  # fmt: skip


def make_benchmark():
    rows = [
        stands(CLINIC, "pain_reduction", patients=64, observed=2.1, gap=0.2, limit=0.45),
        stands(CLINIC, "responder", patients=64, observed=0.62, gap=0.15, limit=0.12),
        stands("birch", "pain_reduction", patients=6, observed=3.0, gap=1.1, limit=2.1),
        stands("birch", "responder", patients=6, observed=0.5, gap=-0.1, limit=0.4),
        stands("quay", "pain_reduction", patients=71, observed=1.2, gap=-0.7, limit=0.4),
        stands("quay", "responder", patients=71, observed=4 / 71, gap=-0.5, limit=0.12),
    ]
    return pl.DataFrame(rows, schema=BENCHMARK, orient="row")


def make_funnel():
    """Limits of the funnel, and what was compared: (limits, comparison)."""
    sizes = range(5, 145, 5)
    limits = pl.DataFrame(
        [
            (measure, n, *(side * 3.6 * wide / scale / math.sqrt(n) for wide in (1, 1.6) for side in (-1, 1)))
            for measure, scale in (("pain_reduction", 1), ("responder", 4))
            for n in sizes
        ],
        schema={"measure": pl.String, "patients": pl.Int32,
                **dict.fromkeys(("low_95", "high_95", "low_998", "high_998"), pl.Float64)},
        orient="row",
    )  # fmt: skip
    comparison = pl.DataFrame(
        {
            "measure": ["pain_reduction", "responder"], "kind": ["mean", "share"], "target": [1.9123, 0.6],
            "clinics": [2, 2], "patients": [141, 141], "between": [0.31, 0.1], "dispersion": [3.2, 2.0],
            "tau": [0.0, 0.0], "expected_false_95": [0.1, 0.1], "expected_false_998": [0.004, 0.004],
        },
        schema_overrides={"clinics": pl.Int32, "patients": pl.Int32},
    )  # fmt: skip
    return limits, comparison


def make_told():
    rows = [(CLINIC, "Did pain fall?", "yes", "pain before sessions is rated"),
            (CLINIC, "Did quality of life improve?", "no", "no EQ-5D in the exports")]  # fmt: skip
    return pl.DataFrame(rows, schema=["clinic_id", "question", "told", "because"], orient="row")


def make_contrasts():
    rows = [("adherence_between", week, at * 0.9, 0.1, 200.0, at * 0.7, at * 1.1, 0.0002, "NPRS points")
            for week, at in ((6, 0.5), (12, 0.9))]  # fmt: skip
    names = ["contrast", "week", "estimate", "se", "df", "low", "high", "p", "meaning"]
    return pl.DataFrame(rows, schema=names, orient="row")


def make_terms():
    names = ["term", "estimate", "se", "df", "statistic", "p", "low", "high"]
    return pl.DataFrame(
        [("adherence_mean", -1.234, 0.21, 310.0, -5.9, 1e-8, -1.65, -0.82)], schema=names, orient="row"
    )


def make_overall():
    return pl.DataFrame({"n": [5400], "dropped": [120], "patients": [560], "clinics": [7], "method": ["REML"],
                         "criterion": [1234.5678], "converged": [True], "singular": [False]})  # fmt: skip


RULES = Disclosure(min_patients=8, round_to=5)


def make_release(cells=None, *, name="Willow Back Clinic", contrasts=None, told=None, benchmark=None):
    raw = make_cells() if cells is None else cells
    compared = (make_benchmark() if benchmark is None else benchmark).filter(pl.col("clinic_id") == CLINIC)
    return ClinicRelease(
        clinic_id=CLINIC, name=name, facts={"horizon_weeks": 12, "disclosure": RULES.model_dump()},
        cells=release_cells(raw, RULES), flow=release_flow(make_flow(), RULES),
        quality=release_quality(make_quality(), RULES), benchmark=release_benchmark(compared, RULES),
        told=make_told() if told is None else told,
        contrasts=make_contrasts() if contrasts is None else contrasts,
        terms=make_terms(), overall=make_overall(),
    )  # fmt: skip
