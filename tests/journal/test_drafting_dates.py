"""How dates are written is proved from the cells, or asked: forms in many languages, day or month first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from journal.drafted import asked, column, draft_of, sessions

from analytics.journal.drafting.dates import moments, written
from analytics.journal.drafting.day_order import Context, prove_order
from analytics.journal.drafting.shapes import DAY, MONTH, YEAR, read_shape, shape_of
from analytics.journal.mapping import Dates
from analytics.journal.moments import read_moment

FIFTH = datetime(2026, 1, 5, 9, 15)
FORMS = [
    ("2026-01-05 09:15", "%Y-%m-%d %H:%M"),
    ("2026-01-05T09:15:00", "%Y-%m-%dT%H:%M:%S"),
    ("2026-01-05T09:15:00.000Z", "%Y-%m-%dT%H:%M:%S%.f%#z"),
    ("2026/1/5 9:15", "%Y/%m/%d %H:%M"),
    ("5.1.2026 klo 9.15", "%d.%m.%Y klo %H.%M"),
    ("05/01/2026 09h15", "%d/%m/%Y %Hh%M"),
    ("05.01.2026 09:15 Uhr", "%d.%m.%Y %H:%M Uhr"),
    ("05/01/26 9:15 AM", "%d/%m/%y %I:%M %p"),
    ("05/01/2026 9:15 a.m.", "%d/%m/%Y %I:%M %p"),
    ("05/01/2026 9:15 a. m.", "%d/%m/%Y %I:%M %p"),
    ("5 Jan 2026, 09:15", "%d %b %Y, %H:%M"),
    ("Jan 5, 2026 9:15", "%b %d, %Y %H:%M"),
    ("mar 5, 2026 9:15", "%b %d, %Y %H:%M"),
    ("5. tammikuuta 2026 klo 9.15", "%d. %b %Y klo %H.%M"),
    ("ma 5.1.2026 klo 9.15", "%a %d.%m.%Y klo %H.%M"),
    ("Mo, 05.01.2026 09:15", "%a, %d.%m.%Y %H:%M"),
    ("lun. 5 janv. 2026 9:15", "%a. %d %b. %Y %H:%M"),
    ("5 de enero de 2026 9:15", "%d de %b de %Y %H:%M"),
    ("5 stycznia 2026 9:15", "%d %b %Y %H:%M"),
    ("05-JAN-26 09:15", "%d-%b-%y %H:%M"),
    ("20260105", "%Y%m%d"),
]


@pytest.mark.parametrize(("text", "form"), FORMS, ids=[text for text, _ in FORMS])
def test_a_form_is_recognised_and_reads_as_the_journal_reads_it(text, form):
    shape, names = shape_of(text)
    foreign = {word: reads for word, reads in names.items() if word != reads}
    found = read_shape(shape, lower=bool(foreign))
    assert found is not None
    assert form.lower() in {one.lower() for one in found.formats.values()}
    chosen = next(one for one in found.formats.values() if one.lower() == form.lower())
    dates = Dates(formats=(chosen,), words=foreign)
    read = pl.DataFrame({"c": [text]}).select(read_moment(pl.col("c"), (), dates, day=False).value).item()
    expected = FIFTH.replace(month=3) if text.startswith("mar") else FIFTH
    assert read == (datetime.combine(expected.date(), datetime.min.time()) if len(text) == 8 else expected)


@pytest.mark.parametrize(
    "text", ["", "12:30", "1.234", "15 reps", "2026", "P-2026-01", "3/4", "no date here 5"]
)
def test_what_is_no_date_has_no_form(text):
    assert read_shape(shape_of(text)[0]) is None


def _order(texts, family=None, **context):
    one = written(column(texts, "when"))
    found = Context((one, *context.pop("columns", ())), **context)
    return prove_order(family or min(one.families), found).order


def _days(first, step, number, form):
    return [(first + timedelta(days=place * step)).strftime(form) for place in range(number)]


@pytest.mark.parametrize(("form", "order"), [("%d/%m/%Y", DAY), ("%m/%d/%Y", MONTH)])
def test_a_day_above_twelve_proves_the_order(form, order):
    assert _order(_days(date(2026, 1, 1), 7, 30, form)) == order
    assert _order(["03/04/2026", "13/04/2026" if order == DAY else "04/13/2026"]) == order


def test_slips_do_not_turn_a_proof_and_one_slip_is_none():
    many = _days(date(2025, 1, 1), 1, 300, "%d/%m/%Y")
    assert _order([*many, "04/13/2025"]) == DAY
    few = ["03/04/2026", "05/06/2026", "01/02/2026"] * 100
    assert _order([*few, "13/04/2026"]) is None
    assert (
        _order([*_days(date(2025, 1, 1), 1, 60, "%d/%m/%Y"), *_days(date(2025, 1, 1), 1, 60, "%m/%d/%Y")])
        is None
    )


def test_dates_of_which_every_one_reads_twice_are_asked():
    texts = [f"{day:02d}/{month:02d}/2026 09:00" for day in range(1, 13) for month in (5, 2, 9)]
    draft = draft_of(sessions(36, start=texts))
    assert asked(draft) == ["dates.formats"]
    assert draft.asked[0].choices[0].answer == "dates.formats=day-first"
    assert draft.mapping.dates.formats == Dates().formats
    for order, form in ((DAY, "%d/%m/%Y %H:%M"), (MONTH, "%m/%d/%Y %H:%M")):
        told = draft_of(sessions(36, start=texts), dates__formats=order)
        assert (asked(told), told.mapping.dates.formats) == ([], (form,))


def test_lines_that_run_on_in_time_prove_the_order_unless_they_are_sorted_as_text():
    days = [date(2026, month, day) for month in (3, 4, 5) for day in (1, 4, 7, 9, 11, 12)]
    logged = [day.strftime("%d/%m/%Y") for day in days]
    assert _order(logged) == DAY
    assert _order(logged[::-1]) == DAY
    assert _order(sorted(logged)) is None
    assert _order([day.strftime("%m/%d/%Y") for day in days]) is None  # one order follows from the text
    by_patient = logged * 2
    who = pl.Series(["a"] * len(logged) + ["b"] * len(logged))
    assert _order(by_patient, who=who) == DAY


def test_a_pair_of_columns_that_would_stand_the_wrong_way_round_proves_the_order():
    first = ["12/01/2026", "12/02/2026", "11/03/2026", "12/04/2026", "10/05/2026", "12/06/2026"] * 3
    last = ["01/02/2026", "01/03/2026", "01/04/2026", "02/05/2026", "01/06/2026", "01/07/2026"] * 3
    late = written(column(last, "late"))
    assert _order(first) is None
    assert _order(first, columns=(late,), pairs=(("when", "late"),)) == DAY


def test_a_weekday_proves_the_order():
    texts = [datetime(2026, month, day).strftime("%a %d/%m/%Y") for month in (2, 5, 8) for day in (3, 6, 9)]
    assert _order(texts) == DAY


def test_short_years_are_told_by_the_days_that_recur():
    assert _order(_days(date(2026, 1, 1), 1, 28, "%y-%m-%d")) == YEAR
    assert _order(["01/02/03", "04/05/06"]) is None


def test_a_birth_in_a_short_year_is_asked():
    cells = {
        "Clinic": ["oak"] * 40,
        "Patient ID": [f"P{place}" for place in range(40)],
        "Sex": ["female", "male"] * 20,
        "Intake": ["2026-01-05"] * 40,
        "Date of birth": _days(date(1940, 1, 1), 500, 40, "%d.%m.%y"),
    }
    assert asked(draft_of(cells)) == ["columns.birth_date"]
    assert "birth_date" not in draft_of(cells, columns__birth_date="none").mapping.columns


@pytest.mark.parametrize("zone", ["Europe/London", "Europe/Helsinki", "America/New_York"])
def test_offsets_of_summer_and_winter_prove_the_zone(zone):
    moments = pl.datetime_range(
        datetime(2026, 1, 1, 12), datetime(2026, 12, 20, 12), "6d", eager=True, time_zone=zone
    )
    draft = draft_of(sessions(len(moments), start=moments.dt.strftime("%Y-%m-%dT%H:%M:%S%:z").to_list()))
    assert asked(draft) == []
    assert draft.mapping.dates.time_zone == zone


@pytest.mark.parametrize(
    "texts",
    [
        [f"2026-{month:02d}-{day:02d}T09:00:00Z" for month in range(1, 11) for day in (3, 13, 23)],
        [
            str(int(datetime(2026, month, day, 9, tzinfo=UTC).timestamp()))
            for month in range(1, 11)
            for day in (3, 13, 23)
        ],
    ],
    ids=["Z", "epoch"],
)
def test_a_time_in_utc_does_not_tell_the_clinics_clock(texts):
    assert asked(draft_of(sessions(30, start=texts))) == ["dates.time_zone"]
    told = draft_of(sessions(30, start=texts), dates__time_zone="Europe/Helsinki")
    assert (asked(told), told.mapping.dates.time_zone) == ([], "Europe/Helsinki")
    assert told.preview.kept == 30


def test_days_that_a_spreadsheet_counts_are_read():
    draft = draft_of(sessions(30, start=[f"{46000 + place}.375" for place in range(30)]))
    assert (asked(draft), draft.preview.kept) == ([], 30)


@given(
    st.lists(st.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 31)), min_size=1, max_size=60),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d.%m.%y", "%m-%d-%y", "%y-%m-%d", "%d/%m/%Y %I:%M %p"]),
)
def test_an_order_that_is_proved_is_the_true_one(days, form):
    texts = [day.strftime(form) for day in days]
    one = written(column(texts))
    (family,) = one.families
    order = prove_order(family, Context((one,))).order
    if order:
        read = moments(one, {family: order}).dt.date().to_list()
        assert read == [day.date() for day in days]


@given(
    st.lists(st.dates(date(2025, 1, 1), date(2026, 12, 31)), min_size=20, max_size=120),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%-d/%-m/%Y", "%-m/%-d/%Y", "%d.%m.%y", "%m-%d-%y"]),
    st.sampled_from(["time", "back in time", "text", "text backwards", "as drawn"]),
    st.integers(1, 6),
)
def test_no_way_to_sort_lines_proves_a_wrong_order(days, form, way, people):
    days = [day.replace(day=1 + day.day % 12) for day in days]  # no day above 12 gives it away
    who = [f"P{place % people}" for place in range(len(days))]
    keys = {"time": lambda row: (row[0], row[1]), "text": lambda row: (row[0], row[1].strftime(form))}
    rows = list(zip(who, days, strict=True))
    if way != "as drawn":
        rows.sort(key=keys["time" if "time" in way else "text"], reverse="back" in way)
    one = written(column([day.strftime(form) for _, day in rows]))
    for family in one.families:
        order = prove_order(family, Context((one,), who=pl.Series([name for name, _ in rows]))).order
        if order:
            assert moments(one, {family: order}).dt.date().to_list() == [day for _, day in rows]
