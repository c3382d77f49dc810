"""Study x notebook x clinic to reports: run, render, publish."""
