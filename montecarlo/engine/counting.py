"""Counting numbers by their leading bits."""

from montecarlo.engine.lanes import stage


@stage
def count_by_column(numbers, dropped, first, counts):  # type: ignore[no-untyped-def]
    """Count each number in its column; NumPy would pass over them four times, mostly with Python's lock held.

    Args:
        numbers: Whole numbers, shape (rows, columns).
        dropped: How many trailing bits of them are rounded away.
        first: What the leading bits count from; less counts as this.
        counts: Added to; shape (columns, different leading bits).
    """
    half = 1 << (dropped - 1)
    for row in range(numbers.shape[0]):
        for column in range(numbers.shape[1]):
            counts[column, max(((numbers[row, column] + half) >> dropped) - first, 0)] += 1
