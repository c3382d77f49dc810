"""Study x notebook x clinic to reports: run, render, publish."""

import sys

# grammars of web addresses that a JSON checker takes a second to build when imported, and nobody here uses
sys.modules.setdefault("rfc3987_syntax", None)  # pyright: ignore[reportArgumentType]
