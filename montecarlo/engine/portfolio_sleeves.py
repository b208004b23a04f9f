"""The account of several symbols whose shares strategies trade: fill by fill, for what goes wrong and for shorts, too.

The same rules as ``montecarlo.accounting.portfolio_account`` keeps in plain NumPy, a day at a time for all lanes.
Values are in units of the capital.  A symbol's share of the account is its sleeve: cash, and what is held, which is
negative while it is short.
"""

import numpy as np

from montecarlo.engine.account import annual_growth
from montecarlo.engine.curve import begin_curve, follow_curve, report_curve
from montecarlo.engine.lanes import LANES, inline
from montecarlo.engine.portfolio_account import INDEX
from montecarlo.engine.portfolio_rebalancing import restore_weights
from montecarlo.engine.tolerances import EVEN


@inline
def trade_sleeves(state, sleeves, holdings, weights, prices, growth, targets, lead, terms, grid, curves):  # type: ignore[no-untyped-def]
    """Keep the accounts of a group from the first fill on.

    Args:
        state: A record PORTFOLIO.
        sleeves: Records SLEEVE, shape (symbols,).
        holdings: Records HOLDING, same shape.
        weights: Same shape.
        prices: Records DAY, shape (symbols, lead + days + 1).
        growth: Of each price over that of the day before, same shape.
        targets: Positions wanted at each close, records TARGET, same shape.
        lead: Closes of a warm-up.
        terms: A record PORTFOLIO_TERMS.
        grid: Days, ascending, none before the first fill.
        curves: Shape (LANES, days of the grid).
    """
    _begin(state, sleeves, holdings, weights, terms)
    marked = 0
    for day in range(terms.first_fill, prices.shape[1] - lead):
        idle = terms.idle if day > terms.first_fill else terms.first_idle
        for lane in range(LANES):
            over = 1.0 / state.before[lane] if state.before[lane] > 0.0 else 0.0
            state.exposed[lane] += state.spare[lane] * over
            state.cash[lane] *= idle if state.broke[lane] == 0.0 else 1.0
            state.value[lane] = state.cash[lane]
        for k in range(len(sleeves)):
            trades = day >= holdings[k].first_fill
            target = targets[k, lead + day - terms.delay if trades else 0]
            _trade(state, sleeves[k], prices[k, lead + day], growth[k, lead + day], target, trades, idle, terms.cost)
        if _any_ruined(state):
            _close_ruined(state, sleeves, terms.cost)
        if day > terms.first_fill:
            _put_back(state, sleeves, weights, day, terms)
        _measure(state, sleeves, terms.risk_free)
        if day == terms.first_fill:
            for lane in range(LANES):
                state.first[lane] = state.total[lane]
                for k in range(len(sleeves)):
                    sleeves[k].first[lane] = prices[k, lead + day].lane[lane]
        if terms.band < np.inf and terms.delay > 0:
            _find_off(state, sleeves, weights, terms.band)
        if marked < len(grid) and grid[marked] == day:
            for lane in range(LANES):
                curves[lane, marked] = state.before[lane]
            marked += 1


@inline
def _begin(state, sleeves, holdings, weights, terms):  # type: ignore[no-untyped-def]
    begin_curve(state, terms)
    for lane in range(LANES):
        state.before[lane] = terms.start
        state.cash[lane] = terms.reserve * terms.start
        state.spare[lane] = state.exposed[lane] = state.traded[lane] = state.broke[lane] = 0.0
        state.trades[lane] = state.wins[lane] = state.unfilled[lane] = 0.0
        state.off[lane] = state.due[lane] = 0.0
    for k in range(len(sleeves)):
        weights[k] = holdings[k].weight
        sleeve = sleeves[k]
        for lane in range(LANES):
            sleeve.cash[lane] = weights[k] * terms.start
            sleeve.held[lane] = sleeve.side[lane] = sleeve.entry[lane] = sleeve.moved[lane] = 0.0


@inline
def _trade(state, sleeve, price, growth, targets, trades, idle, cost):  # type: ignore[no-untyped-def]
    """The day of a sleeve: market, interest, and the order that its strategy gives."""
    keep = 1.0 / (1.0 + cost)
    for lane in range(LANES):
        was, cash = sleeve.side[lane], sleeve.cash[lane]
        had = sleeve.held[lane] * growth.lane[lane] if was != 0.0 else 0.0
        cash *= idle if (cash > 0.0) & (state.broke[lane] == 0.0) else 1.0
        marked = cash + had
        trading = (marked > 0.0) & (state.broke[lane] == 0.0)
        want = np.float64(targets.lane[lane]) if trading & trades else 0.0
        closed = marked - abs(had) * cost  # after leaving the position
        left = closed * keep
        differs = want != was
        opening = differs & (want != 0.0) & (closed > 0.0) & (price.lane[lane] > 0.0)
        side = want if opening else 0.0
        held = want * left if opening else 0.0
        spare = left - held if opening else closed
        held, cash = held if differs else had, spare if differs else cash
        side = side if differs else was
        sleeve.held[lane], sleeve.cash[lane], sleeve.side[lane] = held, cash, side
        state.wins[lane] += abs(was) if differs & (closed > sleeve.entry[lane]) else 0.0
        state.trades[lane] += abs(side) if differs else 0.0
        state.unfilled[lane] = max(state.unfilled[lane], abs(want - side))
        state.traded[lane] += abs(held - had) if differs else 0.0
        sleeve.entry[lane] = closed * (1.0 + EVEN) if differs else sleeve.entry[lane]
        state.value[lane] += cash + held


