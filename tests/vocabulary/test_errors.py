"""What goes wrong shows in a notebook as its words alone, without our code."""

from __future__ import annotations

import io
from contextlib import redirect_stdout

from IPython.core.interactiveshell import InteractiveShell

RAISED = "from analytics.vocabulary.errors import InputError\nraise InputError('Name a study.')"


def test_a_notebook_shows_the_words_and_no_traceback():
    shell, said = InteractiveShell(), io.StringIO()
    shell.colors = "nocolor"
    with redirect_stdout(said):
        shell.run_cell(RAISED, store_history=False)
        shell.run_cell("1 / 0", store_history=False)
    ours, _, theirs = said.getvalue().partition("Name a study.")
    assert ours.strip().endswith("InputError:")
    assert "Traceback" not in ours
    assert "Traceback" in theirs, "an error of anybody else is shown as ever"
