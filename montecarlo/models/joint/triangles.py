"""Lower triangles of symmetric matrices: as a job writes them, and as factors, the same bits on every processor.

NumPy's products and its linear algebra add up in an order that hangs on the processor; here it is that of the loops.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_NOTHING = 1e-12  # of a variance: so little beside the others is rounding, and the symbol a mixture of those before it


def correlation_matrix(below: tuple[float, ...], symbols: int) -> FloatArray:
    """The one whose entries below the diagonal these are, row by row."""
    lower = np.eye(symbols)
    lower[np.tril_indices(symbols, -1)] = below
    return np.where(lower == 0, lower.T, lower)


def below_diagonal(matrix: FloatArray) -> tuple[float, ...]:
    """The entries below the diagonal, row by row."""
    return tuple(matrix[np.tril_indices(len(matrix), -1)].tolist())


def factor(matrix: FloatArray) -> FloatArray:
    """Cholesky's: lower triangular, and times its transpose the matrix, which is positive semidefinite."""
    symbols = len(matrix)
    found = np.zeros((symbols, symbols))
    for j in range(symbols):
        column = matrix[j:, j].copy()
        for k in range(j):
            column -= found[j:, k] * found[j, k]
        if column[0] > _NOTHING * matrix[j, j]:
            found[j:, j] = column / np.sqrt(column[0])
    return found


def squared(factors: FloatArray) -> FloatArray:
    """Each factor times its transpose, shape (..., symbols, symbols)."""
    found = np.zeros_like(factors)
    for k in range(factors.shape[-1]):
        column = factors[..., :, k]
        found += column[..., :, None] * column[..., None, :]
    return found


def divided(factors: FloatArray, by: FloatArray) -> FloatArray:
    """Each lower triangle times the inverse of another, all of shape (..., symbols, symbols)."""
    symbols = by.shape[-1]
    found = np.broadcast_to(factors, np.broadcast_shapes(factors.shape, by.shape)).copy()
    for j in reversed(range(symbols)):
        for k in range(j + 1, symbols):
            found[..., :, j] -= found[..., :, k] * by[..., k, j, None]
        found[..., :, j] /= by[..., j, j, None]
    return found


def rows(factors: FloatArray) -> FloatArray:
    """The numbers of lower triangles row by row, shape (..., numbers)."""
    i, j = np.tril_indices(factors.shape[-1])
    return np.asarray(factors[..., i, j])
