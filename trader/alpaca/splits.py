"""A split, from what a share cost and what that is in shares of today."""

_SMALLER_TERM_AT_MOST = 20


def split_between(*closes: tuple[float, float]) -> float:
    """New shares for an old one between the first day and the last.

    Args:
        closes: Of one day, or of two: as traded, and adjusted for splits until today.  Both are rounded, to cents or
            to hundredths of them below a dollar; the split is the simplest fraction that explains them.

    Raises:
        ValueError: no ratio of small whole numbers does.
    """
    (raw_before, split_before), (raw, split) = closes[0], closes[-1]
    ratio = (raw_before / split_before) / (raw / split)
    unsure = sum(_rounding(each) / each for each in (raw_before, split_before, raw, split))
    larger_by = max(ratio, 1 / ratio)
    for smaller in range(1, _SMALLER_TERM_AT_MOST + 1):
        larger = round(larger_by * smaller)
        if abs(larger / smaller - larger_by) <= larger_by * unsure:
            return larger / smaller if ratio >= 1 else smaller / larger
    raise ValueError(f"{ratio:.6f} new shares for an old one is no ratio of small whole numbers")


def _rounding(price: float) -> float:
    return 0.005 if price >= 1 else 0.00005
