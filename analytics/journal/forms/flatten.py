"""One JSON record -> cells by column: nested objects by dots, lists by semicolons."""

from __future__ import annotations

import json
from typing import Any

DEEPEST, LONGEST_NAME, MOST_IN_LIST = 32, 1_000, 1_000_000
NESTED = frozenset({dict, list})


def flat(record: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """The cells of a record.

    {"pain": {"before": 3}} is a column 'pain.before'. A list of words is one cell 'a;b'. A list of objects is
    a column each: [{"name": "plank", "sets": 3}, {"name": "bridge"}] is name 'plank;bridge', sets '3;'.
    Another list is a cell of JSON. Raises ValueError where two cells are of one column, or it lies too deep.
    """
    if NESTED.isdisjoint(map(type, record.values())):
        return record
    if depth > DEEPEST:
        raise ValueError
    found, count = dict[str, Any](), 0
    for key, value in record.items():
        kind = type(value)
        if kind is dict or kind is list:
            cells = _named(key, flat(value, depth + 1) if kind is dict else _of_list(value, depth + 1))
            found.update(cells)
            count += len(cells)
        else:
            found[key] = value
            count += 1
    if len(found) != count:
        raise ValueError
    return found


def _named(key: str, cells: dict[str, Any]) -> dict[str, Any]:
    if len(key) > LONGEST_NAME or any(len(name) > LONGEST_NAME for name in cells):
        raise ValueError
    return {f"{key}.{name}" if name else key: cell for name, cell in cells.items()}


def _of_list(values: list[Any], depth: int) -> dict[str, Any]:
    """The cells of a list; by the name '' the one of a list without objects."""
    kinds = set(map(type, values))
    if kinds == {str}:
        return {"": ";".join(values)}
    if NESTED.isdisjoint(kinds):
        return {"": ";".join(map(text_of, values))}
    if kinds != {dict}:
        return {"": json.dumps(values, ensure_ascii=False)}
    each = [flat(value, depth + 1) for value in values]
    names = dict.fromkeys(name for cells in each for name in cells)
    if len(names) * len(each) > MOST_IN_LIST:
        raise ValueError
    return {name: ";".join(text_of(cells.get(name)) for cells in each) for name in names}


def text_of(value: Any) -> str:
    """One value as text: null is empty, a whole number has no point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)
