"""What is printed of a portfolio's results."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from montecarlo.wording import count, from_to, percent
from spotmc import output

if TYPE_CHECKING:
    import pandas as pd

    from fleet.job import Job
    from montecarlo.accounting.rebalancing import Rebalancing
    from montecarlo.accounting.rules import Rules
    from montecarlo.data.joint_history import JointHistory
    from montecarlo.frontiers.frontier import Frontier

DRAWS, DRAWS_OF_MANY, MANY = 200, 50, 20  # other histories, and from how many symbols on fewer of them
ROUNDING = 1e-9  # of the capital
SHOWN = 12  # lines of a table by symbol; the files have all
TOGETHER = "together"
CONTRIBUTION_HEADINGS = (
    "weight",
    "at the\nend",
    "mean\ngain",
    "value at\nrisk",
    "expected\nshortfall",
    "95 % from\nto",
    "share\nof it",
)


def show(job: "Job", files: Mapping[str, bytes], frontier: "Frontier | str") -> None:
    """A summary as of ``spotmc run``, what each symbol has part in, what is beaten, and what it comes to in words."""
    from montecarlo.experiments import portfolio_files, uncertainty
    from montecarlo.experiments.experiment import SUMMARY
    from montecarlo.experiments.traded_paths import UNCERTAINTY
    from montecarlo.statistics.summary import summary_from_csv

    summary = summary_from_csv(files[SUMMARY])
    output.print_summary(summary, describe(job))
    experiment: Any = job.experiment
    if UNCERTAINTY in files:
        output.print_uncertainty(summary, uncertainty.from_csv(files[UNCERTAINTY]))
    _print_contributions(read(files[portfolio_files.CONTRIBUTIONS]))
    _print_beating(read(files[portfolio_files.BEATING]))
    for line in (
        correlations_in_short(read(files[portfolio_files.CORRELATIONS])),
        unlike_the_history(read(files[portfolio_files.STYLIZED_FACTS]), experiment.days, experiment.history.closes - 1),
        sentence_of(job, files),
        frontier if isinstance(frontier, str) else frontier.sentence(),
    ):
        if line:
            click.echo(output.wrapped(line))


def plain(job: "Job", files: Mapping[str, bytes], frontier: "Frontier | str") -> dict[str, Any]:
    """The same for a script."""
    from montecarlo.experiments import portfolio_files, uncertainty
    from montecarlo.experiments.experiment import SUMMARY
    from montecarlo.experiments.traded_paths import UNCERTAINTY
    from montecarlo.statistics.summary import summary_from_csv

    experiment: Any = job.experiment
    tables = {
        "contributions": portfolio_files.CONTRIBUTIONS,
        "beating": portfolio_files.BEATING,
        "correlations": portfolio_files.CORRELATIONS,
        "stylized_facts": portfolio_files.STYLIZED_FACTS,
    }
    told = {
        "sentence": sentence_of(job, files),
        "frontier": frontier if isinstance(frontier, str) else frontier.sentence(),
        "summary": output.plain_summary(summary_from_csv(files[SUMMARY])),
        **{name: output.plain_table(read(files[file])) for name, file in tables.items()},
        "holdings": [each.to_dict() for each in experiment.holdings],
        "reserve": experiment.reserve,
        "rebalancing": experiment.rebalancing.to_dict(),
        "model": experiment.model.name,
        "warnings": list(experiment.warnings),
    }
    if UNCERTAINTY in files:
        told["uncertainty"] = output.plain_table(uncertainty.from_csv(files[UNCERTAINTY]))
    return told


def sentence_of(job: "Job", files: Mapping[str, bytes]) -> str:
    from montecarlo.experiments import sentence

    return sentence.of_results(job.symbol, job.experiment, files.__getitem__)


def frontier_of(history: "JointHistory", portfolio: Any) -> "Frontier | str":
    """What other weightings would have been, or why that is not known; nothing of one symbol."""
    from montecarlo.errors import HistoryError, LibraryError, ParameterError
    from montecarlo.frontiers.frontier import frontier
    from spotmc.progress_bar import progress_bar

    if len(history.symbols) == 1:
        return ""
    weights = [each.weight for each in portfolio.holdings]
    draws = DRAWS if len(weights) <= MANY else DRAWS_OF_MANY
    asked = {"asked": weights, "risk_free": portfolio.rules.risk_free, "seed": portfolio.seed, "draws": draws}
    try:
        with progress_bar(100, "Drawing other histories") as progress:
            found = frontier(history, progress=lambda done: progress(int(100 * done)), **asked)
    except (HistoryError, LibraryError, ParameterError) as error:
        return f"What the best weighting is worth is not known: {error}."
    output.print_warnings(found.warnings_beside(portfolio.warnings))
    return found


def read(content: bytes) -> "pd.DataFrame":
    """A table of the results."""
    import io

    import pandas as pd

    return pd.read_csv(io.BytesIO(content), keep_default_na=False, na_values=[""])


def describe(job: "Job") -> str:
    """What is asked for, in a few lines."""
    portfolio: Any = job.experiment
    model, history = portfolio.model, portfolio.history
    cash = f", cash {percent(portfolio.reserve)}" if portfolio.reserve else ""
    warm_up = f" after {portfolio.warm_up:,} real closes" if portfolio.warm_up else ""
    return (
        f"{portfolio.title}{cash}\n"
        f"{model.name} model of {history.closes:,} common days, {history.first} to {history.last}\n"
        f"{_model(model)}"
        f"{portfolio.iterations:,} paths of {output.describe_bars(portfolio.days, model.bars_per_year)}{warm_up}, "
        f"seed {portfolio.seed}\n"
        f"{describe_rebalancing(portfolio.rebalancing)}, {_rules(portfolio.rules)}"
    )


def _model(model: Any) -> str:
    """What else there is to say of it, such as "block 55 days, drift set by hand", in a line or none."""
    others = {name: each for name, each in model.settable().items() if name != "drift"}
    said = [output.describe_value(each, getattr(model, name), None) for name, each in others.items()]
    said += [f"correlations shrunk by {percent(model.shrunk)}"] if model.shrunk else []
    said += [f"{' and '.join(model.by_hand)} set by hand"] if model.by_hand else []
    return f"{', '.join(said)}\n" if said else ""


def describe_rebalancing(rebalancing: "Rebalancing") -> str:
    """Such as "rebalanced every 21 trading days"."""
    if rebalancing.rebalance == "never":
        return "never rebalanced"
    if rebalancing.rebalance == "band":
        return f"rebalanced where a weight is off by {percent(rebalancing.band or math.nan)} of the account"
    every = rebalancing.every or 1
    return "rebalanced each day" if every == 1 else f"rebalanced every {every:,} trading days"


def _rules(rules: "Rules") -> str:
    return output.describe_rules(rules).replace("all in, ", "", 1)


def _print_contributions(table: "pd.DataFrame") -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(
        title="What each symbol brings, in shares of the capital", title_justify="left", box=box.SIMPLE_HEAD, padding=0
    )
    shown.add_column("symbol", no_wrap=True)
    for heading in CONTRIBUTION_HEADINGS:
        shown.add_column(heading, justify="right", no_wrap=True)
    of_symbols, cash = table.iloc[:-1], table.iloc[-1]
    lines = [*of_symbols.nlargest(SHOWN, "weight").to_dict("records"), cash.to_dict()]
    for row in lines:
        shown.add_row(*_contribution(row), end_section=row["symbol"] == cash["symbol"])
    if len(of_symbols) > SHOWN:
        shown.caption = f"the {SHOWN} largest of {len(of_symbols)}; contributions.csv has all"
    sums = table.drop(columns="symbol").sum(min_count=1).to_dict()
    whole = {name: math.nan if str(name).endswith(("_low", "_high")) else value for name, value in sums.items()}
    shown.add_row(*_contribution({"symbol": TOGETHER, **whole}))
    Console().print(shown)


def _contribution(row: Mapping[Any, Any]) -> tuple[str, ...]:
    low, high = row["expected_shortfall_95_low"], row["expected_shortfall_95_high"]
    between = "" if math.isnan(low) or math.isnan(high) else from_to(_unrounded(low), _unrounded(high))
    numbers = [_percent(row[name]) for name in ("weight", "final_weight_mean", "gain_mean", "value_at_risk_95")]
    shortfall, share = (_percent(row[f"{name}expected_shortfall_95"]) for name in ("", "share_of_"))
    return str(row["symbol"]), *numbers, shortfall, between, share


def _print_beating(table: "pd.DataFrame") -> None:
    """Nothing of one symbol that is held alone."""
    if table.empty:
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table(title="How often it ends above", title_justify="left")
    shown.add_column("against")
    for heading in ("of the paths", "95 % from", "to"):
        shown.add_column(heading, justify="right")
    rows = table.to_dict("records")
    for row in rows if len(rows) <= SHOWN + 2 else [*rows[:SHOWN], *rows[-2:]]:  # the last two are no symbols
        shown.add_row(str(row["against"]), *(_percent(row[name]) for name in ("probability", "low", "high")))
    if len(rows) > SHOWN + 2:
        shown.caption = f"beating.csv has all {len(rows) - 2} symbols"
    Console().print(shown)


def correlations_in_short(table: "pd.DataFrame") -> str:
    """Of the daily returns, in the history and on the paths."""
    if table.empty:
        return ""
    pairs = len(table)
    means = f"{table['history'].mean():.2f} in the history and {table['simulated'].mean():.2f} on the paths"
    if pairs == 1:
        return f"Daily returns of {table['first'][0]} and {table['second'][0]} have a correlation of {means}."
    most, least = (table.loc[getattr(table["history"], at)()] for at in ("idxmax", "idxmin"))
    ends = " to ".join(f"{each['history']:.2f} ({each['first']} and {each['second']})" for each in (least, most))
    return f"Daily returns have a mean correlation of {means}; over {count(pairs, 'pair')}, from {ends}."


def unlike_the_history(table: "pd.DataFrame", days: int, of_history: int) -> str:
    """In what paths of so many days are not like the history, as far as that was measured.

    The worst of more days is worse anyway, and a history that is shorter than the paths has much by luck.
    """
    from montecarlo.statistics.stylized_facts import among

    if days != of_history:
        table = table[~table["statistic"].str.startswith("worst_")]
    table = table.dropna()
    off = table[~among(*(table[each].to_numpy(float) for each in ("history", "low", "high")))]
    if off.empty:
        return ""
    said = (
        f"{str(row['statistic']).replace('_', ' ')} ({row['history']:.3g} there, {row['low']:.3g} to "
        f"{row['high']:.3g} here)"
        for row in off.to_dict("records")
    )
    luck = f". A history of {of_history:,} days has some of that by luck" if of_history < days else ""
    return f"The paths are unlike the history in {'; '.join(said)}{luck}."


def _percent(fraction: float) -> str:
    return "" if math.isnan(fraction) else percent(_unrounded(fraction))


def _unrounded(fraction: float) -> float:
    """Zero, where so little is only what sums were rounded by."""
    return 0.0 if abs(fraction) < ROUNDING else fraction
