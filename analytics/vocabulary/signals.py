"""Signals: what is said of a clinic beside its expectation. One set of codes for all rooms."""

from __future__ import annotations

BETTER, WORSE = "better than expected", "worse than expected"
SAME, TOO_LITTLE = "no clear difference", "not enough data"
