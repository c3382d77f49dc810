"""From all that is shown of means, nothing of a small clinic can be worked out: it does not depend on it."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analytics.exhibits.disclosure import release_cells
from analytics.models.cells import all_cells, mean_cells, with_network
from analytics.models.differencing import guard_before_after, guard_cells
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.settings import Disclosure

RULES = Disclosure(min_patients=8, round_to=5)
QUICK = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
DOSES = ("low", "middle", "high")


def cells_of(sizes, *, seed=0, moved=None, by=0.0):
    """Pain reduction of clinics of these sizes, whole and by dose; patients of `moved` lie `by` higher."""
    random = np.random.default_rng(seed)
    rows = []
    for clinic, parts in sizes.items():
        for dose, size in zip(DOSES, parts, strict=True):
            values = random.normal(2, 2, size) + (by if (clinic, dose) in (moved or ()) else 0)
            rows += [(clinic, f"{clinic}-{dose}-{at}", dose, float(one)) for at, one in enumerate(values)]
    schema = {"clinic_id": pl.String, "patient_id": pl.String, "group": pl.String, "value": pl.Float64}
    frame = with_network(pl.DataFrame(rows, schema=schema, orient="row")).with_columns(
        measure=pl.lit("pain_reduction"), week=pl.lit(None, dtype=pl.Int32)
    )
    whole = frame.with_columns(group=pl.lit(""))
    return all_cells([mean_cells(whole, subject="outcome"), mean_cells(frame, subject="dose")])


def one(cells, clinic, subject="outcome", group=""):
    chosen = (pl.col("clinic_id") == clinic) & (pl.col("subject") == subject) & (pl.col("group") == group)
    return cells.row(by_predicate=chosen, named=True)


def feasible(released, hidden, *, size, subject="outcome", group=""):
    """Where the mean of `size` hidden patients may lie, for one who knows every shown number and the rules.

    He takes each count anywhere in its class of rounding and each mean within half a hundredth.
    """
    shown = [one(released, clinic, subject, group) for clinic in released["clinic_id"].unique().sort()
             if clinic not in {NETWORK, *hidden}]  # fmt: skip
    total = one(released, NETWORK, subject, group)
    if total["value"] is None or any(row["value"] is None for row in shown):
        return -np.inf, np.inf
    ends = []
    for sign in (-1, 1):
        mean = total["value"] + sign * 0.005
        gaps = [mean - (row["value"] - sign * 0.005) for row in shown]
        counts = [
            row["patients"] + (2 if sign * gap > 0 else -2) for row, gap in zip(shown, gaps, strict=True)
        ]
        ends.append(mean + sum(n * gap for n, gap in zip(counts, gaps, strict=True)) / size)
    return min(ends), max(ends)


def test_without_protection_a_small_clinic_is_given_away_and_with_it_not():
    """Two clinics, one of five patients: the network less the other is the five patients' own mean."""
    sizes = {"birch": (5, 0, 0), "willow": (40, 30, 30)}
    cells = cells_of(sizes, moved={("birch", "low")}, by=4.0)
    truth = one(cells, "birch")["value"]
    low, high = feasible(release_cells(cells, RULES), {"birch"}, size=5)
    assert low <= truth <= high
    assert high - low < 1.5  # the five patients' mean, of a scale of 20 points
    guarded = release_cells(guard_cells(cells, RULES), RULES)
    assert one(guarded, NETWORK)["value"] == one(guarded, "willow")["value"]
    low, high = feasible(guarded, {"birch"}, size=5)
    assert not low <= truth <= high  # who subtracts now is misled: birch is not in the network's mean


sizes_of = st.dictionaries(
    st.sampled_from(["alder", "birch", "cedar", "fern", "willow"]),
    st.tuples(*[st.integers(0, 14)] * 3),
    min_size=2,
    max_size=5,
)


