"""Estimating equations: rows in clusters -> terms with errors that few clusters can bear."""
