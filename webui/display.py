"""How values are written on a page; percent and thousands separators are for people only."""

from datetime import UTC, datetime

from flask import Flask

from fleet.job import Job
from fleet.wording import in_words
from montecarlo.accounting.rules import Rules
from montecarlo.data.trading_year import DAYS_PER_YEAR
from montecarlo.models import Model


def register(app: Flask) -> None:
    """Make the functions below filters of the templates."""
    for function in (sentence, thousands, count, percent, cost, moment, job_title, sizing, in_words):
        app.add_template_filter(function)


def sentence(text: str) -> str:
    """Text with a capital first letter."""
    return text[:1].upper() + text[1:]


def thousands(number: float) -> str:
    """1234567.5 as 1,234,567.5"""
    return f"{number:,.0f}" if number == round(number) else f"{number:,}"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def ratio(number: float) -> str:
    return f"{number:,.2f}"


def percent(fraction: float, digits: int = 2) -> str:
    return f"{100 * fraction:,.{digits}f} %"


def cost(fraction: float) -> str:
    """Small fractions, to three digits that count."""
    return f"{100 * fraction:.3g} %"


def moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def job_title(job: Job) -> str:
    strategy = job.strategy
    return f"{job.symbol}, {strategy.short} over {strategy.long} days"


def sizing(rules: Rules) -> str:
    return "all in, fractional shares" if rules.shares is None else f"{thousands(rules.shares)} shares"


def facts(job: Job) -> dict[str, str]:
    """Everything that determines the job's answer, by name."""
    simulation = job.simulation
    model, strategy, rules = simulation.model, job.strategy, simulation.rules
    of_this_model = [name for name in model.numbers if name not in Model.numbers]
    return {
        "Prices": f"{job.symbol} from {job.source}",
        "Model": model.name,
        "Start price": f"{model.start_price:,.6g}",
        "Drift": f"{percent(model.drift)} per year",
        "Volatility": f"{percent(model.volatility)} per year",
        **{sentence(name.replace("_", " ")): f"{getattr(model, name):.3g}" for name in of_this_model},
        "Paths": f"{simulation.iterations:,}",
        "Horizon": f"{count(simulation.days, 'trading day')} ({simulation.days / DAYS_PER_YEAR:.1f} years)",
        "Short window": count(strategy.short, "day"),
        "Long window": count(strategy.long, "day"),
        "Warm-up": count(len(simulation.warm_up), "real close") if simulation.warm_up else "none",
        "Capital": f"{thousands(rules.capital)} dollars",
        "Sizing": sizing(rules),
        "Fill": f"at the {rules.fill.replace('-', ' ')}",
        "Commission": f"{cost(rules.commission)} of each fill",
        "Slippage": f"{cost(rules.slippage)} of each fill",
        "Risk-free rate": f"{percent(rules.risk_free)} per year",
        "Seed": str(simulation.seed),
        "Engine": f"version {job.engine}",
        "Price snapshot": job.snapshot[:12],
    }