@given(sizes_of, st.integers(0, 99), st.floats(-6, 6))
@QUICK
def test_what_is_shown_does_not_depend_on_what_is_hidden(sizes, seed, by):
    """Whatever a lone small clinic's patients rate, every shown mean is the same."""
    few = {clinic for clinic, parts in sizes.items() if 1 <= sum(parts) < RULES.min_patients}
    if sum(sum(sizes[clinic]) for clinic in few) >= RULES.min_patients:
        few = set(sorted(few)[:1])
        sizes = {clinic: parts for clinic, parts in sizes.items()
                 if clinic in few or sum(parts) >= RULES.min_patients}  # fmt: skip
    moved = {(clinic, dose) for clinic in few for dose in DOSES}
    there = [release_cells(guard_cells(cells_of(sizes, seed=seed, moved=moved, by=at), RULES), RULES)
             for at in (0.0, by)]  # fmt: skip
    assert_frame_equal(*(frame.filter(pl.col("subject") == "outcome") for frame in there))


@given(sizes_of, st.integers(0, 99))
@QUICK
def test_the_rest_of_a_total_is_of_nobody_or_of_many(sizes, seed):
    """Total less its shown parts, in every clinic and in the network: 0 patients, or at least the floor."""
    cells = guard_cells(cells_of(sizes, seed=seed), RULES)
    enough = cells.filter(pl.col("patients") >= RULES.min_patients)
    parts = enough.filter(pl.col("subject") == "dose").group_by("clinic_id").agg(pl.col("patients").sum())
    totals = enough.filter(pl.col("subject") == "outcome").select("clinic_id", total="patients")
    rest = totals.join(parts, on="clinic_id").select(pl.col("total") - pl.col("patients")).to_series()
    assert not rest.is_between(1, RULES.min_patients - 1).any()
    assert (rest >= 0).all()


@given(sizes_of, st.integers(0, 99))
@QUICK
def test_the_rest_of_the_network_is_of_nobody_or_of_many_even_to_one_of_them(sizes, seed):
    cells = guard_cells(cells_of(sizes, seed=seed), RULES)
    for subject, group in [("outcome", ""), *(("dose", dose) for dose in DOSES)]:
        rows = cells.filter(pl.col("subject") == subject, pl.col("group") == group)
        shown = rows.filter(pl.col("clinic_id") != NETWORK, pl.col("patients") >= RULES.min_patients)
        total = rows.filter(pl.col("clinic_id") == NETWORK, pl.col("patients") >= RULES.min_patients)
        others = [parts for clinic, parts in sizes.items() if clinic not in shown["clinic_id"].to_list()]
        hidden = [sum(parts) if subject == "outcome" else parts[DOSES.index(group)] for parts in others]
        if not total.height:
            continue
        rest = total["patients"].item() - shown["patients"].sum()
        assert rest == 0 or rest - max(n for n in hidden if n < RULES.min_patients) >= RULES.min_patients


@given(sizes_of, st.integers(0, 99))
@QUICK
def test_a_network_made_without_clinics_is_the_one_of_the_others_patients(sizes, seed):
    """Mean and interval of the remaining patients, as if the small clinics had sent nothing."""
    few = {clinic for clinic, parts in sizes.items() if 1 <= sum(parts) < RULES.min_patients}
    counts = [sum(sizes[clinic]) for clinic in few]
    if not few or len(few) == len(sizes) or sum(counts) - max(counts) >= RULES.min_patients:
        return
    found = one(guard_cells(cells_of(sizes, seed=seed), RULES), NETWORK)
    left = {clinic: parts if clinic not in few else (0, 0, 0) for clinic, parts in sizes.items()}
    if not sum(map(sum, left.values())):
        assert found["value"] is None
        return
    # the same draws for the others: the small clinics' are made, then dropped
    values = cells_of(sizes, seed=seed).filter(~pl.col("clinic_id").is_in([NETWORK, *few]))
    whole = values.filter(pl.col("subject") == "outcome", pl.col("patients") > 0)
    assert found["patients"] == whole["patients"].sum()
    assert found["value"] == pytest.approx((whole["value"] * whole["patients"]).sum() / found["patients"])


