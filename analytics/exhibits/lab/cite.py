"""How to cite what was calculated: the program, its version, the data it is made on, and the methods."""

from __future__ import annotations

import re
from html import escape

import polars as pl

from analytics.exhibits.lab.sources import citations
from analytics.exhibits.lab.tables import table_of
from analytics.vocabulary.installed import citation_file, code_hash
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.study import Study

SHORT = 12  # letters of a checksum: enough to tell two apart
METHODS = ("cohort/", "models/")  # the files whose sources are those of the numbers
SPECIAL = re.compile(r"([&%$#_{}])")


def cite(study: Study | None = None) -> Exhibit:
    """How to cite these numbers: a sentence, BibTeX, and the sources of the methods.

    `study`: names its data by their checksum, so that a reader can tell whether two papers used the same.
    `data`: one row is one source of a method (who, year, where, files).

    >>> cite().summary.startswith("Lumbar")
    True
    """
    known = _citation_file()
    sources = citations().filter(pl.any_horizontal(pl.col("files").str.contains(one) for one in METHODS))
    entry = bibtex(known, study)
    works = _works(sources)
    body = (
        f"<p><b>BibTeX</b></p><pre>{escape(entry)}</pre>"
        f"<details><summary>Sources of the methods ({sources.height})</summary>"
        f"{table_of(sources, id='sources', rows=sources.height)}</details>"
        f"<details><summary>The same as BibTeX</summary><pre>{escape(works)}</pre></details>"
    )
    return Exhibit("cite", "How to cite these numbers", _sentence(known, study), body=body, data=sources)


def bibtex(known: dict[str, str], study: Study | None) -> str:
    """The program as an entry of BibTeX."""
    facts = {} if study is None else study.facts
    note = f"code {_code(study)[:SHORT]}"
    if facts:
        note += f"; data {facts['data_hash'][:SHORT]}, as of {facts['as_of']}"
    lines = {
        "author": f"{{{known['authors']}}}",
        "title": f"{{{known['title']}}}",
        "version": known["version"],
        "note": note,
    } | ({"year": facts["as_of"][:4]} if facts else {})
    inner = "".join(f"  {key} = {{{_tex(value)}}},\n" for key, value in lines.items())
    return f"@software{{lumbar,\n{inner}}}"


def _sentence(known: dict[str, str], study: Study | None) -> str:
    own = f"{known['title']}, version {known['version']} (code {_code(study)[:SHORT]})."
    if study is None:
        return own
    facts = study.facts
    libraries = ", ".join(
        f"{name} {number}" for name, number in sorted(facts["versions"].items()) if name != "lumbar"
    )
    return (
        f"{own} Data: {facts['title']}, {facts['clinics']} clinics, as of {facts['as_of']}, "
        f"checksum {facts['data_hash'][:SHORT]}. Prepared with {libraries}."
    )


def _code(study: Study | None) -> str:
    return code_hash() if study is None else study.facts["code_hash"]


def _citation_file() -> dict[str, str]:
    """Title, version and authors of CITATION.cff: flat keys, which need no YAML to be read."""
    text = citation_file().read_text(encoding="utf-8")
    known = {key: _value(text, key) for key in ("title", "version")}
    names = re.findall(r'^\s+-? ?name: *"?([^"\n]+)', text, re.MULTILINE)
    return known | {"authors": " and ".join(names)}


def _value(text: str, key: str) -> str:
    found = re.search(rf'^{key}: *"?([^"\n]+)', text, re.MULTILINE)
    return found[1].strip() if found else ""


def _works(sources: pl.DataFrame) -> str:
    """The sources as entries of BibTeX, each with a key of its own."""
    taken: set[str] = set()
    entries = []
    for who, year, where in sources.select("who", "year", "where").iter_rows():
        key = re.sub(r"\W", "", who.split(maxsplit=1)[0].lower()) + str(year)
        while key in taken:
            key += "x"
        taken.add(key)
        author = _tex(re.sub(r", | & ", " and ", who.replace(" et al.", " and others")))
        entries.append(
            f"@misc{{{key},\n  author = {{{author}}},\n  year = {{{year}}},\n  note = {{{_tex(where)}}},\n}}"
        )
    return "\n\n".join(entries)


def _tex(text: str) -> str:
    """The signs that BibTeX would read, taken literally; braces of our own making are kept in pairs."""
    inner = text[1:-1] if text.startswith("{") and text.endswith("}") else text
    safe = SPECIAL.sub(r"\\\1", inner)
    return f"{{{safe}}}" if inner is not text else safe
