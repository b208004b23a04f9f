"""``spotmc jobs``: what was submitted, newest first."""

import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from spotmc import options

if TYPE_CHECKING:
    from fleet.listing import Listed

REASON_SHOWN = 200  # characters


class Moment(click.ParamType[datetime]):
    """A day or a moment, as ``fleet.listing.read_moment`` takes it."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        from fleet.listing import read_moment

        if isinstance(value, datetime):
            return value
        try:
            return read_moment(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--limit", type=options.WholeFrom(1, 1000), default=20, help="How many at the most.")
@click.option("--name", default="", help="Only those whose symbol, or whose id, begins so.")
@click.option("--words", default="", help="Only those that have all these words in their title.")
@click.option("--state", "states", multiple=True, help="Only those in this state; may be given several times.")
@click.option("--kind", default="", help="Only those of this kind, such as simulation or portfolio.")
@click.option("--before", type=Moment(), help="Only those submitted before this day or moment, such as 2026-01-31.")
@options.as_json
def command(
    *, limit: int, name: str, words: str, states: tuple[str, ...], kind: str, before: datetime | None, as_json: bool
) -> None:
    """List the jobs that were submitted last.

    A search goes through some hundreds of jobs, or through the names of 5,000, and then says how to look further back.
    """
    from fleet import listing
    from fleet.bucket import Bucket
    from fleet.progress import Status
    from fleet.reasons import in_one_line
    from fleet.settings import Settings
    from fleet.wording import in_words
    from montecarlo.experiments.kinds import KINDS
    from spotmc import output
    from spotmc.errors import as_click_errors

    for option, given, known in (("--state", set(states), listing.STATES), ("--kind", {kind} - {""}, tuple(KINDS))):
        if unknown := given - set(known):
            raise click.UsageError(f"{option} must be one of {', '.join(known)}, not {min(unknown)!r}")
    wanted = listing.Wanted(name=name.strip(), words=words, states=states, kind=kind, before=before)
    looks = max(listing.LOOKS_FOR_EACH * limit, listing.LOOKS_AT_MOST if wanted.narrows else 0)
    with as_click_errors():
        found = listing.jobs(Bucket.connect(Settings.from_environment(os.environ)), wanted, limit, looks=looks)
    if as_json:
        output.print_json([output.plain_status(status) for status in found.rows])
    if found.older and len(found.rows) < limit:
        click.echo(f"warning: {_further(found)}", err=True)
    if as_json:
        return
    if not found.rows and not found.older:
        click.echo("No such jobs." if wanted.narrows else "No jobs yet: submit one with `spotmc submit`.")
    width = max((len(each.id) for each in found.rows), default=0)
    for each in found.rows:
        what = f"{each.job.experiment.title}: {in_words(each)}" if isinstance(each, Status) else each.reason
        if each.state == "failed":
            what += f": {in_one_line(each.reason, REASON_SHOWN)}"
        click.echo(f"{each.id:{width}}  {each.submitted:%Y-%m-%d %H:%M:%S} UTC  {each.state:10}  {what}")


def _further(found: "Listed") -> str:
    """That there may be more, and how to find them."""
    how = ""
    if found.back_to:
        next_to_it = found.back_to - timedelta(milliseconds=1)
        how = f"; --before {next_to_it:%Y-%m-%dT%H:%M:%S.%fZ} looks further back"
    return f"there may be older jobs: {found.looked:,} were looked at, and {found.names:,} names{how}"
