"""Errors of the floors below, told to the person at the command line."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from typing import TYPE_CHECKING

import click

from spotmc import standard_output

if TYPE_CHECKING:
    from montecarlo.errors import ParameterError


def option_problems(error: "ParameterError") -> str:
    """What is wrong, with the names of options."""
    return "; ".join(f"--{name.replace('_', '-')} {problem}" for name, problem in error.problems.items())


@contextmanager
def as_click_errors() -> Iterator[None]:
    """Turn what a person can mend into click's errors: a bad option exits with 2, an unreachable queue with 1.

    Raises:
        click.UsageError: a parameter, a price history, a rule of a person's own or a trained model cannot be used.
        click.ClickException: the queue, the bucket, the settings or a file cannot; or a library is not installed.
    """
    from fleet.errors import FleetError
    from fleet.reasons import NO_AWS, in_one_line
    from montecarlo.errors import HistoryError, LibraryError, ParameterError, RuleError, TrainedModelError
    from montecarlo.experiments.results_folder import OccupiedError

    try:
        yield
    except ParameterError as error:
        raise click.UsageError(option_problems(error)) from error
    except (HistoryError, RuleError, TrainedModelError) as error:
        raise click.UsageError(str(error)) from error
    except LibraryError as error:
        raise click.ClickException(str(error)) from error
    except OccupiedError as error:
        raise click.UsageError(f"{error}: --overwrite replaces that, --out names another folder") from error
    except FleetError as error:
        raise click.ClickException(str(error)) from error
    except _answer_of_no_aws() as error:
        raise click.ClickException(f"{NO_AWS} ({in_one_line(str(error))})") from error
    except OSError as error:
        if isinstance(error, BrokenPipeError) or error.filename == standard_output.NAME:
            raise
        if error.filename is None:
            full = f"{error.strerror}: make room, or choose a place on another disk"
            raise click.ClickException(full if error.errno == ENOSPC else str(error)) from error
        message = f"cannot use {error.filename}: {error.strerror}; choose another place, or mend this one"
        raise click.ClickException(message) from error


def _answer_of_no_aws() -> type[Exception]:
    """Looked up only where something else was raised: importing it takes a while."""
    from botocore.parsers import ResponseParserError

    return ResponseParserError
