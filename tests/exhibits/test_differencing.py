"""What two runs show of a clinic differs by the patients of many, or of none."""

from __future__ import annotations

import json
import time

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analytics.exhibits.differencing import (
    SHOWN,
    comparable,
    contributions,
    hold_back,
    renew,
    renewals,
    renewed,
)
from analytics.vocabulary.settings import Disclosure

RULES = Disclosure(min_patients=8, round_to=5)
CLINICS = ("birch", "fern", "willow")
FACTS = {"as_of": "2026-01-01", "settings": {"as_of": "2026-01-01", "seed": 1}, "versions": {"polars": "2"}}


def patients(news, size=20):
    """Twenty patients a clinic; the first `news[clinic]` of each rate another pain."""
    rows = [(clinic, f"{clinic}-{at}", week, 5.0 + (at < news.get(clinic, 0)), ["a", "b"])
            for clinic in CLINICS for at in range(size) for week in range(3)]  # fmt: skip
    return pl.DataFrame(rows, schema=["clinic_id", "patient_id", "week", "pain", "kinds"], orient="row")


def write_study(folder, frames, release, facts):
    for part, those in ((SHOWN, frames), ("release", release)):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for name, frame in those.items():
            frame.write_parquet(folder / part / f"{name}.parquet")
    (folder / "study.json").write_text(json.dumps(facts))


def run(folder, weeks, facts=FACTS):
    """Prepare: each clinic's mean pain and the network's, and a book of what the exports hold."""
    ages = weeks.group_by("clinic_id", "patient_id", maintain_order=True).agg(age=pl.len())
    found = renew({"patient_weeks": weeks, "ages": ages}, facts, old=folder, rules=RULES)
    used = found.frames["patient_weeks"]
    lines = weeks.group_by("clinic_id").agg(lines=pl.col("pain").sum()).sort("clinic_id")
    release = found.release({
        "means": used.group_by("clinic_id").agg(pl.col("pain").mean()).sort("clinic_id"),
        "overall": used.select(pl.col("pain").mean()), "quality": lines,
    })  # fmt: skip
    write_study(folder, found.frames, release, facts)
    return release


@pytest.mark.parametrize(("few", "held"), [(0, False), (1, True), (7, True), (8, False), (20, False)])
def test_a_clinic_is_renewed_for_many_patients_or_for_none(tmp_path, few, held):
    first, second = run(tmp_path, patients({})), run(tmp_path, patients({"birch": few, "fern": 20}))
    kept = {name: first[name].row(0) == second[name].row(0) for name in ("means", "quality")}
    assert kept == dict.fromkeys(kept, held or few == 0)
    assert dict(second["renewed"].select("clinic_id", "held").iter_rows()) == {
        "birch": held, "fern": False, "willow": False,
    }  # fmt: skip
    assert second["means"].row(1) != first["means"].row(1)


def test_the_network_tells_nothing_of_those_who_wait(tmp_path):
    """Whatever three patients of birch rate, the network's numbers are the same, too."""
    run(tmp_path / "a", patients({}))
    run(tmp_path / "b", patients({}))
    news = patients({"birch": 3, "fern": 20})
    other_pain = pl.when(pl.col("patient_id") == "birch-1").then(0.0).otherwise("pain")
    more = news.with_columns(pain=other_pain)
    one, other = run(tmp_path / "a", news), run(tmp_path / "b", more)
    assert_frame_equal(one["overall"], other["overall"])
    assert_frame_equal(one["means"], other["means"])


@given(st.lists(st.tuples(st.sampled_from(CLINICS), st.integers(0, 19)), max_size=40))
@settings(max_examples=20)
def test_over_many_runs_no_two_shown_states_differ_by_few(news):
    """One patient after the other is new: what a clinic's numbers are made of moves by eight or by none."""
    changed: set[tuple[str, int]] = set()
    shown = now = {"weeks": patients({})}
    for one in news:
        changed.add(one)
        rated = pl.Series([f"{clinic}-{at}" for clinic, at in changed]).implode()
        pain = pl.when(pl.col("patient_id").is_in(rated)).then(9.0).otherwise("pain").alias("pain")
        now = {"weeks": patients({}).with_columns(pain)}
        before = contributions(shown)
        shown = hold_back(now, shown, renewals(contributions(now), before, RULES))
        after = contributions(shown)
        moved = after.join(before, on=["clinic_id", "patient_id"], suffix="_old").filter(
            pl.col("digest") != pl.col("digest_old")
        )
        assert (moved.group_by("clinic_id").len()["len"] >= RULES.min_patients).all()
        assert after.height == before.height
    latest = contributions(now)
    behind = latest.join(contributions(shown), on=["clinic_id", "patient_id", "digest"], how="anti")
    assert (behind.group_by("clinic_id").len()["len"] < RULES.min_patients).all()


