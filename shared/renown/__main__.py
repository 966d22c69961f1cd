"""`python -m renown` is `renown`."""

from .cli import main

main()
