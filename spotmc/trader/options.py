"""Options that several subcommands of ``spotmc trader`` share."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from spotmc import experiment_options as asked
from spotmc import options

if TYPE_CHECKING:
    from fleet.bucket import Bucket

F = TypeVar("F", bound=Callable[..., Any])

SHARES = 100  # a round lot, where nobody says how many


class Name(click.ParamType[str]):
    """What a trader is called."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from fleet.traders.keys import NAME, NAMES

        if not NAME.fullmatch(value):
            self.fail(f"must be of {NAMES}, not {value[:60]!r}", param, ctx)
        return str(value)


name = click.argument("name", type=Name())
name_or_all = click.argument("name", type=Name(), required=False)
own_rules = click.option(
    "--own-rules",
    type=click.Choice(["allow", "refuse"]),
    default="refuse",
    envvar="SPOTMC_OWN_RULES",
    show_envvar=True,
    help="Whether to run a rule of a person's own: it is code with the rights of this process.",
)
out = click.option("--out", type=options.Folder(), help="Folder for report.csv, trades.csv and backtest-trades.csv.")


def days_shown(usual: int) -> Callable[[F], F]:
    return click.option(
        "--last", "last", type=options.WholeFrom(0, 100_000), default=usual, help="How many of the last days are shown."
    )


def whose(name: str | None, *, everybody: bool) -> str:
    """
    Raises:
        click.UsageError: neither is given, or both.
    """
    if (name is None) != everybody:
        raise click.UsageError("give the NAME of a trader, or --all")
    return name or "all traders"


def rules_options() -> list[click.Option]:
    """As everywhere, but that an order before the close has to name its shares."""
    options = asked.rules_options()
    for each in options:
        if each.name == "shares":
            each.help = f"Whole shares of a position: an order before the close has to name them.  [default: {SHARES}]"
        if each.name == "all_in":
            each.hidden = True
    return options


def feed_options() -> list[click.Option]:
    """Where its bars come from, and who takes its orders."""
    return [
        asked.SectionOption(
            ["--feed"],
            section=asked.TRADER,
            type=click.Choice(["replay", "alpaca"]),
            default="replay",
            show_default=False,
            help="Bars: the prices above day by day, or Alpaca's daily bars of the symbol as they come.  "
            "[default: replay]",
        ),
        asked.SectionOption(
            ["--broker"],
            section=asked.TRADER,
            type=click.Choice(["paper", "alpaca"]),
            show_default=False,
            help="Who fills orders: paper, as the backtest does, or a paper account of Alpaca.  [default: paper, or "
            "alpaca with --feed alpaca]",
        ),
    ]


def simulated_options() -> list[click.Option]:
    """A path of a model in place of the history."""
    from montecarlo.experiments.traded_paths import MODEL, TradedPaths
    from montecarlo.parameters import declared

    known = declared(TradedPaths)
    words = ", ".join(getattr(MODEL.kind, "words", ()))
    return [
        asked.SectionOption(
            ["--simulated"],
            section=asked.PATHS,
            metavar="MODEL",
            help=f"Replay one path of this model, fitted to the history, in its place: {words}.",
        ),
        asked.declared_option(known["days"], asked.PATHS),
        asked.declared_option(known["seed"], asked.PATHS),
    ]


def limits_options() -> list[click.Option]:
    """When it begins, and beyond what it halts."""
    from fleet.traders.settings import Limits
    from montecarlo.parameters import declared

    return [asked.declared_option(each, asked.TRADER) for each in (_first(), *declared(Limits).values())]


def read_first_and_limits(given: dict[str, Any], problems: dict[str, str]) -> tuple[Any, Any]:
    """The day and the ``Limits`` that these options say; what cannot be used is added to ``problems``."""
    from fleet.chosen import read_given
    from fleet.traders.settings import Limits
    from montecarlo.parameters import declared

    first = read_given({"first": _first()}, given, problems).get("first")
    found: dict[str, str] = {}
    values = read_given(declared(Limits), given, found)
    problems |= found
    return first, None if found else Limits(**values)


def own_bucket() -> "Bucket":
    """That of the environment.

    Raises:
        SettingsError: it names none.
    """
    from fleet import histories

    return histories.own_bucket(holds="traders")


def who() -> str:
    """Who throws a switch, for those who find it thrown."""
    import getpass
    import socket

    try:
        person = getpass.getuser()
    except (KeyError, OSError):  # of a container whose user has no name
        person = f"user {os.getuid()}"
    return f"{person} on {socket.gethostname()}"


def _first() -> Any:
    from montecarlo.parameters import Day, Parameter

    return Parameter.of(
        "first",
        Day(),
        None,
        label="First day",
        help="Decide at the close of this day first.  [default: the first one that the feed has]",
        optional=True,
    )
