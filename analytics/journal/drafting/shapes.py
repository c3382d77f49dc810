"""How a date is written: the shape of its text and the formats that may read it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analytics.journal.drafting.concepts import folded
from analytics.journal.drafting.months import ENGLISH_DAYS, ENGLISH_MONTHS, day_words, month_words

DAY, MONTH, YEAR = "day-first", "month-first", "year-first"
M, W, P = "\ue001", "\ue002", "\ue003"  # a month's name, a weekday's, a half of a day, in a shape
LITERAL = f"[^9{M}{W}{P}]"
CLOCK = (
    rf"(?P<between>{LITERAL}{{1,12}}?)(?P<hour>99?)(?P<h>\s?[:.hH]\s?)(?P<minute>99)"
    rf"(?:(?P<m>[:.])(?P<second>99)(?P<fraction>[.,]9{{1,9}})?)?(?:(?P<p>\s?)(?P<half>{P}))?"
    rf"(?:(?P<z>\s?)(?P<zone>Z|[-+]99(?::?99)?))?(?P<tail>\s?[^\W\d_{M}{W}{P}]{{1,6}}\.?)?"
)
BETWEEN = r"(?:\.?\s?(?:de|del|di|of)?\s|[-/.]|\.\s?)"
FORMS = tuple(
    re.compile(rf"^(?:(?P<w>{W})(?P<ws>[.,]{{0,2}}\s?))?{day}(?:{CLOCK})?$")
    for day in (
        r"(?P<y>9999)(?P<s>[-/. ])(?P<a>99?)(?P<t>[-/. ])(?P<b>99?)",
        r"(?P<a>99?)(?P<s>[-/.]\s?| )(?P<b>99?)(?P<t>[-/.]\s?| )(?P<y>9999|99)\.?",
        r"(?P<whole>99999999)",
        rf"(?P<a>99?)(?P<st>st|nd|rd|th)?(?P<s>{BETWEEN})(?P<M>{M})(?P<t>,?{BETWEEN}|,\s?)(?P<y>9999|99)",
        rf"(?P<M>{M})(?P<s>\.?\s)(?P<a>99?)(?P<st>st|nd|rd|th)?(?P<t>,?\s)(?P<y>9999)",
    )
)


@dataclass(frozen=True, slots=True)
class Shape:
    """One way of writing dates: by order of day, month and year, the format that reads it.

    `family`: what shapes of one order share. `clock`, `zoned`: whether a time and an offset are written.
    """

    formats: dict[str, str]
    family: str
    clock: bool
    zoned: bool


def shape_of(text: str) -> tuple[str, dict[str, str]]:
    """The shape of one text (digits as 9, names as marks) and its names with what a format reads for them.

    A first word such as 'mar' may be a weekday (mardi) or a month (March): the one that makes a date is it.
    """
    shape, names = _shaped(text, weekday_first=True)
    return (shape, names) if W not in shape or read_shape(shape) else _shaped(text, weekday_first=False)


def _shaped(text: str, *, weekday_first: bool) -> tuple[str, dict[str, str]]:
    names: dict[str, str] = {}

    def half(found: re.Match[str]) -> str:
        names[found[1].lower()] = f"{found[2].lower()}m"
        return f"{found[0][: len(found[0]) - len(found[1])]}{P}"

    def word(found: re.Match[str]) -> str:
        plain = folded(found[0])
        months, days = month_words().get(plain), day_words().get(plain)
        if days and len(days) == 1 and ((weekday_first and found.start() == 0) or not months):
            names[found[0].lower()] = ENGLISH_DAYS[min(days) - 1]
            return W
        if months and len(months) == 1:
            names[found[0].lower()] = ENGLISH_MONTHS[min(months) - 1]
            return M
        return found[0]

    text = re.sub(r"(?i)(?<=\d)\s?(([ap])\.?\s?m\b\.?)", half, text.strip())
    text = re.sub(r"[^\W\d_]+(?:-feira)?", word, text)
    return re.sub(r"\d", "9", text), names


def read_shape(shape: str, *, lower: bool = False) -> Shape | None:
    """The formats of a shape; None where it is no date. `lower`: their text is read in lower case."""
    for place, form in enumerate(FORMS):
        found = form.match(shape)
        if found:
            parts = {name: text or "" for name, text in found.groupdict().items()}
            if lower:
                parts = {name: text.lower() for name, text in parts.items()}
            return _formats(place, parts)
    return None


def _formats(place: int, parts: dict[str, str]) -> Shape:
    lead = "%a" + _plain(parts["ws"]) if parts["w"] else ""
    clock = _clock(parts) if parts["hour"] else ""
    days = {order: lead + day + clock for order, day in _days(place, parts).items()}
    family = "" if len(days) == 1 else f"{parts.get('s', '').strip() or ' '}{len(parts.get('y', ''))}"
    return Shape(days, family, clock=bool(parts["hour"]), zoned=bool(parts["zone"]))


def _days(place: int, parts: dict[str, str]) -> dict[str, str]:
    s, t = _plain(parts.get("s", "")), _plain(parts.get("t", ""))
    year = "%Y" if len(parts.get("y", "")) == 4 else "%y"
    st = parts.get("st", "")
    if place == 0:
        return {YEAR: f"%Y{s}%m{t}%d"}
    if place == 2:
        return {YEAR: "%Y%m%d", DAY: "%d%m%Y", MONTH: "%m%d%Y"}
    if place == 3:
        return {DAY: f"%d{st}{s}%b{t}{year}"}
    if place == 4:
        return {MONTH: f"%b{s}%d{st}{t}{year}"}
    orders = {DAY: f"%d{s}%m{t}{year}", MONTH: f"%m{s}%d{t}{year}"}
    return orders | ({YEAR: f"%y{s}%m{t}%d"} if year == "%y" and s == t else {})


def _clock(parts: dict[str, str]) -> str:
    hour = "%I" if parts["half"] else "%H"
    second = f"{_plain(parts['m'])}%S" if parts["second"] else ""
    fraction = {"": "", ".": "%.f", ",": ",%f"}[parts["fraction"][:1]]
    half = f"{_plain(parts['p'])}%p" if parts["half"] else ""
    zone = f"{_plain(parts['z'])}%#z" if parts["zone"] else ""
    return (
        f"{_plain(parts['between'])}{hour}{_plain(parts['h'])}%M{second}{fraction}{half}{zone}"
        f"{_plain(parts['tail'])}"
    )


def _plain(text: str) -> str:
    return text.replace("%", "%%")
