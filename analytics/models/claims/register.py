"""The register of the article's claims: what each says, how it is asked here, and what trials found."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from analytics.vocabulary.configuration import Section, load_toml

REGISTER = Path(__file__).with_name("claims.toml")
Kind = Literal["week", "patient", "trajectory", "measure", "plan", "share"]


class Claim(Section):
    """One claim. `direction`: the sign of an estimate that speaks for the article.

    `worthwhile`: the smallest difference worth having, in `unit`. `family`: it is a test of benefit or harm
    and shares the error rate of all of them; the others describe. `null`: the estimate that says nothing.
    `alike`: the article claims that it makes no difference. `kind` says which model asks, the fields after it
    what of.
    """

    id: str
    short: str
    says: str
    estimand: str
    population: str
    needs: tuple[str, ...]
    favours: str
    direction: Literal[-1, 1]
    unit: str
    worthwhile: Annotated[float, Field(gt=0)]
    worthwhile_source: str
    evidence: str
    family: bool = True
    null: float = 0.0
    alike: bool = False
    kind: Kind
    outcome: str = "pain"
    exposure: str
    against: str | None = None
    step: float = 1.0
    lag: Literal[0, 1] = 1
    drivers: tuple[str, ...] = ("pain_first", "adherence_capped")
    adjust: tuple[str, ...] = ()
    where: str | None = None
    weeks: tuple[int, int] | None = None
    control: bool = False


class Register(Section):
    """All claims."""

    claims: tuple[Claim, ...]


@cache
def read_claims(path: Path = REGISTER) -> tuple[Claim, ...]:
    """The claims in the article's order."""
    return load_toml(path, Register).claims


def claims_register() -> pl.DataFrame:
    """One row is one claim as it is asked here, before any data: the protocol of the test.

    >>> claims_register().filter(pl.col("claim") == "stretching")["favours"].item()
    'less pain'
    """
    shown = ("short", "says", "estimand", "population", "favours", "unit", "worthwhile", "worthwhile_source",
             "evidence", "family")  # fmt: skip
    rows = [{"claim": one.id} | {name: getattr(one, name) for name in shown} for one in read_claims()]
    return pl.DataFrame(rows)
