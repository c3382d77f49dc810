"""What is said of each part of a clinic's gap to all clinics."""

from __future__ import annotations

from analytics.vocabulary.language import tr


def said_of_parts() -> dict[str, dict[str, str]]:
    """By part: what is said where it is unknown, none to speak of, unclear, more or less fall in pain."""
    return {"case_mix": _case_mix(), "adherence": _adherence(), "dropout": _dropout(), "rest": _rest()}


def _case_mix() -> dict[str, str]:
    return {
        "unknown": tr("How much goes with whom the clinic treats is not known."),
        "none": tr("Whom the clinic treats makes no visible difference."),
        "more": tr(
            "About {points} points more go with whom the clinic treats: their pain at the start, how long "
            "they have had it, their risk, age and surgery."
        ),
        "less": tr(
            "About {points} points less go with whom the clinic treats: their pain at the start, how long "
            "they have had it, their risk, age and surgery."
        ),
    }


def _adherence() -> dict[str, str]:
    return {
        "unknown": tr(
            "How much goes with doing the plan is not known: these exports hold no plan that tells what was "
            "to be done."
        ),
        "none": tr("How much of their plan patients do makes no visible difference."),
        "more": tr(
            "About {points} points more go with how much of their plan patients do, beside such patients "
            "elsewhere."
        ),
        "less": tr(
            "About {points} points less go with how much of their plan patients do, beside such patients "
            "elsewhere."
        ),
    }


def _dropout() -> dict[str, str]:
    return {
        "unknown": tr("How much goes with how long patients are followed is not known."),
        "none": tr("How long patients go on logging makes no visible difference."),
        "more": tr(
            "About {points} points more go with how long patients go on logging: pain that is last rated "
            "early has had less time to fall."
        ),
        "less": tr(
            "About {points} points less go with how long patients go on logging: pain that is last rated "
            "early has had less time to fall."
        ),
    }


def _rest() -> dict[str, str]:
    return {
        "unclear": tr("What is left, {points} points, between {low} and {high}, may be chance."),
        "more": tr(
            "About {points} points more are left, between {low} and {high}: what the clinic may do "
            "differently, what is not recorded, and chance."
        ),
        "less": tr(
            "About {points} points less are left, between {low} and {high}: what the clinic may do "
            "differently, what is not recorded, and chance."
        ),
    }
