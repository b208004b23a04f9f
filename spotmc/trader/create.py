"""``spotmc trader create``: what a trader trades, stored once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from spotmc import experiment_options as asked
from spotmc import options
from spotmc.trader import options as of_traders
from spotmc.trader.wanted import wanted, wanted_of_job

if TYPE_CHECKING:
    from fleet.traders.settings import TraderSettings
    from spotmc.trader.wanted import Wanted


@click.command(
    cls=asked.ExperimentCommand,
    asks=(
        asked.price_options,
        asked.strategy_options,
        of_traders.rules_options,
        of_traders.simulated_options,
        of_traders.feed_options,
        of_traders.limits_options,
    ),
)
@of_traders.name
@click.option("--job", "job_id", help="Trade a backtest of the bucket, in place of the options that would make one.")
@click.option("--dry-run", is_flag=True, help="Print what would be stored, and store nothing.")
@options.as_json
def command(
    *, name: str, job_id: str | None, feed: str, broker: str | None, dry_run: bool, as_json: bool, **given: Any
) -> None:
    """Create the trader NAME, which trades a backtest on paper; `run` has it trade.

    A trader is never changed: other settings are another trader.
    """
    from fleet.traders.settings import ALPACA, REPLAY
    from spotmc import output
    from spotmc.errors import as_click_errors

    broker = broker or (ALPACA if feed == ALPACA else "paper")
    if job_id and (typed := _typed()):
        raise click.UsageError(f"{', '.join(typed)} cannot be given beside --job, whose backtest has that already")
    if (feed, broker) == (REPLAY, ALPACA):
        raise click.UsageError("--broker alpaca fills at the prices of today: give --feed alpaca, too")
    with as_click_errors():
        if job_id:
            found = wanted_of_job(of_traders.own_bucket(), job_id, given, feed=feed, broker=broker)
            output.print_warnings(found.warnings)
            _store(_settings(name, found, feed, broker), found, dry_run=dry_run, as_json=as_json)
            return
        with wanted(given, feed=feed, broker=broker, carried=True) as found:
            output.print_warnings(found.warnings)
            _store(_settings(name, found, feed, broker), found, dry_run=dry_run, as_json=as_json)


def _typed() -> list[str]:
    """Options of a backtest that the command line has."""
    context = click.get_current_context()
    of_a_backtest = (asked.PRICES, asked.STRATEGY, asked.ORDER, asked.PATHS, asked.RULES)
    return [
        each.opts[0]
        for each in context.command.get_params(context)
        if getattr(each, "section", "") in of_a_backtest
        and context.get_parameter_source(each.name or "") is ParameterSource.COMMANDLINE
    ]


def _settings(name: str, found: "Wanted", feed: str, broker: str) -> "TraderSettings":
    from fleet.traders.settings import TraderSettings

    created = datetime.now(UTC).isoformat()
    return TraderSettings(
        name=name,
        job=found.job,
        feed=feed,
        broker=broker,
        first=found.first,
        limits=found.limits,
        created=created,
    )


def _store(settings: "TraderSettings", found: "Wanted", *, dry_run: bool, as_json: bool) -> None:
    from fleet.traders.creation import create
    from spotmc import output
    from spotmc.trader.words import told

    if dry_run:
        output.print_json({"objects": _objects(settings, found.contents), "trader": settings.to_dict()})
        click.echo("Nothing is stored.", err=True)
        return
    is_new = create(of_traders.own_bucket(), settings, found.contents)
    if as_json:
        output.print_json({"trader": settings.name, "created": is_new})
        return
    click.echo(f"Created {settings.name}" if is_new else f"{settings.name} is there already, with the same settings")
    click.echo(told(settings))
    click.echo(settings.run_command)


def _objects(settings: "TraderSettings", contents: Mapping[str, bytes] | None) -> dict[str, int]:
    """What would be stored: the number of bytes of each object."""
    from fleet.keys import input_key
    from fleet.traders.keys import trader_key

    inputs = {input_key(what, settings.job.inputs[what]): len(each) for what, each in (contents or {}).items()}
    return {**inputs, trader_key(settings.name): len(settings.to_json())}
