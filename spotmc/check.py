"""``spotmc check``: whether everything that jobs take is allowed."""

import os

import click

from spotmc import options


@click.command()
@options.as_json
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Try each permission on the queue and the bucket that submitting, watching and sending again take.

    Leaves no message, and in the bucket at most empty objects named permission-trial. Names what is missing with the
    IAM policy that would grant it, and ends with status 1 then.
    """
    from dataclasses import asdict

    from fleet import permission_trial
    from fleet.settings import Settings
    from spotmc import output
    from spotmc.errors import as_click_errors

    with as_click_errors():
        tried = permission_trial.try_all(Settings.from_environment(os.environ))
    policy = permission_trial.policy(tried)
    if as_json:
        output.print_json([{**asdict(each), "statement": each.statement} for each in tried])
    else:
        for each in tried:
            click.echo(f"{each.outcome:8} {each.action:28} {each.resource}{f': {each.told}' if each.told else ''}")
        click.echo(f"This would grant what is missing:\n{policy}" if policy else "Nothing is missing.")
    if any(each.outcome != "allowed" for each in tried):
        context.exit(1)
