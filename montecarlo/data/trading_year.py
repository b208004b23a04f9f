"""How many trading days a year has, whatever the horizon of a simulation."""

DAYS_PER_YEAR = 252
