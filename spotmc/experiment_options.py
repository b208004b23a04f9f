"""Options made of what strategies, models, rules and experiments declare, and what a person chose by them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from montecarlo.accounting.rules import Rules
    from montecarlo.data.history import PriceHistory
    from montecarlo.own_rules.rule_file import RuleFile
    from montecarlo.parameters import Parameter
    from montecarlo.strategies import Strategy

PRICES, STRATEGY, PATHS, RULES, OTHER = SECTIONS = ("Prices", "Strategy", "Paths", "Rules of trading", "Options")

Options = Callable[[], list[click.Option]]


class ExperimentCommand(click.Command):
    """A command with options for an experiment, in sections.

    They are made when it is run or asked for help, because what declares them takes NumPy and Numba along.

    Args:
        asks: What gives them.
    """

    def __init__(self, *arguments: Any, asks: Sequence[Options], **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._asks = asks
        self._made: list[click.Parameter] | None = None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        if self._made is None:
            self._made = [option for ask in self._asks for option in ask()]
        return [*self._made, *super().get_params(ctx)]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for section in SECTIONS:
            options = [each for each in self.get_params(ctx) if getattr(each, "section", OTHER) == section]
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
    """Where the price history comes from: see ``history_of``."""
    file = click.Path(exists=True, dir_okay=False, path_type=Path)
    return [
        _option("--symbol", section=PRICES, help="Such as AAPL.  [default: AAPL, or the file's name]"),
        _option("--source", section=PRICES, help="sample (offline), yfinance or fred.  [default: sample]"),
        _option("--prices", section=PRICES, type=file, help="A CSV file of daily bars instead of a source."),
    ]


def strategy_options() -> list[click.Option]:
    """Which strategy trades, and what it is told."""
    return [*_which_strategy("VALUE"), *_strategy_parameters()]


def varied_strategy_options() -> list[click.Option]:
    """The same, where one or two parameters have many values."""
    return [*_which_strategy("VALUES"), *_strategy_parameters(varied=True)]


def path_options() -> list[click.Option]:
    """Which paths are drawn."""
    from montecarlo.experiments.traded_paths import MODEL, WARM_UP, TradedPaths
    from montecarlo.parameters import declared

    return [_declared(each, PATHS) for each in (*declared(TradedPaths).values(), MODEL, WARM_UP)]


def rows_option() -> list[click.Option]:
    """Whether rows are kept."""
    from montecarlo.experiments.simulation import Simulation
    from montecarlo.parameters import declared

    return [_declared(declared(Simulation)["rows"], PATHS, default="up to 1,000,000 paths")]


def rules_options() -> list[click.Option]:
    """With how much money, at which close, at what cost."""
    from montecarlo.accounting.rules import Rules
    from montecarlo.parameters import declared

    all_in = _option(
        "--all-in", section=RULES, is_flag=True, help="Trade all the shares that cash can pay; the default."
    )
    return [*(_declared(each, RULES) for each in declared(Rules).values()), all_in]


@dataclass(frozen=True)
class Chosen:
    """What a person chose by the options of an experiment.

    Attributes:
        strategy: A name, or the file of a rule of their own.
        told: What the strategy is told, as typed, by name.
        rules: Money, fills and costs.
        paths: The other parameters of the experiment that were given, by name.
    """

    strategy: str
    told: Mapping[str, str]
    rules: "Rules"
    paths: Mapping[str, Any]

    @cached_property
    def rule(self) -> "RuleFile | None":
        """The rule of a person's own, where the strategy is one.

        Raises:
            RuleError: the file cannot be read.
        """
        from montecarlo.own_rules.rule_file import RuleFile

        return RuleFile.read(self.strategy) if self.strategy.endswith(".py") else None

    def trial(self, history: "PriceHistory") -> dict[str, Any]:
        """What a rule is tried on."""
        from montecarlo.models import fit

        names = ("days", "warm_up", "seed")
        return {"model": fit(history, self.paths.get("model", "normal"))} | {
            name: self.paths[name] for name in names if name in self.paths
        }

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Chosen":
        """From all values of the options above.

        Raises:
            ParameterError: naming each that cannot be used.
            click.UsageError: they contradict each other.
        """
        from montecarlo.accounting.rules import Rules
        from montecarlo.errors import ParameterError
        from montecarlo.experiments.simulation import Simulation
        from montecarlo.experiments.traded_paths import MODEL, WARM_UP
        from montecarlo.parameters import declared

        if given.get("all_in") and given.get("shares") is not None:
            raise click.UsageError("--all-in and --shares exclude each other")
        problems: dict[str, str] = {}
        rules = dict(_read(declared(Rules), given, problems))
        paths = dict(_read({**declared(Simulation), MODEL.name: MODEL, WARM_UP.name: WARM_UP}, given, problems))
        if problems:
            raise ParameterError(problems)
        return cls(given["strategy"], _told(given), Rules(**rules), paths)


def strategy_of(chosen: Chosen) -> "Strategy":
    """The strategy with all that it was told.

    Raises:
        ParameterError: there is no such strategy, or it cannot be told something.
    """
    from montecarlo.errors import ParameterError
    from montecarlo.strategies import strategy_named

    known = strategy_named(chosen.strategy).parameters
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in chosen.told.items():
        try:
            values[name] = known[name].read(text) if name in known else text
        except ParameterError as error:
            problems |= error.problems
    if problems:
        raise ParameterError(problems)
    return strategy_named(chosen.strategy, values)


@contextmanager
def strategy_at_hand(
    chosen: Chosen, history: "PriceHistory", *, on_workers: bool = False
) -> "Iterator[tuple[Strategy, dict[str, bytes]]]":
    """The strategy while the block lasts, and the contents that a job with it needs, by what they are.

    A rule of a person's own is tried, and run in limited processes.

    Args:
        chosen: What a person chose.
        history: On which a rule is tried.
        on_workers: Whether a rule must do with what workers have.

    Raises:
        ParameterError: there is no such strategy, or it cannot be told something.
        RuleError: it does not do what a rule must.
    """
    if chosen.rule is None:
        yield strategy_of(chosen), {}
        return
    from montecarlo.own_rules.imports import require_carried
    from montecarlo.own_rules.submission import submitted_rule
    from montecarlo.strategies.own_rule import RULE

    if on_workers:
        require_carried(chosen.rule)
    with submitted_rule(chosen.rule, chosen.told, history, **chosen.trial(history)) as rule:
        yield rule, {RULE: chosen.rule.source}


@contextmanager
def varied_strategy_at_hand(
    chosen: Chosen, history: "PriceHistory", *, on_workers: bool = False
) -> "Iterator[tuple[Strategy, dict[str, list[Any]], dict[str, bytes]]]":
    """The same for a sweep: what is the same in all combinations, the values that are varied, and the contents.

    Raises:
        ParameterError, RuleError: as ``strategy_at_hand``.
    """
    from spotmc.varied import varied

    if chosen.rule is None:
        from montecarlo.strategies import strategy_named

        strategy, over = varied(strategy_named(chosen.strategy), chosen.told)
        yield strategy, over, {}
        return
    from montecarlo.own_rules.imports import require_carried
    from montecarlo.own_rules.submission import rule_at_hand, try_in_another_process
    from montecarlo.strategies.own_rule import RULE, OwnRule

    if on_workers:
        require_carried(chosen.rule)
    with rule_at_hand(chosen.rule) as rule:
        strategy, over = varied(rule, chosen.told)
        assert isinstance(strategy, OwnRule)
        try_in_another_process(strategy, chosen.rule, history, **chosen.trial(history))
        yield strategy, over, {RULE: chosen.rule.source}


def history_of(symbol: str | None, source: str | None, prices: Path | None) -> "PriceHistory":
    """The price history that ``price_options`` ask for.

    Raises:
        click.UsageError: they contradict each other.
        HistoryError: it cannot be had or cannot be used.
    """
    from fleet.price_cache import cache_folder
    from montecarlo.data.sources import load_history

    if prices is not None:
        if source not in {None, "csv"}:
            raise click.UsageError(f"--prices reads a CSV file: leave out --source {source}")
        return load_history(symbol, "csv", path=prices)
    if source == "csv":
        raise click.UsageError("--source csv needs the file: --prices FILE")
    return load_history(
        "AAPL" if symbol is None else symbol, "sample" if source is None else source, cache=cache_folder()
    )


def _which_strategy(value: str) -> list[click.Option]:
    from montecarlo.strategies import STRATEGIES

    return [
        _option(
            "--strategy",
            section=STRATEGY,
            metavar="NAME|FILE",
            default=next(iter(STRATEGIES)),
            help=f"{', '.join(STRATEGIES)}; or a file with a rule of your own, such as my_rule.py.",
        ),
        _option(
            "--set",
            "settings",
            section=STRATEGY,
            metavar=f"NAME={value}",
            multiple=True,
            callback=_pairs,
            help="What the strategy is told: these names are options, too."
            + (" VALUES are one value, a range 5:50:5 or a list 5,10,20." if value == "VALUES" else ""),
        ),
    ]


def _strategy_parameters(*, varied: bool = False) -> list[click.Option]:
    """One option for each name, whoever has such a parameter."""
    from montecarlo.parameters import declared
    from montecarlo.strategies import STRATEGIES

    owners: dict[str, dict[str, Parameter]] = {}
    for strategy, kind in STRATEGIES.items():
        for name, each in declared(kind).items():
            owners.setdefault(name, {})[strategy] = each
    options = []
    for by_strategy in owners.values():
        first = next(iter(by_strategy.values()))
        defaults = " or ".join(dict.fromkeys(_shown(each.default) for each in by_strategy.values()))
        unit = f", {first.unit}" if first.unit else ""
        text = f"{first.label}{unit}: of {', '.join(by_strategy)}.  [default: {defaults}]"
        options.append(_option(first.option, section=STRATEGY, metavar="VALUES" if varied else "VALUE", help=text))
    return options


def _declared(each: "Parameter", section: str, default: str = "") -> click.Option:
    from montecarlo.parameters import MISSING, Choice, Number, Switch, Whole

    words = f" One of {', '.join(each.kind.words)}." if isinstance(each.kind, Choice) else ""
    if not default and not isinstance(each.kind, Switch):
        default = "a new one" if each.default is MISSING else _shown(each.default)
    text = each.help + words + (f"  [default: {default}]" if default else "")
    if isinstance(each.kind, Switch):
        name = each.option.removeprefix("--")
        return _option(f"--{name}/--no-{name}", section=section, default=None, help=text)
    metavar = {Whole: "INTEGER", Number: "NUMBER", Choice: "WORD"}[type(each.kind)]
    return _option(each.option, section=section, metavar=metavar, help=text)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value).lower()


def _option(*names: str, section: str, **keywords: Any) -> click.Option:
    return SectionOption(names, section=section, show_default=False, **keywords)


def _pairs(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    if wrong := [each for each in given if "=" not in each]:
        raise click.BadParameter(f"must be NAME=VALUE, such as short=40, not {wrong[0]!r}")
    return dict(each.partition("=")[::2] for each in given)


def _told(given: Mapping[str, Any]) -> dict[str, str]:
    options = [option.name or "" for option in _strategy_parameters()]
    typed = {name: given[name] for name in options if given.get(name) is not None}
    twice = [name for name in given["settings"] if name in typed]
    if twice:
        raise click.UsageError(f"{twice[0]} is given twice, by --set and by an option of its own")
    told: dict[str, str] = typed | given["settings"]
    return told


def _read(
    known: Mapping[str, "Parameter"], given: Mapping[str, Any], problems: dict[str, str]
) -> Iterator[tuple[str, Any]]:
    from montecarlo.errors import ParameterError

    for name, each in known.items():
        value = given.get(name)
        if isinstance(value, str):
            try:
                yield name, each.read(value)
            except ParameterError as error:
                problems |= error.problems
        elif value is not None:
            yield name, value
