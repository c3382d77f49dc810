"""A frame as a table to be read in JupyterLab, light or dark: by great_tables, in the page's own colours."""

from __future__ import annotations

import re
from typing import Any

import polars as pl

from analytics.exhibits.lab.formats import INTERVALS, as_text, is_number, joined
from analytics.vocabulary.results import Exhibit

# Our choices of how wide a column of text is held, by the characters of its longest cell: names stay whole,
# and a page that is 800 pixels wide still takes two columns of sentences.
NAME, PHRASE, SENTENCE = 24, 34, 60
WIDTHS = ((NAME, "white-space: nowrap"), (PHRASE, "min-width: 9em"), (SENTENCE, "min-width: 11em"))
LONGEST = "min-width: 14em; width: 40%"
ROWS = 40  # Our choice: what a screen shows without being scrolled far; the frame holds the others
# great_tables' own style fixes colours and reaches other tables of the page; this one does neither.
STYLE = """<style>
#{id} table {{ border-collapse: collapse; margin: 0; font: inherit; color: inherit; table-layout: auto;
  border-top: 2px solid rgba(127,127,127,.45); border-bottom: 2px solid rgba(127,127,127,.45); }}
#{id} tr, #{id} th, #{id} td {{ background: transparent; color: inherit; border: 0; }}
#{id} tbody tr {{ border-top: 1px solid rgba(127,127,127,.35); }}
#{id} tfoot tr, #{id} tr.gt_heading {{ border-top: 1px solid rgba(127,127,127,.35); }}
#{id} td, #{id} th {{ padding: 3px 10px; max-width: 34em; white-space: normal; vertical-align: middle;
  font-size: inherit; font-variant-numeric: tabular-nums; }}
#{id} th {{ font-weight: 600; vertical-align: bottom; }}
#{id} .gt_left {{ text-align: left; }} #{id} .gt_right {{ text-align: right; }}
#{id} .gt_center {{ text-align: center; }} #{id} td.gt_right {{ white-space: nowrap; }}
#{id} .gt_heading td {{ font-weight: 600; text-align: left; }}
#{id} .gt_sourcenote {{ font-size: .9em; text-align: left; opacity: .85; max-width: 60em; }}
</style>"""
ITS_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
LABELS = {
    "se": "Standard error", "sd": "Standard deviation", "df": "Degrees of freedom", "p": "p value",
    "ddf": "Denominator df", "ndf": "Numerator df", "n": "Number", "aic": "AIC", "bic": "BIC", "of": "Of",
    "loglik": "Log likelihood", "icc": "Intraclass correlation", "rpe": "RPE", "mean_rpe": "Mean RPE", "": "",
    "short": "Claim", "estimand": "What is compared", "favours": "The article expects",
    "p_holm": "p, Holm", "q_bh": "q, Benjamini-Hochberg",
}  # fmt: skip


def tabulate(frame: pl.DataFrame, *, title: str, note: str = "") -> Exhibit:
    """The frame as a table: one row of it is one row, its first 40 are shown, and `data` holds all.

    Formats follow from a column's kind and name: whole numbers with thousands, others to three significant
    digits, p values as <0.001, shares as percent, what is empty as a dash; `low` and `high` make one column,
    an interval. `title` says what is told, `note` what a reader must know; every text is escaped.

    >>> tabulate(pl.DataFrame({"term": ["week"], "p": [0.00002]}), title="What goes with pain?").title
    'What goes with pain?'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "table"
    return Exhibit(slug, title, table=table_of(frame, id=slug, note=note), data=frame)


def table_of(frame: pl.DataFrame, *, id: str, note: str = "", title: str = "", rows: int = ROWS) -> str:
    """The table alone, as HTML whose style touches nothing else on the page; no more than `rows` of it."""
    shown = as_text(frame.head(rows))
    table = laid_out(shown, id=id, numbers=[name for name in shown.columns if _right(frame, name)])
    if title:
        table = table.tab_header(title)
    hidden = frame.height - min(frame.height, rows)
    more = f"… and {hidden:,} more {'row' if hidden == 1 else 'rows'}: `data` of this exhibit holds all."
    for text in (more if hidden else "", "No row." if not frame.height else "", note):
        table = table.tab_source_note(text) if text else table
    return as_html(table, id=id)


def laid_out(shown: pl.DataFrame, *, id: str, numbers: list[str]) -> Any:
    """A great_tables table of texts, which it escapes; `numbers` are the columns set to the right."""
    from great_tables import GT

    texts = [column for column in shown.columns if column not in numbers]
    table = GT(shown, id=f"t-{id}").cols_label({one: label(one) for one in shown.columns})
    table = table.cols_align("left", columns=texts)
    return table.cols_align("right", columns=numbers) if numbers else table


def as_html(table: Any, *, id: str) -> str:
    """The table in the house's style, which takes the colours of its page and leaves all else alone."""
    widths = (_width(column) for column in table._tbl_data.iter_columns())
    rules = "".join(
        f"#t-{id} tbody td:nth-child({at}) {{ {width} }}\n" for at, width in enumerate(widths, 1) if width
    )
    style = STYLE.format(id=f"t-{id}").replace("</style>", f"{rules}</style>")
    return ITS_STYLE.sub(lambda _: style, table.as_raw_html(), count=1)


def label(column: str) -> str:
    """A column's name as it is read: `baseline_pain` -> `Baseline pain`."""
    known = LABELS.get(column, column.replace("_", " "))
    return known[:1].upper() + known[1:]


def _width(column: pl.Series) -> str:
    """What keeps a column of words from being broken word by word; small figures have a size of their own."""
    if column.dtype != pl.String or column.str.starts_with("<svg").any():
        return ""
    longest = int(column.str.len_chars().max() or 0)  # pyright: ignore[reportArgumentType]
    return next((width for limit, width in WIDTHS if longest <= limit), LONGEST)


def _right(frame: pl.DataFrame, name: str) -> bool:
    return name in INTERVALS.values() or joined(name) or (name in frame.columns and is_number(frame[name]))
