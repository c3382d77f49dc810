"""What the lab shows: it stays on the researcher's machine, in English, and may hold unreleased numbers."""
