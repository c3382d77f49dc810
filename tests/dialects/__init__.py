"""One simulated clinic, written as ten kinds of software export it."""
