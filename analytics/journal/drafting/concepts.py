"""What the words of a heading mean: concepts of the field, in eleven languages and in compound words."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from analytics.journal.drafting.words_course import COURSE, PERSON
from analytics.journal.drafting.words_session import SESSION
from analytics.journal.drafting.words_when import WHEN, WHERE, WHO

LANGUAGES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "nl": "Dutch",
    "sv": "Swedish", "fi": "Finnish", "da": "Danish", "no": "Norwegian", "pt": "Portuguese", "pl": "Polish",
}  # fmt: skip
ANY = "-"  # words that every language uses
SMALL_WORDS = (
    "the of a an ja tai or oder ou og und van von du fra fran dal in on at for and your my is was by"
    " der die das des dem den bei im am beim mit zum zur de la le les l d au aux en et del el los las"
    " al y dell nell di della dello dei delle il lo gli alla all e nel het een op per av i pa vid och"
    " af ved do da dos no na em ao w z za hos to od"
)
STOP = frozenset(SMALL_WORDS.split())
FOLDS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ı": "i"})
LINKS = ("", "s", "n", "en", "es", "e", "ns")  # what German and its kin put between the parts of a word
SHORTEST_PART = 3
PARTS_SHORTER = frozenset({"id", "nr", "op"})
LONGEST = 4  # words of the longest entry
REMEMBERED = 65_536  # headings and words; a file of a thousand columns asks for each many times over
MOST_WORDS, LONGEST_HEADING = 12, 200  # what is longer is a sentence, and no name of a column


@dataclass(frozen=True, slots=True)
class Segment:
    """One or more words of a heading that stand for one thing; no concepts: a word that is not known."""

    text: str
    concepts: frozenset[str]
    compound: bool = False


def folded(text: str) -> str:
    """Lower case without accents, so that 'Übung', 'Ubung' and 'UBUNG' are one word."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(FOLDS))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def words_of(heading: str) -> tuple[str, ...]:
    """The words of a heading: parted at marks, at underscores and where a small letter meets a capital."""
    text = unicodedata.normalize("NFC", heading[:LONGEST_HEADING]).replace("STarT", "start")
    parted = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ][a-zà-ÿ]|[A-Z]+\b)", " ", text)
    return tuple(re.findall(r"[^\W_]+", folded(parted)))


@cache
def lexicon(language: str) -> dict[str, frozenset[str]]:
    """By word or words: the concepts that they may stand for in one language, or in every one."""
    found: dict[str, set[str]] = {}
    for subject in (WHEN, WHO, WHERE, SESSION, COURSE, PERSON):
        for concept, lists in subject.items():
            for one in lists.split("|"):
                spoken, *entries = one.split()
                if spoken in {language, ANY}:
                    for entry in entries:
                        found.setdefault(" ".join(words_of(entry)), set()).add(concept)
    return {words: frozenset(concepts) for words, concepts in found.items()}


def known(word: str, language: str) -> frozenset[str]:
    """The concepts of a word; 'ue' is read as 'u' where the word is only known so."""
    entries = lexicon(language)
    return entries.get(word) or entries.get(re.sub(r"([aou])e", r"\1", word), frozenset())


@lru_cache(REMEMBERED)
def segmentations(heading: str, language: str) -> tuple[tuple[Segment, ...], ...]:
    """Every way to read a heading as known words; a word that is not known stands alone."""
    words = words_of(heading)
    return _segmented(words, language) if len(words) <= MOST_WORDS else ()


def _segmented(words: tuple[str, ...], language: str) -> tuple[tuple[Segment, ...], ...]:
    if not words:
        return ((),)
    found: list[tuple[Segment, ...]] = []
    for length in range(min(LONGEST, len(words)), 0, -1):
        gram = " ".join(words[:length])
        concepts = known(gram, language)
        if concepts:
            found += [(Segment(gram, concepts), *rest) for rest in _segmented(words[length:], language)]
    if not found:
        parts = _compound(words[0], language) or (Segment(words[0], frozenset()),)
        found = [(*parts, *rest) for rest in _segmented(words[1:], language)]
    return tuple(found)


@lru_cache(REMEMBERED)
def _compound(word: str, language: str) -> tuple[Segment, ...]:
    """The parts of a compound word ('schmerzvorher'), each known; nothing where it cannot be parted."""
    for cut in range(len(word) - 2, 1, -1):
        head, tail = word[:cut], word[cut:]
        first = _part(head, language)
        if not first:
            continue
        last = _part(tail, language, inner=False)
        rest = (Segment(tail, last, compound=True),) if last else _compound(tail, language)
        if rest:
            return (Segment(head, first, compound=True), *rest)
    return ()


def _part(word: str, language: str, *, inner: bool = True) -> frozenset[str]:
    if len(word) < SHORTEST_PART and word not in PARTS_SHORTER:
        return frozenset()
    stems = [word[: len(word) - len(link)] for link in (LINKS if inner else ("",)) if word.endswith(link)]
    return next((known(stem, language) for stem in stems if known(stem, language)), frozenset())
