"""Gate: whether data may be published, which checks say not, and what to do about each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from analytics.vocabulary.errors import HoldError
from analytics.vocabulary.rules import RULES


@dataclass(frozen=True, slots=True)
class Reason:
    """A check that asks to hold the reports: of which clinic ('network': of all together) and table."""

    clinic_id: str
    check: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Publish or hold. `anyway`: there are reasons to hold, and the settings publish all the same."""

    decision: Literal["publish", "hold"]
    reasons: tuple[Reason, ...] = ()
    anyway: bool = False

    def facts(self) -> dict[str, Any]:
        """As study.json keeps it: names of clinics and checks, no number."""
        return asdict(self)

    def says(self, thresholds: Mapping[str, float]) -> str:
        """The reasons in words, one a line, each with what to do."""
        return "\n".join(_said(reason, thresholds) for reason in self.reasons)

    def refuse_if_held(self, thresholds: Mapping[str, float]) -> None:
        """Raise HoldError, in words, where nothing may be published."""
        if self.decision == "hold":
            raise HoldError(
                "Held: nothing is published, and the reports of before stay.\n"
                f"{self.says(thresholds)}\n"
                "The first lines of each rule are in restricted/lines_to_look_at.csv in the study's folder.\n"
                'To publish all the same, set gate = "warn" under [quality] in lumbar.toml for this run.'
            )


def _said(reason: Reason, thresholds: Mapping[str, float]) -> str:
    rule = RULES[reason.check]
    where = "All clinics" if reason.clinic_id == "network" else reason.clinic_id
    return f"{where}: {rule.title}. {rule.says(thresholds)} {rule.remedy}"


def gate_of(facts: Mapping[str, Any]) -> Gate:
    """The gate as study.json keeps it; a study that was never audited may be published."""
    kept = facts.get("gate") or {"decision": "publish", "reasons": [], "anyway": False}
    return Gate(kept["decision"], tuple(Reason(**reason) for reason in kept["reasons"]), kept["anyway"])
