"""What the simulation is measured beside, and what it must agree with first: ``make bench``."""
