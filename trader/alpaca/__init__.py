"""Alpaca's paper account as a broker, and its daily bars as a feed."""
