"""All that determines a job's answer, as a person reads it."""

from fleet.job import Job
from montecarlo.data.trading_year import TRADING_DAYS
from montecarlo.experiments.facts import fact


def facts(job: Job) -> list[tuple[str, str]]:
    """By name, in the order in which a person reads them."""
    found = job.experiment.facts()
    year = next((value for parameter, value in found if parameter.name == "bars_per_year"), TRADING_DAYS)
    return [
        ("Prices", f"{job.symbol} from {job.source}"),
        *((parameter.label, fact(parameter, value, year)) for parameter, value in found),
        ("Engine", f"version {job.engine}"),
        *((f"SHA-256 of the {what}", f"{digest[:12]} …") for what, digest in job.inputs.items()),
    ]
