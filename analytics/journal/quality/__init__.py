"""What was read, judged: checks over the rows and books of a run, the trend since the last, the gate."""
