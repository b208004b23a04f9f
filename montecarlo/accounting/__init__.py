"""Keeping the account of a strategy: the rules of trading, and what becomes of each path."""
