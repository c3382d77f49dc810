"""What goes with less pain over all clinics: the model's comparisons, and its terms for those who check."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, count, not_shown, number, spread, words
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit


def _not_fitted() -> str:
    return tr(
        "The model of all clinics was not fitted: too few patients have pain at the start and in later "
        "weeks. So nothing is said here about what goes with less pain."
    )


def _compared() -> dict[str, str]:
    return {
        "adherence_between": tr("Patients who kept 90 % of the plan, against patients who kept 50 %"),
        "adherence_within": tr("The same patient after a week of 90 %, against after a week of 50 %"),
        "load_between": tr("Patients with a high weekly load (75th centile), against a low one (25th)"),
        "mean_reduction": tr("The average patient, against that patient's own start"),
    }


def contrasts_table(contrasts: pl.DataFrame) -> Exhibit:
    """One row is one comparison at one week, in NPRS points of pain reduction: above 0 is less pain."""
    slug, title = "contrasts", tr("What went with less pain?")
    if not contrasts.height:
        return nothing(slug, title=title, why=_not_fitted())
    compared = _compared()
    rows = [
        [
            compared.get(row["contrast"], row["contrast"]),
            f"{row['week']}",
            number(row["estimate"], digits=2),
            spread(row["low"], row["high"], digits=2),
            _freedom(row["df"]),
            words(told(row["low"], row["high"])),
        ]
        for row in contrasts.iter_rows(named=True)
    ]
    heads = [
        tr("Compared"),
        tr("Week"),
        tr("Less pain, points"),
        tr("95 % interval"),
        tr("df"),
        tr("In words"),
    ]
    note = tr(
        "Associations, not effects: who trains more may differ in other ways, and less pain eases training. "
        "df: Kenward-Roger's degrees of freedom, how much there is to judge the uncertainty by; what rests "
        "on few clinics has few, and a wider interval"
    )
    table = table_html(rows, headings=heads, caption=tr("Points of pain on the 0 to 10 scale"), note=note)
    return Exhibit(slug, title, summary=_summary(contrasts), table=table, data=contrasts)


def terms_table(terms: pl.DataFrame, overall: pl.DataFrame) -> Exhibit:
    """One row is one coefficient of the trajectory model (outcome: weekly pain; below 0 is less pain)."""
    slug, title = "model-terms", tr("The model's terms")
    if not terms.height or not overall.height:
        return nothing(slug, title=title, why=_not_fitted())
    rows = [
        [
            _term(row["term"]),
            number(row["estimate"], digits=3),
            number(row["se"], digits=3),
            _freedom(row["df"]),
            spread(row["low"], row["high"], digits=3),
            p_value(row["p"]),
        ]
        for row in terms.iter_rows(named=True)
    ]
    heads = [tr("Term"), tr("Estimate"), tr("Standard error"), tr("df"), tr("95 % interval"), tr("p")]
    caption = tr("Linear mixed model of weekly pain")
    table = table_html(rows, headings=heads, caption=caption, note=_basis(overall))
    summary = tr("Negative estimates go with less pain. The comparisons in points are made from these.")
    return Exhibit(slug, title, summary=summary, table=table, data=terms)


def _term(name: str) -> str:
    """`log_week:load_mean` -> `log week × load mean`."""
    return " × ".join(words(part) for part in name.split(":"))


def told(low: float | None, high: float | None) -> str:
    """What an interval of pain reduction says, as a code: less pain, more pain, or no clear difference."""
    if low is None or high is None:
        return "not shown"
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
        return not_shown()
    return tr("under {p}").format(p=number(0.001, digits=3)) if p < 0.001 else number(p, digits=3)


def _summary(contrasts: pl.DataFrame) -> str:
    """The between-patient comparison of adherence at its last week, in words."""
    found = contrasts.filter(pl.col("contrast") == "adherence_between").sort("week")
    if not found.height:
        return tr("Adherence is known in too few weeks to be compared.")
    row = found.row(-1, named=True)
    clear = {
        "less pain": tr(
            "Patients who kept 90 % of the plan, against those who kept 50 %: {points} points less pain in "
            "week {week} (95 % interval {interval}). This is an association, not an effect."
        ),
        "more pain": tr(
            "Patients who kept 90 % of the plan, against those who kept 50 %: {points} points more pain in "
            "week {week} (95 % interval {interval}). This is an association, not an effect."
        ),
    }
    unclear = tr(
        "Patients who kept 90 % of the plan, against those who kept 50 %: no clear difference in week {week} "
        "(95 % interval {interval}). This is an association, not an effect."
    )
    return clear.get(told(row["low"], row["high"]), unclear).format(
        points=number(abs(row["estimate"])), week=row["week"], interval=spread(row["low"], row["high"])
    )


def _basis(overall: pl.DataFrame) -> str:
    """What the model rests on; without its full stop."""
    row = overall.row(0, named=True)
    weeks, patients, clinics = (count(row[name]) for name in ("n", "patients", "clinics"))
    parts = [
        tr("Fitted by {method}: {weeks} weeks of {patients} patients, {clinics} clinics").format(
            method=row["method"], weeks=weeks, patients=patients, clinics=clinics
        )
    ]
    if row.get("singular"):
        parts.append(tr("A variance is at zero: allowed, and the model is simpler there"))
    if row.get("df_method"):
        parts.append(tr("Degrees of freedom: {method}").format(method=row["df_method"]))
    return ". ".join(parts)