@inline
def _any_ruined(state):  # type: ignore[no-untyped-def]
    found = 0
    for lane in range(LANES):
        found += 1 if (state.broke[lane] == 0.0) & (not state.value[lane] > 0.0) else 0
    return found > 0


@inline
def _close_ruined(state, sleeves, cost):  # type: ignore[no-untyped-def]
    """Leave all positions of the accounts that are worth nothing any more, for good."""
    for lane in range(LANES):
        if state.broke[lane] != 0.0 or state.value[lane] > 0.0:
            continue
        value = state.cash[lane]
        for k in range(len(sleeves)):
            sleeve = sleeves[k]
            held = sleeve.held[lane]
            closed = sleeve.cash[lane] + held - abs(held) * cost
            state.wins[lane] += abs(sleeve.side[lane]) if closed > sleeve.entry[lane] else 0.0
            state.traded[lane] += abs(held)
            sleeve.cash[lane], sleeve.held[lane], sleeve.side[lane] = closed, 0.0, 0.0
            value += closed
        state.value[lane], state.broke[lane] = value, 1.0


@inline
def _put_back(state, sleeves, weights, day, terms):  # type: ignore[no-untyped-def]
    """Put weights back where that is due."""
    if terms.band < np.inf:
        if terms.delay == 0:
            _find_off(state, sleeves, weights, terms.band)
        due = 0
        for lane in range(LANES):
            state.due[lane] = state.off[lane] if state.broke[lane] == 0.0 else 0.0
            due += 1 if state.due[lane] > 0.0 else 0
        if due > 0:
            restore_weights(state, sleeves, weights, terms.reserve, terms.cost, False)
    elif terms.every > 0 and (day - terms.first_fill) % terms.every == 0:
        for lane in range(LANES):
            state.due[lane] = 1.0 if state.broke[lane] == 0.0 else 0.0
        restore_weights(state, sleeves, weights, terms.reserve, terms.cost, False)


@inline
def _find_off(state, sleeves, weights, band):  # type: ignore[no-untyped-def]
    """Whether any sleeve's share of the account is further from its weight than the band."""
    for lane in range(LANES):
        state.off[lane] = 0.0
    for k in range(len(weights)):
        sleeve, weight = sleeves[k], weights[k]
        for lane in range(LANES):
            gap = abs(sleeve.held[lane] + sleeve.cash[lane] - weight * state.value[lane])
            state.off[lane] = 1.0 if gap > (band + EVEN) * state.value[lane] else state.off[lane]


@inline
def _measure(state, sleeves, risk_free):  # type: ignore[no-untyped-def]
    for lane in range(LANES):
        before, value = state.before[lane], state.value[lane]
        change = (value - before) / before if before > 0.0 else 0.0
        follow_curve(state, lane, change, value, risk_free)
        state.before[lane] = value
        state.spare[lane] = 0.0
    for k in range(len(sleeves)):
        sleeve = sleeves[k]
        for lane in range(LANES):
            state.spare[lane] += sleeve.held[lane] + sleeve.cash[lane] if sleeve.side[lane] != 0.0 else 0.0


@inline
def report_sleeves(state, sleeves, holdings, weights, prices, terms, results, gains, holds, shares):  # type: ignore[no-untyped-def]
    """Fill the results of a group, what each symbol gained, what it gives alone, and its share at the end."""
    ready, unit_cost, symbols = terms.start * terms.first_idle, 1.0 + terms.cost, len(weights)
    last_day = prices.shape[1] - 1
    for lane in range(LANES):
        row, value = results[lane], state.before[lane]
        report_curve(state, lane, row)
        row.final_value, row.growth = value, annual_growth(value, terms.per_year)
        row.exposed, row.traded, row.unfilled = state.exposed[lane], state.traded[lane], state.unfilled[lane]
        row.trades, row.wins = state.trades[lane], state.wins[lane]
        basket, kept = terms.reserve * terms.kept, terms.reserve * ready * terms.later
        for k in range(symbols):
            sleeve, weight, last = sleeves[k], weights[k], prices[k, last_day].lane[lane]
            worth = sleeve.held[lane] + sleeve.cash[lane]
            unit, still = sleeve.first[lane] * unit_cost, ready * terms.later
            holds[k, lane] = ready * last / unit if sleeve.first[lane] > 0.0 else still
            basket += weight * (last / holdings[k].start)
            kept += weight * holds[k, lane]
            row.wins += abs(sleeve.side[lane]) if worth > sleeve.entry[lane] else 0.0
            gains[k, lane] = worth - weight - sleeve.moved[lane]
            share = worth / value if sleeve.side[lane] != 0.0 else 0.0
            shares[k, lane] = share if value > 0.0 else np.nan
        row.final_price = prices[0, last_day].lane[lane] if symbols == 1 else INDEX * basket
        row.hold_value = kept
