"""A draft as the text of a mapping file: every line with its reason, every open question with its answers."""

from __future__ import annotations

import re

from analytics.journal.drafting.decisions import Asked, Choice, Decision, Draft, Value

ORDER = ("", "file", "dates", "columns", "constants", "codes", "units", "separators", "missing_in", "items")
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
HOW = (
    "# Below is what the data does not prove. While a block [[questions]] is left, this mapping is refused.",
    "# To answer: write the line (or take the # away from it where it stands above), then delete the block.",
    "# Or run the same command again with --answer, as its options show.",
)


def write_toml(draft: Draft) -> str:
    """The mapping of a draft in TOML, the same bytes for the same draft."""
    if draft.table is None:
        raise ValueError("a part that is no table of ours has no mapping")
    sections = _sections(draft)
    blocks = ["\n".join(_head(draft))]
    blocks += ["\n".join(_section(name, *sections[name])) for name in sorted(sections, key=_place) if name]
    if draft.unmapped:
        blocks.append("\n".join(_not_read(draft)))
    if draft.asked:
        blocks.append("\n".join(HOW))
        blocks += ["\n".join(_question(one)) for one in draft.asked]
    return "\n\n".join(blocks) + "\n"


def quoted(text: str) -> str:
    """A TOML basic string on one line; what cannot be seen is escaped."""
    return '"' + "".join(_escaped(letter) for letter in text) + '"'


def _escaped(letter: str) -> str:
    if letter in SHORT:
        return SHORT[letter]
    if letter.isprintable():
        return letter
    return f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}"


def key_of(name: str) -> str:
    """A TOML key, bare where it may be."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def _value(value: Value) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(quoted(text) for text in value)}]"
    return str(value) if isinstance(value, int) else quoted(value)


def line_of(one: Decision) -> str:
    """One line of the mapping, with its confidence and reason behind it."""
    why = f"{one.confidence:.2f}: {one.reason}" if one.confidence is not None else one.reason
    return f"{key_of(one.key)} = {_value(one.value)}" + (f"  # {comment(why)}" if why else "")


def comment(text: str) -> str:
    """Text as it may stand behind a #: on one line, without what cannot be seen."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _sections(draft: Draft) -> dict[tuple[str, ...], tuple[list[Decision], list[tuple[Choice, Decision]]]]:
    """By table of the TOML: the lines that are proved, and those that an answer would write."""
    found: dict[tuple[str, ...], tuple[list[Decision], list[tuple[Choice, Decision]]]]
    found = {(): ([], []), ("columns",): ([], [])}  # a mapping has columns, if none that is proved
    for one in draft.decisions:
        found.setdefault(one.section, ([], []))[0].append(one)
    for asked in draft.asked:
        for choice in asked.choices:
            for line in choice.lines:
                found.setdefault(line.section, ([], []))[1].append((choice, line))
    return found


def _place(section: tuple[str, ...]) -> tuple[int, int, tuple[str, ...]]:
    """Tables in the order of a mapping; a table before those within it."""
    return (
        ORDER.index(section[0]) if section else 0,
        len(section) if section[:1] == ("dates",) else 0,
        section,
    )


def _head(draft: Draft) -> list[str]:
    name = f"{draft.file}, {draft.part}" if draft.part else draft.file
    read = len(draft.columns) - len(draft.unmapped)
    decided, open_lines = _sections(draft)[()]
    return [
        f"# Drafted by `lumbar map` from {comment(name)}: {draft.lines:,} lines looked at,"
        f" {read} of {len(draft.columns)} columns read.",
        f"table = {quoted(draft.table or '')}  # {comment(draft.why)}",
        *(line_of(one) for one in decided),
        *(_open(choice, line) for choice, line in open_lines if line.key != "table"),
    ]


def _section(
    name: tuple[str, ...], decided: list[Decision], open_lines: list[tuple[Choice, Decision]]
) -> list[str]:
    title = ".".join(key_of(part) for part in name)
    return [
        f"[{title}]",
        *(line_of(one) for one in decided),
        *(_open(choice, line) for choice, line in open_lines),
    ]


def _open(choice: Choice, line: Decision) -> str:
    bare = Decision(line.section, line.key, line.value, line.reason or choice.meaning or "asked below")
    return f"# {line_of(bare)}"


def _not_read(draft: Draft) -> list[str]:
    lines = ["# Columns that are not read:"]
    for one in draft.unmapped:
        why = f"identifies a person: {one.identity}" if one.identity else one.reason
        lines.append(f"# {comment(quoted(one.theirs))}: {comment(why)}")
    return lines


def _question(one: Asked) -> list[str]:
    options = tuple(choice.answer for choice in one.choices)
    lines = ["[[questions]]", f"key = {quoted(one.key)}", f"text = {quoted(one.text)}"]
    return lines + ([f"options = {_value(options)}"] if options else [])
