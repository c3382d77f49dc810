"""What goes with less pain over all clinics: the model's comparisons, and its terms for those who check."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, MINUS, NOT_SHOWN, count, number, spread
from analytics.vocabulary.results import Exhibit

NOT_FITTED = (
    "The model of all clinics was not fitted: too few patients have pain at the start and in later weeks. "
    "So nothing is said here about what goes with less pain."
)
CONTRASTS = {
    "adherence_between": "Patients who kept 90 % of the plan, against patients who kept 50 %",
    "adherence_within": "The same patient after a week of 90 %, against after a week of 50 %",
    "load_between": "Patients with a high weekly load (75th centile), against a low one (25th)",
    "mean_reduction": "The average patient, against that patient's own start",
}


def contrasts_table(contrasts: pl.DataFrame) -> Exhibit:
    """One row is one comparison at one week, in NPRS points of pain reduction: above 0 is less pain."""
    slug, title = "contrasts", "What went with less pain?"
    if not contrasts.height:
        return nothing(slug, title=title, why=NOT_FITTED)
    rows = [
        [
            CONTRASTS.get(row["contrast"], row["contrast"]),
            f"{row['week']}",
            number(row["estimate"], digits=2),
            spread(row["low"], row["high"], digits=2),
            _freedom(row["df"]),
            told(row["low"], row["high"]),
        ]
        for row in contrasts.iter_rows(named=True)
    ]
    heads = ["Compared", "Week", "Less pain, points", "95 % interval", "df", "In words"]
    note = (
        "Associations, not effects: who trains more may differ in other ways, and less pain eases training. "
        "df: Kenward-Roger's degrees of freedom, how much there is to judge the uncertainty by; what rests "
        "on few clinics has few, and a wider interval"
    )
    table = table_html(rows, headings=heads, caption="Points of pain on the 0 to 10 scale", note=note)
    return Exhibit(slug, title, summary=_summary(contrasts), table=table, data=contrasts)


def terms_table(terms: pl.DataFrame, overall: pl.DataFrame) -> Exhibit:
    """One row is one coefficient of the trajectory model (outcome: weekly pain; below 0 is less pain)."""
    slug, title = "model-terms", "The model's terms"
    if not terms.height or not overall.height:
        return nothing(slug, title=title, why=NOT_FITTED)
    rows = [
        [
            row["term"],
            number(row["estimate"], digits=3),
            number(row["se"], digits=3),
            _freedom(row["df"]),
            spread(row["low"], row["high"], digits=3),
            p_value(row["p"]),
        ]
        for row in terms.iter_rows(named=True)
    ]
    heads = ["Term", "Estimate", "Standard error", "df", "95 % interval", "p"]
    table = table_html(
        rows, headings=heads, caption="Linear mixed model of weekly pain", note=_basis(overall)
    )
    summary = "Negative estimates go with less pain. The comparisons in points are made from these."
    return Exhibit(slug, title, summary=summary, table=table, data=terms)


def told(low: float | None, high: float | None) -> str:
    """What an interval of pain reduction says: less pain, more pain, or no clear difference."""
    if low is None or high is None:
        return NOT_SHOWN
    if low > 0:
        return "less pain"
    return "more pain" if high < 0 else "no clear difference"


def _freedom(df: float | None) -> str:
    """Degrees of freedom: one decimal where they are few, thousands apart where they are many."""
    if df is None:
        return DASH
    return number(df) if df < 30 else count(round(df))


def p_value(p: float | None) -> str:
    """A p value as it is printed."""
    if p is None:
        return NOT_SHOWN
    return "under 0.001" if p < 0.001 else number(p, digits=3)


def _summary(contrasts: pl.DataFrame) -> str:
    """The between-patient comparison of adherence at its last week, in words."""
    found = contrasts.filter(pl.col("contrast") == "adherence_between").sort("week")
    if not found.height:
        return "Adherence is known in too few weeks to be compared."
    row = found.row(-1, named=True)
    less = number(row["estimate"]).removeprefix(MINUS)
    words = {"less pain": f"{less} points less pain", "more pain": f"{less} points more pain"}
    said = words.get(told(row["low"], row["high"]), "no clear difference")
    return (
        f"Patients who kept 90 % of the plan, against those who kept 50 %: {said} in week {row['week']} "
        f"(95 % interval {spread(row['low'], row['high'])}). This is an association, not an effect."
    )


def _basis(overall: pl.DataFrame) -> str:
    row = overall.row(0, named=True)
    weeks, patients, clinics = (count(row[name]) for name in ("n", "patients", "clinics"))
    extra = ". A variance is at zero: allowed, and the model is simpler there" if row.get("singular") else ""
    df = f". Degrees of freedom: {row['df_method']}" if row.get("df_method") else ""
    return f"Fitted by {row['method']}: {weeks} weeks of {patients} patients, {clinics} clinics{extra}{df}"
