"""Errors of a trader, told to the person at the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

import click


class HeldError(click.ClickException):
    """Another process runs the trader."""

    exit_code = 5


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
