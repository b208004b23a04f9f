"""The histories of several symbols: each is asked for, and all that is wrong is said at once."""

import pytest

from fleet.chosen_holdings import ChosenHoldings, Line
from fleet.joint_loading import IN_VAIN, load_joint
from montecarlo.data.sources import load_history
from montecarlo.errors import HistoryError


def chosen(*symbols, source="sample", **currencies):
    lines = [Line(symbol=each, currency=currencies.get(each, "")) for each in symbols]
    return ChosenHoldings.of(lines, {}, source=source)


def sample(holding):
    return load_history(holding.symbol, "sample", years=2)


def test_the_common_days_are_in_the_order_of_the_holdings():
    history = load_joint(chosen("MSFT", "AAPL", "FB"), sample)
    assert history.symbols == ("MSFT", "AAPL", "FB")
    assert history.closes.shape == (len(history.dates), 3)
    assert len(history.dates) < len(sample(chosen("AAPL").holdings[0]).dates)  # FB has fewer
    assert any("left out" in warning for warning in history.warnings)


def test_the_currency_that_a_person_says_is_told():
    history = load_joint(chosen("MSFT", "AAPL", MSFT="eur"), sample)
    assert history.currencies == ("EUR", "USD")
    assert any("exchange rates stood still" in warning for warning in history.warnings)


def test_all_symbols_that_cannot_be_had_are_named_with_why():
    asked = []

    def load(holding):
        asked.append(holding.symbol)
        return sample(holding)

    with pytest.raises(HistoryError) as refusal:
        load_joint(chosen("FOO", "AAPL", "BAR"), load)
    said = str(refusal.value)
    assert asked == ["FOO", "AAPL", "BAR"]
    assert said.startswith("FOO: ")
    assert "; BAR: " in said
    assert "AAPL: " not in said


def test_a_source_that_has_answered_none_is_not_asked_for_the_rest():
    asked = []

    def load(holding):
        asked.append(holding.symbol)
        raise HistoryError("no network")

    with pytest.raises(HistoryError, match="; E, F: not asked for any more"):
        load_joint(chosen("A", "B", "C", "E", "F", source="yfinance"), load)
    assert len(asked) == IN_VAIN


def test_a_source_that_has_answered_is_asked_for_all():
    asked = []

    def load(holding):
        asked.append(holding.symbol)
        if holding.symbol != "AAPL":
            raise HistoryError("no prices")
        return sample(holding)

    with pytest.raises(HistoryError):
        load_joint(chosen("AAPL", "A", "B", "C", "D", "E", source="yfinance"), load)
    assert len(asked) == 6


def test_prices_of_another_symbol_are_not_taken():
    with pytest.raises(HistoryError, match="A: its prices are those of AAPL; name that instead"):
        load_joint(chosen("A", "MSFT"), lambda holding: load_history("AAPL", "sample", years=2))
