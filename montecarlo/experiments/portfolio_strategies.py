"""The strategies of a portfolio as its compiled loop takes them: their stages, parameters and memory."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.lanes import BAR, DAY, TARGET, Stage, aligned
from montecarlo.engine.portfolio_stages import STAGES, TradingSpace
from montecarlo.errors import ParameterError

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

_LINE = 64  # bytes that scratch is aligned to


def trading_space(portfolio: "Portfolio") -> tuple[tuple[Stage, ...], TradingSpace]:
    """Stages of strategies, STAGES of them, and what they and the account need for a group.

    Raises:
        ParameterError: a strategy has no compiled stage, or there are more than STAGES different ones.
    """
    strategies, warm_up = [each.strategy for each in portfolio.holdings], portfolio.warm_up
    compiled = [strategy.stage() for strategy in strategies]
    slow = [strategy.called for strategy, each in zip(strategies, compiled, strict=True) if each is None]
    stages = list(dict.fromkeys(each[0] for each in compiled if each is not None))
    if slow or len(stages) > STAGES:
        few = f"be of {STAGES} kinds at most" if not slow else f"be compiled in a portfolio, and {slow[0]} is not"
        raise ParameterError({"strategies": f"must {few}: simulate each symbol by itself"})
    parameters = [np.asarray(each[1], np.float64) for each in compiled if each is not None]
    scratch = [np.frombuffer(strategy.scratch().tobytes(), np.uint8) for strategy in strategies]
    closes, symbols = warm_up + portfolio.days + 1, len(strategies)
    prices = aligned(DAY, symbols, closes)
    prices["lane"][:, :warm_up] = portfolio.warm_up_closes.T[:, :, None]
    space = TradingSpace(
        leads=np.array([max(warm_up - strategy.first_decision, 0) for strategy in strategies], np.int64),
        prices=prices,
        growth=aligned(DAY, symbols, closes),
        targets=aligned(TARGET, symbols, closes),
        bars=aligned(BAR, 0),
        stage_of=np.array([stages.index(each[0]) for each in compiled if each is not None], np.int64),
        parameters=np.concatenate(parameters),
        scratch=_behind_each_other(scratch),
        told=_places([len(each) for each in parameters], 1),
        kept=_places([len(each) for each in scratch], _LINE),
    )
    return tuple((stages * STAGES)[:STAGES]), space


def _places(lengths: list[int], step: int) -> NDArray[np.int64]:
    """Where each begins and ends, where each begins at a multiple of ``step``."""
    starts = np.cumsum([0, *(-(-length // step) * step for length in lengths)])[:-1]
    return np.stack([starts, starts + lengths], axis=1).astype(np.int64)


def _behind_each_other(scratch: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    places = _places([len(each) for each in scratch], _LINE)
    found = aligned(np.dtype([("byte", "u1")]), int(places[-1, 1]))["byte"]
    for (start, stop), each in zip(places, scratch, strict=True):
        found[start:stop] = each
    return np.ascontiguousarray(found)
