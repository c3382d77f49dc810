"""`python -m analytics` is `lumbar`."""

from analytics.cli import main

main()
