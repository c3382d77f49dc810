"""Validations of diaries: what studies found that set them beside a better measure of the same people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.vocabulary.errors import InputError

DRAWS = 20_000  # our choice: the ends of an interval then move by about 1 % of its length between seeds
REACH = 1.959963984540054  # of a 95 % interval, in standard errors of a normal


@dataclass(frozen=True, slots=True)
class Validation:
    """What a study found that set diaries beside a better measure of the same people.

    `ratio`: logged / measured. `r`: correlation of both between people, with its 95 % limits `low`, `high`.
    `ratio_low`, `ratio_high`: 95 % limits of the ratio; empty: it is taken as known, since none is published.
    """

    ratio: float
    r: float
    low: float
    high: float
    ratio_low: float | None = None
    ratio_high: float | None = None
    source: str = ""

    def __post_init__(self) -> None:
        """Refuse what no study can have found."""
        if not (self.ratio > 0 and 0 < self.r < 1 and -1 < self.low < self.r < self.high < 1):
            raise InputError(
                "A validation needs a ratio above 0, and a correlation between 0 and 1 within its limits."
            )
        if (self.ratio_low is None) != (self.ratio_high is None):
            raise InputError("A validation needs both limits of its ratio, or neither.")

    def draws(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Ratios and correlations that agree with what was found: normal on log's and Fisher's scale."""
        error = (np.arctanh(self.high) - np.arctanh(self.low)) / (2 * REACH)
        r = np.tanh(rng.normal(np.arctanh(self.r), error, DRAWS))
        if self.ratio_low is None or self.ratio_high is None:
            return np.full(DRAWS, self.ratio), r
        unsure = np.log(self.ratio_high / self.ratio_low) / (2 * REACH)
        return self.ratio * np.exp(rng.normal(0, unsure, DRAWS)), r


# Nicolson et al. 2018 (J Orthop Sports Phys Ther 48:943): 54 adults of 45 and more with chronic knee pain,
# home strengthening for 12 weeks; paper diaries (median 220 exercises) and an accelerometer hidden in the
# ankle weight (median 176). Its abstract gives no interval of the ratio, and no spread of either.
NICOLSON_2018 = Validation(
    ratio=220 / 176, r=0.52, low=0.26, high=0.69, source="Nicolson 2018, J Orthop Sports Phys Ther 48:943"
)