def test_the_interval_is_exactly_the_one_of_the_remaining_patients():
    sizes = {"birch": (3, 2, 0), "fern": (1, 9, 0), "willow": (20, 11, 4)}
    found = one(guard_cells(cells_of(sizes), RULES), NETWORK)
    random = np.random.default_rng(0)
    rest = [random.normal(2, 2, n) for parts in sizes.values() for n in parts][3:]
    expected = all_cells([mean_cells(pl.DataFrame({
        "clinic_id": NETWORK, "patient_id": [str(at) for at in range(45)], "measure": "x", "group": "",
        "week": pl.Series([None] * 45, dtype=pl.Int32), "value": np.concatenate(rest),
    }), subject="outcome")]).row(0, named=True)  # fmt: skip
    for name in ("patients", "value", "low", "high"):
        assert found[name] == pytest.approx(expected[name], rel=1e-12)


def test_where_no_clinic_is_small_nothing_changes():
    cells = cells_of({"fern": (9, 8, 10), "willow": (20, 11, 0)})
    assert_frame_equal(guard_cells(cells, RULES), cells)


def test_a_network_of_small_clinics_alone_shows_a_mean_only_where_each_is_one_of_many():
    """Of two clinics of seven, each would learn the other's mean; of four of six, none does."""
    two = guard_cells(cells_of({"birch": (7, 0, 0), "fern": (7, 0, 0)}), RULES)
    assert one(two, NETWORK)["value"] is None
    four = dict.fromkeys(("alder", "birch", "cedar", "fern"), (6, 0, 0))
    assert one(guard_cells(cells_of(four), RULES), NETWORK)["patients"] == 24


def test_no_cells_are_no_trouble():
    empty = cells_of({"fern": (9, 8, 10)}).clear()
    assert_frame_equal(guard_cells(empty, RULES), empty)


def test_bands_of_pain_are_parts_of_all_patients():
    """One patient in the lower band: all less the other would be that patient; so the other goes too."""
    bands = {"1-6.9": (1, 3.0), "7-10": (50, 7.5)}
    rows = [(clinic, band, n, pain, 3.0, pain - 3, 1.0, 3.0, -0.1)
            for clinic in ("fern", NETWORK) for band, (n, pain) in bands.items()]  # fmt: skip
    whole = sum(n * pain for n, pain in bands.values()) / 51
    rows += [(clinic, "all", 51, whole, 3.0, whole - 3, 1.0, 3.0, None) for clinic in ("fern", NETWORK)]
    names = ["clinic_id", "band", "patients", "baseline", "outcome", "fall", "low", "high", "expected"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("patients").cast(pl.Int32))
    out = guard_before_after(frame, RULES)
    assert out.schema == frame.schema
    assert out.select("clinic_id", "band").rows() == frame.select("clinic_id", "band").rows()
    fern = {row["band"]: row for row in out.filter(pl.col("clinic_id") == "fern").iter_rows(named=True)}
    assert [fern[band]["patients"] for band in ("1-6.9", "7-10", "all")] == [1, None, 51]
    assert {fern["7-10"][name] for name in ("baseline", "outcome", "fall", "low", "high")} == {None}


def test_patients_of_two_clinics_do_not_look_like_a_rest_of_few():
    """Two came to both clinics: counted once in a band and twice in the total, two would be left."""
    sizes = {"fern": (30, 20), "quay": (30, 20), "tiny": (0, 3), NETWORK: (58, 43)}
    rows = []
    for clinic, (low, high) in sizes.items():
        bands = {"1-6.9": (low, 5.4), "7-10": (high, 7.5), "all": (low + high, 6.2)}
        rows += [
            (clinic, band, n, pain, 3.0, pain - 3, 1.0, 3.0, None) for band, (n, pain) in bands.items() if n
        ]
    names = ["clinic_id", "band", "patients", "baseline", "outcome", "fall", "low", "high", "expected"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(pl.col("patients").cast(pl.Int32))
    out = guard_before_after(frame, RULES).filter(pl.col("clinic_id") == NETWORK)
    assert dict(out.select("band", "patients").iter_rows()) == {"1-6.9": 60, "7-10": 40, "all": 100}
    assert out["fall"].null_count() == 0
