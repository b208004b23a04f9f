"""The JSON interface: what the pages draw, and what a script wants."""
