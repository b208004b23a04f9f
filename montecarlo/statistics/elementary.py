"""Elementary functions, the same on every processor: of + - * / alone, because libraries' last digits differ."""

_HALVINGS, _TERMS = 8, 12
_STEPS = 40


def exponential(x: float) -> float:
    """e to the power of ``x``, to 13 digits where ``x`` is between -20 and 20; NaN of NaN."""
    small, total = x / 2**_HALVINGS, 1.0
    for term in range(_TERMS, 0, -1):
        total = 1.0 + total * small / term
    for _ in range(_HALVINGS):
        total *= total
    return total


def cube_root(x: float) -> float:
    """To 14 digits where ``x`` is 0 or between a millionth and a million, or minus that; by Newton's steps."""
    size, root = abs(x), max(abs(x), 1.0)
    if size == 0:
        return 0.0
    for _ in range(_STEPS):
        root = (2 * root + size / (root * root)) / 3
    return root if x > 0 else -root
