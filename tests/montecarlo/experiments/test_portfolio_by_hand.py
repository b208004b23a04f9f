"""A portfolio beside an account written from docs/conventions.md alone: one path, one day, one symbol at a time.

It shares nothing with the package but the prices and what the strategies want, and solves costs by bisection.
"""

import numpy as np
import pytest

import montecarlo as mc
from montecarlo.accounting.rebalancing import Rebalancing
from montecarlo.experiments.portfolio_paths import simulate_portfolio_paths
from montecarlo.experiments.price_paths import joint_closes
from tests.montecarlo.portfolios import WARM_UP, portfolio_of

SHORTING = mc.SmaCrossover(2, 5, shorting=True)
MIXED = {"A": mc.SmaCrossover(5, 25), "B": SHORTING}  # without a warm-up their first fills differ
PATHS = 4


class ByHand:
    """An account in dollars and shares."""

    def __init__(self, portfolio):
        rules, year = portfolio.rules, portfolio.model.bars_per_year
        self.weights, self.cost = portfolio.weights, rules.commission + rules.slippage
        self.spare = rules.capital * (1 - sum(self.weights))
        self.cash, self.shares = [weight * rules.capital for weight in self.weights], [0.0] * len(self.weights)
        self.moved, self.traded, self.opened, self.ruined = [0.0] * len(self.weights), 0.0, 0, False
        self.interest = 1 + rules.risk_free / year if rules.interest else 1.0

    def worth(self, prices):
        return [cash + shares * price for cash, shares, price in zip(self.cash, self.shares, prices, strict=True)]

    def value(self, prices):
        return self.spare + sum(self.worth(prices))

    def earn(self):
        if not self.ruined:
            self.spare *= self.interest
            self.cash = [cash * self.interest if cash > 0 else cash for cash in self.cash]

    def fill(self, k, target, price):
        """Leave what is held, and put all that is left into what is wanted."""
        if target == np.sign(self.shares[k]):
            return
        before, left = self.shares[k], self.cash[k] + self.shares[k] * price - self.cost * abs(self.shares[k]) * price
        bought = target * left / (1 + self.cost) / price if price > 0 and left > 0 else 0.0
        self.cash[k] = left - bought * price - self.cost * abs(bought) * price if bought else left
        self.shares[k] = bought
        self.traded += abs(bought - before) * price
        self.opened += bought != 0

    def close_all(self, prices):
        for k, price in enumerate(prices):
            self.fill(k, 0, price)
        self.ruined = True

    def is_off(self, prices, band):
        value = self.value(prices)
        gaps = (abs(worth - weight * value) for worth, weight in zip(self.worth(prices), self.weights, strict=True))
        return not self.ruined and any(gap > band * value for gap in gaps)

    def put_back(self, prices):
        value, held = self.value(prices), [s * price for s, price in zip(self.shares, prices, strict=True)]
        parts = [h / worth if h < 0 else float(h > 0) for h, worth in zip(held, self.worth(prices), strict=True)]
        parts = [max(part, -0.5 / self.cost) for part in parts]
        wanted = [weight * part for weight, part in zip(self.weights, parts, strict=True)]
        low, high = 0.0, value
        for _ in range(200):
            after = (low + high) / 2
            costs = self.cost * sum(abs(share * after - h) for share, h in zip(wanted, held, strict=True))
            low, high = (after, high) if after < value - costs else (low, after)
        for k, price in enumerate(prices):
            change = wanted[k] * high - held[k]
            self.traded += abs(change)
            self.moved[k] += self.weights[k] * high - (self.cash[k] + held[k] - self.cost * abs(change))
            self.shares[k] += change / price if price > 0 else 0.0
            self.cash[k] = (self.weights[k] - wanted[k]) * high
        self.spare = (1 - sum(self.weights)) * high