def test_from_study_to_study(tmp_path):
    """Three patients of birch are new in February, eight by March; April has other settings."""
    runs = [("2026-01-01", 0, 1), ("2026-02-01", 3, 1), ("2026-03-01", 8, 1), ("2026-04-01", 11, 2)]
    found = []
    for day, news, seed in runs:
        facts = FACTS | {"as_of": day, "settings": {"as_of": day, "seed": seed}}
        release = run(tmp_path, patients({"birch": news}), facts)
        birch = release["renewed"].row(by_predicate=pl.col("clinic_id") == "birch", named=True)
        found.append((round(release["means"]["pain"][0] * 20 - 100), birch["as_of"], birch["held"]))
    assert found == [
        (0, "2026-01-01", False), (0, "2026-01-01", True),
        (8, "2026-03-01", False), (11, "2026-04-01", False),
    ]  # fmt: skip


def test_a_new_clinic_has_nothing_to_be_held_at():
    before = contributions({"weeks": patients({}).filter(pl.col("clinic_id") != "birch")})
    found = renewals(contributions({"weeks": patients({}, size=5)}), before, RULES)
    assert not found.row(by_predicate=pl.col("clinic_id") == "birch", named=True)["held"]


def test_a_patient_who_left_is_news():
    now = contributions({"weeks": patients({}).filter(pl.col("patient_id") != "fern-3")})
    found = renewals(now, contributions({"weeks": patients({})}), RULES)
    assert found.filter(pl.col("changed") > 0).rows() == [("fern", 1, True)]


def test_days_of_the_numbers():
    decided = pl.DataFrame({"clinic_id": ["birch", "fern"], "changed": [3, 9], "held": [True, False]})
    first = renewed(decided, None, as_of="2026-02-01", old_as_of="2026-01-01")
    assert first.rows() == [("birch", "2026-01-01", True), ("fern", "2026-02-01", False)]
    again = renewed(decided, first, as_of="2026-03-01", old_as_of="2026-02-01")
    assert again.rows() == [("birch", "2026-01-01", True), ("fern", "2026-03-01", False)]


def test_order_and_last_bits_are_no_news_and_anything_else_is():
    frame = patients({})
    base = contributions({"weeks": frame})
    assert_frame_equal(contributions({"weeks": frame.sample(fraction=1, shuffle=True, seed=1)}), base)
    assert_frame_equal(contributions({"weeks": frame.with_columns(pl.col("pain") * (1 + 1e-14))}), base)
    first = pl.when(pl.int_range(pl.len()) == 0)
    others = {"pain": pl.lit(5.01), "week": pl.lit(9), "kinds": pl.col("kinds").list.head(1)}
    for column, other in others.items():
        moved = contributions(
            {"weeks": frame.with_columns(first.then(other).otherwise(column).alias(column))}
        )
        differs = moved.join(base, on=["clinic_id", "patient_id"], suffix="_b")
        assert differs.filter(pl.col("digest") != pl.col("digest_b"))["patient_id"].to_list() == ["birch-0"]


def test_other_code_or_settings_are_not_comparable():
    facts = FACTS | {"horizon_weeks": 12}
    assert comparable(facts, facts | {"settings": {"as_of": "2026-02-01", "seed": 1}})
    assert not comparable(facts, facts | {"settings": {"as_of": "2026-01-01", "seed": 2}})
    assert not comparable(facts, facts | {"versions": {"polars": "3"}})
    assert not comparable(facts, facts | {"horizon_weeks": 10})


def test_a_frame_of_another_shape_renews_everything(tmp_path):
    run(tmp_path, patients({}))
    release = run(tmp_path, patients({"birch": 3}).with_columns(more=1))
    assert not release["renewed"]["held"].any()


def test_no_frames_are_no_trouble(tmp_path):
    empty = renew({}, FACTS, old=tmp_path, rules=RULES)
    assert empty.release({})["renewed"].height == 0


def test_fifty_thousand_patients_take_little_time():
    weeks = pl.DataFrame({"at": range(650_000)}).select(
        clinic_id=(pl.col("at") % 500).cast(pl.String), patient_id=(pl.col("at") // 13).cast(pl.String),
        week="at", pain=pl.col("at") / 7,
    )  # fmt: skip
    started = time.perf_counter()
    now = contributions({"weeks": weeks})
    renewals(now, now, RULES)
    assert time.perf_counter() - started < 20
