"""Formulas: which columns explain which outcome, written as "pain ~ baseline_pain + week * adherence".

The algebra of `+`, `-`, `*`, `:`, `**` and brackets is formulaic's (Wilkinson and Rogers 1973, Applied
Statistics 22: 392). Nothing of a formula is ever evaluated: every name is looked up among those that are
known and handed on under a number, so that no text of a person, and no column name of an export, reaches
the parser.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import reduce
from operator import mul
from typing import Any

import polars as pl

from analytics.vocabulary.errors import InputError

INTERCEPT = "intercept"
Term = tuple[str, ...]
Known = Mapping[str, tuple[str, ...]]

# Our limits, for text that is not a model: no formula of ours comes near them.
LONGEST, MOST_TERMS = 20_000, 10_000

PIECE = re.compile(r"\s*(?:(?P<sign>\*\*|[~+\-*:()])|(?P<word>[^\s~+\-*:()]+))")
KINDS = {"+": "sign", "-": "sign", "*": "product", ":": "product", "**": "power"}
OPEN, CLOSED = ("name", "("), ("sign", "product", "power", ")", "end")
# What may follow what. The intercept (1, 0) stands between signs only, a power is one digit.
FOLLOWS = {
    "start": (*OPEN, "intercept", "sign"), "sign": (*OPEN, "intercept"), "(": (*OPEN, "sign"),
    "product": OPEN, "power": ("exponent",), "name": CLOSED, ")": CLOSED,
    "exponent": ("sign", "product", ")", "end"), "intercept": ("sign", "end"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Formula:
    """A model's outcome and terms.

    Each term names the columns that are multiplied, in the order of the formula; `intercept` is whether there
    is one.
    """

    outcome: str
    terms: tuple[Term, ...]
    intercept: bool


def read_formula(text: str, *, known: Known) -> Formula:
    """What a formula says, in columns.

    `known`: each name that may stand in it, and the columns it stands for: a column stands for itself, a
    family for the sum of several. A name with a space or an operator in it can be written where its first
    word is no name. `1` and `0` (or `-1`) keep and drop the intercept; `**` takes a power from 1 to 9.
    Raises InputError that names what is not understood, and the known names nearest to it.
    """
    if len(text) > LONGEST:
        raise InputError(f"A formula of {len(text)} characters is too long; {LONGEST} may be.")
    pieces = list(_pieces(text, known))
    kinds = [kind for kind, _ in pieces]
    if kinds[:2] != ["name", "~"] or "~" in kinds[2:]:
        raise InputError("A formula is one outcome, '~' and its terms, such as 'pain ~ week * adherence'.")
    outcome = known[pieces[0][1]]
    if len(outcome) != 1:
        raise InputError(f"{pieces[0][1]!r} stands for {len(outcome)} columns; an outcome is one column.")
    _check_grammar(pieces[2:])
    return _checked(_formula(outcome[0], pieces[2:], known))


def term_name(term: Term) -> str:
    """A term as it is reported: "week:adherence"."""
    return ":".join(term)


def term_expression(term: Term) -> pl.Expr:
    """A term's column: the product of its columns as numbers, under the term's name."""
    # by_name, because pl.col reads a column called "*" or "^...$" as a pattern
    columns = (pl.selectors.by_name(name).as_expr().cast(pl.Float64) for name in term)
    return reduce(mul, columns).alias(term_name(term))


def _pieces(text: str, known: Known) -> Iterator[tuple[str, str]]:
    """One piece is its kind and its text."""
    odd = sorted((name for name in known if name and not PIECE.fullmatch(name)), key=len, reverse=True)
    at, end, before = 0, len(text.rstrip()), ""
    while at < end:
        found = PIECE.match(text, at)
        assert found is not None  # every character that is no space is a sign or part of a word
        sign, word, start = found["sign"], found["word"], found.start(found.lastgroup or 0)
        at = found.end()
        if sign:
            yield KINDS.get(sign, sign), sign
        elif re.fullmatch("[1-9]", word) and before == "**":
            yield "exponent", word
        elif word in ("0", "1"):
            yield "intercept", word
        elif word in known:
            yield "name", word
        else:
            name = next((name for name in odd if _stands_at(text, start, name)), None)
            if name is None:
                raise _unknown(word, known, called=text[at : at + 1] == "(")
            yield "name", name
            at = start + len(name)
        before = sign or ""


def _stands_at(text: str, start: int, name: str) -> bool:
    """Whether a name with odd characters stands here, and does not go on."""
    after = text[start + len(name) : start + len(name) + 1]
    return text.startswith(name, start) and not re.fullmatch(r"\w\w", name[-1] + after)


def _unknown(piece: str, known: Known, *, called: bool) -> InputError:
    short = piece[:60]
    names = get_close_matches(short, list(known), n=3, cutoff=0.0)
    why = " Nothing is calculated in a formula: make the column first." if called or "." in short else ""
    told = ", ".join(map(repr, names)) or "none"
    return InputError(f"Formula: {short!r} is not known.{why} Known names nearest to it: {told}.")


def _check_grammar(pieces: list[tuple[str, str]]) -> None:
    before, depth, said = "start", 0, "~"
    for kind, piece in [*pieces, ("end", "the end")]:
        allowed = kind in FOLLOWS[before] and (kind != "intercept" or depth == 0)
        depth += {"(": 1, ")": -1}.get(kind, 0)
        if not allowed or depth < 0 or (kind == "end" and depth):
            raise InputError(
                f"Formula: {piece[:60]!r} cannot stand after {said[:60]!r}"
                f"{' inside brackets' if depth > 0 else ''}. There are names, + - * : ** ( ) and, outside "
                "brackets, 1 or 0 for the intercept; nothing is calculated."
            )
        before, said = kind, piece


def _formula(outcome: str, pieces: list[tuple[str, str]], known: Known) -> Formula:
    """The terms by formulaic, which sees numbered columns only."""
    from formulaic.errors import FormulaicError
    from formulaic.parser import DefaultFormulaParser

    columns = list(dict.fromkeys(c for kind, name in pieces if kind == "name" for c in known[name]))
    number = {column: f"v{at}" for at, column in enumerate(columns)}
    text = " ".join(
        f"({' + '.join(number[column] for column in known[piece]) or 'nothing'})" if kind == "name" else piece
        for kind, piece in pieces
    )
    parser = DefaultFormulaParser(feature_flags=DefaultFormulaParser.FeatureFlags.NONE)
    try:
        tree = parser.get_ast(text)
        _check_size(tree)
        found: Any = parser.get_terms_from_ast(tree, context={}).root
    except FormulaicError as error:
        raise InputError(f"Formula: not understood ({type(error).__name__}).") from None
    named = {name: column for column, name in number.items()}
    parts = [[factor.expr for factor in term.factors] for term in found]
    terms = [tuple(map(named.__getitem__, names)) for names in parts if named.keys() >= set(names)]
    return Formula(outcome, tuple(terms), intercept=["1"] in parts)


def _check_size(tree: Any) -> None:
    """Refuse what would multiply out to more terms than any model has, before it is done."""
    nodes, sizes, made = [tree], {}, 0
    for node in nodes:
        nodes.extend(getattr(node, "args", ()))
    for node in reversed(nodes):
        left, right = ([sizes[id(part)] for part in getattr(node, "args", ())] + [1, 0])[:2]
        match node.operator.symbol if hasattr(node, "operator") else "":
            case "*" | ":":
                made += (size := left + right + left * right)
            case "**":
                made += (size := left ** int(repr(node.args[1])))
            case _:
                size = left + right
        sizes[id(node)] = size
        if max(size, made) > MOST_TERMS:
            raise InputError(f"Formula: this would make more than {MOST_TERMS} terms.")


def _checked(formula: Formula) -> Formula:
    names = [term_name(term) for term in formula.terms] + [INTERCEPT] * formula.intercept
    double = [name for name, count in Counter(names).items() if count > 1]
    if double:
        raise InputError(f"Formula: two different terms would be called {double[0]!r}. Rename a column.")
    if not names:
        raise InputError("Formula: it has no terms and no intercept.")
    if any(formula.outcome in term for term in formula.terms):
        raise InputError(f"Formula: the outcome {formula.outcome!r} cannot explain itself.")
    return formula
