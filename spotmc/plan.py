"""``spotmc plan``: what the worker fleet on AWS would do with a job, how long it takes and what it costs."""

import re
from typing import Any

import click

from spotmc import options

HOUR, MINUTE = 3600, 60  # seconds
LONGEST = 7 * 24 * HOUR


class Duration(click.ParamType[float]):
    """Seconds, from text such as 45m, 2h or 1h30m."""

    name = "time"
    _PATTERN = re.compile(r"(?:(?P<hours>[0-9]+(?:\.[0-9]+)?)h)?(?:(?P<minutes>[0-9]+(?:\.[0-9]+)?)m)?")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        match = self._PATTERN.fullmatch(str(value))
        seconds = HOUR * float(match["hours"] or 0) + MINUTE * float(match["minutes"] or 0) if match else 0
        if not MINUTE <= seconds <= LONGEST:
            self.fail(f"must be a time from 1m to 168h, such as 45m, 2h or 1h30m, not {value!r}", param, ctx)
        return seconds


@click.command()
@click.option("--iterations", type=options.Whole(), required=True, help="Number of simulated paths, such as 1e9.")
@click.option("--days", type=options.Whole(), default=1260, help="Trading days simulated.")
@click.option("--deadline", type=Duration(), required=True, help="From submission to result, such as 45m or 1h30m.")
@click.option(
    "--max-workers", type=options.Whole(), help="The fleet's maximum.  [default: the fewest that meet the deadline]"
)
@click.option(
    "--speed", type=options.NumberFrom(1), help="Path-days per second of one core.  [default: measured on this machine]"
)
@click.option(
    "--cores",
    type=options.WholeFrom(1, 192),
    default=1,
    help="Of a worker: its 2 vCPUs are one core on Intel and AMD, two on Graviton.",
)
@click.option(
    "--spot-price", type=options.NumberFrom(0, min_open=True), help="Dollars per hour.  [default: an example]"
)
@click.option(
    "--on-demand-price", type=options.NumberFrom(0, min_open=True), help="Dollars per hour.  [default: an example]"
)
@click.option(
    "--interruptions",
    type=options.NumberFrom(0, 1, max_open=True),
    default=0.05,
    help="Share of the machines that Spot takes away in an hour.",
)
@click.option(
    "--workers-on",
    type=click.Choice(["SpotFleet", "AutoScalingGroup"]),
    default="SpotFleet",
    help="As in the stack.",
)
@options.as_json
def command(
    *,
    iterations: int,
    days: int,
    deadline: float,
    max_workers: int | None,
    speed: float | None,
    cores: int,
    spot_price: float | None,
    on_demand_price: float | None,
    interruptions: float,
    workers_on: str,
    as_json: bool,
) -> None:
    """Say what the worker fleet on AWS would do with a job: workers, time, cost.

    The fleet is simulated, with the scaling policy that `spotmc deploy` creates and the delays of alarms and booting;
    docs/scaling.md says what is assumed.  The speed is that of the default model and strategy.
    """
    from capacity.assumptions import Assumptions
    from capacity.estimate import Work, example, fleet_of
    from capacity.plan import plan
    from capacity.policy import most_workers
    from capacity.speed import path_days_per_second
    from deployment.estimate import PRICES_OF
    from montecarlo.experiments import uncertainty
    from montecarlo.experiments.simulation import rows_by_default
    from montecarlo.wording import count
    from spotmc import output
    from spotmc.engine_loading import load_engine
    from spotmc.errors import as_click_errors
    from spotmc.plan_report import plain_plan, print_plan

    most = most_workers()
    if max_workers is not None and not 1 <= max_workers <= most:
        raise click.UsageError(f"--max-workers must be from 1 to {most:,}, not {max_workers:,}")
    with as_click_errors():
        simulation = example(iterations, days, rows=rows_by_default(iterations))
        fast = path_days_per_second(load_engine) if speed is None else speed
        job = Work.of(simulation, speed=fast, cores=cores)
        parameters = {"MaxWorkers": most, "WorkersOn": workers_on}
        policy, price, _ = fleet_of(parameters, spot=spot_price, on_demand=on_demand_price)
        found = plan(
            policy,
            job.chunks,
            Assumptions(chunk_seconds=job.chunk_seconds, taken_in_an_hour=interruptions),
            deadline=deadline,
            workers=max_workers,
        )
    beside = uncertainty.most_paths()
    work = {
        "iterations": iterations,
        "days": days,
        "chunks": job.chunks,
        "chunk_seconds": job.chunk_seconds,
        "path_days_per_second_and_core": fast,
        "cores": cores,
        "uncertainty_paths": beside,
        "uncertainty_seconds": beside * days / (fast * cores),
    }
    if as_json:
        output.print_json({**work, **plain_plan(found, price)})
        return
    click.echo(
        f"{iterations:,} paths of {days:,} days are {count(job.chunks, 'chunk')}, {job.chunk_seconds:.3g} s each on a "
        f"worker with {count(cores, 'core')} at {fast:,.0f} path-days per second"
        f"{', as measured here' if speed is None else ''}."
    )
    click.echo(
        f"What the answer is worth takes {beside:,} paths beside them, {work['uncertainty_seconds']:.3g} s on the "
        "worker that has the first chunk; `spotmc submit --no-uncertainty` leaves it out."
    )
    own = spot_price and on_demand_price
    print_plan(found, price, "as given" if own else f"examples: {PRICES_OF}", on_fleet=policy.on_fleet)
