"""What a rounded number says at most: which true values it may stand for, and what follows for others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analytics.vocabulary.settings import Disclosure

HALF = 0.005  # of a mean of two decimals
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mean:
    """A shown mean: the counts of patients that may be behind it, and the mean, known within HALF."""

    counts: Span
    value: float


def counts_behind(printed: int, rules: Disclosure) -> Span:
    """The counts that are printed so: 15 is of 13 to 17, 10 of 8 to 12, 0 of nobody."""
    if printed == 0:
        return 0, 0
    step, least = rules.round_to, -(-rules.min_patients // rules.round_to) * rules.round_to
    low = printed - step // 2
    return (rules.min_patients if printed <= least else low), low + step - 1


def hidden_count(total: Span, parts: Sequence[Span], hidden: int, each: Span) -> Span | None:
    """Between which counts each of the `hidden` parts lies; None where the parts cannot make this total."""
    rest_low = max(total[0] - sum(high for _, high in parts), hidden * each[0])
    rest_high = min(total[1] - sum(low for low, _ in parts), hidden * each[1])
    low = max(each[0], rest_low - each[1] * (hidden - 1))
    high = min(each[1], rest_high - each[0] * (hidden - 1))
    return (low, high) if rest_low <= rest_high and low <= high else None


def rest_of(total: Span, parts: Sequence[Span]) -> Span:
    """How many patients a total may have beside its shown parts."""
    return total[0] - sum(high for _, high in parts), total[1] - sum(low for low, _ in parts)


def made_of_parts_alone(total: Mean, parts: Sequence[Mean]) -> bool:
    """Whether the total may be the mean of the shown parts' patients and of nobody else."""
    return _sum(total, parts, sign=-1) <= 0 <= _sum(total, parts, sign=1)


def hidden_mean(total: Mean, parts: Sequence[Mean], size: int) -> tuple[float, float]:
    """Between which values the mean of `size` patients lies whom the total has beside its parts."""
    low, high = (total.value + sign * HALF + _sum(total, parts, sign=sign) / size for sign in (-1, 1))
    return low, high


def _sum(total: Mean, parts: Sequence[Mean], *, sign: int) -> float:
    """The most (sign 1) or least (-1) that counts times (total less part) can come to.

    The counts of the parts and of the total are taken as free of each other, each within its class.
    """
    found = 0.0
    for part in parts:
        gap = total.value - part.value + sign * 2 * HALF
        low, high = part.counts
        found += gap * (high if (gap > 0) == (sign > 0) else low)
    return found
