"""What becomes of a portfolio's paths: the compiled account against plain NumPy, closed forms, and a simulation."""

from dataclasses import replace

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.equity_days import equity_days
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.experiments import portfolio_reference as reference
from montecarlo.experiments.paths import simulate_rows
from montecarlo.experiments.portfolio_paths import simulate_portfolio_drawn, simulate_portfolio_paths
from montecarlo.models.joint import JointDrawn
from tests.montecarlo.portfolios import WARM_UP, portfolio_of

FREE = mc.Rules(commission=0.0, slippage=0.0)
EARNING = mc.Rules(fill="same-close", commission=0.02, interest=True, risk_free=0.05)
NEVER, DAILY, BAND = Rebalancing(rebalance="never"), Rebalancing(every=1), Rebalancing(rebalance="band", band=0.02)
SHORTING = mc.SmaCrossover(2, 5, shorting=True)
MIXED = {"A": mc.SmaCrossover(5, 25), "B": SHORTING}


def require_same(found, expected, tolerance=1e-9):
    assert list(found.rows) == list(expected.rows)
    pairs = [(name, found.rows[name], expected.rows[name]) for name in found.rows]
    pairs += [(name, getattr(found, name), getattr(expected, name)) for name in ("gains", "holds", "weights")]
    for name, one, other in pairs:
        assert one.shape == other.shape, name
        assert np.asarray(one, float) == pytest.approx(
            np.asarray(other, float), rel=tolerance, abs=tolerance, nan_ok=True
        ), name


