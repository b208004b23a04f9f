"""A plan of the worker fleet's capacity, in words and figures."""

from typing import TYPE_CHECKING, Any

import click

from montecarlo.wording import count
from spotmc.capacity_chart import chart

if TYPE_CHECKING:
    from capacity.plan import Plan
    from capacity.price import MachinePrice

HOUR, MINUTE = 3600, 60  # seconds
TOO_LONG = "a week"  # to be simulated


def plain_plan(plan: "Plan", price: "MachinePrice") -> dict[str, Any]:
    """A plan for a script: seconds, hours, US dollars, and the fleet by the minute."""
    run = plan.run
    return {
        "deadline_seconds": plan.deadline,
        "in_time": plan.in_time,
        "max_workers": plan.workers,
        "fewest_workers_in_time": plan.fewest,
        "soonest_seconds": plan.soonest,
        "seconds": run.finished,
        "at_zero_seconds": run.at_zero,
        "most_workers": run.peak,
        "started": run.launched,
        "interruptions": run.interruptions,
        "machine_hours": run.machine_hours,
        "dollars": {
            "spot": price.on_spot_for(run.machine_hours),
            "on_demand": price.on_demand_for(run.machine_hours),
            "most_per_hour": run.peak * price.spot,
        },
        "lower_bound": {
            "seconds": plan.lower_bound.finished,
            "machine_hours": plan.lower_bound.machine_hours,
            "dollars": price.on_spot_for(plan.lower_bound.machine_hours),
        },
        "minutes": run.minutes[["target", "machines", "busy", "waiting", "in_flight"]].to_dict("list"),
    }


def print_plan(plan: "Plan", price: "MachinePrice", prices_of: str, *, on_fleet: bool) -> None:
    """A plan for a person.

    Args:
        plan: What is told.
        price: What a machine costs.
        prices_of: Where and when it was taken.
        on_fleet: Whether the stack can limit what all machines cost in an hour.
    """
    _print_time(plan)
    click.echo()
    each = f"; the stack's MachineDollarsPerHour must allow ${price.spot:g} for each"
    _print_cost(plan, price, prices_of, "; the stack's MaxDollarsPerHour must allow that" if on_fleet else each)
    click.echo()
    for line in chart(plan.run.minutes):
        click.echo(line)


def _print_time(plan: "Plan") -> None:
    run = plan.run
    done = f"takes more than {TOO_LONG}" if run.finished is None else f"is done after {_time(run.finished)}"
    by = f"the deadline of {_time(plan.deadline)}"
    click.echo(
        f"With --max-workers {plan.workers} it {done}: {'in time for' if plan.in_time else 'too late for'} {by}."
    )
    if plan.fewest is None:
        soonest = f"{TOO_LONG} or more" if plan.soonest is None else _time(plan.soonest)
        click.echo(
            "No number of workers meets it: the fleet grows in steps, and machines take minutes to start. "
            f"The soonest that it can be done is {soonest}."
        )
    elif plan.fewest != plan.workers:
        click.echo(f"--max-workers {plan.fewest} {'is enough' if plan.in_time else 'meets it'}.")


def _print_cost(plan: "Plan", price: "MachinePrice", prices_of: str, limit: str) -> None:
    run, hours, best = plan.run, plan.run.machine_hours, plan.lower_bound
    spot, on_demand = price.on_spot_for(hours), price.on_demand_for(hours)
    zero = TOO_LONG + " or more" if run.at_zero is None else _time(run.at_zero)
    so_far = "" if run.finished else f" in {TOO_LONG}"
    click.echo(
        f"workers   {run.peak:,} at most, {run.launched:,} started, {run.interruptions:,} taken away by Spot; "
        f"none left after {zero}\n"
        f"cost      ${spot:,.2f} for {hours:,.1f} machine-hours{so_far} on Spot; On-Demand ${on_demand:,.2f}, "
        f"so {1 - spot / on_demand:.0%} saved\n"
        f"per hour  ${run.peak * price.spot:,.2f} at most{limit}\n"
        f"prices    ${price.spot:g} an hour on Spot, ${price.on_demand:g} On-Demand, ${price.address:g} "
        f"for the address ({prices_of})\n"
        f"at best   {_time(best.finished)} and ${price.on_spot_for(best.machine_hours):,.2f}, if "
        f"{count(plan.workers, 'worker')} stood ready and none ever waited"
    )


def _time(seconds: float) -> str:
    if seconds < 2 * MINUTE:
        return f"{seconds:.0f} s"
    minutes = round(seconds / MINUTE)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
