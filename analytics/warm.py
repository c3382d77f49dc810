"""What the warm parent of all reports imports before it forks them: the shelf, and the exporter of pages.

No query is run and no frame is made here: after one, a fork hangs.
"""

from __future__ import annotations

import sys

# grammars of web addresses that a JSON checker takes a second to build when imported, and nobody here uses
sys.modules.setdefault("rfc3987_syntax", None)  # pyright: ignore[reportArgumentType]

import analytics  # noqa: E402
from analytics.exhibits.theme import draw  # noqa: E402
from analytics.reporting.rehearsal import rehearse  # noqa: E402

for name in analytics.__all__:
    getattr(analytics, name)
rehearse(draw([{"type": kind} for kind in ("scatter", "bar", "heatmap")], {}))
