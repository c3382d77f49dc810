"""What the warm parent of all reports imports before it forks them: the shelf as far as reports use it.

No query is run and no frame is made here: after one, a fork hangs.
"""

from __future__ import annotations

import analytics
from analytics.exhibits.theme import draw
from analytics.reporting.rehearsal import rehearse

# a report reads what was computed: models, scipy and what the lab shows would only take time
USED = ("analytics.study", "analytics.exhibits", "analytics.vocabulary")
NOT_USED = "analytics.exhibits.lab"

for name, room in analytics.ROOM_OF.items():
    if room.startswith(USED) and not room.startswith(NOT_USED):
        getattr(analytics, name)
rehearse(draw([{"type": kind} for kind in ("scatter", "bar", "heatmap")], {}))
