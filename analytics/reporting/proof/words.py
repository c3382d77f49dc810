"""Words that must not be in any byte: canaries, pseudonyms, ids; whichever way they are written down."""

from __future__ import annotations

import base64
import gzip
import html
import re
import urllib.parse
import zlib
from collections.abc import Iterator, Sequence

from analytics.reporting.proof.parts import Published, Verdict

BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{12,}={0,2}")
ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)  # of a PDF
PSEUDONYM = re.compile(r"(?<![0-9a-zA-Z])p[0-9a-f]{20}(?![0-9a-f])")
CLOCK = re.compile(r"20\d\d-\d\d-\d\d[ T](?!00:00:00)\d\d:\d\d")
OWN_CLOCK = ("manifest.json",)  # when the run began and ended
TOKEN = re.compile(r"[\w@#.:-]{6,}")


def check_canaries(published: Published, canaries: Sequence[str]) -> Verdict:
    """Words that were planted: none is in any file or name of one, however it is written."""
    wanted = [(number, word.casefold()) for number, word in enumerate(canaries, 1) if word.strip()]
    leaks = []
    for place, content in published.files:
        written = [layer.casefold() for layer in (place, *layers(content))]
        leaks += [f"{place}: canary {at}" for at, word in wanted if any(word in text for text in written)]
    things = f"files for {len(wanted)} words" if wanted else "files, for no words were given, were"
    return Verdict("canaries", len(published.files) if wanted else 0, things, tuple(leaks))


def check_identities(published: Published, known: frozenset[str]) -> Verdict:
    """No pseudonym, no id of a patient, episode or session (`known`: the study's), no moment of a session."""
    leaks = []
    for place, content in published.files:
        for text in (place, *layers(content)):
            if PSEUDONYM.search(text) or not known.isdisjoint(TOKEN.findall(text)):
                leaks.append(f"{place}: an id of a patient, episode or session")
            if place not in OWN_CLOCK and CLOCK.search(text):
                leaks.append(f"{place}: a day with its time of day, as a session has it")
    return Verdict("identities", len(published.files), "files", tuple(dict.fromkeys(leaks)))


def layers(content: bytes) -> Iterator[str]:
    """The text of a file, and what it says once entities, escapes, percent signs and base64 are undone."""
    for data in (content, *_inflated(content)):
        text = _text(data)
        yield from _undone(text)
        for run in BASE64.findall(data if data.isascii() or b"\0" not in data else b""):
            inner = _decoded(run)
            if inner:
                yield from _undone(_text(inner))


def _undone(text: str) -> Iterator[str]:
    yield text
    plain = ESCAPE.sub(lambda found: chr(int(found[1] or found[2], 16)), text)
    plain = html.unescape(plain) if "&" in plain else plain
    plain = urllib.parse.unquote(plain) if "%" in plain else plain
    if plain != text:
        yield plain


def _text(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", "replace")
    return (
        data.decode("utf-8", "replace") if b"\0" not in data else data.replace(b"\0", b"").decode("latin-1")
    )


def _inflated(content: bytes) -> Iterator[bytes]:
    if content[:2] == b"\x1f\x8b":
        try:
            yield gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return
    if content[:5] == b"%PDF-":
        for stream in STREAM.findall(content):
            try:
                yield zlib.decompress(stream)
            except zlib.error:
                continue


def _decoded(run: bytes) -> bytes:
    """What a run of base64 says, if it is text that was hidden in it."""
    plain = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError:
        return b""
