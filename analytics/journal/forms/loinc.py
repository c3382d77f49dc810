"""LOINC answer codes that stand for a number; a code that is not here stays a code, never a guess."""

from __future__ import annotations

LOINC = "http://loinc.org"
# LL2335-9, pain severity 0 to 10: codes and numbers as the value sets of the back-pain app and of the Belgian
# and Italian FHIR guides print them (LA6113-0 alone reads "2 or more": in this list it is 2).
PAIN_0_10 = {
    "LA6111-4": "0", "LA6112-2": "1", "LA6113-0": "2", "LA6114-8": "3", "LA6115-5": "4", "LA10137-0": "5",
    "LA10138-8": "6", "LA10139-6": "7", "LA10140-4": "8", "LA10141-2": "9", "LA13942-0": "10",
}  # fmt: skip
# PROMIS, not at all to very much: 1 to 5 (pain interference, LOINC 77865-4)
PROMIS_1_5 = {"LA6568-5": "1", "LA13863-8": "2", "LA13909-9": "3", "LA13902-4": "4", "LA13914-9": "5"}
YES_NO = {"LA33-6": "yes", "LA32-8": "no"}
ANSWERS = PAIN_0_10 | PROMIS_1_5 | YES_NO
