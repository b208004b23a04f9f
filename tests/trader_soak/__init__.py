"""Traders against a broker and a bucket that do wrong: ``python -m tests.trader_soak``."""
