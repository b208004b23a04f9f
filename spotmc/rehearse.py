"""``spotmc rehearse``: the first launch in an account, tried on a stack that is deleted again."""

import io
import re
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spotmc import interruption, options

if TYPE_CHECKING:
    from deployment.account import Account
    from deployment.artefacts import Published
    from deployment.orphans import Orphan
    from deployment.stack import Deployed
    from rehearsal.check import Check
    from rehearsal.cost import Prices
    from rehearsal.report import Report
    from rehearsal.waiting import Clock

ENDING = "-rehearsal"
REPORT = "rehearsal"  # name of the files, without what they end in

# In the order of rehearsal.checks; importing it takes longer than `spotmc --help` may.
CHECKS = ("idle-alarm", "falling-target", "redeploy", "failed-boots", "interruption")


@click.command()
@options.region
@click.option("--name", default=f"spotmc{ENDING}", help=f"Of the stack; must end in {ENDING}.")
@click.option(
    "--workers-on", type=click.Choice(["SpotFleet", "AutoScalingGroup"]), default="SpotFleet", help="Which variant."
)
@click.option("--only", type=click.Choice(CHECKS), multiple=True, help="Only this check, and what it needs.")
@click.option("--interruption-role", metavar="ARN", help="Role for AWS's Fault Injection Service.  [default: none]")
@click.option("--out", type=options.Folder(), default=".", help=f"Where {REPORT}.md and {REPORT}.json go.")
@click.option("--keep", is_flag=True, help="Leave the stack there in the end; it goes on to cost money.")
@click.option("--dry-run", is_flag=True, help="Only say what would be tried, how long it takes, what it costs.")
@click.option("--yes", is_flag=True, help="Do not ask whether to go ahead.")
def command(
    *,
    region: str | None,
    name: str,
    workers_on: str,
    only: tuple[str, ...],
    interruption_role: str | None,
    out: Path,
    keep: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Try in an account what AWS does not document, with a small stack that is deleted again, and write a report.

    Fails when something is not as the design promises.  Ctrl-C ends it; the stack is deleted all the same.
    """
    from deployment.account import Account
    from deployment.preflight import problem_with_name
    from rehearsal.checks import FIRST, LAST, OPTIONAL
    from rehearsal.rehearse import Rehearsal
    from rehearsal.site import Site
    from rehearsal.waiting import Waiting
    from spotmc.errors import as_click_errors
    from spotmc.stack_change import say_who

    if problem := problem_with_name(name):
        raise click.UsageError(f"--name {problem}")
    if not name.endswith(ENDING):
        raise click.UsageError(f"--name must end in {ENDING}, so that no stack that is used is rehearsed with")
    if interruption_role and not re.fullmatch(r"arn:[a-z-]+:iam::[0-9]{12}:role/.+", interruption_role):
        raise click.UsageError(
            "--interruption-role must be the ARN of a role, such as arn:aws:iam::123456789012:role/fis"
        )
    checks = [check for check in OPTIONAL if not only or check.name in only]
    prices = prices_of(workers_on, region or "us-east-1", name)
    if not dry_run:
        with as_click_errors():
            account = Account.connect(region)
            say_who(account)
    skipped = not_tried(workers_on, interruption_role)
    click.echo(plan([FIRST, *checks, *([] if keep else [LAST])], prices, skipped))
    if dry_run:
        return
    if not yes:
        click.confirm(f"Rehearse in {account.region} with the stack {name}?", abort=True)
    with as_click_errors(), interruption.raised():
        site = Site(
            account,
            name,
            workers_on,
            CommandLine(account, name),
            Waiting(clock(), lambda line: click.echo(line, err=True)),
            interruption_role or "",
        )
        report = Rehearsal(site, prices, keep=keep, done=writer(out)).run(checks)
    click.echo(f"{out / REPORT}.md and {REPORT}.json tell what was seen.")
    if report.failed:
        failed = ", ".join(result.name for result in report.results if result.verdict == "failed")
        raise click.ClickException(f"not as promised: {failed}")


def clock() -> "Clock":
    from rehearsal.waiting import SystemClock

    return SystemClock()


def prices_of(workers_on: str, region: str, name: str) -> "Prices":
    """Example prices, from the templates as they are."""
    from rehearsal.checks.deploy import parameters
    from rehearsal.cost import Prices
    from spotmc.deploy import resolved

    return Prices.of(resolved(parameters(workers_on), region, name))


def not_tried(workers_on: str, interruption_role: str | None) -> dict[str, str]:
    """Which checks will find nothing to try, and why."""
    skipped = {}
    if workers_on != "SpotFleet":
        skipped["idle-alarm"] = "in this variant no alarm lowers anything"
    if not interruption_role:
        skipped["interruption"] = "it needs --interruption-role; docs/rehearsal.md has the commands that make one"
    return skipped


def plan(checks: "Sequence[Check]", prices: "Prices", skipped: Mapping[str, str]) -> str:
    """What will be tried, how long it takes and what it costs; and what will not, and why."""
    width = max(len(check.name) for check in checks)
    tried = [check for check in checks if check.name not in skipped]
    lines = [
        f"  {check.name:{width}}  not tried: {skipped[check.name]}"
        if check.name in skipped
        else f"  {check.name:{width}}  {check.minutes:3.0f} min  ${prices.expected(check):.3f}  {check.why}"
        for check in checks
    ]
    minutes, dollars = sum(check.minutes for check in tried), sum(prices.expected(check) for check in tried)
    total = f"Together about {minutes / 60:.1f} hours and ${dollars:.2f}, at the templates' example prices."
    return "\n".join(["A rehearsal tries:", *lines, total])


def writer(folder: Path) -> "Callable[[Report], None]":
    """Keeps the report in a folder."""

    def write(report: "Report") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{REPORT}.md").write_text(report.to_markdown())
        (folder / f"{REPORT}.json").write_text(report.to_json())

    return write


class CommandLine:
    """The stack, changed by the commands that a person would type."""

    def __init__(self, account: "Account", name: str) -> None:
        self._account, self._name = account, name
        self._where = ("--region", account.region, "--name", name)

    def deploy(self, parameters: Mapping[str, str]) -> None:
        from deployment.stack import Step, find, next_step
        from spotmc.deploy import command as deploy

        settings = [word for pair in parameters.items() for word in ("--set", "=".join(pair))]
        arguments = [*self._where, "--yes", "--drain", *settings]
        if next_step(self._name, find(self._account.cloudformation, self._name)) in {Step.CREATE, Step.DELETE}:
            arguments.append("--password-stdin")
        with typed(secrets.token_urlsafe(24)):  # nobody is let in
            _run(deploy, arguments)

    def update(self, parameters: Mapping[str, str]) -> None:
        from cloudformation.template import PARENT, read
        from deployment import stack
        from deployment.events import newest
        from spotmc.stack_events import watch

        client, before = self._account.cloudformation, self._deployed()
        artefacts = self._published()
        values = stack.parameters_of(parameters, before, read(PARENT)["Parameters"])
        with _failures():
            proposed = stack.propose(
                client, self._name, "UPDATE", artefacts.template_url, values, change_set="rehearsal-alone"
            )
            if proposed:
                after = newest(client, proposed.stack_id)
                stack.execute(client, proposed)
                watch(client, self._name, proposed.stack_id, after)

    def outputs(self) -> Mapping[str, str]:
        return self._deployed().outputs

    def artefacts(self) -> tuple[str, str]:
        published = self._published()
        return published.bucket, published.prefix

    def troubles(self) -> list[str]:
        from deployment.stack import find
        from deployment.standing import problems, standing

        deployed = find(self._account.cloudformation, self._name)
        if deployed is None:
            return []
        found = problems(standing(self._account, deployed, self._name, clock().now()))
        return [f"{each.what.rstrip('.')}. What to do: {each.what_to_do}" for each in found]

    def destroy(self) -> None:
        from spotmc.destroy import command as destroy

        _run(destroy, [*self._where, "--yes"])

    def left(self) -> list[str]:
        from deployment.stack import find

        stack = ["the stack"] if find(self._account.cloudformation, self._name) else []
        return stack + [f"{orphan.kind} {orphan.id}" for orphan in self._orphans() if orphan.kind != "other"]

    def listed(self) -> list[str]:
        return [orphan.id for orphan in self._orphans() if orphan.kind == "other"]

    def _orphans(self) -> "list[Orphan]":
        from deployment import orphans

        return orphans.find(self._account, self._name)

    def _deployed(self) -> "Deployed":
        from deployment.stack import find
        from rehearsal.check import RehearsalError

        deployed = find(self._account.cloudformation, self._name)
        if deployed is None:
            raise RehearsalError(f"there is no stack {self._name}")
        return deployed

    def _published(self) -> "Published":
        from deployment.artefacts import Published

        parameters = self._deployed().parameters
        return Published(parameters["ArtefactBucket"], parameters["ArtefactPrefix"], self._account.region)


def _run(subcommand: click.Command, arguments: Sequence[str]) -> None:
    with _failures():
        subcommand.main(arguments, prog_name=f"spotmc {subcommand.name}", standalone_mode=False)


@contextmanager
def _failures() -> Iterator[None]:
    """Have a command that fails be one failure of a check, and Ctrl-C in it be one of the rehearsal."""
    from rehearsal.check import RehearsalError

    try:
        yield
    except click.ClickException as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise KeyboardInterrupt from error
        raise RehearsalError(error.format_message()) from error
    except click.Abort as error:
        raise KeyboardInterrupt from error


@contextmanager
def typed(line: str) -> Iterator[None]:
    """Have standard input be one line as long as the block lasts."""
    before, sys.stdin = sys.stdin, io.StringIO(f"{line}\n")
    try:
        yield
    finally:
        sys.stdin = before
