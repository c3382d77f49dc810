"""A country's EQ-5D-5L value set: a CSV file of the installation with two columns, profile and value."""

from __future__ import annotations

import csv
import re
from math import isfinite
from pathlib import Path

from analytics.vocabulary.errors import ConfigurationError

COUNTRY = "Two columns are needed, profile and value, as 11121,0.922."


def read_value_set(path: Path) -> dict[str, float]:
    """By profile (five levels from 1 to 5, mobility first) the index, at most 1; a heading line is passed by.

    Raises ConfigurationError naming the line.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if any(row)]
    except OSError as error:
        raise ConfigurationError(f"{path.name}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, csv.Error):
        raise ConfigurationError(f"{path.name}: this is no CSV file in UTF-8. {COUNTRY}") from None
    values: dict[str, float] = {}
    for number, row in lines:
        profile, value = (row[0].strip(), _index(row[1])) if len(row) == 2 else ("", None)
        if not re.fullmatch("[1-5]{5}", profile) or value is None:
            if number == lines[0][0] and not any(re.search(r"\d{5}", cell) for cell in row):
                continue
            raise ConfigurationError(f"{path.name}: line {number} holds no profile and index. {COUNTRY}")
        if profile in values:
            raise ConfigurationError(f"{path.name}: line {number} repeats a profile. Keep one of them.")
        values[profile] = value
    if not values:
        raise ConfigurationError(f"{path.name}: there is no profile in it. {COUNTRY}")
    return values


def _index(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and value <= 1 else None
