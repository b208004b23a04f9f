"""Errors of a trader, told to the person at the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click

HALTED_STATUS, KILLED_STATUS, HELD_STATUS = 3, 4, 5
"""Of a process that ends because the trader has halted, its kill switch is on, or another process has it."""


class HaltedError(click.ClickException):
    """It has halted; the message has its reason."""

    exit_code = HALTED_STATUS


class HeldError(click.ClickException):
    """Another process has it."""

    exit_code = HELD_STATUS


@contextmanager
def as_trader_errors() -> Iterator[None]:
    """As ``spotmc.errors.as_click_errors``, and what is said of feed, broker and lease.

    Raises:
        click.UsageError, click.ClickException
    """
    from spotmc.errors import as_click_errors
    from trader.broker import BrokerError
    from trader.lease import LeaseHeldError, LeaseLostError
    from trader.market import FeedError

    with as_click_errors():
        try:
            yield
        except (LeaseHeldError, LeaseLostError) as error:
            raise HeldError(str(error)) from error
        except (BrokerError, FeedError) as error:
            raise click.ClickException(str(error)) from error
