"""Limits that belong to no single strategy, model or experiment."""

MAX_DAYS = 25_000  # about a century of trading days
MAX_ITERATIONS = 10**12
MAX_SEED = 2**64 - 1  # the generator's key has 64 bits
MAX_THREADS = 1024
MAX_WARM_UP = 5_000  # closes, twenty years; a job carries them
MIN_PRICE, MAX_PRICE = 1e-9, 1e9  # dollars or index points