def require_same_bits(found, expected):
    for name in found.rows:
        assert found.rows[name].tobytes() == expected.rows[name].tobytes(), name
    for one, other in zip(found[1:], expected[1:], strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("rebalancing", [NEVER, Rebalancing(every=7), DAILY, BAND], ids=str)
@pytest.mark.parametrize("strategies", [None, SHORTING, MIXED], ids=["held", "shorting", "mixed"])
@pytest.mark.parametrize("rules", [mc.Rules(), EARNING], ids=["next-close", "same-close"])
def test_it_agrees_with_plain_numpy(rebalancing, strategies, rules):
    portfolio = portfolio_of(strategies=strategies, rebalancing=rebalancing, rules=rules)
    require_same(simulate_portfolio_paths(portfolio, 7, 40), reference.simulate_portfolio_paths(portfolio, 7, 40))


@pytest.mark.parametrize("rebalancing", [NEVER, Rebalancing(every=3), BAND], ids=str)
@pytest.mark.parametrize("strategies", [None, SHORTING], ids=["held", "shorting"])
def test_it_agrees_where_prices_vanish_and_accounts_are_ruined(rebalancing, strategies):
    for rules in (mc.Rules(commission=0.05), EARNING):
        portfolio = portfolio_of(strategies=strategies, rebalancing=rebalancing, rules=rules, volatility=8.0)
        found = simulate_portfolio_paths(portfolio, 0, 200)
        require_same(found, reference.simulate_portfolio_paths(portfolio, 0, 200))
        if strategies is None:
            assert (found.holds == 0).any()
            assert (found.holds > 0).any()
        else:
            assert (found.rows["final_value"] <= 0).any()


@pytest.mark.parametrize("model", ["bootstrap", "gbm", "student_t"])
def test_it_agrees_for_every_model(model):
    # What an exponential average is depends on the close that it begins with.
    portfolio = portfolio_of(model, strategies=MIXED | {"C": mc.EmaCrossover(3, 9)}, warm_up=WARM_UP)
    require_same(simulate_portfolio_paths(portfolio, 0, 16), reference.simulate_portfolio_paths(portfolio, 0, 16))


@pytest.mark.parametrize("model", ["normal", "gbm", "bootstrap"])
@pytest.mark.parametrize("strategy", [mc.BuyAndHold(), SHORTING], ids=["held", "shorting"])
def test_one_symbol_has_the_rows_of_a_simulation(model, strategy):
    portfolio = portfolio_of(model, weights=(1.0,), strategies=strategy, rules=EARNING, rebalancing=BAND)
    found, expected = simulate_portfolio_paths(portfolio, 5, 45).rows, simulate_rows(portfolio.alone, 5, 45)
    for name in found:
        one, other = np.asarray(found[name], float), np.asarray(expected[name], float)
        assert one == pytest.approx(other, rel=1e-12, abs=1e-12, nan_ok=True), name


def test_left_alone_and_without_costs_it_is_a_mean_of_its_symbols():
    portfolio = portfolio_of(weights=(0.5, 0.5), rebalancing=NEVER, rules=FREE)
    found = simulate_portfolio_paths(portfolio, 0, 64)
    prices = reference.simulate_closes(portfolio, 0, 64)
    growth = prices[-1] / prices[1]
    assert found.rows["return"] + 1 == pytest.approx(growth.mean(axis=0), rel=1e-12)
    assert found.rows["hold"] == pytest.approx(growth.mean(axis=0), rel=1e-12)
    assert found.holds == pytest.approx(growth.T, rel=1e-12)
    assert found.rows["final_price"] == pytest.approx(100 * (prices[-1] / prices[0]).mean(axis=0), rel=1e-12)


def test_put_back_every_day_and_without_costs_it_is_a_product_of_mean_growths():
    portfolio = portfolio_of(weights=(0.5, 0.3), rebalancing=DAILY, rules=FREE)
    found = simulate_portfolio_paths(portfolio, 0, 64)
    prices = reference.simulate_closes(portfolio, 0, 64)
    growth = prices[2:] / prices[1:-1]
    daily = 0.2 + 0.5 * growth[:, 0] + 0.3 * growth[:, 1]
    assert found.rows["return"] + 1 == pytest.approx(daily.prod(axis=0), rel=1e-12)
    assert found.weights == pytest.approx(np.tile([0.5, 0.3], (64, 1)), rel=1e-12)


@pytest.mark.processors
@pytest.mark.parametrize("strategies", [None, MIXED], ids=["held", "mixed"])
@pytest.mark.parametrize("volatility", [0.25, 8.0])
def test_a_path_has_the_same_bits_whatever_is_simulated_with_it(strategies, volatility):
    portfolio = portfolio_of(strategies=strategies, volatility=volatility, rebalancing=Rebalancing(every=5))
    whole = simulate_portfolio_paths(portfolio, 0, 70)
    for first, stop in ((0, 1), (3, 29), (21, 70)):
        part = simulate_portfolio_paths(portfolio, first, stop)
        rows = {name: column[first:stop] for name, column in whole.rows.items()}
        require_same_bits(
            part, whole._replace(rows=rows, **{n: getattr(whole, n)[first:stop] for n in whole._fields[1:]})
        )


@pytest.mark.processors
def test_what_is_held_has_the_same_bits_beside_what_is_traded():
    portfolio = portfolio_of(rebalancing=NEVER, rules=EARNING)
    traded = replace(portfolio, holdings=(replace(portfolio.holdings[0], strategy=SHORTING), *portfolio.holdings[1:]))
    found, other = (simulate_portfolio_paths(each, 0, 32) for each in (portfolio, traded))
    assert found.gains[:, 1:].tobytes() == other.gains[:, 1:].tobytes()
    assert (found.gains[:, 0] != other.gains[:, 0]).all()


def test_gains_and_the_interest_on_the_reserve_are_the_return():
    for strategies in (None, MIXED):
        portfolio = portfolio_of(strategies=strategies, rules=mc.Rules(), rebalancing=DAILY)
        found = simulate_portfolio_paths(portfolio, 0, 32)
        assert found.gains.sum(axis=1) == pytest.approx(found.rows["return"], abs=1e-13)


@pytest.mark.parametrize("third", [1 / 3, 0.3333333333])
def test_putting_weights_back_every_day_makes_and_loses_no_money(third):
    rules = mc.Rules(commission=0.0, slippage=0.0)
    portfolio = portfolio_of(weights=(third,) * 3, rules=rules, rebalancing=DAILY, days=2000)
    found = simulate_portfolio_paths(portfolio, 0, 32)
    assert found.gains.sum(axis=1) == pytest.approx(found.rows["return"], abs=1e-11)


def test_other_models_can_take_the_place_of_its_own():
    portfolio = portfolio_of()
    own, moved = portfolio.model.drawn(), portfolio.model.shifted(0.5).drawn()
    drawn = JointDrawn(
        own.stage,
        np.concatenate([own.parameters, moved.parameters]),
        np.concatenate([own.drifts, moved.drifts]),
        own.table,
    )
    found = simulate_portfolio_drawn(portfolio, drawn, 0, 48)
    expected = [simulate_portfolio_drawn(portfolio, each, 0, 48) for each in (own, moved)]
    for group, of in ((0, 0), (1, 1), (2, 0)):
        paths = slice(16 * group, 16 * group + 16)
        assert found["final_value"][paths].tobytes() == expected[of]["final_value"][paths].tobytes()
    rows = simulate_portfolio_paths(portfolio, 0, 48, drawn).rows
    assert rows["final_value"] == pytest.approx(found["final_value"] * portfolio.rules.capital, rel=1e-15)


def test_models_whose_prices_vanish_can_take_its_place_in_their_turn():
    calm, wild = portfolio_of(), portfolio_of(volatility=8.0)
    own, other = calm.model.drawn(), wild.model.drawn()
    both = own._replace(parameters=np.concatenate([own.parameters, other.parameters]))
    found = simulate_portfolio_drawn(calm, both, 0, 64)
    for group, of in enumerate((own, other, own, other)):
        paths = slice(16 * group, 16 * group + 16)
        expected = simulate_portfolio_drawn(calm, of, 0, 64)["final_value"][paths]
        assert found["final_value"][paths].tobytes() == expected.tobytes()


def test_no_target_knows_what_comes_after():
    # The fan has equity on days that both have: of 25 days each, and of 50 every second.
    long, short = (portfolio_of(strategies=MIXED, days=1 + days, rebalancing=BAND) for days in (50, 25))
    found, whole = (simulate_portfolio_paths(each, 0, 16).rows["equity"] for each in (short, long))
    both = set(equity_days(1, 26)) & set(equity_days(1, 51))
    assert len(both) > 10
    for day in both:
        one, other = (list(equity_days(1, days)).index(day) for days in (26, 51))
        assert found[:, one].tobytes() == whole[:, other].tobytes()


@pytest.mark.parametrize("rules", [mc.Rules(), EARNING], ids=["next-close", "same-close"])
def test_it_agrees_however_few_the_days_are(rules):
    for days in (1, 2, 3, 7, 8, 9, 17):
        portfolio = portfolio_of(weights=(0.6, 0.4), days=days, rules=rules, rebalancing=DAILY)
        require_same(simulate_portfolio_paths(portfolio, 0, 3), reference.simulate_portfolio_paths(portfolio, 0, 3))


def test_what_only_plain_numpy_tells_takes_other_models_in_their_turn(monkeypatch):
    portfolio = portfolio_of(strategies=MIXED, days=30)
    own, *others = (portfolio.model.shifted(by).drawn() for by in (0.0, 0.5, 1.0))
    drawn = own._replace(parameters=np.concatenate([own.parameters, *(each.parameters for each in others)]))
    expected = simulate_portfolio_drawn(portfolio, drawn, 64, 600)
    monkeypatch.setattr(mc.SmaCrossover, "stage", lambda strategy: None)
    assert simulate_portfolio_drawn(portfolio, drawn, 64, 600).tobytes() == expected.tobytes()


def test_what_only_plain_numpy_tells_is_traded_as_what_is_compiled(monkeypatch):
    compiled = portfolio_of(strategies=MIXED, warm_up=WARM_UP, rebalancing=Rebalancing(every=5))
    expected = [simulate_portfolio_paths(compiled, first, stop) for first, stop in ((0, 40), (250, 300))]
    monkeypatch.setattr(mc.SmaCrossover, "stage", lambda strategy: None)
    for (first, stop), each in zip(((0, 40), (250, 300)), expected, strict=True):
        require_same_bits(simulate_portfolio_paths(compiled, first, stop), each)


def test_more_kinds_of_strategies_than_are_compiled_for_are_traded_alike(monkeypatch):
    portfolio = portfolio_of(strategies=MIXED | {"C": mc.Momentum(10)})
    expected = simulate_portfolio_paths(portfolio, 0, 20)
    monkeypatch.setattr("montecarlo.experiments.portfolio_strategies.MOST_KINDS", 2)
    found = simulate_portfolio_paths(portfolio, 0, 20)
    require_same_bits(found, expected)
