"""A folder of results: what it has stays until what takes its place is whole, and nothing is lost unasked.

Files are written into a folder of their own inside it, ``unfinished-…``.  What ends before they are whole leaves no
more than that, and as a rule not even that.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path

from montecarlo.experiments.experiment import SUMMARY
from montecarlo.experiments.kinds import KINDS
from montecarlo.strategies.ml_forecast import MODEL, MODEL_FILE
from montecarlo.strategies.own_rule import RULE, RULE_FILE

JOB = "job.json"
UNFINISHED = "unfinished-"  # begins the name of the folder in which results are made
INPUT_FILES = {RULE: RULE_FILE, MODEL: MODEL_FILE}
"""Under which names lie beside results what they were made with."""


class OccupiedError(Exception):
    """A folder has files, of another run or of a person, that would be lost."""

    def __init__(self, folder: Path, names: list[str]) -> None:
        super().__init__(f"{folder}/ has {', '.join(names)}, of another run or your own")


def require_free(folder: Path, contents: Mapping[str, bytes]) -> None:
    """
    Args:
        folder: Where results shall be written.
        contents: Files that shall be there, as far as their bytes are known; where JOB is there already, results
            beside it are of the same job and will be the same bytes.

    Raises:
        OccupiedError: other bytes stand in their place, or results of another job.
        OSError: the folder cannot be read.
    """
    others = [
        name for name, content in contents.items() if (folder / name).exists() and not _has(folder / name, content)
    ]
    if JOB in contents and not _has(folder / JOB, contents[JOB]):
        others += [name for name in _results() if name not in others and (folder / name).exists()]
    if others:
        raise OccupiedError(folder, others)


@contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """A folder for the files that take the place of an earlier run's in ``folder``, once the block has ended well.

    Raises:
        OSError: a folder cannot be made, or a file cannot be written or removed.
    """
    made = _make(folder)
    unfinished = None
    try:
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder))
        yield unfinished
        _take(unfinished, folder)
    finally:
        if unfinished:
            shutil.rmtree(unfinished, ignore_errors=True)
        for each in made:
            with suppress(OSError):  # something is in it
                each.rmdir()


def forget_unfinished(folder: Path) -> None:
    """Remove what runs that were killed have left of results; for a folder that nobody else writes into."""
    for each in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(each, ignore_errors=True)


def _take(unfinished: Path, folder: Path) -> None:
    new = sorted((path.name for path in unfinished.iterdir()), key=lambda name: name == SUMMARY)
    if SUMMARY in new:  # it says that all is there, so it goes first and comes last
        for name in (SUMMARY, *_results(), *_inputs_of_job(folder)):
            if name == SUMMARY or name not in new:
                (folder / name).unlink(missing_ok=True)
    for name in new:
        (unfinished / name).replace(folder / name)


def _results() -> list[str]:
    """What an experiment of any kind leaves."""
    names = (name for kind in KINDS.values() for name in (JOB, kind.rows_file, *kind.any_result_files) if name)
    return [name for name in dict.fromkeys(names) if name not in INPUT_FILES.values()]


def _inputs_of_job(folder: Path) -> list[str]:
    """What the job that is in the folder was made with, or has yielded, under the name of an input; other files of such
    names may be a person's own."""
    job = folder / JOB
    if not job.exists():
        return []
    told = job.read_text(errors="replace")
    yielded = [name for kind in KINDS.values() if f'"kind":"{kind.kind}"' in told for name in kind.any_result_files]
    files = [folder / name for name in INPUT_FILES.values() if (folder / name).exists()]
    return [
        file.name for file in files if file.name in yielded or hashlib.sha256(file.read_bytes()).hexdigest() in told
    ]


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content


def _make(folder: Path) -> list[Path]:
    """Make it; tells which of it and its parents were not there, the innermost first."""
    missing = list(takewhile(lambda each: not each.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=True)
    return missing
