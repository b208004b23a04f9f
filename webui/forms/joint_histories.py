"""The prices that a portfolio's form asks for: those of each row, on the days that all have."""

import time
from collections.abc import Callable
from typing import Any

from fleet.bucket import Bucket
from fleet.price_cache import cache_folder
from montecarlo.data.history import PriceHistory
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.data.trading_year import GIVEN
from montecarlo.errors import HistoryError, ParameterError
from webui.forms import portfolio_fields as fields
from webui.forms.histories import StillFetchingError, history_for, is_in_bucket
from webui.forms.job_fields import PRICES, SOURCE
from webui.forms.portfolio import PortfolioForm, Row


def joint_history_for(form: PortfolioForm, bucket: Callable[[], Bucket], *, patience: float) -> JointHistory:
    """
    Args:
        form: Which says what prices are wanted; see its ``can_have_prices``.
        bucket: Gives the one in which some of them may be; only asked where they are.
        patience: Seconds to wait for what is fetched over the network, all symbols together.

    Raises:
        StillFetchingError: it takes longer.
        ParameterError: they cannot be had, or not be used; by name of the field.
        FleetError: what is in the bucket cannot be had.
    """
    found: dict[str, PriceHistory] = {}
    problems: dict[str, str] = {}
    waiting: StillFetchingError | None = None
    end = time.monotonic() + patience
    for waits in (False, True):  # all are begun before any is waited for
        waiting = None
        for row in form.rows:
            name = row.name(fields.SYMBOL)
            if name in found or name in problems:
                continue
            asked = _asked(form, row)
            left = max(0.0, end - time.monotonic()) if waits else 0.0
            try:
                at_hand = bucket() if is_in_bucket(asked) else None
                found[name] = history_for(asked, at_hand, patience=left, cache=cache_folder())
            except StillFetchingError as error:
                waiting = waiting or error
            except HistoryError as error:
                problems[name] = str(error)
            except ParameterError as error:
                problems |= form.by_field(error.problems)
        if waiting is None:
            break
    if problems:
        raise ParameterError(problems)
    if waiting:
        raise waiting
    currencies = {row.values[fields.SYMBOL]: row.values.get(fields.CURRENCY, "") for row in form.rows}
    told = {symbol: currency for symbol, currency in currencies.items() if currency}
    try:
        in_order = [found[row.name(fields.SYMBOL)] for row in form.rows]
        return align(in_order, currencies=told, bars_per_year=form.values[GIVEN.name])
    except HistoryError as error:
        raise ParameterError({fields.HOLDINGS: str(error)}) from error
    except ParameterError as error:
        raise ParameterError(form.by_field(error.problems)) from error


def _asked(form: PortfolioForm, row: Row) -> dict[str, Any]:
    """As the form of one symbol asks for its prices."""
    days = {each.name: form.values[each.name] for each in PRICES}
    return {fields.OF_PRICES: row.held, **{name: row.values[name] for name in (fields.SYMBOL, SOURCE.name)}, **days}
