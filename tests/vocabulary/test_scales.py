"""Ranges, directions and conversions of scales."""

from __future__ import annotations

from analytics.vocabulary.scales import SCALES, cr10_from_borg_6_20


def test_meaningful_changes_are_the_published_ones():
    assert {name: SCALES[name].meaningful_change for name in ("NPRS", "VAS", "ODI", "RMDQ")} == {
        "NPRS": 2, "VAS": 15, "ODI": 10, "RMDQ": 5,
    }  # fmt: skip
    assert all(scale.source for scale in SCALES.values())
    assert SCALES["PSFS"].better == "high"


def test_borg_6_20_keeps_its_ends():
    slope, intercept = cr10_from_borg_6_20()
    assert slope * 6 + intercept == 0
    assert abs(slope * 20 + intercept - 10) < 1e-12
