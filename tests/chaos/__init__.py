"""The proof by fault injection: real workers on an emulator of AWS, and everything between them that can go wrong.

``python -m tests.chaos`` runs all of it; docs/reliability.md says what it shows.
"""
