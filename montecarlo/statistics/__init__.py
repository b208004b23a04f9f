"""Tallies of many paths that merge exactly, and what they say with which confidence."""
