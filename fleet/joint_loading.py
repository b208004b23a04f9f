"""The histories of several symbols, each from its own source: what is wrong with any of them is told at once."""

from collections import Counter
from collections.abc import Callable, Sequence

from fleet.chosen_holdings import ChosenHolding, ChosenHoldings
from montecarlo.data.history import PriceHistory
from montecarlo.data.joint_history import JointHistory, align
from montecarlo.data.sources import NETWORK
from montecarlo.errors import HistoryError

IN_VAIN = 3  # answers without prices, after which a source on the network that has given none is not asked again


def load_joint(
    chosen: ChosenHoldings,
    load: Callable[[ChosenHolding], PriceHistory],
    *,
    bars_per_year: int | None = None,
) -> JointHistory:
    """The common days of what is held, in its order.

    Args:
        chosen: What is held.
        load: The history of one of them.
        bars_per_year: How many common days make a year, where a person says so.

    Raises:
        HistoryError: some cannot be had or used, each with why; or they have too few days in common.
        ParameterError: the span, a currency or the year cannot be used.
    """
    histories = load_each(chosen.holdings, load)
    for holding, history in zip(chosen.holdings, histories, strict=True):
        if holding.symbol != history.symbol:
            raise HistoryError(f"{holding.symbol}: its prices are those of {history.symbol}; name that instead")
    return align(histories, currencies=chosen.currencies, bars_per_year=bars_per_year)


def load_each(holdings: Sequence[ChosenHolding], load: Callable[[ChosenHolding], PriceHistory]) -> list[PriceHistory]:
    """
    Raises:
        HistoryError: some cannot be had or used; with all that are known by then.
        ParameterError: from ``load``.
    """
    found: list[PriceHistory] = []
    problems: list[str] = []
    failed: Counter[str] = Counter()
    answered: set[str] = set()
    unasked: list[str] = []
    for each in holdings:
        if each.source in NETWORK and each.source not in answered and failed[each.source] >= IN_VAIN:
            unasked.append(each.symbol)
            continue
        try:
            found.append(load(each))
            answered.add(each.source)
        except HistoryError as error:
            failed[each.source] += 1
            said = str(error).removeprefix("symbol: ")
            problems.append(said if said.startswith(each.symbol) else f"{each.symbol}: {said}")
    if unasked:
        problems.append(f"{', '.join(unasked)}: not asked for any more")
    if problems:
        raise HistoryError("; ".join(problems))
    return found
