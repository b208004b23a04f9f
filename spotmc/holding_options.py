"""Options about several symbols that are held together, and when their weights are put back."""

from pathlib import Path

import click

from spotmc.experiment_options import (
    HOLDINGS,
    PATHS,
    PRICES,
    REBALANCING,
    RULES,
    ExperimentCommand,
    declared_option,
    model_settings_option,
    option,
    pairs,
    rules_options,
)

HOLD = "--hold AAPL=60% --hold MSFT=40%"


class HoldingsCommand(ExperimentCommand):
    """A command about holdings."""

    instead = f"what is held is given by {HOLD}, a list of it by --holdings FILE"


def holdings_options() -> list[click.Option]:
    """What is held: see ``asked_holdings.lines_of``."""
    from fleet.chosen_holdings import WEIGHTS

    return [
        option(
            "--hold",
            section=HOLDINGS,
            metavar="SYMBOL[=WEIGHT]",
            multiple=True,
            help="A symbol, and its share of the capital: AAPL=40% or AAPL=0.4. Once for each; what the weights leave "
            "is cash.",
        ),
        option(
            "--holdings",
            section=HOLDINGS,
            type=click.Path(exists=True, dir_okay=False, path_type=Path),
            metavar="FILE",
            help="A CSV file instead, with a line for each: the columns symbol, weight, source, prices, currency, "
            "strategy and settings, of which only symbol must be there.",
        ),
        declared_option(WEIGHTS, HOLDINGS, default="equal"),
    ]


def price_options() -> list[click.Option]:
    """Where prices come from, and which days of them."""
    from montecarlo.data.span import Span
    from montecarlo.data.trading_year import GIVEN
    from montecarlo.parameters import declared

    kept = "s3 (kept by `spotmc history put`)"
    return [
        option("--source", section=PRICES, help=f"sample (offline), yfinance, fred or {kept}.  [default: sample]"),
        option(
            "--prices-of",
            section=PRICES,
            metavar="SYMBOL=FILE",
            multiple=True,
            help="A CSV file with the prices of one symbol instead, here or at s3://…. Once for each.",
        ),
        option(
            "--currency-of",
            section=PRICES,
            metavar="SYMBOL=CODE",
            multiple=True,
            help="What currency the prices of one symbol are in, such as SAP=EUR, where its source does not know it.",
        ),
        *(declared_option(each, PRICES) for each in (*declared(Span).values(), GIVEN)),
    ]


def traded_options() -> list[click.Option]:
    """What trades each share, and when weights are put back."""
    from montecarlo.accounting.rebalancing import Rebalancing
    from montecarlo.experiments.holdings import TRADED_BY
    from montecarlo.parameters import declared
    from montecarlo.strategies import BuyAndHold

    return [
        option(
            "--strategy",
            section=HOLDINGS,
            metavar="NAME",
            default=BuyAndHold.name,
            help=f"What trades each share on its symbol: {', '.join(TRADED_BY)}.  [default: {BuyAndHold.name}]",
        ),
        option(
            "--set",
            "settings",
            section=HOLDINGS,
            metavar="NAME=VALUE",
            multiple=True,
            callback=pairs,
            help="What that strategy is told, such as short=40.",
        ),
        *(declared_option(each, REBALANCING) for each in declared(Rebalancing).values()),
    ]


def path_options() -> list[click.Option]:
    """Which paths are drawn, and by which joint model."""
    from fleet.chosen_holdings import MODEL
    from montecarlo.experiments.simulation import Simulation
    from montecarlo.experiments.traded_paths import WARM_UP, TradedPaths
    from montecarlo.parameters import declared

    return [
        *(declared_option(each, PATHS) for each in (*declared(TradedPaths).values(), MODEL)),
        model_settings_option(),
        declared_option(WARM_UP, PATHS),
        declared_option(declared(Simulation)["rows"], PATHS, default="up to 1,000,000 paths"),
    ]


def portfolio_rules_options() -> list[click.Option]:
    """Rules of trading; those that a portfolio refuses are taken, so that it can say why, and not shown."""
    from montecarlo.experiments.holdings import FILL

    shown = ("capital", "commission", "slippage", "fill", "risk_free", "interest")
    usual = [each for each in rules_options() if each.name != "all_in"]
    options = [declared_option(FILL, RULES) if each.name == FILL.name else each for each in usual]
    for each in options:
        each.hidden = each.name not in shown
    return options
