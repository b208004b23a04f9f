"""Why a training job has failed, for whoever has started it, and the exit code that tells kinds of reasons apart."""

import errno
import traceback

from montecarlo.errors import HistoryError, LibraryError, ParameterError, RuleError, TrainedModelError

FAILED, BAD_INPUT = 1, 2


def judged(error: Exception) -> tuple[int, str]:
    """Exit code and sentence; of an error of this program's the log is told where it happened."""
    if isinstance(error, ParameterError | HistoryError | RuleError | TrainedModelError):
        return BAD_INPUT, str(error)
    if isinstance(error, LibraryError):
        return FAILED, str(error)
    if isinstance(error, MemoryError):
        return FAILED, "There is too little memory: take a machine with more of it, or ask for fewer rows or values"
    traceback.print_exception(error)
    if isinstance(error, OSError):
        where = f" at {error.filename}" if error.filename else ""
        return FAILED, f"{error.strerror or error}{where}{_what_helps(error)}"
    return FAILED, f"An error of this program, {type(error).__name__}: {error}; the log has where it happened"


def _what_helps(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return ": it takes a larger disk (VolumeSizeInGB of a training job), or, of a simulation, no rows (rows=false)"
    return ""
