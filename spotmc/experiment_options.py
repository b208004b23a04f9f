"""Options made of what strategies, models, rules and experiments declare."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spotmc.options import Prices

if TYPE_CHECKING:
    from montecarlo.parameters import Parameter

HOLDINGS, PRICES, STRATEGY, ORDER, REBALANCING, PATHS, FRONTIER, RULES, TRAINING, TRADER, OTHER = SECTIONS = (
    "Holdings",
    "Prices",
    "Strategy",
    "Orders within the day, of any strategy",
    "Rebalancing",
    "Paths",
    "The frontier",
    "Rules of trading",
    "Training",
    "The trader",
    "Options",
)

Options = Callable[[], list[click.Option]]


class ExperimentCommand(click.Command):
    """A command with options for an experiment, in sections.

    They are made when it is run or asked for help, because what declares them takes NumPy and Numba along.

    Args:
        asks: What gives them.
    """

    allow_extra_args = True  # which are refused below, in words that help
    instead = "a symbol is given by --symbol, a file of prices by --prices"

    def __init__(self, *arguments: Any, asks: Sequence[Options], **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._asks = asks
        self._made: list[click.Parameter] | None = None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        self._require_values(ctx, args)
        rest = super().parse_args(ctx, args)
        if ctx.args:
            raise click.UsageError(f"{ctx.args[0]!r} belongs to no option: {self.instead}", ctx)
        return rest

    def _require_values(self, ctx: click.Context, args: list[str]) -> None:
        """Click would take the next option for the value of one that lacks it, and then complain of what is left."""
        options = [each for each in self.get_params(ctx) if isinstance(each, click.Option)]
        known = {name for each in options for name in (*each.opts, *each.secondary_opts)}
        valued = {name for each in options if not each.is_flag and not each.count for name in each.opts}
        for option, value in pairwise(args):
            if option in valued and value in known:
                raise click.UsageError(f"{option} needs a value before {value}", ctx)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if self._made is None:
            self._made = [option for ask in self._asks for option in ask()]
        return [*self._made, *super().get_params(ctx)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            params = [each for each in self.get_params(ctx) if getattr(each, "section", OTHER) == section]
            options = [each for each in params if isinstance(each, click.Option)]
            lines = [line for each in options if (line := each.get_help_record(ctx)) is not None]
            if lines:
                with formatter.section(section):
                    formatter.write_dl(lines)


class SectionOption(click.Option):
    """An option that stands in a section of the help."""

    def __init__(self, *arguments: Any, section: str, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.section = section


def price_options() -> list[click.Option]:
    """Where the price history comes from: see ``chosen.history_of``."""
    from montecarlo.data.span import Span
    from montecarlo.data.trading_year import GIVEN
    from montecarlo.parameters import declared

    kept = "s3 (kept by `spotmc history put`)"
    return [
        option("--symbol", section=PRICES, help="Such as AAPL.  [default: AAPL, or the file's name]"),
        option("--source", section=PRICES, help=f"sample (offline), yfinance, fred or {kept}.  [default: sample]"),
        option(
            "--prices",
            section=PRICES,
            type=Prices(),
            metavar="FILE|s3://…",
            help="A CSV file of daily bars instead of a source, here or in S3.",
        ),
        *(declared_option(each, PRICES) for each in (*declared(Span).values(), GIVEN)),
    ]


def strategy_options() -> list[click.Option]:
    """Which strategy trades, and what it is told."""
    return [*_which_strategy("VALUE"), *strategy_parameters()]


def varied_strategy_options() -> list[click.Option]:
    """The same, where one or two parameters have many values."""
    return [*_which_strategy("VALUES"), *strategy_parameters(varied=True)]


def path_options() -> list[click.Option]:
    """Which paths are drawn."""
    from montecarlo.experiments.traded_paths import MODEL, WARM_UP, TradedPaths
    from montecarlo.parameters import declared

    return [
        *(declared_option(each, PATHS) for each in (*declared(TradedPaths).values(), MODEL)),
        model_settings_option(),
        declared_option(WARM_UP, PATHS),
    ]


def model_settings_option() -> click.Option:
    """Parameters of the model that are set by hand."""
    return option(
        "--set-model",
        "model_settings",
        section=PATHS,
        metavar="NAME=VALUE",
        multiple=True,
        callback=pairs,
        help="A parameter of the model in place of what the history says: drift=0.05, or block=20 of bootstrap.",
    )


def simulation_options() -> list[click.Option]:
    """Whether rows are kept, and how precise is enough."""
    from montecarlo.experiments.simulation import Simulation
    from montecarlo.parameters import declared

    known = declared(Simulation)
    return [
        declared_option(
            known["precision"],
            PATHS,
            default="none; with one, at most 10,000,000 paths",
            metavar="NAME=WIDTH",
            multiple=True,
            callback=lambda context, option, given: ",".join(given) or None,
        ),
        declared_option(known["rows"], PATHS, default="up to 1,000,000 paths"),
    ]


def no_precision_option() -> list[click.Option]:
    """Says why a sweep has none."""

    def refuse(context: click.Context, option: click.Parameter, given: str | None) -> None:
        if given is not None:
            from montecarlo.experiments.precision import NOT_IN_A_SWEEP

            raise click.UsageError(f"--precision {NOT_IN_A_SWEEP}", context)

    return [option("--precision", section=PATHS, hidden=True, expose_value=False, callback=refuse)]


def rules_options() -> list[click.Option]:
    """With how much money, at which close, at what cost."""
    from montecarlo.accounting.rules import Rules
    from montecarlo.parameters import declared

    all_in = option(
        "--all-in", section=RULES, is_flag=True, help="Trade all the shares that cash can pay; the default."
    )
    return [*(declared_option(each, RULES) for each in declared(Rules).values()), all_in]


def training_options() -> list[click.Option]:
    """How a model is trained; some may have several values, and then there are several models."""
    from montecarlo.experiments.training import VARIED, TrainingGrid
    from montecarlo.learning import Training
    from montecarlo.parameters import declared

    options = []
    for name, each in declared(Training).items():
        metavar = "VALUES" if name in VARIED else ""
        default = "where such trades break even" if name == "threshold" else ""
        options.append(declared_option(each, TRAINING, default=default, metavar=metavar))
    choose_by = declared(TrainingGrid)["choose_by"]
    return [*options, declared_option(choose_by, TRAINING)]


def _which_strategy(value: str) -> list[click.Option]:
    from montecarlo.strategies import STRATEGIES
    from montecarlo.strategies.ml_forecast import MlForecast

    names = ", ".join((*STRATEGIES, MlForecast.name))
    return [
        option(
            "--strategy",
            section=STRATEGY,
            metavar="NAME|FILE",
            default=next(iter(STRATEGIES)),
            help=f"{names}; or a file with a rule of your own, such as my_rule.py.",
        ),
        option(
            "--model-file",
            section=STRATEGY,
            type=click.Path(dir_okay=False, path_type=Path),
            help=f"Of {MlForecast.name}: the trained model, a JSON that `spotmc train` or `spotmc models fetch` wrote.",
        ),
        option(
            "--set",
            "settings",
            section=STRATEGY,
            metavar=f"NAME={value}",
            multiple=True,
            callback=pairs,
            help="What the strategy is told: these names are options, too."
            + (
                " VALUES are one value, a range 5:50:5 or 5..50 step 5, or a list 5,10,20." if value == "VALUES" else ""
            ),
        ),
    ]


def strategy_parameters(*, varied: bool = False) -> list[click.Option]:
    """One option for each name, whoever has such a parameter."""
    from montecarlo.parameters import Choice, declared
    from montecarlo.strategies import ORDERS, STRATEGIES
    from montecarlo.strategies.ml_forecast import MlForecast

    metavar = "VALUES" if varied else "VALUE"
    owners: dict[str, dict[str, Parameter]] = {}
    for strategy, kind in {**STRATEGIES, MlForecast.name: MlForecast}.items():
        for name, each in declared(kind).items():
            if name not in ORDERS:
                owners.setdefault(name, {})[strategy] = each
    options = []
    for by_strategy in owners.values():
        first = next(iter(by_strategy.values()))
        shown = (_shown(each.default) for each in by_strategy.values())
        defaults = " or ".join(dict.fromkeys(each for each in shown if each))
        unit = f", {first.unit}" if first.unit else ""
        words = f", {' or '.join(first.kind.words)}" if isinstance(first.kind, Choice) else ""
        text = f"{first.label}{unit}{words}: of {', '.join(by_strategy)}.  [default: {defaults}]"
        options.append(option(first.option, section=STRATEGY, metavar=metavar, help=text))
    orders = (option(each.option, section=ORDER, metavar=metavar, help=each.help) for each in ORDERS.values())
    return [*options, *orders]


def declared_option(
    each: "Parameter", section: str, default: str = "", metavar: str = "", **keywords: Any
) -> click.Option:
    from montecarlo.parameters import MISSING, Choice, Day, Number, Switch, Whole

    words = f" One of {', '.join(each.kind.words)}." if isinstance(each.kind, Choice) else ""
    if not default and not isinstance(each.kind, Switch):
        default = "a new one" if each.default is MISSING else _shown(each.default)
    text = each.help + words + (f"  [default: {default}]" if default else "")
    if isinstance(each.kind, Switch):
        name = each.option.removeprefix("--")
        return option(f"--{name}/--no-{name}", section=section, default=None, help=text)
    kinds: dict[type, str] = {Whole: "INTEGER", Number: "NUMBER", Choice: "WORD", Day: "YYYY-MM-DD"}
    metavar = metavar or kinds[type(each.kind)]
    return option(each.option, section=section, metavar=metavar, help=text, **keywords)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value).lower()


def option(*names: str, section: str, **keywords: Any) -> click.Option:
    """One in a section."""
    return SectionOption(names, section=section, show_default=False, **keywords)


def pairs(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """Values by name, of an option NAME=VALUE that is given many times."""
    if wrong := [each for each in given if not each.partition("=")[0].strip() or "=" not in each]:
        raise click.BadParameter(f"must be NAME=VALUE, such as short=40, not {wrong[0]!r}")
    pairs = [each.partition("=")[::2] for each in given]
    if twice := [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]:
        raise click.BadParameter(f"{twice[0]} is given twice")
    return dict(pairs)
