"""What identifies a person, found in the cells: e-mail, telephone, national numbers, names, notes."""

from __future__ import annotations

import re
from collections.abc import Callable

from analytics.journal.drafting.columns import Column

MOST, ENOUGH = 500, 10  # distinct texts that are looked at, and that a check digit needs to be no chance
EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]{2,}$")
PHONE = re.compile(
    r"^(?:\+[\d\s()/.\-]{7,20}|\(?0[\d]*[\s()/\-][\d\s()/\-]{5,18})$"
)  # a bare number may be an id
NAME = re.compile(r"^[A-ZÀ-ÞŁŚŻŹĆ][\w'’.-]*[a-zà-ÿłśżźćń]+(?:,? [A-ZÀ-ÞŁŚŻŹĆ][\w'’.-]*)+$")
SENTENCE = 30  # letters; longer texts of which each stands once are notes
HETU = "0123456789ABCDEFHJKLMNPRSTUVWXY"
DNI = "TRWAGMYFPDXBNJZSQVHLCKE"


def _digits(text: str) -> list[int]:
    return [int(letter) for letter in text if letter.isdigit()]


def _weighed(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False))


def _nhs(text: str) -> bool:
    """NHS number: ten digits, modulus 11."""
    digits = _digits(text)
    check = 11 - _weighed(digits, (10, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (
        bool(re.fullmatch(r"\d{3}[ -]?\d{3}[ -]?\d{4}", text)) and (0 if check == 11 else check) == digits[9]
    )


def _hetu(text: str) -> bool:
    """Finnish henkilötunnus: day of birth, century sign, number, check letter."""
    found = re.fullmatch(r"(\d{6})[-+A-FU-Y](\d{3})([0-9A-Y])", text)
    return bool(found) and HETU[int(found[1] + found[2]) % 31] == found[3]


def _personnummer(text: str) -> bool:
    """Swedish personnummer: day of birth, number, Luhn digit."""
    if not re.fullmatch(r"(?:\d{2})?\d{2}[01]\d[0-9]\d[-+]?\d{4}", text):
        return False
    digits = _digits(text)[-10:]
    doubled = [digit * (2 - place % 2) for place, digit in enumerate(digits)]
    return sum(digit // 10 + digit % 10 for digit in doubled) % 10 == 0


def _kvnr(text: str) -> bool:
    """German Krankenversichertennummer: a letter and nine digits, the last a Luhn digit."""
    if not re.fullmatch(r"[A-Z]\d{9}", text):
        return False
    digits = _digits(f"{ord(text[0]) - 64:02d}{text[1:]}")
    products = [digit * (1 + place % 2) for place, digit in enumerate(digits[:-1])]
    return sum(product // 10 + product % 10 for product in products) % 10 == digits[-1]


def _fodselsnummer(text: str) -> bool:
    """Norwegian fødselsnummer: eleven digits, two checks modulus 11."""
    digits = _digits(text)
    if not re.fullmatch(r"\d{6} ?\d{5}", text):
        return False
    one = -_weighed(digits, (3, 7, 6, 1, 8, 9, 4, 5, 2)) % 11
    two = -_weighed(digits, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return one == digits[9] and two == digits[10]


def _pesel(text: str) -> bool:
    """Polish PESEL: eleven digits."""
    digits = _digits(text)
    return bool(re.fullmatch(r"\d{11}", text)) and (
        -_weighed(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)) % 10 == digits[10]
    )


def _bsn(text: str) -> bool:
    """Dutch burgerservicenummer: nine digits, test of eleven."""
    return bool(re.fullmatch(r"\d{9}", text)) and (
        _weighed(_digits(text), (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0
    )


def _nir(text: str) -> bool:
    """French numéro de sécurité sociale: fifteen digits, the last two a remainder of 97."""
    plain = text.replace(" ", "")
    return bool(re.fullmatch(r"[12]\d{14}", plain)) and 97 - int(plain[:13]) % 97 == int(plain[13:])


def _dni(text: str) -> bool:
    """Spanish DNI: eight digits and the letter of their remainder of 23."""
    found = re.fullmatch(r"(\d{8})-?([A-Z])", text)
    return bool(found) and DNI[int(found[1]) % 23] == found[2]


def _cpr(text: str) -> bool:
    """Danish CPR number: day of birth and four digits (its check digit is no longer kept)."""
    return bool(re.fullmatch(r"[0-3]\d[01]\d\d{2}-\d{4}", text))


def _ssn(text: str) -> bool:
    """Social security number of the United States."""
    return bool(re.fullmatch(r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}", text))


def _codice_fiscale(text: str) -> bool:
    """Italian codice fiscale by its form."""
    return bool(re.fullmatch(r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", text))


NATIONAL: tuple[Callable[[str], bool], ...] = (
    _nhs, _hetu, _personnummer, _kvnr, _fodselsnummer, _pesel, _bsn, _nir, _dni, _cpr, _ssn, _codice_fiscale,
)  # fmt: skip


def identity_in(column: Column) -> str | None:
    """The kind of identity that the cells of a column hold; None where they hold none that is known."""
    texts = column.counts["text"].head(MOST).to_list()
    if not texts:
        return None

    def mostly(holds: Callable[[str], object], share: float = 0.8) -> bool:
        return sum(bool(holds(text)) for text in texts) >= share * len(texts)

    sentences = column.counts.height >= 0.5 * column.filled
    many = len(texts) >= ENOUGH
    found = {
        "an e-mail address": mostly(EMAIL.match),
        "a national or insurance number": many and any(mostly(check, 0.95) for check in NATIONAL),
        "a telephone number": mostly(lambda text: PHONE.match(text) and len(_digits(text)) >= 8),
        "free text": sentences and mostly(lambda text: len(text) >= SENTENCE and text.count(" ") >= 3, 0.5),
        "a person's name": many and mostly(lambda text: NAME.match(text) and not _digits(text)),
    }
    return next((kind for kind, is_so in found.items() if is_so), None)
