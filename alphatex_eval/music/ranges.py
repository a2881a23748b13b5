"""Which settings make sense to people: alphaTab takes any number."""

SLOWEST, FASTEST = 20, 400
"""Quarter notes a minute that somebody plays."""

LOUDEST = 16
"""Full volume; alphaTex counts volume and balance in sixteenths."""
