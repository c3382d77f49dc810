"""Questionnaires: which answers a form takes, how few of them still make a score, and published tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One questionnaire: items are numbered from 1 to `items` and answered from `low` to `high`.

    `least` answers make a score. `rounding`: by so much a total that an export rounds may differ from ours.
    """

    instrument: str
    items: int
    low: float
    high: float
    least: int
    rounding: float
    source: str


QUESTIONNAIRES = {
    form.instrument: form
    for form in (
        Questionnaire(
            "ODI", 10, 0, 5, least=9, rounding=0.5,
            source="Fairbank 2000, Spine 25:2940: percent of the sections answered; its instruction tells "
            "of one missing section (16/45 = 35.6 %): with more there is no score",
        ),
        Questionnaire(
            "RMDQ", 24, 0, 1, least=20, rounding=0.5,
            source="Roland 1983, Spine 8:141: yes is 1. Kent & Lauridsen 2011, Spine 36:1878: unanswered "
            "items in proportion, tried with up to six; our limit is four",
        ),
        Questionnaire(
            "PSFS", 5, 0, 10, least=3, rounding=0.05,
            source="Stratford 1995, Physiother Can 47:258: mean of three to five activities, 10 fully able",
        ),
        Questionnaire(
            "PROMIS_PI", 60, 1, 5, least=4, rounding=0.5,
            source="HealthMeasures, scoring instructions: four answers or more, the sum in proportion and "
            "rounded up, then the T of the form's table",
        ),
        Questionnaire(
            "EQ5D5L", 5, 1, 5, least=5, rounding=0.005,
            source="EuroQol user guide: five levels make a profile; its index is of a country's value set",
        ),
        Questionnaire(
            "START_BACK", 9, 0, 1, least=9, rounding=0.5,
            source="Hill 2008, Arthritis Rheum 59:632: agree is 1; very much or extremely bothersome is 1",
        ),
    )
}  # fmt: skip
BY_HALVES = ("PSFS",)  # answered on a line: a part of a point is an answer; elsewhere it is none
# The order in which the five digits of a profile stand (EuroQol Group).
EQ5D_DIMENSIONS = {
    "mobility": 1, "self_care": 2, "usual_activities": 3, "pain_discomfort": 4, "anxiety_depression": 5,
}  # fmt: skip
NO_PART_OF_A_FORM = {"EQ5D5L": ("vas", "eq_vas")}  # exported beside the items: the thermometer


@dataclass(frozen=True, slots=True)
class PainForm:
    """One PROMIS short form of pain interference: its items' numbers in the item bank (PAININ9 is 9).

    `t`: the T score of each raw sum from the lowest on; empty where no published table could be verified.
    """

    name: str
    bank: tuple[int, ...]
    t: tuple[float, ...] = ()


# PROMIS adult pain interference scoring manual (healthmeasures.net), v1.0 and v1.1: the smallest form first.
# Every row of 4a and 8a is also the expected T of that sum (Thissen 1995) under the published calibration.
# The tables of 6a and 6b could not be seen in print, so those forms have no score of ours.
PAIN_FORMS = (
    PainForm(
        "4a", (9, 22, 31, 34),
        (41.6, 49.6, 52.0, 53.9, 55.6, 57.1, 58.5, 59.9, 61.2, 62.5, 63.8, 65.2, 66.6, 68.0, 69.7, 71.6,
         75.6),
    ),
    PainForm("6a", (9, 12, 22, 31, 34, 36)),
    PainForm("6b", (3, 8, 9, 10, 14, 26)),
    PainForm(
        "8a", (3, 9, 12, 13, 22, 31, 34, 36),
        (40.7, 47.9, 49.9, 51.2, 52.3, 53.2, 54.1, 55.0, 55.8, 56.6, 57.4, 58.1, 58.8, 59.5, 60.2, 60.8, 61.5,
         62.1, 62.8, 63.5, 64.1, 64.8, 65.5, 66.2, 66.9, 67.7, 68.4, 69.2, 70.1, 71.0, 72.1, 73.5, 77.0),
    ),
)  # fmt: skip

LOW_RISK, HIGH_DISTRESS = 3, 4  # STarT Back: a total up to 3 is low; else 4 of items 5 to 9 is high
OUTCOMES = {
    "scored": "the items make a score",
    "agrees": "the export gives a total too, and it is ours",
    "disagrees": "the export gives another total: it stands",
    "too_few_answers": "too many items are not answered",
    "out_of_range": "an answer is none of the form's, or the clinic codes its answers in another way",
    "unknown_item": "an item is none of the form's",
    "item_twice": "an item is answered twice on the day",
    "no_table": "no published table of scores is known for this form",
    "no_value_set": "lumbar.toml names no value set ([definitions] eq5d_value_set)",
    "not_in_value_set": "the value set does not hold this profile",
}
