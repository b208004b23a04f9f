"""The strategies of a portfolio as its compiled loop takes them: their stages, parameters and memory."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from montecarlo.engine.given_targets import given, replay
from montecarlo.engine.joint_prices import draw_joint_closes
from montecarlo.engine.lanes import BAR, DAY, TARGET, Records, Stage, aligned
from montecarlo.engine.portfolio_stages import STAGES, TradingSpace
from montecarlo.models.joint import JointDrawn
from montecarlo.strategies import Strategy
from montecarlo.strategies.strategy import COLUMNS, StageParameters

if TYPE_CHECKING:
    from montecarlo.experiments.portfolio import Portfolio

FloatArray = NDArray[np.float64]
Compiled = tuple[Stage, StageParameters]

MOST_KINDS = STAGES  # of strategies, that the loop takes; one of them hands out what plain NumPy tells
_LINE = 64  # bytes that scratch is aligned to


def told_by_numpy(portfolio: "Portfolio") -> list[int]:
    """Which symbols have strategies that only plain NumPy tells: those without a stage, and what is beyond
    MOST_KINDS."""
    found: list[int] = []
    stages: set[Stage] = {replay}
    for k, holding in enumerate(portfolio.holdings):
        compiled = holding.strategy.stage()
        if compiled is None or (compiled[0] not in stages and len(stages) == MOST_KINDS):
            found.append(k)
        else:
            stages.add(compiled[0])
    return found


def closes_of(portfolio: "Portfolio", first: int, drawn: JointDrawn) -> FloatArray:
    """Closes of COLUMNS paths behind those of the warm-up, shape (warm-up + days + 1, symbols, COLUMNS)."""
    warm_up = portfolio.warm_up
    closes = np.empty((warm_up + portfolio.days + 1, len(portfolio.holdings), COLUMNS))
    closes[:warm_up] = portfolio.warm_up_closes[:, :, None]
    closes[warm_up] = np.reshape(portfolio.model.start_prices, (-1, 1))
    draw_joint_closes(drawn.stage, portfolio.seed, first, drawn.parameters, drawn.table, closes[warm_up:])
    closes.setflags(write=False)
    return closes


def trading_space(portfolio: "Portfolio", closes: FloatArray | None = None) -> tuple[tuple[Stage, ...], TradingSpace]:
    """Stages of strategies, STAGES of them, and what they and the account need for a group.

    Args:
        portfolio: What is traded.
        closes: From ``closes_of``, where plain NumPy tells the targets of some symbols.
    """
    strategies, warm_up = [each.strategy for each in portfolio.holdings], portfolio.warm_up
    leads = [max(warm_up - strategy.first_decision, 0) for strategy in strategies]
    by_numpy = [] if closes is None else told_by_numpy(portfolio)
    handed_out = aligned(TARGET, 0)
    if closes is not None:
        handed_out = given([strategies[k].targets(np.ascontiguousarray(closes[leads[k] :, k])) for k in by_numpy])
    longest = max((warm_up + portfolio.days + 1 - leads[k] for k in by_numpy), default=0)
    compiled = [
        (replay, np.array([longest], np.float64)) if k in by_numpy else _compiled(strategy)
        for k, strategy in enumerate(strategies)
    ]
    stages = list(dict.fromkeys(stage for stage, _ in compiled))
    parameters = [np.asarray(values, np.float64) for _, values in compiled]
    scratch, kept = _behind_each_other(
        [handed_out, *(aligned(TARGET, 0) if k in by_numpy else each.scratch() for k, each in enumerate(strategies))]
    )
    symbols, days = len(strategies), warm_up + portfolio.days + 1
    prices = aligned(DAY, symbols, days)
    prices["lane"][:, :warm_up] = portfolio.warm_up_closes.T[:, :, None]
    space = TradingSpace(
        leads=np.array(leads, np.int64),
        prices=prices,
        growth=aligned(DAY, symbols, days),
        targets=aligned(TARGET, symbols, days),
        bars=aligned(BAR, 0),
        stage_of=np.array([stages.index(stage) for stage, _ in compiled], np.int64),
        parameters=np.concatenate(parameters),
        scratch=scratch,
        told=_places([len(each) for each in parameters], 1),
        # All that are handed out in turn are in one place.
        kept=np.array([kept[0] if k in by_numpy else kept[1 + k] for k in range(symbols)], np.int64),
    )
    return tuple((stages * STAGES)[:STAGES]), space


def _compiled(strategy: Strategy) -> Compiled:
    found = strategy.stage()
    assert found is not None, "whoever has no stage is told by plain NumPy"
    return found


def _places(lengths: list[int], step: int) -> NDArray[np.int64]:
    """Where each begins and ends, where each begins at a multiple of ``step``."""
    starts = np.cumsum([0, *(-(-length // step) * step for length in lengths)])[:-1]
    return np.stack([starts, starts + lengths], axis=1).astype(np.int64)


def _behind_each_other(scratch: list[Records]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all of them, and where each begins and ends."""
    contents = [each.reshape(-1).view(np.uint8) for each in scratch]
    places = _places([len(each) for each in contents], _LINE)
    found = aligned(np.dtype([("byte", "u1")]), int(places[-1, 1])).view(np.uint8)
    for (start, stop), each in zip(places, contents, strict=True):
        found[start:stop] = each
    return found, places
