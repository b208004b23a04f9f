"""A trader on a whole history, in memory, beside the library's backtest."""

from dataclasses import replace
from datetime import timedelta

import pytest

import montecarlo as mc
from fleet.events import Event
from fleet.traders.orders import FILLED
from fleet.traders.settings import Limits
from montecarlo.data.history import PriceHistory
from montecarlo.data.sources.sample import SYMBOLS
from trader.dry_run import dry_run
from trader.events import Decided
from trader.stop import Stop

RULES = mc.Rules(shares=100.0)
WHOLE = mc.load_history("AAPL", source="sample")
HISTORY = PriceHistory("AAPL", "sample", WHOLE.bars[:500])


def require_the_backtest(history: PriceHistory, strategy: mc.Strategy, rules: mc.Rules) -> None:
    run, backtest = dry_run(history, strategy, rules), mc.backtest(history, strategy, rules=rules)
    assert (run.outcome, run.halt, run.differences) == ("ended", "", ())
    assert len(run.trades) > 1
    assert run.trades.equals(backtest.trades)
    assert run.backtest_trades.equals(backtest.trades)
    assert run.report["equity"].tolist() == backtest.equity.tolist()


def test_a_crossover_on_paper_is_its_backtest_to_the_last_bit() -> None:
    require_the_backtest(HISTORY, mc.SmaCrossover(10, 30), RULES)


def test_so_it_is_with_stops_short_positions_and_interest() -> None:
    strategy = mc.SmaCrossover(5, 20, shorting=True, stop_loss=0.03, take_profit=0.05, max_holding=15)
    require_the_backtest(HISTORY, strategy, replace(RULES, interest=True, risk_free=0.04))


@pytest.mark.thorough
@pytest.mark.parametrize("symbol", SYMBOLS)
def test_so_it_is_on_all_of_a_sample_history(symbol: str) -> None:
    require_the_backtest(mc.load_history(symbol, source="sample"), mc.SmaCrossover(10, 30), RULES)


def test_each_day_and_each_order_is_told() -> None:
    heard: list[Event] = []
    run = dry_run(HISTORY, mc.SmaCrossover(10, 30), RULES, emit=heard.append)
    decided = [each for each in heard if isinstance(each, Decided)]
    assert [each.number for each in decided] == list(range(500))
    assert [each.day for each in decided] == run.report["date"].dt.date.tolist()
    assert {each.state for each in run.orders} == {FILLED}
    sessions = [each.order.session for each in run.orders]
    assert sessions == sorted(sessions)


def test_it_may_begin_later_and_knows_what_was_before() -> None:
    first = HISTORY.dates[300].item()
    run = dry_run(HISTORY, mc.SmaCrossover(10, 30), RULES, first=first)
    assert (run.outcome, run.differences) == ("ended", ())
    assert run.report["date"].iloc[0].date() == first
    assert run.orders[0].order.session - first < timedelta(days=60)


def test_a_limit_halts_it() -> None:
    run = dry_run(HISTORY, mc.BuyAndHold(), RULES, limits=Limits(order_value=1.0))
    assert run.outcome == "halted"
    assert "and the limit is $1.00" in run.halt


def test_it_can_be_stopped() -> None:
    stop = Stop()

    def after_ten_days(event: Event) -> None:
        if isinstance(event, Decided) and event.number == 10:
            stop.request("enough")

    run = dry_run(HISTORY, mc.BuyAndHold(), RULES, stop=stop, emit=after_ten_days)
    assert (run.outcome, len(run.report)) == ("stopped", 11)


def test_what_cannot_be_traded_on_paper_is_refused() -> None:
    with pytest.raises(mc.ParameterError, match="must be a whole number"):
        dry_run(HISTORY, mc.BuyAndHold(), mc.Rules())
    with pytest.raises(mc.ParameterError, match="begin earlier"):
        dry_run(HISTORY, mc.BuyAndHold(), RULES, first=HISTORY.dates[-1].item() + timedelta(days=1))
