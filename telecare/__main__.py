"""`python -m telecare`: the same as `telecare`."""

from telecare.cli import main

main()
