"""The words of the report, each said in one sentence."""

from __future__ import annotations

from markupsafe import Markup

from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "glossary"


def glossary() -> Exhibit:
    """Terms in the order in which the page needs them."""
    pair = Markup("<dt>{}</dt><dd>{}</dd>")
    inner = Markup("").join(pair.format(term, meaning) for term, meaning in _terms().items())
    return Exhibit(ID, tr("What the words mean"), body=str(Markup('<dl class="terms">{}</dl>').format(inner)))


def _terms() -> dict[str, str]:
    return _of_outcomes() | _of_comparisons() | _of_practice()


def _of_outcomes() -> dict[str, str]:
    return {
        tr("Fall in pain"): tr(
            "Pain at the start less the mean pain of the last week that was rated, in points on the scale "
            "from 0 (none) to 10 (worst). More is better."
        ),
        tr("Meaningful fall"): tr(
            "A fall that patients usually notice as better: 2 points or 30 % of the pain at the start "
            "(Ostelo 2008), where the page does not name another."
        ),
        tr("95 % interval, “between”"): tr(
            "The range that holds the true value with 95 % confidence. The fewer the patients, the wider it "
            "is."
        ),
        tr("Regression to the mean"): tr(
            "People come when pain is at its worst. Some of the fall after that comes by itself, with or "
            "without treatment."
        ),
    }


def _of_comparisons() -> dict[str, str]:
    return {
        tr("Expected"): tr(
            "What patients with the same pain at the start, phase, risk, age and surgery had on average over "
            "all clinics. What they did for it is left out: that is part of what a clinic achieves."
        ),
        tr("Funnel"): tr(
            "How far from the expected a clinic of a given size may lie by chance alone. Outside the inner "
            "lines lie 5 in 100 clinics that do not differ, outside the outer ones 2 in 1,000."
        ),
        tr("Control chart"): tr(
            "A line over time with the limits of its own ups and downs. Only what breaks its rules is a "
            "change."
        ),
        tr("All clinics"): tr(
            "All patients of the network together, this clinic's included. A group of too few is left out."
        ),
    }


def _of_practice() -> dict[str, str]:
    return {
        tr("Plan kept, adherence"): tr(
            "Sessions done, of those prescribed; each week counts up to 100 %. A week that no export covers "
            "is unknown, not missed."
        ),
        tr("Load"): tr(
            "Effort from 0 to 10 times minutes, added up over a week. It has no unit and no right value."
        ),
        tr("Acute, subacute, chronic"): tr(
            "Pain for less than 6 weeks, 6 to 12 weeks, and more than 12 weeks at the start."
        ),
        tr("Not shown"): tr(
            "Of too few patients to show a number without pointing at one of them. It is neither good nor "
            "bad."
        ),
    }
