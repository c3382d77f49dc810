"""Small pictures that say one word each: how a number moves, whether a target is met, how a clinic compares.

Drawn here, by shape and never by colour alone: a triangle points up or down, a wave is chance, dots are
missing data, a shield is a target. They take the colour of the text around them unless the page's style sheet
knows `icon good`, `icon warn` and `icon plain`; so they hold in the dark and on paper.
"""

from __future__ import annotations

from markupsafe import Markup

from analytics.vocabulary.language import tr
from analytics.vocabulary.signals import BETTER, SAME, TOO_LITTLE, WORSE

# Codes of charts: the variation of the last period, and what the limits promise of a target.
IMPROVING, CONCERNING, COMMON, CHANGED = "improving", "concerning", "common cause", "changed"
MET, MISSED, UNSURE, NO_TARGET = "will be met", "will be missed", "may or may not be met", "no target"

_UP, _DOWN = "M12 3.5 21.5 20H2.5Z", "M12 20.5 2.5 4H21.5Z"
_SHIELD = "M12 2.5 20 5.5V11.5C20 16.5 16.5 20 12 21.5 7.5 20 4 16.5 4 11.5V5.5Z"
_RING = '<circle cx="12" cy="12" r="9.5"/>'
# Lines are drawn in the icon's colour, 2 of 24 wide; `solid` shapes are filled with it.
_LINES: dict[str, str] = {
    IMPROVING: f'{_RING}<path d="M7.5 16.5 16 8M9.5 7.5H16.5V14.5"/>',
    CONCERNING: '<path d="M8 2.5H16L21.5 8V16L16 21.5H8L2.5 16V8Z"/>'
    '<path d="M7.5 7.5 16 16M16.5 9.5V16.5H9.5"/>',
    COMMON: f'{_RING}<path d="M5.5 12C7.5 7 9.5 7 12 12S16.5 17 18.5 12"/>',
    CHANGED: '<rect x="2.5" y="2.5" width="19" height="19" rx="3"/>'
    '<path d="M8.5 17V7M5.5 10 8.5 7 11.5 10M15.5 7V17M12.5 14 15.5 17 18.5 14"/>',
    MET: f'<path d="{_SHIELD}"/><path d="M8 11.5 11 14.5 16 8.5"/>',
    MISSED: f'<path d="{_SHIELD}"/><path d="M8.5 8 15.5 15M15.5 8 8.5 15"/>',
    UNSURE: f'<path d="{_SHIELD}"/><path class="solid" d="M12 2.5V21.5C7.5 20 4 16.5 4 11.5V5.5Z"/>',
    NO_TARGET: f'<path stroke-dasharray="3 3" d="{_SHIELD}"/>',
    BETTER: f'<path class="solid" d="{_UP}"/>',
    WORSE: f'<path class="solid" d="{_DOWN}"/>',
    SAME: f'{_RING}<path d="M7 9.5H17M7 14.5H17"/>',
    TOO_LITTLE: '<circle cx="12" cy="12" r="9.5" stroke-dasharray="3 3"/><path stroke-width="3" '
    'd="M7 12H7.01M12 12H12.01M17 12H17.01"/>',
}  # fmt: skip
_LINES = {code: lines.replace('class="solid"', 'fill="currentColor"') for code, lines in _LINES.items()}
_KINDS = {
    **dict.fromkeys((IMPROVING, MET, BETTER), "good"),
    **dict.fromkeys((CONCERNING, MISSED, WORSE), "warn"),
}
CODES = tuple(_LINES)


def icon(code: str) -> Markup:
    """The picture of a code, which reads itself aloud; `not enough data` for a code that nobody knows."""
    known = code if code in _LINES else TOO_LITTLE
    text = icon_words(known)
    named = Markup('role="img" aria-label="{}"').format(text)
    return _drawn(known, named, Markup("<title>{}</title>").format(text))


def icon_with_words(code: str) -> Markup:
    """The picture and its words beside it; only the words are read aloud."""
    known = code if code in _LINES else TOO_LITTLE
    picture = _drawn(known, Markup('aria-hidden="true"'), Markup())
    return Markup('<span class="with-icon">{} {}</span>').format(picture, icon_words(known))


def icon_words(code: str) -> str:
    """What a code says, in the language spoken."""
    said = {
        IMPROVING: tr("Changed for the better"),
        CONCERNING: tr("Changed for the worse"),
        COMMON: tr("No change beyond chance"),
        CHANGED: tr("Changed, neither good nor bad"),
        MET: tr("Target will be met"),
        MISSED: tr("Target will be missed"),
        UNSURE: tr("Target may or may not be met"),
        NO_TARGET: tr("No target is set"),
        BETTER: tr("Better than expected"),
        WORSE: tr("Worse than expected"),
        SAME: tr("No clear difference"),
    }
    return said.get(code) or tr("Not enough data")


def _drawn(code: str, named: Markup, title: Markup) -> Markup:
    svg = Markup(
        '<svg class="icon {}" {} width="20" height="20" viewBox="0 0 24 24" fill="none" '
        'stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" '
        'focusable="false">{}{}</svg>'
    )
    return svg.format(_KINDS.get(code, "plain"), named, title, Markup(_LINES[code]))