def kept(portfolio, closes, wanted):
    """What one path has come to: closes and wanted positions have shape (days + 1, symbols)."""
    account, first, rules = ByHand(portfolio), portfolio.first_fill, portfolio.rules
    rebalancing, delay, was_off, equity = portfolio.rebalancing, rules.delay, False, []
    for day, prices in enumerate(closes):
        if day > 0:
            account.earn()
        if day >= first and not account.ruined:
            for k, price in enumerate(prices):
                solvent = account.worth(prices)[k] > 0
                trades = solvent and day >= portfolio.first_fills[k]
                account.fill(k, wanted[day - delay, k] if trades else 0, price)
            if not account.value(prices) > 0:
                account.close_all(prices)
            off = rebalancing.band is not None and account.is_off(prices, rebalancing.band)
            by_calendar = rebalancing.every is not None and (day - first) % rebalancing.every == 0
            if day > first and not account.ruined and (by_calendar or (was_off if delay else off)):
                account.put_back(prices)
            was_off = rebalancing.band is not None and account.is_off(prices, rebalancing.band)
        equity.append(account.value(prices))
    return account, np.array(equity)


def wanted_by(portfolio, closes):
    before, found = portfolio.warm_up_closes, np.zeros(closes.shape, int)
    for k, holding in enumerate(portfolio.holdings):
        lead = holding.strategy.first_decision if portfolio.warm_up else 0
        seen = np.concatenate([before[len(before) - lead :, k], closes[:, k]])
        found[:, k] = holding.strategy.targets(seen[:, None])[lead:, 0]
    return found


@pytest.mark.parametrize(
    "rules",
    [
        mc.Rules(commission=0.05),
        mc.Rules(fill="same-close", commission=0.02, interest=True, risk_free=0.05),
        mc.Rules(interest=True, risk_free=-0.05),
    ],
    ids=["dear", "same close, interest", "cash that shrinks"],
)
@pytest.mark.parametrize(
    "rebalancing",
    [Rebalancing(rebalance="never"), Rebalancing(every=1), Rebalancing(rebalance="band", band=0.03)],
    ids=str,
)
@pytest.mark.parametrize("volatility", [0.25, 8.0], ids=["calm", "with ruin and prices of zero"])
@pytest.mark.parametrize(
    ("strategies", "warm_up"),
    [(None, 0), (SHORTING, 0), (MIXED, 0), (MIXED, WARM_UP)],
    ids=["held", "shorting", "mixed", "mixed, warmed up"],
)
def test_it_keeps_the_account_that_the_conventions_describe(strategies, warm_up, volatility, rebalancing, rules):
    portfolio = portfolio_of(
        strategies=strategies, warm_up=warm_up, volatility=volatility, rebalancing=rebalancing, rules=rules, seed=29
    )
    found = simulate_portfolio_paths(portfolio, 0, PATHS)
    closes = joint_closes(portfolio.model, portfolio.seed, 0, PATHS, portfolio.days)
    capital, first, years = rules.capital, portfolio.first_fill, portfolio.model.bars_per_year
    for path in range(PATHS):
        account, equity = kept(portfolio, closes[:, :, path], wanted_by(portfolio, closes[:, :, path]))
        row = {name: float(column[path]) for name, column in found.rows.items() if column.ndim == 1}
        assert row["final_value"] == pytest.approx(equity[-1], rel=1e-9, abs=1e-9 * capital)
        assert row["trades"] == account.opened
        highs = np.maximum.accumulate(np.append(capital, equity))
        assert row["max_drawdown"] == pytest.approx((1 - np.append(capital, equity) / highs).max(), abs=1e-9)
        worth = account.worth(closes[-1, :, path])
        gains = [
            (end - moved) / capital - weight
            for end, moved, weight in zip(worth, account.moved, portfolio.weights, strict=True)
        ]
        assert found.gains[path] == pytest.approx(gains, abs=1e-9)
        if (equity > 0).all():
            per_year = account.traded / equity[first:].mean() * years / (portfolio.days - first + 1)
            assert row["turnover"] == pytest.approx(per_year, rel=1e-8)
