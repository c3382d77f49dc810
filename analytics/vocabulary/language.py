"""In which words a report speaks: English as it stands in the code, others from one catalogue file each.

A catalogue (`languages/<code>.po`) gives each English sentence in another language. Sentences are whole, with
places for numbers and names in braces, since no two languages put them together alike.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "languages"
ENGLISH = "en"
LANGUAGES = (ENGLISH, *sorted(file.stem for file in CATALOGUES.glob("*.po")))
_now = {"language": ENGLISH}  # of this process; not a context variable: each cell of a notebook has a context


def speak(language: str) -> None:
    """Say everything from here on in this language; in English where there is no catalogue of it.

    >>> an.speak("en")
    """
    _now["language"] = known_language(language) or ENGLISH


def spoken() -> str:
    """The language that is spoken now, as its code."""
    return _now["language"]


def known_language(name: str | None) -> str | None:
    """`de-AT` or `DE` -> `de`; nothing where there is no catalogue of it."""
    code = (name or "").strip().lower().replace("_", "-").split("-")[0]
    return code if code in LANGUAGES else None


def tr(text: str) -> str:
    """The sentence in the language spoken; itself where the catalogue lacks it. Fill its braces afterwards.

    The argument is the sentence in English, word for word as in the catalogue: never an f-string.
    """
    language = _now["language"]
    if language == ENGLISH or not text:
        return text
    found = catalogue(language).get(text)
    return str(found.string) if found and found.string else text


@cache
def catalogue(language: str) -> Catalog:
    """The sentences of one language."""
    with (CATALOGUES / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def decimal_mark() -> str:
    """`.` in English, `,` in German."""
    return Locale(_now["language"]).number_symbols["latn"]["decimal"]


def thousands_mark() -> str:
    """`,` in English, `.` in German."""
    return Locale(_now["language"]).number_symbols["latn"]["group"]


def long_date(day: date) -> str:
    """`30 June 2026`, `30. Juni 2026`."""
    pattern = "d. MMMM y" if _now["language"] == "de" else "d MMMM y"
    return format_date(day, pattern, locale=_now["language"])


def short_month(day: date, *, year: bool = True) -> str:
    """`Mar 2026`, `März 2026`; without the year `Mar`, `März`."""
    return format_date(day, "MMM y" if year else "LLL", locale=_now["language"])
